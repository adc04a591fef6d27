package ui

import (
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"coffre/auth"
	"coffre/chain"
	"coffre/store"
	"coffre/ui/look"
	"coffre/ui/page"
)

func (s *Server) retentionRoutes() []route {
	return []route{
		{method: "GET", path: "/retention", may: auth.RetentionRead, do: func(q *request) error { return q.retentionPage(http.StatusOK, page.Retention{}) }},
		{method: "POST", path: "/retention/run", may: auth.RetentionAdmin, do: (*request).retentionRunForm},
		{method: "POST", path: "/retention/term", may: auth.RetentionAdmin, do: (*request).termForm},
		{method: "POST", path: "/retention/backups", may: auth.RetentionAdmin, do: (*request).backupsForm},
		{method: "POST", path: "/retention/release", may: auth.RetentionAdmin, do: (*request).releaseForm},
		{method: "POST", path: "/retention/clock", may: auth.RetentionAdmin, do: (*request).clockForm},
		{method: "POST", path: "/retention/holds", may: auth.HoldsPut, do: (*request).holdForm},
		{method: "POST", path: "/retention/holds/{id}/lift", may: auth.HoldsPut, do: (*request).liftForm},
		{method: "POST", path: "/retention/erasures", may: auth.RetentionAdmin, do: (*request).eraseForm},
		{method: "GET", path: "/retention/erasures/{id}/certificate", may: auth.RetentionRead, do: (*request).certificate},
		{method: "POST", path: "/retention/approvals/{id}/approve", may: auth.RetentionAdmin, do: (*request).approveForm},
		{method: "POST", path: "/retention/approvals/{id}/refuse", may: auth.ApprovalsRefuse, do: (*request).refuseForm},
		{method: "GET", path: "/retention/search", may: auth.AuditSearch, do: func(q *request) error { return q.privateSearchPage(http.StatusOK, page.PrivateSearch{}) }},
		{method: "POST", path: "/retention/search", may: auth.AuditSearch, do: (*request).privateSearchForm},
		{method: "GET", path: "/notice", may: auth.NoticeRead, do: (*request).staffNotice},
	}
}

// retentionFault shows the page again with what was wrong in one of its forms;
// other errors are the request's.
func (q *request) retentionFault(err error, form string, typed ...string) error {
	e := store.AsError(err)
	if e.Kind != store.Invalid && e.Kind != store.Conflict && e.Kind != store.Denied && e.Kind != store.NotFound {
		return err
	}
	field := map[string]string{"reason": "reason", "retention-term": "days", "retention-class": "class", "paper-key": "paper", "hold-range": "to", "hardened-floor": "days"}[e.Code]
	if e.Code == "bad-parameter" {
		field = e.Params["name"]
	}
	v := page.Retention{Form: form, Faults: look.Faults{field: {Code: e.Code, Params: e.Params}}, Typed: map[string]string{}}
	for _, name := range typed {
		v.Typed[name] = q.r.PostFormValue(name)
	}
	return q.retentionPage(asProblem(err).status, v)
}

func (q *request) retentionRunForm() error {
	k := q.t.Keep(q.r.Context())
	return q.done(k.Err, "/retention", "notice.retention-ran", "n", strconv.Itoa(k.Expired+int(k.Pruned)))
}

func (q *request) termForm() error {
	if err := q.form(); err != nil {
		return err
	}
	days, err := strconv.Atoi(strings.TrimSpace(q.r.PostFormValue("days")))
	if err != nil {
		days = -1
	}
	asked, err := q.setTerm(q.r.PostFormValue("class"), days, q.r.PostFormValue("reason"), paperOf(q.r))
	if err != nil {
		return q.retentionFault(err, "term", "days", "reason")
	}
	if asked != nil {
		return q.done(nil, "/retention", "notice.approval-asked")
	}
	return q.done(nil, "/retention", "notice.saved")
}

// paperOf reads the paper key; spaces come from copying.
func paperOf(r *http.Request) string { return strings.TrimSpace(r.PostFormValue("paper")) }

func (q *request) backupsForm() error {
	if err := q.form(); err != nil {
		return err
	}
	days := -1
	if s := strings.TrimSpace(q.r.PostFormValue("backups")); s != "" {
		n, err := strconv.Atoi(s)
		if err != nil || n < 0 {
			n = store.MaxRetentionDays + 1
		}
		days = n
	}
	if err := q.setBackups(days); err != nil {
		return q.retentionFault(err, "backups")
	}
	return q.done(nil, "/retention", "notice.saved")
}

