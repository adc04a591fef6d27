package page

import (
	"strconv"
	"time"

	"coffre/ui/look"
	"coffre/ui/words"
)

// Alerts is the page of alerts by mail: the relay, the recipients, and how mail
// goes.
type Alerts struct {
	look.Frame
	Faults  look.Faults       // by the dotted names
	Values  map[string]string // by the dotted names
	Secrets []look.Choice

	On            bool
	Waiting, Lost int
	Sent, Next    time.Time
	Fault         *MailFault
	Refused       []MailFault
}

// MailFault is why mail doesn't go, at all or to one address.
type MailFault struct {
	To, Sentence, Reply string
	Since               time.Time
}

// MailTest is what came of a test mail to one address.
type MailTest struct {
	To, Sentence, Reply string
	OK                  bool
}

func (t MailTest) state(l words.Lang) (look.Tone, string) {
	if t.OK {
		return look.Good, l.T("mail.test-ok")
	}
	return look.Bad, l.T("mail.test-bad")
}

func (v Alerts) state() (look.Tone, string) {
	switch {
	case v.Values["alerts.host"] == "":
		return look.Plain, v.L.T("mail.is-off")
	case v.Fault != nil:
		return look.Bad, v.L.T("mail.is-failing")
	case len(v.Refused) > 0:
		return look.Bad, v.L.T("mail.is-refused")
	case !v.On:
		return look.Warn, v.L.T("mail.is-nobody")
	}
	return look.Good, v.L.T("mail.is-on")
}

func (v Alerts) field(name, label, hint string) look.Input {
	return look.Input{Name: name, Label: label, Hint: hint, Value: v.Values[name], Fault: v.Faults.For(v.L, name), MaxLength: 300}
}

func (v Alerts) text(name, label, hint string) look.Input {
	in := v.field(name, label, hint)
	in.ID = "field-" + name[len("alerts."):]
	return in
}

func (v Alerts) securities() (out []look.Choice) {
	for _, c := range []struct{ value, label string }{
		{"starttls", v.L.T("mail.starttls")}, {"tls", v.L.T("mail.tls")}, {"none", v.L.T("mail.clear")},
	} {
		out = append(out, look.Choice{Value: c.value, Label: c.label, Selected: v.Values["alerts.security"] == c.value})
	}
	return out
}

func (v Alerts) hours() (out []look.Choice) {
	for h := range 24 {
		value := strconv.Itoa(h)
		label := time.Date(2000, 1, 1, h, 0, 0, 0, time.UTC).Format("15:04")
		out = append(out, look.Choice{Value: value, Label: label, Selected: v.Values["alerts.hour"] == value})
	}
	return out
}
