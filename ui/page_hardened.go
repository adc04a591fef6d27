package ui

import (
	"net/http"
	"strconv"

	"coffre/auth"
	"coffre/store"
	"coffre/ui/look"
	"coffre/ui/page"
)

// hardenedNamed is how many people, keys or hosts a line names before it counts.
const hardenedNamed = 8

func (q *request) hardenedPage(faults look.Faults, status int) error {
	s, err := q.hardenedState()
	if err != nil {
		return err
	}
	v := page.Hardened{
		Frame: q.frame(look.Settings), On: s.mode.On, Since: local(s.mode.Since), Attested: s.mode.Disk == store.DiskAttested,
		Planned: local(s.mode.Planned), Late: !s.mode.Late.IsZero(), Disk: s.disk.State, Attest: s.attests(),
		May: auth.Allowed(q.p, auth.HardenedAdmin), Faults: faults, Reason: q.r.PostFormValue("reason"), At: q.r.PostFormValue("at"),
	}
	for _, code := range s.blocks {
		v.Blocks = append(v.Blocks, look.Fault{Code: code})
	}
	for _, r := range s.rows {
		v.Lines = append(v.Lines, page.HardenedLine{
			Name: q.lang.Or("hardened-line", r.name), Now: q.hardenedValue(r.name, r.now), Then: q.hardenedValue(r.name, r.then),
			Changes: r.changes(), Who: q.hardenedWho(s, r),
		})
	}
	err = q.view(func(view *store.View) (err error) {
		v.By = q.deed(view, s.mode.Deed)
		v.Two.Asked, v.Two.Reason = len(s.two) > 0, v.Reason
		if v.Two.Alone, err = view.Alone(q.p, store.Approval{Kind: store.ApproveHardened}); err != nil {
			return err
		}
		have, err := view.Factors(q.p.UserID)
		keys := 0
		for _, f := range have {
			if f.Kind == store.FactorKey && f.Blocked.IsZero() {
				keys++
			}
		}
		v.OneKey = keys == 1
		return err
	})
	if err != nil {
		return err
	}
	return q.render(status, page.HardenedPage(v))
}

// hardenedValue is a row's value in words.
func (q *request) hardenedValue(name, value string) string {
	n, err := strconv.Atoi(value)
	switch name {
	case auth.SettingFactorRequired:
		return q.lang.Or("hardened-required", value)
	case auth.SettingFactorAdmin:
		return q.lang.Or("hardened-admin", value)
	case auth.SettingSessionHours:
		return q.lang.T("hardened.hours", "n", n)
	case auth.SettingIdleMinutes, auth.SettingFresh:
		return q.lang.T("hardened.minutes", "n", n)
	case hardenedHSTS:
		if n == 0 {
			return q.lang.T("hardened.hsts-off")
		}
		return q.lang.T("hardened.days", "n", n)
	case auth.SettingKeyDays:
		if err != nil {
			return q.lang.T("hardened.no-bound")
		}
		return q.lang.T("hardened.days", "n", n)
	case hardenedEvidence, hardenedEntries:
		if n == 0 {
			return q.lang.T("hardened.for-ever")
		}
		return q.lang.T("hardened.days", "n", n)
	case SettingTLSMinimum:
		return q.lang.T("hardened.tls", "version", value)
	case hardenedSessions:
		return q.lang.T("hardened.sessions", "n", n)
	case hardenedWays:
		return q.lang.T("hardened.ways", "n", n)
	case hardenedDisk:
		return q.lang.Or("hardened-disk", value)
	}
	return q.lang.Or("hardened-value", value)
}

