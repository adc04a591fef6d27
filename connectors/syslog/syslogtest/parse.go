// Package syslogtest is the receiving side for tests: a strict parser of RFC
// 5424 and a receiver of RFC 5425 that can behave badly.
//
// Its rule: it is written from the RFCs' grammar and shares no code with package
// syslog, so that a mistake there is not repeated here.
package syslogtest

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"
)

// Parsed is a message as a receiver sees it. "" stands for the NILVALUE.
type Parsed struct {
	Facility, Severity             int
	Time                           time.Time
	Host, App, ProcID, MsgID, Text string
	BOM                            bool
	Data                           map[string]map[string]string
}

var errGrammar = errors.New("not RFC 5424")

// Parse reads SYSLOG-MSG of RFC 5424, section 6, and nothing else.
func Parse(s string) (p Parsed, err error) {
	defer func() {
		if err != nil {
			err = fmt.Errorf("%w: %s in %.200q", errGrammar, err, s)
		}
	}()
	rest, err := p.priority(s)
	if err != nil {
		return p, err
	}
	fields := strings.SplitN(rest, " ", 6)
	if len(fields) != 6 {
		return p, errors.New("header")
	}
	if at := fields[0]; at != "-" {
		// TIME-SECFRAC has 1 to 6 digits, and T and Z are upper case.
		if strings.ContainsAny(at, "tz,") {
			return p, errors.New("timestamp")
		}
		if p.Time, err = time.Parse("2006-01-02T15:04:05.999999Z07:00", at); err != nil {
			return p, errors.New("timestamp")
		}
	}
	most := []int{255, 48, 128, 32}
	for i, to := range []*string{&p.Host, &p.App, &p.ProcID, &p.MsgID} {
		if *to, err = printable(fields[i+1], most[i]); err != nil {
			return p, err
		}
	}
	rest, err = p.data(fields[5])
	if err != nil || rest == "" {
		return p, err
	}
	text, ok := strings.CutPrefix(rest, " ")
	if !ok {
		return p, errors.New("no space before the message")
	}
	if p.Text, p.BOM = strings.CutPrefix(text, "\xef\xbb\xbf"); p.BOM && !utf8.ValidString(p.Text) {
		return p, errors.New("message is no UTF-8")
	}
	return p, nil
}

func (p *Parsed) priority(s string) (string, error) {
	pri, rest, ok := strings.Cut(s, ">1 ")
	if !ok || !strings.HasPrefix(pri, "<") || len(pri) < 2 || len(pri) > 4 {
		return "", errors.New("priority or version")
	}
	n, err := strconv.ParseUint(pri[1:], 10, 8)
	if err != nil || n > 191 || strconv.FormatUint(n, 10) != pri[1:] {
		return "", errors.New("priority")
	}
	p.Facility, p.Severity = int(n/8), int(n%8)
	return rest, nil
}

func printable(s string, most int) (string, error) {
	if s == "-" {
		return "", nil
	}
	if s == "" || len(s) > most {
		return "", errors.New("length of a header field")
	}
	for _, c := range []byte(s) {
		if c < 33 || c > 126 {
			return "", errors.New("character of a header field")
		}
	}
	return s, nil
}

// data reads STRUCTURED-DATA and returns what follows.
func (p *Parsed) data(s string) (string, error) {
	if rest, nil1 := strings.CutPrefix(s, "-"); nil1 {
		return rest, nil
	}
	p.Data = map[string]map[string]string{}
	for strings.HasPrefix(s, "[") {
		end := strings.IndexAny(s, " ]")
		if end < 0 || !isSDName(s[1:end]) || p.Data[s[1:end]] != nil {
			return "", errors.New("SD-ID")
		}
		params := map[string]string{}
		p.Data[s[1:end]] = params
		s = s[end:]
		for strings.HasPrefix(s, " ") {
			name, rest, ok := strings.Cut(s[1:], `="`)
			if !ok || !isSDName(name) {
				return "", errors.New("PARAM-NAME")
			}
			value, n, err := unescape(rest)
			if err != nil {
				return "", err
			}
			params[name], s = value, rest[n:]
		}
		if !strings.HasPrefix(s, "]") {
			return "", errors.New("end of SD-ELEMENT")
		}
		s = s[1:]
	}
	if len(p.Data) == 0 {
		return "", errors.New("no structured data")
	}
	return s, nil
}

func isSDName(s string) bool {
	if len(s) < 1 || len(s) > 32 || strings.ContainsAny(s, `= ]"`) {
		return false
	}
	_, err := printable(s, 32)
	return err == nil
}

// unescape reads PARAM-VALUE and its closing quote; n is how long both are.
func unescape(s string) (value string, n int, err error) {
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		switch c := s[i]; c {
		case '"':
			if !utf8.ValidString(b.String()) {
				return "", 0, errors.New("PARAM-VALUE is no UTF-8")
			}
			return b.String(), i + 1, nil
		case ']':
			return "", 0, errors.New("bare bracket in PARAM-VALUE")
		case '\\':
			if i+1 < len(s) && strings.IndexByte(`"\]`, s[i+1]) >= 0 {
				i++
			}
			b.WriteByte(s[i])
		default:
			b.WriteByte(c)
		}
	}
	return "", 0, errors.New("PARAM-VALUE without an end")
}
