package ui

import (
	"net/http"
	"time"

	"coffre/auth"
	"coffre/chain"
	"coffre/store"
)

func (s *Server) restRetentionRoutes() []route {
	return []route{
		{method: "GET", path: "/api/v1/audit/retention", may: auth.RetentionRead, do: (*request).restRetention},
		{method: "PATCH", path: "/api/v1/audit/retention", may: auth.RetentionAdmin, do: (*request).restRetentionSet},
		{method: "POST", path: "/api/v1/audit/retention/release", may: auth.RetentionAdmin, do: (*request).restRelease},
		{method: "POST", path: "/api/v1/audit/retention/run", may: auth.RetentionAdmin, do: (*request).restRetentionRun},
		{method: "GET", path: "/api/v1/audit/holds", may: auth.RetentionRead, do: (*request).restHolds},
		{method: "POST", path: "/api/v1/audit/holds", may: auth.HoldsPut, do: (*request).restHoldPut},
		{method: "POST", path: "/api/v1/audit/holds/{id}/lift", may: auth.HoldsPut, do: (*request).restHoldLift},
		{method: "GET", path: "/api/v1/audit/erasures", may: auth.RetentionRead, do: (*request).restErasures},
		{method: "POST", path: "/api/v1/audit/erasures", may: auth.RetentionAdmin, do: (*request).restErase},
		{method: "GET", path: "/api/v1/audit/erasures/{id}/certificate", may: auth.RetentionRead, do: (*request).certificate},
		{method: "GET", path: "/api/v1/audit/approvals", may: auth.RetentionRead, do: (*request).restApprovals},
		{method: "POST", path: "/api/v1/audit/approvals/{id}/approve", may: auth.RetentionAdmin, do: (*request).restApprove},
		{method: "POST", path: "/api/v1/audit/approvals/{id}/refuse", may: auth.ApprovalsRefuse, do: (*request).restRefuse},
		{method: "POST", path: "/api/v1/audit/search", may: auth.AuditSearch, do: (*request).restPrivateSearch},
	}
}

// retentionJSON is where retention stands; days of 0 are for ever.
type retentionJSON struct {
	Classes     map[string]int `json:"classes"`
	Entries     int            `json:"entries"`
	Backups     int            `json:"backups"` // -1 unknown
	NextRun     time.Time      `json:"next_run"`
	LastRun     time.Time      `json:"last_run,omitzero"`
	Expired     int            `json:"expired"`
	WaitSeconds int            `json:"wait_seconds"` // the clock is in doubt for so long
	Pruned      uint64         `json:"pruned"`
	PrunedBy    uint64         `json:"pruned_by"`
	Unwritten   bool           `json:"unwritten"` // deleted bytes are still in the file
	// Payloads past their time stay until these copies have them: entries
	// WaitsFirst to WaitsTo, found so at WaitsSince; WaitsLong: for 30 days or more.
	WaitsArchive bool      `json:"waits_for_archive"`
	WaitsForward bool      `json:"waits_for_forwarding"`
	WaitsSince   time.Time `json:"waits_since,omitzero"`
	WaitsFirst   uint64    `json:"waits_first,omitempty"`
	WaitsTo      uint64    `json:"waits_to,omitempty"`
	WaitsLong    bool      `json:"waits_long,omitempty"`
}

func (q *request) restRetention() error {
	s, err := q.t.KeptState()
	if err != nil {
		return err
	}
	return q.json(http.StatusOK, retentionJSON{
		Classes: s.Policy.Classes, Entries: s.Policy.Entries, Backups: s.Policy.Backups, NextRun: s.Next, LastRun: s.Last.At,
		Expired: s.Last.Expired, WaitSeconds: int(s.Wait.Seconds()), Pruned: s.Pruned.To, PrunedBy: s.Pruned.By, Unwritten: s.Unwritten,
		WaitsArchive: s.Copies.Archive, WaitsForward: s.Copies.Forward, WaitsSince: s.Copies.Since, WaitsFirst: s.Copies.First,
		WaitsTo: s.Copies.Due, WaitsLong: s.Copies.Long,
	})
}

// setTerm lengthens a term at once, and asks for an approval of a shorter one;
// asked is nil where it is done.
func (q *request) setTerm(class string, days int, reason, paper string) (asked *store.Approval, err error) {
	_, err = q.update(chain.RetentionUpdate, func(tx *store.Tx) error { return tx.LengthenRetention(class, days) })
	if err == nil || store.AsError(err).Code != "retention-shorter" {
		return nil, err
	}
	a, err := q.ask(store.Approval{Kind: store.ApproveRetention, Class: class, Days: days, Reason: reason}, paper)
	return &a, err
}

func (q *request) ask(a store.Approval, paper string) (store.Approval, error) {
	return q.t.RequestApproval(q.r.Context(), q.p, a, paper, q.id)
}

