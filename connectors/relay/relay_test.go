package relay

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"mime"
	"mime/quotedprintable"
	"net"
	"net/mail"
	"strings"
	"testing"
	"time"

	"coffre/connectors/relay/relaytest"
	"coffre/connectors/syslog/syslogtest"
)

func dial(ctx context.Context, network, addr string) (net.Conn, error) {
	return (&net.Dialer{}).DialContext(ctx, network, addr)
}

// served is a certificate of an authority for 127.0.0.1, with the authority.
func served(t *testing.T, names ...string) (*tls.Certificate, *x509.CertPool) {
	t.Helper()
	ca := syslogtest.NewAuthority(t)
	cert, key := ca.Issue(t, time.Now().Add(time.Hour), append(names, "127.0.0.1")[0])
	pair, err := tls.X509KeyPair(cert, key)
	if err != nil {
		t.Fatal(err)
	}
	roots := x509.NewCertPool()
	roots.AppendCertsFromPEM(ca.PEM)
	return &pair, roots
}

var sample = Message{
	ID: "m-1", Host: "coffre.berthier.lan", From: "coffre@berthier.example", To: "it@berthier.example", Name: "coffre", Lang: "fr", Urgent: true,
	Subject: "[coffre] Problèmes : sauvegardes, et une ligne qui est bien trop longue pour un seul mot encodé d’en-tête — réglé ?",
	Text:    "Bonjour,\n.un point au début\n" + strings.Repeat("é", 900) + "\n\nFin =3D\n", Date: time.Date(2026, 11, 23, 8, 0, 0, 0, time.FixedZone("", 3600)),
}

// TestSend: each way to secure and sign in, and what arrives reads as it was
// written.
func TestSend(t *testing.T) {
	pair, roots := served(t)
	for name, c := range map[string]struct {
		server relaytest.Options
		target Target
	}{
		"clear":          {relaytest.Options{}, Target{Security: Clear}},
		"starttls":       {relaytest.Options{Certificate: pair}, Target{Security: StartTLS}},
		"starttls plain": {relaytest.Options{Certificate: pair, Auth: "LOGIN PLAIN XOAUTH2", User: "coffre@x", Pass: "é p"}, Target{Security: StartTLS, Account: "coffre@x", Password: []byte("é p")}},
		"tls login":      {relaytest.Options{Certificate: pair, Implicit: true, Auth: "LOGIN", User: "coffre@x", Pass: "s3"}, Target{Security: TLS, Account: "coffre@x", Password: []byte("s3")}},
		"8bit":           {relaytest.Options{Offers: []string{"8BITMIME", "SMTPUTF8", "PIPELINING", "SIZE 35882577"}}, Target{Security: Clear}},
	} {
		t.Run(name, func(t *testing.T) {
			r := relaytest.Start(t, c.server)
			c.target.Host, c.target.Port, c.target.Roots, c.target.Hello, c.target.Step = "127.0.0.1", r.Port, roots, "coffre.berthier.lan", 5*time.Second
			s, err := Open(t.Context(), dial, c.target)
			if err != nil {
				t.Fatalf("%v: %v", err, errors.Unwrap(err))
			}
			for range 2 {
				if reply, err := s.Send(sample); err != nil || reply != "250 2.0.0 Ok: queued as 4F2A1" {
					t.Fatalf("%q, %v", reply, err)
				}
			}
			s.Close()
			got := r.Got()
			if len(got) != 2 || got[0].From != sample.From || got[0].To != sample.To || got[0].TLS != (c.target.Security != Clear) || got[0].Hello != "coffre.berthier.lan" {
				t.Fatalf("%+v", got)
			}
			checkSample(t, got[0].Data)
		})
	}
}

