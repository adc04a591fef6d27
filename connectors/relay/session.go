package relay

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"net"
	"net/textproto"
	"strconv"
	"strings"
	"time"
)

// How a relay is spoken to.
const (
	StartTLS = "starttls" // RFC 3207, and nothing without it
	TLS      = "tls"      // from the first byte, RFC 8314
	Clear    = "none"     // anybody on the way reads and forges
)

// Target is a relay and how it is reached.
type Target struct {
	Host     string
	Port     int
	Security string // StartTLS, TLS or Clear
	// Roots are the authorities that may have signed its certificate; nil: the
	// system's.
	Roots *x509.CertPool
	Hello string // the box's own name
	// Account signs in; "" for none. Password is not kept after Open.
	Account  string
	Password []byte
	// Step bounds one exchange, 0: a minute. RFC 5321, section 4.5.3.2, allows
	// servers more; a firm's own relay answers sooner, and nobody waits here for it.
	Step time.Duration
}

// Dial is net.Dialer's DialContext; the egress gate's is meant.
type Dial func(ctx context.Context, network, addr string) (net.Conn, error)

const (
	stepTime     = time.Minute
	sessionBytes = 256 << 10 // that a server may send in one session, TLS included
)

// Session is a conversation with a relay. One goroutine uses it.
type Session struct {
	conn   *bounded
	text   *textproto.Conn
	secure bool
	offers map[string]string // EHLO's keywords, in capitals, with their parameters
	step   time.Duration
	unhook func() bool
}

// bounded lets a server say so much and no more.
type bounded struct {
	net.Conn
	left int
}

func (b *bounded) Read(p []byte) (int, error) {
	if b.left <= 0 {
		return 0, errFlood
	}
	n, err := b.Conn.Read(p[:min(len(p), b.left)])
	b.left -= n
	return n, err
}

// Open connects, secures the connection as the target says, and signs in. The end
// of ctx closes it. Error: *Fault.
func Open(ctx context.Context, dial Dial, t Target) (*Session, error) {
	s := &Session{step: t.Step}
	if s.step <= 0 {
		s.step = stepTime
	}
	near, cancel := context.WithTimeout(ctx, s.step)
	defer cancel()
	raw, err := dial(near, "tcp", net.JoinHostPort(t.Host, strconv.Itoa(t.Port)))
	if err != nil {
		return nil, network(err)
	}
	s.conn = &bounded{Conn: raw, left: sessionBytes}
	s.unhook = context.AfterFunc(ctx, func() { raw.Close() })
	if f := s.begin(ctx, t); f != nil {
		s.drop()
		return nil, f
	}
	return s, nil
}

func (s *Session) begin(ctx context.Context, t Target) *Fault {
	s.text = textproto.NewConn(s.conn)
	if t.Security == TLS {
		if f := s.encrypt(ctx, t); f != nil {
			return f
		}
	}
	s.wait()
	if _, _, err := s.text.ReadResponse(220); err != nil {
		return answered(err, FaultRejected)
	}
	if f := s.hello(t.Hello); f != nil {
		return f
	}
	if t.Security == StartTLS {
		if _, ok := s.offers["STARTTLS"]; !ok {
			return &Fault{Code: FaultNoStartTLS}
		}
		if _, err := s.do(220, "STARTTLS"); err != nil {
			return answered(err, FaultNoStartTLS)
		}
		// What came in clear behind the 220 would be read as if it had come
		// encrypted (CVE-2011-0411): encrypt begins with an empty buffer.
		if f := s.encrypt(ctx, t); f != nil {
			return f
		}
		if f := s.hello(t.Hello); f != nil {
			return f
		}
	}
	if t.Account != "" {
		return s.signIn(t.Account, t.Password)
	}
	return nil
}

