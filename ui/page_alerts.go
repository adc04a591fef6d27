package ui

import (
	"net/http"
	"strings"

	"coffre/connectors"
	"coffre/store"
	"coffre/ui/look"
	"coffre/ui/page"
)

func mailFields() (names []string) {
	for _, s := range connectors.MailSettings() {
		names = append(names, s.Name)
	}
	return names
}

// alertsPage shows what is kept, or what was typed and refused.
func (q *request) alertsPage(faults look.Faults, status int) error {
	m, err := q.mailStanding()
	if err != nil {
		return err
	}
	has := q.typedOr(mailFields()...)
	v := page.Alerts{
		Frame: q.frame(look.Settings), Faults: faults, Values: has, On: m.plan.On(), Waiting: m.waiting, Lost: m.state.Lost,
		Sent: local(m.state.Sent), Next: local(m.state.Next),
	}
	v.Secrets = q.secretsFor(store.PurposeMail, has[connectors.SettingMailSecret], q.lang.T("mail.secret-none"))
	if f := m.state.Fault; f != nil {
		v.Fault = &page.MailFault{Sentence: q.mailFault(m, *f), Reply: f.Reply, Since: local(f.Since)}
	}
	for _, to := range m.plan.Recipients() {
		if f, ok := m.state.Refused[to]; ok {
			v.Refused = append(v.Refused, page.MailFault{To: to, Sentence: q.mailFault(m, f), Reply: f.Reply, Since: local(f.Since)})
		}
	}
	return q.render(status, page.AlertsPage(v))
}

// typedAlerts are the settings of the form.
func (q *request) typedAlerts() map[string]string {
	in := map[string]string{}
	for _, name := range mailFields() {
		if q.r.PostForm.Has(name) {
			in[name] = strings.TrimSpace(strings.ReplaceAll(q.r.PostFormValue(name), "\r\n", "\n"))
		}
	}
	return in
}

func (q *request) alertsForm() error {
	if err := q.form(); err != nil {
		return err
	}
	err := q.putSettings(q.typedAlerts())
	if e := store.AsError(err); err != nil && e.Kind == store.Invalid {
		return q.alertsPage(look.Faults{e.Params["name"]: {Code: e.Code, Params: e.Params}}, http.StatusUnprocessableEntity)
	}
	return q.done(err, "/settings/alerts", "notice.alerts")
}

// alertsTestForm sends a mail by the settings that are saved: the gate opens no way
// to a relay that is only typed.
func (q *request) alertsTestForm() error {
	if err := q.form(); err != nil {
		return err
	}
	changed := false
	err := q.view(func(v *store.View) error {
		for name, value := range q.typedAlerts() {
			s, _ := findSetting(name)
			changed = changed || v.Setting(name, s.def) != value
		}
		return nil
	})
	if err != nil {
		return err
	}
	if changed {
		return q.render(http.StatusOK, page.MailTested(q.lang, nil, &look.Fault{Code: "settings-unsaved"}))
	}
	all, err := q.testMail()
	if e := store.AsError(err); err != nil && e.Code == "mail-none" {
		return q.render(http.StatusOK, page.MailTested(q.lang, nil, faultOf(err)))
	}
	if err != nil {
		return err
	}
	var out []page.MailTest
	for _, t := range all {
		out = append(out, page.MailTest{To: t.Address, OK: t.OK, Sentence: t.Sentence, Reply: t.Reply})
	}
	return q.render(http.StatusOK, page.MailTested(q.lang, out, nil))
}
