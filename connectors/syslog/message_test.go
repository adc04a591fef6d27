package syslog_test

import (
	"errors"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"coffre/connectors/syslog"
	"coffre/connectors/syslog/syslogtest"
)

var moment = time.Date(2026, 1, 15, 9, 0, 1, 250e6, time.UTC)

func TestAppend(t *testing.T) {
	full := syslog.Message{
		Facility: 13, Severity: syslog.Info, Time: moment.In(time.FixedZone("", 3600)), Host: "coffre.firme.lan", App: "coffre", MsgID: "answer.give",
		Data: []syslog.Element{{ID: "coffre@32473", Params: []syslog.Param{{Name: "seq", Value: "2"}, {Name: "q", Value: `a"b\c]dé`}}}},
		Text: `{"é":1}`,
	}
	for _, c := range []struct {
		name string
		m    syslog.Message
		want string
	}{
		{"all of it", full, "<110>1 2026-01-15T09:00:01.250Z coffre.firme.lan coffre - answer.give [coffre@32473 seq=\"2\" q=\"a\\\"b\\\\c\\]dé\"] \xef\xbb\xbf{\"é\":1}"},
		{"nothing", syslog.Message{}, "<0>1 - - - - - -"},
		{"no UTF-8", syslog.Message{Text: "a\xff"}, "<0>1 - - - - - - \xef\xbb\xbfa\uFFFD"},
	} {
		b, err := c.m.Append([]byte("x"))
		if err != nil || string(b) != "x"+c.want {
			t.Errorf("%s: %q, %v", c.name, b, err)
		}
		if _, err := syslogtest.Parse(c.want); err != nil {
			t.Errorf("%s: %v", c.name, err)
		}
	}
}

func TestAppendRefuses(t *testing.T) {
	for name, m := range map[string]syslog.Message{
		"facility":  {Facility: 24},
		"severity":  {Severity: 8},
		"space":     {Host: "a b"},
		"length":    {MsgID: strings.Repeat("a", 33)},
		"beyond":    {App: "café"},
		"element":   {Data: []syslog.Element{{ID: "a=b"}}},
		"twice":     {Data: []syslog.Element{{ID: "a"}, {ID: "a"}}},
		"parameter": {Data: []syslog.Element{{ID: "a", Params: []syslog.Param{{Name: "b]"}}}}},
		"year":      {Time: time.Date(10000, 1, 1, 0, 0, 0, 0, time.UTC)},
	} {
		if b, err := m.Append([]byte("kept")); !errors.Is(err, syslog.ErrMessage) || string(b) != "kept" {
			t.Errorf("%s: %q, %v", name, b, err)
		}
	}
}

// What one side writes, the other side's own reading of the RFC gives back.
func FuzzMessage(f *testing.F) {
	f.Add("coffre", "answer.give", "coffre@32473", "seq", `a"\]`, "{}")
	f.Add("é", "", "a b", "=", "\xff\x00\n", "\xef\xbb\xbf")
	f.Fuzz(func(t *testing.T, host, msgid, id, name, value, text string) {
		m := syslog.Message{
			Facility: 13, Severity: 4, Time: moment, Host: host, MsgID: msgid, Text: text,
			Data: []syslog.Element{{ID: id, Params: []syslog.Param{{Name: name, Value: value}}}},
		}
		b, err := m.Append(nil)
		if err != nil {
			return
		}
		p, err := syslogtest.Parse(string(b))
		if err != nil {
			t.Fatal(err)
		}
		valid := func(s string) string {
			if utf8.ValidString(s) {
				return s
			}
			return string([]rune(s))
		}
		dash := func(s string) string { return strings.TrimPrefix(s, "-") }
		if p.Facility != 13 || p.Severity != 4 || !p.Time.Equal(moment) || p.Data[id][name] != valid(value) || p.Text != valid(text) {
			t.Fatalf("%q became %+v", b, p)
		}
		if host != "-" && p.Host != host || msgid != "-" && dash(p.MsgID) != dash(msgid) {
			t.Fatalf("%q became %+v", b, p)
		}
	})
}

func FuzzParse(f *testing.F) {
	f.Add("<110>1 2026-01-15T09:00:01.250Z a b - c [x@1 y=\"z\"] t")
	f.Add("<0>1 - - - - - -")
	f.Fuzz(func(t *testing.T, s string) {
		p, err := syslogtest.Parse(s)
		if err == nil && (p.Facility > 23 || p.Severity > 7) {
			t.Fatalf("%q: %+v", s, p)
		}
	})
}

func TestParserIsStrict(t *testing.T) {
	for _, s := range []string{
		"", "<192>1 - - - - - -", "<013>1 - - - - - -", "<13>2 - - - - - -", "<13>1 - - - - -", "<13>1 - - - - - []",
		"<13>1 2026-01-15t09:00:00Z - - - - -", "<13>1 2026-01-15 - - - - -", `<13>1 - - - - - [a b="c]"]`, `<13>1 - - - - - [a b="c"`,
		`<13>1 - - - - - [a b="c"]x`, "<13>1 -  - - - - -", `<13>1 - - - - - [a][a]`, "<13>1 - - - - - - \xef\xbb\xbf\xff",
	} {
		if p, err := syslogtest.Parse(s); err == nil {
			t.Errorf("%q was taken as %+v", s, p)
		}
	}
}

func TestHostField(t *testing.T) {
	if s := syslog.HostField("coffre de café\n"); s != "coffre-de-caf---" {
		t.Error(s)
	}
	if s := syslog.HostField(strings.Repeat("a", 300)); len(s) != 255 {
		t.Error(len(s))
	}
}
