// Package relaytest is the other side for tests: a strict SMTP server that can
// behave badly.
//
// Its rule: it is written from RFC 5321's grammar and shares no code with package
// relay, so that a mistake there is not repeated here. A client that breaks the
// protocol fails the test.
package relaytest

import (
	"bufio"
	"crypto/tls"
	"encoding/base64"
	"fmt"
	"net"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"
)

// Options say how a relay behaves.
type Options struct {
	Certificate *tls.Certificate // with STARTTLS, or with Implicit from the first byte
	Implicit    bool
	Auth        string // mechanisms offered, over TLS alone; "" for none
	User, Pass  string // the one account
	Offers      []string
	Port        int // 0 for any
	// Answer, if not nil, answers a step in place of the relay: greeting, EHLO,
	// STARTTLS, AUTH, MAIL, RCPT, DATA or end (of the data), for argument arg. ""
	// leaves it to the relay; "drop" closes; "hang" says nothing more.
	Answer func(step, arg string) string
}

// Mail is one that was taken.
type Mail struct {
	From, To, Hello, Data, User string
	TLS                         bool
}

// Relay is a running server.
type Relay struct {
	Port int
	t    testing.TB
	l    net.Listener
	wg   sync.WaitGroup

	mu    sync.Mutex
	o     Options
	got   []Mail
	conns []net.Conn
	said  []string // every line of clients
}

// Start listens on 127.0.0.1 until the test ends.
func Start(t testing.TB, o Options) *Relay {
	t.Helper()
	l, err := net.Listen("tcp", fmt.Sprintf("127.0.0.1:%d", o.Port))
	if err != nil {
		t.Fatal(err)
	}
	r := &Relay{t: t, l: l, o: o, Port: l.Addr().(*net.TCPAddr).Port}
	r.wg.Go(func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			r.mu.Lock()
			r.conns = append(r.conns, c)
			r.mu.Unlock()
			r.wg.Go(func() { defer c.Close(); r.serve(c) })
		}
	})
	t.Cleanup(r.Stop)
	return r
}

// Stop closes everything; calling it again does nothing.
func (r *Relay) Stop() {
	r.l.Close()
	r.mu.Lock()
	for _, c := range r.conns {
		c.Close()
	}
	r.mu.Unlock()
	r.wg.Wait()
}

// Answer changes how it behaves from now on.
func (r *Relay) Answer(fn func(step, arg string) string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.o.Answer = fn
}

// Got are the mails that were taken.
func (r *Relay) Got() []Mail {
	r.mu.Lock()
	defer r.mu.Unlock()
	return append([]Mail{}, r.got...)
}

// Said is every line that clients have sent outside of data.
func (r *Relay) Said() string {
	r.mu.Lock()
	defer r.mu.Unlock()
	return strings.Join(r.said, "\n")
}

// talk is one connection.
type talk struct {
	*Relay
	c      net.Conn
	in     *bufio.Reader
	mail   Mail
	secure bool
	over   bool
}

func (r *Relay) serve(c net.Conn) {
	k := &talk{Relay: r, c: c, in: bufio.NewReader(c)}
	if r.o.Implicit && !k.encrypt() {
		return
	}
	if k.answer("greeting", "", "220 relay.test ESMTP"); k.over {
		return
	}
	for !k.over {
		line, ok := k.line()
		if !ok {
			return
		}
		verb, arg, _ := strings.Cut(line, " ")
		k.step(strings.ToUpper(verb), arg)
	}
}

func (k *talk) encrypt() bool {
	c := tls.Server(k.c, &tls.Config{Certificates: []tls.Certificate{*k.o.Certificate}})
	if c.Handshake() != nil {
		return false
	}
	k.c, k.in, k.secure, k.mail = c, bufio.NewReader(c), true, Mail{}
	return true
}

// line reads a command: CRLF at its end, 512 octets at the most (RFC 5321,
// section 4.5.3.1.4), more for AUTH (RFC 4954, section 4).
func (k *talk) line() (string, bool) {
	s, err := k.in.ReadString('\n')
	if err != nil || s[0] == 0x16 {
		return "", false // a client that begins TLS where there is none
	}
	if !strings.HasSuffix(s, "\r\n") || strings.Contains(s[:len(s)-2], "\r") || len(s) > 12288 || len(s) > 512 && !strings.HasPrefix(s, "AUTH") {
		k.t.Errorf("a line that no relay takes: %.80q", s)
	}
	s = strings.TrimSuffix(s, "\r\n")
	k.mu.Lock()
	k.said = append(k.said, s)
	k.mu.Unlock()
	return s, true
}

// reply is what the test wants said at a step, or else usual.
func (k *talk) reply(step, arg, usual string) string {
	k.mu.Lock()
	fn := k.o.Answer
	k.mu.Unlock()
	if fn != nil {
		if own := fn(step, arg); own != "" {
			return own
		}
	}
	return usual
}

// answer says what reply has found, and tells whether it was a success.
func (k *talk) answer(step, arg, usual string) bool {
	return k.say(k.reply(step, arg, usual))
}

func (k *talk) say(reply string) bool {
	switch reply {
	case "drop":
		k.over = true
		k.c.Close()
		return false
	case "hang":
		k.over = true
		time.Sleep(3 * time.Second)
		return false
	}
	if _, err := k.c.Write([]byte(reply + "\r\n")); err != nil {
		k.over = true
	}
	return reply[0] == '2' || reply[0] == '3'
}

