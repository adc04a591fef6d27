package syslog

import (
	"errors"
	"fmt"
	"strconv"
	"time"
	"unicode/utf8"
)

// Severity of a message, RFC 5424 table 2.
type Severity int

// The severities in use.
const (
	Alert   Severity = 1
	Error   Severity = 3
	Warning Severity = 4
	Notice  Severity = 5
	Info    Severity = 6
)

// LogAudit is the facility of audit messages, RFC 5424 table 1.
const LogAudit = 13

// Message is one message of RFC 5424. Empty header fields are sent as "-".
type Message struct {
	Facility int // 0 to 23
	Severity Severity
	Time     time.Time // sent in UTC to the millisecond; zero: "-"
	Host     string    // printable ASCII, at most 255
	App      string    // printable ASCII, at most 48
	MsgID    string    // printable ASCII, at most 32
	Data     []Element // structured data
	Text     string    // UTF-8; sent behind a byte order mark, as section 6.4 has it
}

// Element is an SD-ELEMENT of structured data. ID and names of parameters are
// SD-NAMEs: 1 to 32 printable ASCII characters without '=', ']', '"' and space.
// Values may hold any text.
type Element struct {
	ID     string
	Params []Param
}

// Param is a parameter of an Element.
type Param struct{ Name, Value string }

// ErrMessage is wrapped where a Message has a field that RFC 5424 has no form for.
var ErrMessage = errors.New("message has no form in RFC 5424")

const timeLayout = "2006-01-02T15:04:05.000Z"

// Append adds the message's bytes, without framing, to b. On error, which wraps
// ErrMessage, b is returned as it was.
func (m Message) Append(b []byte) ([]byte, error) {
	if m.Facility < 0 || m.Facility > 23 || m.Severity < 0 || m.Severity > 7 {
		return b, fmt.Errorf("%w: priority", ErrMessage)
	}
	out := append(b, '<')
	out = strconv.AppendInt(out, int64(m.Facility*8+int(m.Severity)), 10)
	out = append(out, ">1 "...)
	switch at := m.Time.UTC(); {
	case m.Time.IsZero():
		out = append(out, '-')
	case at.Year() < 0 || at.Year() > 9999:
		return b, fmt.Errorf("%w: time", ErrMessage)
	default:
		out = at.AppendFormat(out, timeLayout)
	}
	for _, f := range []struct {
		name, value string
		most        int
	}{{"host", m.Host, 255}, {"app", m.App, 48}, {"procid", "", 128}, {"msgid", m.MsgID, 32}} {
		if !isPrintable(f.value) || len(f.value) > f.most {
			return b, fmt.Errorf("%w: %s", ErrMessage, f.name)
		}
		out = append(out, ' ')
		if f.value == "" {
			f.value = "-"
		}
		out = append(out, f.value...)
	}
	out = append(out, ' ')
	out, ok := appendData(out, m.Data)
	if !ok {
		return b, fmt.Errorf("%w: structured data", ErrMessage)
	}
	if m.Text != "" {
		out = append(out, ' ')
		out = append(out, byteOrderMark...)
		out = appendUTF8(out, m.Text)
	}
	return out, nil
}

const byteOrderMark = "\xef\xbb\xbf"

func appendData(b []byte, all []Element) ([]byte, bool) {
	if len(all) == 0 {
		return append(b, '-'), true
	}
	seen := map[string]bool{}
	for _, e := range all {
		if !isName(e.ID) || seen[e.ID] {
			return b, false
		}
		seen[e.ID] = true
		b = append(append(b, '['), e.ID...)
		for _, p := range e.Params {
			if !isName(p.Name) {
				return b, false
			}
			b = append(append(append(b, ' '), p.Name...), `="`...)
			b = append(appendValue(b, p.Value), '"')
		}
		b = append(b, ']')
	}
	return b, true
}

// appendValue escapes what section 6.3.3 says must be escaped, and nothing else.
func appendValue(b []byte, s string) []byte {
	for _, r := range s { // bytes that are no UTF-8 come as U+FFFD
		if r == '"' || r == '\\' || r == ']' {
			b = append(b, '\\')
		}
		b = utf8.AppendRune(b, r)
	}
	return b
}

func appendUTF8(b []byte, s string) []byte {
	if utf8.ValidString(s) {
		return append(b, s...)
	}
	for _, r := range s {
		b = utf8.AppendRune(b, r)
	}
	return b
}

// isPrintable tells whether s is PRINTUSASCII throughout; "" is.
func isPrintable(s string) bool {
	for i := range len(s) {
		if s[i] < 33 || s[i] > 126 {
			return false
		}
	}
	return true
}

// isName tells whether s is an SD-NAME.
func isName(s string) bool {
	if len(s) < 1 || len(s) > 32 || !isPrintable(s) {
		return false
	}
	for i := range len(s) {
		if s[i] == '=' || s[i] == ']' || s[i] == '"' {
			return false
		}
	}
	return true
}

// HostField makes of a machine's name what the header may hold: other characters
// than printable ASCII become '-'.
func HostField(name string) string {
	b := []byte(name)
	for i, c := range b {
		if c < 33 || c > 126 {
			b[i] = '-'
		}
	}
	return string(b[:min(len(b), 255)])
}
