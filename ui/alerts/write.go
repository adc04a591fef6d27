package alerts

import (
	"strings"
	"time"

	"coffre/ui/health"
	"coffre/ui/words"
)

// write makes subject and text of a letter. at is in the firm's time zone, link the
// address of the box.
func (l letter) write(lang words.Lang, at time.Time, link string) (subject, text string) {
	var b strings.Builder
	line := func(s string) { b.WriteString(s + "\n") }
	part := func(title string, all []health.Result) {
		if len(all) == 0 {
			return
		}
		line("\n" + strings.ToUpper(title))
		for _, x := range all {
			writeCheck(line, lang, x)
		}
	}
	n := len(l.now)
	switch l.kind {
	case urgent:
		subject = lang.T("mail.urgent-subject", "n", n, "what", l.first(lang))
		line(lang.T("mail.urgent-line", "n", n))
		part(lang.T("mail.new"), l.now)
		part(lang.T("mail.still"), l.still)
	case reminder:
		subject = lang.T("mail.reminder-subject", "n", n)
		line(lang.T("mail.reminder-line", "n", n))
		part(lang.T("mail.still"), l.now)
	case fine:
		subject = lang.T("mail.fine-subject", "n", len(l.well), "what", health.Result{Name: l.well[0]}.Title(lang))
		line(lang.T("mail.fine-line"))
		line("")
		for _, name := range l.well {
			line("- " + health.Result{Name: name}.Title(lang))
		}
		part(lang.T("mail.still"), l.still)
	case digest:
		subject = lang.T("mail.digest-subject", "day", lang.Date(at), "bad", len(l.still), "n", n)
		line(lang.T("mail.digest-line", "day", lang.Date(at)))
		part(lang.T("mail.bad"), l.still)
		part(lang.T("mail.watch"), l.now)
	}
	closing(line, lang, at, link)
	return subject, b.String()
}

// first names the first check of an urgent mail.
func (l letter) first(lang words.Lang) string { return l.now[0].Title(lang) }

// writeCheck says what is wrong, since when, and what to do.
func writeCheck(line func(string), lang words.Lang, x health.Result) {
	x = x.Bare()
	line("\n- " + x.Title(lang))
	if !x.Since.IsZero() {
		line("  " + lang.T("mail.since", "when", lang.DateTime(x.Since.Local())))
	}
	line("  " + x.Reason(lang))
	if remedy := x.Remedy(lang); remedy != "" {
		line("  " + lang.T("mail.remedy", "what", remedy))
	}
}

func closing(line func(string), lang words.Lang, at time.Time, link string) {
	line("\n" + lang.T("mail.more"))
	line(link + "/health")
	line("\n-- ")
	line(lang.T("mail.foot", "when", lang.DateTime(at), "zone", at.Format("UTC-07:00")))
	line(lang.T("mail.foot-change", "address", link+"/settings/alerts"))
}

// writeTest makes the mail of a test.
func writeTest(lang words.Lang, at time.Time, link string) (subject, text string) {
	var b strings.Builder
	line := func(s string) { b.WriteString(s + "\n") }
	line(lang.T("mail.test-line"))
	closing(line, lang, at, link)
	return lang.T("mail.test-subject"), b.String()
}