// hardenedWho says whom or what a row meets, "" where nobody.
func (q *request) hardenedWho(s hardenedState, r hardenedRow) string {
	named := append([]string{}, r.affected...)
	if r.name == auth.SettingKeyDays {
		named = nil
		for _, k := range s.effect.Keys {
			named = append(named, q.lang.T("hardened.key-end", "name", k.Name, "date", q.lang.Date(k.End.Local())))
		}
	}
	if r.name == hardenedEvidence {
		for i, class := range named {
			named[i] = q.lang.Or("class", class)
		}
	}
	n := len(named)
	if n > hardenedNamed {
		named = append(named[:hardenedNamed:hardenedNamed], q.lang.T("hardened.more", "n", n-hardenedNamed))
	}
	list := q.lang.List(named)
	switch {
	case r.name == hardenedDisk && s.attests() && !s.mode.On:
		return q.lang.T("hardened.who-disk")
	case r.name == hardenedSessions && s.effect.Sessions > 0:
		return q.lang.T("hardened.who-sessions")
	case n == 0:
		return ""
	case r.name == auth.SettingFactorRequired:
		return q.lang.T("hardened.who-factor", "n", n, "names", list)
	case r.name == auth.SettingFactorAdmin:
		return q.lang.T("hardened.who-key", "n", n, "names", list)
	case r.name == auth.SettingKeyDays:
		return q.lang.T("hardened.who-keys", "n", n, "names", list)
	case r.name == hardenedEvidence:
		return q.lang.T("hardened.who-evidence", "n", n, "names", list)
	case r.name == hardenedWays:
		return q.lang.T("hardened.who-ways", "n", n, "names", list)
	}
	return ""
}

// hardenedFault shows a refusal beside its field.
func (q *request) hardenedFault(err error, prefix string) error {
	e := store.AsError(err)
	field, known := map[string]string{
		"reason": prefix + "reason", "paper-key": prefix + "paper", "hardened-attest": "attest", "hardened-when": "at", "bad-parameter": "at",
		"hardened-on": "", "hardened-off": "", "hardened-no-plan": "", "hardened-no-key": "", "hardened-disk": "", "hardened-tls": "", "hardened-public": "",
		"approval-waiting": "",
	}[e.Code]
	if !known {
		return err
	}
	return q.hardenedPage(look.Faults{field: {Code: e.Code, Params: e.Params}}, http.StatusUnprocessableEntity)
}

func (q *request) hardenForm() error {
	if err := q.form(); err != nil {
		return err
	}
	if err := q.harden(hardening{attest: q.r.PostForm.Has("attest"), reason: q.r.PostFormValue("reason")}); err != nil {
		return q.hardenedFault(err, "")
	}
	return q.done(nil, "/settings/hardened", "notice.hardened-on")
}

func (q *request) hardenPlanForm() error {
	if err := q.form(); err != nil {
		return err
	}
	at, err := q.instant("at", 0)
	if err == nil && at.IsZero() {
		err = store.Fail(store.Invalid, "hardened-when", "name", "at")
	}
	if err == nil {
		err = q.harden(hardening{at: at, attest: q.r.PostForm.Has("attest"), reason: q.r.PostFormValue("reason")})
	}
	if err != nil {
		return q.hardenedFault(err, "")
	}
	return q.done(nil, "/settings/hardened", "notice.hardened-plan")
}

func (q *request) hardenDropForm() error {
	if err := q.s.Auth.DropHardening(q.r.Context(), q.t, q.p, q.id); err != nil {
		return q.hardenedFault(err, "")
	}
	return q.done(nil, "/settings/hardened", "notice.hardened-drop")
}

func (q *request) softenForm() error {
	if err := q.form(); err != nil {
		return err
	}
	if _, err := q.soften(q.r.PostFormValue("reason"), paperOf(q.r)); err != nil {
		return q.hardenedFault(err, "off-")
	}
	return q.done(nil, "/settings/hardened", "notice.approval-asked")
}

// hardenedNotice tells whoever would have to enrol something that a plan exists.
func (q *request) hardenedNotice() (out []look.Notice) {
	if q.p.UserID == "" || q.p.Session == "" || len(q.p.Needs) > 0 || q.p.Guest {
		return nil
	}
	q.view(func(v *store.View) error {
		h := v.Hardened()
		if h.On || h.Planned.IsZero() {
			return nil
		}
		lacks, keyOnly, err := q.s.Auth.LacksHardened(v, q.p.UserID)
		date := q.lang.DateTime(h.Planned.Local())
		switch {
		case err != nil || !lacks:
		case keyOnly:
			out = append(out, look.Notice{Tone: look.Warn, Text: q.lang.T("hardened.notice-key", "date", date)})
		default:
			out = append(out, look.Notice{Tone: look.Warn, Text: q.lang.T("hardened.notice-factor", "date", date)})
		}
		return err
	})
	return out
}