// checkSample reads a message with the standard library, which shares nothing
// with the writer but the decoder of quoted-printable.
func checkSample(t *testing.T, data string) {
	t.Helper()
	for _, b := range []byte(data) {
		if b >= 0x80 {
			t.Fatal("not ASCII")
		}
	}
	for line := range strings.SplitSeq(data, "\r\n") {
		if len(line) > 78 {
			t.Errorf("a line of %d octets: %q", len(line), line)
		}
	}
	m, err := mail.ReadMessage(strings.NewReader(data))
	if err != nil {
		t.Fatal(err)
	}
	subject, err := new(mime.WordDecoder).DecodeHeader(m.Header.Get("Subject"))
	if err != nil || subject != sample.Subject {
		t.Errorf("subject %q, %v", subject, err)
	}
	text, err := io.ReadAll(quotedprintable.NewReader(m.Body))
	if err != nil || strings.ReplaceAll(string(text), "\r\n", "\n") != sample.Text {
		t.Errorf("text %q, %v", text, err)
	}
	if at, err := m.Header.Date(); err != nil || !at.Equal(sample.Date) {
		t.Errorf("date %v, %v", at, err)
	}
	for name, want := range map[string]string{
		"Message-Id": "<m-1@coffre.berthier.lan>", "Auto-Submitted": "auto-generated", "To": "<it@berthier.example>", "Importance": "high", "Mime-Version": "1.0",
	} {
		if got := m.Header.Get(name); got != want {
			t.Errorf("%s: %q", name, got)
		}
	}
	if from, err := m.Header.AddressList("From"); err != nil || from[0].Address != sample.From {
		t.Errorf("from %v, %v", from, err)
	}
}

// TestFaults: each way in which a relay doesn't take a mail has its name.
func TestFaults(t *testing.T) {
	pair, roots := served(t)
	stranger, _ := served(t)
	other, _ := served(t, "other.example")
	on := func(step, says string) func(string, string) string {
		return func(s, _ string) string {
			if s == step {
				return says
			}
			return ""
		}
	}
	signIn := Target{Security: StartTLS, Account: "a", Password: []byte("wrong")}
	for name, c := range map[string]struct {
		server      relaytest.Options
		target      Target
		code        string
		later, mail bool
	}{
		"no STARTTLS":    {relaytest.Options{}, Target{Security: StartTLS}, FaultNoStartTLS, false, false},
		"STARTTLS 454":   {relaytest.Options{Certificate: pair, Answer: on("STARTTLS", "454 4.7.0 later")}, Target{Security: StartTLS}, FaultLater, true, false},
		"stranger":       {relaytest.Options{Certificate: stranger}, Target{Security: StartTLS}, "mail-certificate", true, false},
		"other name":     {relaytest.Options{Certificate: other}, Target{Security: StartTLS}, "mail-other-name", true, false},
		"TLS to clear":   {relaytest.Options{}, Target{Security: TLS}, "mail-tls", true, false},
		"wrong password": {relaytest.Options{Certificate: pair, Auth: "PLAIN", User: "a", Pass: "right"}, signIn, FaultAuth, false, false},
		"wrong at LOGIN": {relaytest.Options{Certificate: pair, Auth: "LOGIN", User: "a", Pass: "right"}, signIn, FaultAuth, false, false},
		"no AUTH":        {relaytest.Options{Certificate: pair}, signIn, FaultNoAuth, false, false},
		"only XOAUTH2":   {relaytest.Options{Certificate: pair, Auth: "XOAUTH2"}, signIn, FaultNoAuth, false, false},
		"auth in clear":  {relaytest.Options{}, Target{Security: Clear, Account: "a", Password: []byte("p")}, FaultAuthClear, false, false},
		"auth needed":    {relaytest.Options{Certificate: pair, Auth: "PLAIN"}, Target{Security: StartTLS}, FaultAuthNeeded, false, false},
		"554 greeting":   {relaytest.Options{Answer: on("greeting", "554 5.7.1 go away")}, Target{Security: Clear}, FaultRejected, false, false},
		"sender":         {relaytest.Options{Answer: on("MAIL", "553 5.7.1 not yours")}, Target{Security: Clear}, FaultSender, false, false},
		"recipient":      {relaytest.Options{Answer: on("RCPT", "550 5.1.1 unknown")}, Target{Security: Clear}, FaultRecipient, false, true},
		"grey":           {relaytest.Options{Answer: on("RCPT", "450 4.2.0 greylisted")}, Target{Security: Clear}, FaultLater, true, true},
		"too big":        {relaytest.Options{Answer: on("end", "552 5.3.4 too big")}, Target{Security: Clear}, FaultRejected, false, true},
		"421": {relaytest.Options{Answer: func(s, _ string) string {
			return map[string]string{"RCPT": "421 4.3.2 shutting down", "RSET": "drop"}[s]
		}}, Target{Security: Clear}, FaultLater, true, false},
		"drop in DATA": {relaytest.Options{Answer: on("end", "drop")}, Target{Security: Clear}, "mail-closed", true, false},
		"drop at once": {relaytest.Options{Answer: on("greeting", "drop")}, Target{Security: Clear}, "mail-closed", true, false},
		"hang":         {relaytest.Options{Answer: on("EHLO", "hang")}, Target{Security: Clear, Step: 200 * time.Millisecond}, "mail-slow", true, false},
		"no SMTP":      {relaytest.Options{Answer: on("greeting", "HTTP/1.1 400 Bad Request")}, Target{Security: Clear}, FaultGarbled, true, false},
		"a long line":  {relaytest.Options{Answer: on("greeting", "220 "+strings.Repeat("x", 300<<10))}, Target{Security: Clear}, FaultFlood, true, false},
		"no end":       {relaytest.Options{Answer: on("EHLO", strings.TrimSuffix(strings.Repeat("250-more\r\n", 40<<10), "\r\n"))}, Target{Security: Clear}, FaultFlood, true, false},
		"341":          {relaytest.Options{Answer: on("RCPT", "399 what")}, Target{Security: Clear}, FaultGarbled, true, false},
	} {
		t.Run(name, func(t *testing.T) {
			r := relaytest.Start(t, c.server)
			c.target.Host, c.target.Port, c.target.Roots, c.target.Hello = "127.0.0.1", r.Port, roots, "127.0.0.1"
			if c.target.Step == 0 {
				c.target.Step = 5 * time.Second
			}
			s, err := Open(t.Context(), dial, c.target)
			if err == nil {
				_, err = s.Send(sample)
				s.Close()
			}
			var f *Fault
			if errors.As(err, &f) && strings.Contains(f.Reply, `"`) {
				t.Errorf("reply %s", f.Reply)
			}
			if f == nil || f.Code != c.code || f.Later != c.later || f.Mail != c.mail {
				t.Errorf("%+v because %v, want %s", f, errors.Unwrap(err), c.code)
			}
			if strings.Contains(r.Said(), "MAIL") && c.code == FaultNoStartTLS {
				t.Error("mail without TLS")
			}
		})
	}
}