func (s *Session) encrypt(ctx context.Context, t Target) *Fault {
	s.wait()
	c := tls.Client(s.conn, &tls.Config{RootCAs: t.Roots, ServerName: t.Host, MinVersion: tls.VersionTLS12})
	if err := c.HandshakeContext(ctx); err != nil {
		return network(err)
	}
	s.text, s.secure = textproto.NewConn(c), true
	return nil
}

// hello says who the box is, and notes what the server offers. One that knows no
// EHLO gets HELO, and offers nothing.
func (s *Session) hello(name string) *Fault {
	s.offers = map[string]string{}
	said, err := s.do(250, "EHLO "+domainOf(name))
	var reply *textproto.Error
	if errors.As(err, &reply) && reply.Code/100 == 5 {
		said, err = s.do(250, "HELO "+domainOf(name))
		said, _, _ = strings.Cut(said, "\n")
	}
	if err != nil {
		return answered(err, FaultRejected)
	}
	for i, line := range strings.Split(said, "\n") {
		// Some old servers write AUTH=LOGIN.
		word, rest, _ := strings.Cut(strings.Replace(line, "AUTH=", "AUTH ", 1), " ")
		if word = strings.ToUpper(word); i > 0 {
			s.offers[word] = strings.TrimSpace(s.offers[word] + " " + rest)
		}
	}
	return nil
}

// do sends a line and wants a code for an answer, which it returns without codes.
func (s *Session) do(code int, line string) (string, error) {
	if strings.ContainsAny(line, "\r\n") {
		return "", errors.New("a command has a line break")
	}
	s.wait()
	if err := s.text.PrintfLine("%s", line); err != nil {
		return "", err
	}
	_, said, err := s.text.ReadResponse(code)
	return said, err
}

func (s *Session) wait() { s.conn.SetDeadline(time.Now().Add(s.step)) }

// Send hands over a message, and returns what the relay said when it took it. After
// a Fault that isn't Mail's the session is of no use. Error: *Fault.
func (s *Session) Send(m Message) (reply string, err error) {
	body, err := m.Bytes()
	if err != nil {
		return "", &Fault{Code: "mail-failed", Mail: true, err: err}
	}
	more := ""
	if !isASCII(m.From + m.To) {
		if _, ok := s.offers["SMTPUTF8"]; !ok {
			return "", &Fault{Code: FaultUTF8, Mail: isASCII(m.From)}
		}
		more = " SMTPUTF8"
		if _, ok := s.offers["8BITMIME"]; ok {
			more += " BODY=8BITMIME"
		}
	}
	if _, err := s.do(250, "MAIL FROM:<"+m.From+">"+more); err != nil {
		return "", answered(err, FaultSender)
	}
	if _, err := s.do(25, "RCPT TO:<"+m.To+">"); err != nil { // 250, or 251: it knows where else
		return "", s.refused(answered(err, FaultRecipient))
	}
	if _, err := s.do(354, "DATA"); err != nil {
		return "", s.refused(answered(err, FaultRejected))
	}
	s.wait()
	w := s.text.DotWriter()
	if _, err := w.Write(body); err != nil {
		return "", network(err)
	}
	if err := w.Close(); err != nil {
		return "", network(err)
	}
	_, said, err := s.text.ReadResponse(250)
	if err != nil {
		return "", s.refused(answered(err, FaultRejected))
	}
	return oneLine("250 " + said), nil
}

// refused makes the session ready for another mail.
func (s *Session) refused(f *Fault) *Fault {
	if f.Reply == "" || f.Code == FaultGarbled || f.Code == FaultAuthNeeded {
		return f // nothing more can be said here
	}
	if _, err := s.do(250, "RSET"); err == nil {
		f.Mail = true
	}
	return f
}

// Close says goodbye and ends the connection.
func (s *Session) Close() {
	s.conn.SetDeadline(time.Now().Add(min(s.step, 2*time.Second)))
	if s.text.PrintfLine("QUIT") == nil {
		s.text.ReadResponse(221)
	}
	s.drop()
}

func (s *Session) drop() {
	s.unhook()
	s.conn.Close()
}
