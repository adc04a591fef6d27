package ui

import (
	"net/http"
	"slices"
	"time"

	"coffre/auth"
	"coffre/connectors"
	"coffre/store"
	"coffre/ui/alerts"
)

func (s *Server) alertRoutes() []route {
	return []route{
		{method: "GET", path: "/api/v1/alerts", may: auth.SettingsAdmin, do: (*request).restAlerts},
		{method: "POST", path: "/api/v1/alerts/test", may: auth.SettingsAdmin, do: (*request).restAlertsTest},
		{method: "GET", path: "/settings/alerts", may: auth.SettingsAdmin, do: func(q *request) error { return q.alertsPage(nil, http.StatusOK) }},
		{method: "POST", path: "/settings/alerts", may: auth.SettingsAdmin, do: (*request).alertsForm},
		{method: "POST", path: "/settings/alerts/test", may: auth.SettingsAdmin, do: (*request).alertsTestForm},
	}
}

// alertsJSON is how alerts by mail stand. What they are set to is in the settings.
type alertsJSON struct {
	On      bool      `json:"on"`
	Urgent  int       `json:"urgent_recipients"`
	Digest  int       `json:"digest_recipients"`
	Hour    int       `json:"digest_hour"`
	Told    []string  `json:"told"` // names of the checks that people were told are bad
	Waiting int       `json:"waiting"`
	Lost    int       `json:"lost"` // given up since one was sent
	Sent    time.Time `json:"last_sent,omitzero"`
	// Code, Reply and Sentence are why nothing goes, Refused whose mail doesn't.
	Code     string       `json:"code,omitempty"`
	Reply    string       `json:"reply,omitempty"`
	Sentence string       `json:"sentence,omitempty"`
	Failing  time.Time    `json:"failing_since,omitzero"`
	Next     time.Time    `json:"next_try,omitzero"`
	Refused  []testedJSON `json:"refused"`
}

// testedJSON is what a relay said to the mail for one address.
type testedJSON struct {
	Address  string    `json:"address"`
	OK       bool      `json:"ok"`
	Code     string    `json:"code,omitempty"`
	Reply    string    `json:"reply,omitempty"`
	Sentence string    `json:"sentence"`
	Since    time.Time `json:"since,omitzero"`
}

type alertsTestJSON struct {
	OK         bool         `json:"ok"` // the relay took every mail
	Recipients []testedJSON `json:"recipients"`
}

// mailStanding is a firm's plan with what became of it.
type mailStanding struct {
	plan    connectors.MailPlan
	state   store.MailState
	waiting int
}

func (q *request) mailStanding() (m mailStanding, err error) {
	err = q.view(func(v *store.View) (err error) {
		m.plan = connectors.MailPlanOf(v)
		if m.state, err = v.MailState(); err != nil {
			return err
		}
		all, err := v.MailQueue()
		m.waiting = len(all)
		return err
	})
	return m, err
}

// mailFault is the sentence of why mail doesn't go.
func (q *request) mailFault(m mailStanding, f store.MailFault) string {
	return q.lang.Or("error", f.Code, "host", m.plan.Host)
}

func (q *request) restAlerts() error {
	m, err := q.mailStanding()
	if err != nil {
		return err
	}
	st := m.state
	out := alertsJSON{
		On: m.plan.On(), Urgent: len(m.plan.Urgent), Digest: len(m.plan.Digest), Hour: m.plan.Hour, Told: []string{}, Waiting: m.waiting, Lost: st.Lost,
		Sent: st.Sent, Refused: []testedJSON{},
	}
	for name, t := range st.Told {
		if !t.Told.IsZero() {
			out.Told = append(out.Told, name)
		}
	}
	slices.Sort(out.Told)
	if f := st.Fault; f != nil {
		out.Code, out.Reply, out.Sentence, out.Failing, out.Next = f.Code, f.Reply, q.mailFault(m, *f), f.Since, st.Next
	}
	for to, f := range st.Refused {
		out.Refused = append(out.Refused, testedJSON{Address: to, Code: f.Code, Reply: f.Reply, Sentence: q.mailFault(m, f), Since: f.Since})
	}
	return q.json(http.StatusOK, out)
}

// testMail sends the test mail and says in words what came of it.
func (q *request) testMail() (out []testedJSON, err error) {
	if q.s.Alerts == nil {
		return nil, store.Fail(store.Invalid, "mail-none")
	}
	all, err := q.s.Alerts.Test(q.r.Context(), q.t, q.p.Actor, q.id)
	for _, one := range all {
		out = append(out, q.tested(one))
	}
	return out, err
}

func (q *request) tested(one alerts.Tested) testedJSON {
	if one.Err == nil {
		return testedJSON{Address: one.To, OK: true, Reply: one.Reply, Sentence: q.lang.T("mail.taken")}
	}
	out := testedJSON{Address: one.To, Code: one.Err.Code, Reply: one.Err.Params["reply"]}
	out.Sentence = q.lang.Or("error", one.Err.Code, paramsOf(one.Err)...)
	return out
}

func paramsOf(e *store.Error) (out []any) {
	for name, value := range e.Params {
		out = append(out, name, value)
	}
	return out
}

func (q *request) restAlertsTest() error {
	all, err := q.testMail()
	if err != nil {
		return err
	}
	ok := !slices.ContainsFunc(all, func(t testedJSON) bool { return !t.OK })
	return q.json(http.StatusOK, alertsTestJSON{ok, all})
}

// checkAlerts refuses settings of alerts that don't fit together.
func (q *request) checkAlerts(in map[string]string) error {
	concerns := func(s connectors.MailSetting) bool { _, given := in[s.Name]; return given }
	if !slices.ContainsFunc(connectors.MailSettings(), concerns) {
		return nil
	}
	return q.view(func(v *store.View) error { return connectors.CheckMailPlan(v, connectors.MailPlanWith(v, in)) })
}