// TestOtherGoes: a mail that is refused keeps no other from going.
func TestOtherGoes(t *testing.T) {
	r := relaytest.Start(t, relaytest.Options{Answer: func(step, arg string) string {
		if step == "RCPT" && arg == sample.To {
			return "550 5.1.1 unknown"
		}
		return ""
	}})
	s, err := Open(t.Context(), dial, Target{Host: "127.0.0.1", Port: r.Port, Security: Clear, Hello: "c", Step: 5 * time.Second})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	if _, err := s.Send(sample); err == nil {
		t.Fatal("taken")
	}
	m := sample
	m.To = "other@berthier.example"
	if _, err := s.Send(m); err != nil {
		t.Fatal(err)
	}
	if got := r.Got(); len(got) != 1 || got[0].To != m.To {
		t.Errorf("%+v", got)
	}
}

// TestInjectedBeforeTLS: what a man in the middle puts behind the 220 of STARTTLS
// is not read as said over TLS.
func TestInjectedBeforeTLS(t *testing.T) {
	pair, roots := served(t)
	r := relaytest.Start(t, relaytest.Options{Certificate: pair, Answer: func(step, _ string) string {
		if step == "STARTTLS" {
			return "220 go\r\n250 AUTH PLAIN"
		}
		return ""
	}})
	s, err := Open(t.Context(), dial, Target{Host: "127.0.0.1", Port: r.Port, Security: StartTLS, Roots: roots, Hello: "c", Step: 2 * time.Second, Account: "a", Password: []byte("p")})
	if err == nil {
		s.Close()
		t.Fatal("signed in")
	}
	if strings.Contains(r.Said(), "AUTH") {
		t.Error("the password left")
	}
}

func TestCanceled(t *testing.T) {
	r := relaytest.Start(t, relaytest.Options{Answer: func(step, _ string) string { return map[string]string{"EHLO": "hang"}[step] }})
	ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
	defer cancel()
	begun := time.Now()
	if _, err := Open(ctx, dial, Target{Host: "127.0.0.1", Port: r.Port, Security: Clear, Hello: "c"}); err == nil || time.Since(begun) > 2*time.Second {
		t.Errorf("%v after %v", err, time.Since(begun))
	}
}
