package relay

import (
	"bytes"
	"fmt"
	"mime"
	"mime/quotedprintable"
	"net/netip"
	"strings"
	"time"
)

// Message is a mail of plain text to one recipient. From and To have passed
// Address.
type Message struct {
	ID       string // unique; the part of the Message-ID before the @
	Host     string // the firm's own name of the box, the part behind it
	From, To string
	Name     string // shown for From
	Subject  string
	Text     string // lines end in LF
	Lang     string // fr or en
	Date     time.Time
	Urgent   bool
}

// Bytes is the message as RFC 5322 has it, lines ending in CRLF. All is ASCII
// but addresses that aren't (RFC 6532). It says by RFC 3834 that no machine is
// to answer.
func (m Message) Bytes() ([]byte, error) {
	var b bytes.Buffer
	field := func(name, value string) { fmt.Fprintf(&b, "%s: %s\r\n", name, value) }
	field("Date", m.Date.Format("Mon, 2 Jan 2006 15:04:05 -0700"))
	field("From", encoded(m.Name)+" <"+m.From+">")
	field("To", "<"+m.To+">")
	field("Message-ID", "<"+m.ID+"@"+domainOf(m.Host)+">")
	subject := encoded(m.Subject)
	if strings.HasPrefix(subject, "=?") {
		subject = "\r\n " + subject // 76 octets a line, the field's name included (RFC 2047, section 2)
	}
	field("Subject", subject)
	field("Auto-Submitted", "auto-generated")
	field("X-Auto-Response-Suppress", "All") // what Exchange listens to instead
	if m.Urgent {
		field("Importance", "high") // RFC 4021, section 2.1.54
	}
	field("MIME-Version", "1.0")
	field("Content-Language", m.Lang)
	field("Content-Type", "text/plain; charset=utf-8")
	field("Content-Transfer-Encoding", "quoted-printable")
	b.WriteString("\r\n")
	w := quotedprintable.NewWriter(&b)
	if _, err := w.Write([]byte(strings.ReplaceAll(m.Text, "\n", "\r\n"))); err != nil {
		return nil, fmt.Errorf("encode text of mail: %w", err)
	}
	if err := w.Close(); err != nil {
		return nil, fmt.Errorf("encode text of mail: %w", err)
	}
	return b.Bytes(), nil
}

// encoded is text for a header (RFC 2047), each encoded word on a line of its
// own. Line breaks and other control characters don't get in.
func encoded(s string) string {
	s = strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f {
			return ' '
		}
		return r
	}, s)
	return strings.ReplaceAll(mime.QEncoding.Encode("utf-8", s), "?= =?", "?=\r\n =?")
}

// domainOf is a host as the right side of a Message-ID and as the name in EHLO:
// an address in brackets (RFC 5321, section 4.1.3), a name as it is.
func domainOf(host string) string {
	a, err := netip.ParseAddr(host)
	switch {
	case err != nil:
		return host
	case a.Is4():
		return "[" + a.String() + "]"
	}
	return "[IPv6:" + a.String() + "]"
}