// askTwo asks for an approval with the reason and the paper key of a form.
func (q *request) askTwo(form string, a store.Approval) error {
	if err := q.form(); err != nil {
		return err
	}
	a.Person, a.Reason = q.r.PostFormValue("person"), q.r.PostFormValue("reason")
	if _, err := q.ask(a, paperOf(q.r)); err != nil {
		return q.retentionFault(err, form, "reason")
	}
	return q.done(nil, "/retention", "notice.approval-asked")
}

func (q *request) clockForm() error {
	return q.askTwo("clock", store.Approval{Kind: store.ApproveClock})
}
func (q *request) releaseForm() error {
	return q.askTwo("release", store.Approval{Kind: store.ApproveRelease})
}
func (q *request) eraseForm() error {
	return q.askTwo("erase", store.Approval{Kind: store.ApproveErasure})
}

func (q *request) liftForm() error {
	id := q.r.PathValue("id")
	return q.askTwo("lift-"+id, store.Approval{Kind: store.ApproveLift, Hold: id})
}

func (q *request) holdForm() error {
	if err := q.form(); err != nil {
		return err
	}
	h := store.Hold{Class: q.r.PostFormValue("class"), Person: q.r.PostFormValue("person"), Reason: q.r.PostFormValue("reason")}
	var err error
	if h.From, err = q.instant("from", 0); err == nil {
		h.To, err = q.instant("to", 24*time.Hour)
	}
	if err == nil {
		_, err = q.putHold(h)
	}
	if err != nil {
		return q.retentionFault(err, "hold", "reason", "from", "to")
	}
	return q.done(nil, "/retention", "notice.hold-placed")
}

func (q *request) approveForm() error {
	a, err := q.t.Approve(q.r.Context(), q.p, q.r.PathValue("id"), q.id)
	if err != nil {
		return q.retentionFault(err, "approval")
	}
	key := "notice.approved"
	switch a.State {
	case store.ApprovalWaiting:
		key = "notice.approved-once"
	case store.ApprovalFailed:
		key = "notice.approved-failed"
	}
	return q.done(nil, "/retention", key)
}

func (q *request) refuseForm() error {
	if _, err := q.t.Refuse(q.r.Context(), q.p, q.r.PathValue("id"), q.id); err != nil {
		return q.retentionFault(err, "approval")
	}
	return q.done(nil, "/retention", "notice.refused")
}

func (q *request) retentionPage(status int, v page.Retention) error {
	v.Frame = q.frame(look.Journal)
	v.Change, v.Hold, v.Search = q.mayChange(auth.RetentionAdmin), q.mayChange(auth.HoldsPut), q.mayChange(auth.AuditSearch)
	s, err := q.t.KeptState()
	if err != nil {
		return err
	}
	v.NextRun, v.LastRun, v.Expired, v.Unwritten = s.Next.Local(), s.Last.At.Local(), s.Last.Expired, s.Unwritten
	if s.Last.At.IsZero() {
		v.LastRun = time.Time{}
	}
	v.Wait = int((s.Wait + 24*time.Hour - 1) / (24 * time.Hour))
	v.Copies = page.Copies{
		Archive: s.Copies.Archive, Forward: s.Copies.Forward, First: s.Copies.First, To: s.Copies.Due,
		Since: localOr(s.Copies.Since), Long: s.Copies.Long,
	}
	v.Pruned, v.PrunedBy, v.Backups = s.Pruned.To, s.Pruned.By, s.Policy.Backups
	v.Terms = q.terms(s.Policy)
	for _, t := range v.Terms {
		label := q.lang.T("retention.entries")
		if t.Class != store.RetentionEntries {
			label = q.lang.Or("class", t.Class)
		}
		v.Classes = append(v.Classes, look.Choice{Value: t.Class, Label: label, Selected: v.Form == "term" && t.Class == q.r.PostFormValue("class")})
	}
	if err := q.view(func(view *store.View) error { return q.fillRetention(view, &v) }); err != nil {
		return err
	}
	return q.render(status, page.RetentionPage(v))
}

// terms lists the terms by their names, that of the payloads last.
func (q *request) terms(r store.Retention) (out []page.KeptTerm) {
	for _, class := range chain.Classes() {
		out = append(out, page.KeptTerm{Class: class, Days: r.Days(class)})
	}
	slices.SortFunc(out, func(a, b page.KeptTerm) int {
		return strings.Compare(q.lang.Or("class", a.Class), q.lang.Or("class", b.Class))
	})
	return append(out, page.KeptTerm{Class: store.RetentionEntries, Days: r.Entries})
}
