package ui

import (
	"cmp"

	"coffre/chain"
	"coffre/store"
	"coffre/ui/look"
)

// alerts tell somebody what happened to their account, on every page until they
// say that they have read it.
func (q *request) alerts() (out []look.Notice) {
	if q.p.UserID == "" || q.p.Session == "" || len(q.p.Needs) > 0 || q.p.Guest {
		return nil
	}
	q.view(func(v *store.View) error {
		all, err := v.Alerts(q.p.UserID)
		for _, a := range all {
			who := q.lang.T("alert.operator")
			if u, err := v.User(a.By); err == nil {
				who = u.Name
			}
			if text := q.alertText(a, who); text != "" {
				out = append(out, look.Notice{Tone: look.Warn, Text: text})
			}
		}
		return err
	})
	if len(out) > 0 {
		last := &out[len(out)-1]
		last.Action, last.Label = "/account/notices", q.lang.T("alert.read")
	}
	return out
}

func (q *request) alertText(a store.Alert, who string) string {
	when := q.lang.DateTime(a.Time.Local())
	switch a.What {
	case chain.FactorReset:
		return q.lang.T("alert.factor.reset", "who", who, "when", when)
	case chain.UserReset:
		return q.lang.T("alert.user.reset", "who", who, "when", when)
	case chain.UserPassword:
		return q.lang.T("alert.user.password", "who", who, "when", when)
	case chain.FactorBlock:
		return q.lang.T("alert.factor.block", "name", cmp.Or(a.Name, q.lang.T("factors.key")), "when", when)
	case chain.IdentityLink:
		name := cmp.Or(a.Name, q.lang.T("identities.directory"))
		if a.Kind == "unlink" {
			return q.lang.T("alert.identity.unlink", "name", name, "who", who, "when", when)
		}
		return q.lang.T("alert.identity.link", "name", name, "who", who, "when", when)
	case chain.SettingsUpdate, chain.BackupKit:
		return q.lang.T("alert.backup.opener", "name", a.Name, "who", who, "when", when)
	case chain.AuthStep:
		return q.lang.T("alert.auth.step", "when", when)
	}
	return ""
}