func (q *request) restRetentionSet() error {
	var in struct {
		Class    string `json:"class"`
		Days     *int   `json:"days"`
		Backups  *int   `json:"backups"`
		Reason   string `json:"reason"`
		PaperKey string `json:"paper_key"`
	}
	if err := q.decode(&in); err != nil {
		return err
	}
	if in.Backups != nil {
		if err := q.setBackups(*in.Backups); err != nil {
			return err
		}
	}
	if in.Days == nil {
		if in.Backups == nil {
			return store.Fail(store.Invalid, "bad-parameter", "name", "days")
		}
		return q.restRetention()
	}
	asked, err := q.setTerm(in.Class, *in.Days, in.Reason, in.PaperKey)
	if err != nil {
		return err
	}
	if asked != nil {
		return q.json(http.StatusAccepted, asked)
	}
	return q.restRetention()
}

func (q *request) setBackups(days int) error {
	_, err := q.update(chain.RetentionUpdate, func(tx *store.Tx) error { return tx.PutBackupRetention(days) })
	return err
}

func (q *request) restRetentionRun() error {
	if k := q.t.Keep(q.r.Context()); k.Err != nil {
		return k.Err
	}
	return q.restRetention()
}

func (q *request) restHolds() error {
	var all []store.Hold
	err := q.view(func(v *store.View) (err error) { all, err = v.Holds(); return err })
	if err != nil {
		return err
	}
	return q.json(http.StatusOK, map[string]any{"holds": append([]store.Hold{}, all...)})
}

func (q *request) putHold(h store.Hold) (store.Hold, error) {
	_, err := q.update(chain.HoldPut, func(tx *store.Tx) (err error) { h, err = tx.PutHold(q.p.Actor, h); return err })
	return h, err
}

func (q *request) restHoldPut() error {
	var in store.Hold
	if err := q.decode(&in); err != nil {
		return err
	}
	h, err := q.putHold(in)
	if err != nil {
		return err
	}
	return q.json(http.StatusCreated, h)
}

// reasoned is the body of what needs two people.
type reasoned struct {
	Person   string `json:"person"`
	Reason   string `json:"reason"`
	PaperKey string `json:"paper_key"`
}

func (q *request) restTwo(kind string) error {
	var in reasoned
	if err := q.decode(&in); err != nil {
		return err
	}
	a, err := q.ask(store.Approval{Kind: kind, Person: in.Person, Hold: q.r.PathValue("id"), Reason: in.Reason}, in.PaperKey)
	if err != nil {
		return err
	}
	return q.json(http.StatusAccepted, a)
}

func (q *request) restHoldLift() error { return q.restTwo(store.ApproveLift) }
func (q *request) restErase() error    { return q.restTwo(store.ApproveErasure) }
func (q *request) restRelease() error  { return q.restTwo(store.ApproveRelease) }

func (q *request) restErasures() error {
	var all []store.Erasure
	err := q.view(func(v *store.View) (err error) { all, err = v.Erasures(); return err })
	if err != nil {
		return err
	}
	return q.json(http.StatusOK, map[string]any{"erasures": append([]store.Erasure{}, all...)})
}

func (q *request) restApprovals() error {
	var all []store.Approval
	err := q.view(func(v *store.View) (err error) { all, err = v.Approvals(); return err })
	if err != nil {
		return err
	}
	return q.json(http.StatusOK, map[string]any{"approvals": append([]store.Approval{}, all...)})
}

func (q *request) restApprove() error {
	a, err := q.t.Approve(q.r.Context(), q.p, q.r.PathValue("id"), q.id)
	if err != nil {
		return err
	}
	return q.json(http.StatusOK, a)
}

func (q *request) restRefuse() error {
	a, err := q.t.Refuse(q.r.Context(), q.p, q.r.PathValue("id"), q.id)
	if err != nil {
		return err
	}
	return q.json(http.StatusOK, a)
}

// privateHitJSON is an entry whose private part holds the words.
type privateHitJSON struct {
	Seq     uint64    `json:"seq"`
	Time    time.Time `json:"time"`
	Actor   string    `json:"actor"`
	Action  string    `json:"action"`
	Excerpt string    `json:"excerpt"`
}

func (q *request) restPrivateSearch() error {
	var in struct {
		Words  string `json:"words"`
		Reason string `json:"reason"`
	}
	if err := q.decode(&in); err != nil {
		return err
	}
	hits, more, err := q.t.PrivateSearch(q.r.Context(), q.p.Actor, q.event(""), in.Words, in.Reason)
	if err != nil {
		return err
	}
	out := []privateHitJSON{}
	for _, h := range hits {
		out = append(out, privateHitJSON{h.Seq, h.Time, h.Actor.ID, h.Action, h.Excerpt})
	}
	return q.json(http.StatusOK, map[string]any{"entries": out, "more": more})
}