var (
	mailFrom = regexp.MustCompile(`^FROM:<([^<>\s]+@[^<>\s]+)>((?: [A-Z0-9]+(?:=[!-<>-~]+)?)*)$`)
	rcptTo   = regexp.MustCompile(`^TO:<([^<>\s]+@[^<>\s]+)>$`)
	domain   = regexp.MustCompile(`^([A-Za-z0-9-]+(\.[A-Za-z0-9-]+)*|\[[0-9.]+\]|\[IPv6:[0-9a-f:]+\])$`)
)

func (k *talk) step(verb, arg string) {
	switch verb {
	case "EHLO", "HELO":
		k.hello(verb, arg)
	case "STARTTLS":
		if k.o.Certificate == nil || k.secure {
			k.answer(verb, arg, "502 5.5.1 no")
		} else if k.answer(verb, arg, "220 go ahead") && !k.encrypt() {
			k.over = true
		}
	case "AUTH":
		k.auth(arg)
	case "MAIL":
		k.from(arg)
	case "RCPT":
		m := rcptTo.FindStringSubmatch(arg)
		if m == nil || k.mail.From == "" {
			k.t.Errorf("RCPT out of order or form: %q", arg)
			k.answer(verb, arg, "503 5.5.1 what?")
		} else if k.answer(verb, m[1], "250 2.1.5 ok") {
			k.mail.To = m[1]
		}
	case "DATA":
		k.data()
	case "RSET":
		k.mail.From, k.mail.To = "", ""
		k.answer(verb, arg, "250 2.0.0 ok")
	case "QUIT":
		k.answer(verb, arg, "221 2.0.0 bye")
		k.over = true
	default:
		k.t.Errorf("no such command: %.80q", verb)
		k.answer(verb, arg, "500 5.5.2 what?")
	}
}

func (k *talk) hello(verb, arg string) {
	if !domain.MatchString(arg) {
		k.t.Errorf("%s %q is no domain", verb, arg)
	}
	k.mail.Hello = arg
	all := append([]string{"relay.test"}, k.o.Offers...)
	if k.o.Certificate != nil && !k.secure {
		all = append(all, "STARTTLS")
	}
	if k.o.Auth != "" && k.secure {
		all = append(all, "AUTH "+k.o.Auth)
	}
	if verb == "HELO" {
		all = all[:1]
	}
	for i := range all {
		sep := "-"
		if i == len(all)-1 {
			sep = " "
		}
		all[i] = "250" + sep + all[i]
	}
	k.answer(verb, arg, strings.Join(all, "\r\n"))
}

func (k *talk) auth(arg string) {
	if !k.secure {
		k.t.Error("a password in clear")
	}
	want := func(s string) string { b, _ := base64.StdEncoding.DecodeString(s); return string(b) }
	user, pass := "", ""
	switch way, first, _ := strings.Cut(arg, " "); way {
	case "PLAIN":
		if part := strings.Split(want(first), "\x00"); len(part) == 3 {
			user, pass = part[1], part[2]
		}
	case "LOGIN":
		k.answer("LOGIN", "", "334 VXNlcm5hbWU6")
		one, _ := k.line()
		k.answer("LOGIN", "", "334 UGFzc3dvcmQ6")
		two, _ := k.line()
		user, pass = want(one), want(two)
	}
	if user != k.o.User || pass != k.o.Pass {
		k.answer("AUTH", arg, "535 5.7.8 Authentication credentials invalid")
	} else if k.answer("AUTH", arg, "235 2.7.0 welcome") {
		k.mail.User = user
	}
}

func (k *talk) from(arg string) {
	m := mailFrom.FindStringSubmatch(arg)
	switch {
	case m == nil || k.mail.Hello == "" || k.mail.From != "":
		k.t.Errorf("MAIL out of order or form: %q", arg)
		k.answer("MAIL", arg, "503 5.5.1 what?")
	case k.o.Auth != "" && k.mail.User == "":
		k.answer("MAIL", arg, "530 5.7.0 Authentication required")
	default:
		for _, word := range strings.Fields(m[2]) {
			if name, _, _ := strings.Cut(word, "="); !strings.Contains(strings.Join(k.o.Offers, " ")+" BODY", name) {
				k.t.Errorf("parameter %s was not offered", word)
			}
		}
		if k.answer("MAIL", m[1], "250 2.1.0 ok") {
			k.mail.From = m[1]
		}
	}
}

// data reads to the lone dot. Lines are 998 octets at the most (RFC 5322, section
// 2.1.1).
func (k *talk) data() {
	if k.mail.To == "" {
		k.t.Error("DATA without RCPT")
	}
	if !k.answer("DATA", "", "354 go on") {
		return
	}
	var b strings.Builder
	for {
		s, err := k.in.ReadString('\n')
		if err != nil {
			return
		}
		if !strings.HasSuffix(s, "\r\n") || len(s) > 1000 {
			k.t.Errorf("a line of data that no relay takes: %.80q", s)
		}
		if s == ".\r\n" {
			break
		}
		b.WriteString(strings.TrimPrefix(s, "."))
	}
	m := k.mail
	m.Data, m.TLS = b.String(), k.secure
	k.mail.From, k.mail.To = "", ""
	reply := k.reply("end", m.To, "250 2.0.0 Ok: queued as 4F2A1")
	if reply[0] == '2' { // before the client hears of it, or Got would come late
		k.mu.Lock()
		k.got = append(k.got, m)
		k.mu.Unlock()
	}
	k.say(reply)
}
