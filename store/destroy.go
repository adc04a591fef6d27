package store

import (
	"context"
	"strings"
	"time"

	"coffre/chain"
)

// A firm that has left is destroyed by who runs the box: suspended first, asked for
// with its name, and after a week in which the request can be taken back. The
// request is one of the box's chain. Its commit that takes the firm out of the
// registry is the point of no return; what follows is done again at each opening
// until it is whole: destroy_files.go. A firm that doesn't open is destroyed in the same
// way, though nobody can see any more what would have kept it: destroy_closed.go.

// ApproveFirm is the destruction of a suspended firm, asked for in the box's chain.
const ApproveFirm = "firm"

// FirmWaits is how long the destruction of a firm can be taken back, counted along
// the entries of the box's chain.
const FirmWaits = 7 * 24 * time.Hour

// Whose paper key ended the waiting.
const (
	PaperBox  = "box"
	PaperFirm = "firm"
)

// DestroyRequest asks for the destruction of a firm.
type DestroyRequest struct {
	Tenant     string
	Confirm    string // the firm's name, as a person has typed it
	Reason     string
	Unexported bool // although nothing was exported whole since the suspension
	// Now ends the waiting by the paper key of the box's emergency kit or of the
	// firm's own.
	Now      bool
	PaperKey string
	Request  string
}

// AskDestruction asks for the destruction of a firm, and carries it out where the
// waiting is ended by a paper key. Errors: NotFound; Conflict "tenant-serves",
// "tenant-last" where it is the box's only firm, "tenant-held", "tenant-approvals",
// "tenant-unexported", "tenant-unseen" where it doesn't open and Unexported isn't said,
// "approval-waiting"; Invalid "tenant-confirm", "reason"; Denied "tenant-paper".
func (r *Root) AskDestruction(ctx context.Context, p Principal, q DestroyRequest) (Approval, error) {
	rec, err := r.Registered(q.Tenant)
	if err != nil {
		return Approval{}, err
	}
	if strings.TrimSpace(q.Confirm) != rec.Firm {
		return Approval{}, Fail(Invalid, "tenant-confirm", "firm", rec.Firm)
	}
	a, open, err := r.Leaving(q.Tenant)
	if err != nil {
		return a, err
	}
	paper, err := r.beforeDestruction(rec, q, open && a.Unexported)
	if err != nil {
		return a, err
	}
	if !open || !q.Now {
		ask := Approval{Kind: ApproveFirm, Tenant: q.Tenant, Unexported: q.Unexported, Reason: q.Reason}
		if a, err = r.Box.RequestApproval(ctx, p, ask, "", q.Request); err != nil {
			return a, err
		}
	}
	if !q.Now {
		return a, nil
	}
	if err := r.hurry(ctx, p, a.ID, paper, q.Request); err != nil {
		return a, err
	}
	killPoint("firm-approved")
	return r.Box.carryOut(ctx, a.ID)
}

// beforeDestruction looks into the firm, and at the paper key where one is needed.
func (r *Root) beforeDestruction(rec TenantRecord, q DestroyRequest, unexported bool) (paper string, err error) {
	if err := r.Box.View(func(v *View) error { return v.checkLeaves(rec.ID) }); err != nil {
		return "", err
	}
	t, release, why, err := r.tryAcquire(rec.ID)
	if err != nil {
		return "", err
	}
	if why != nil {
		return r.beforeClosed(why, q, unexported)
	}
	defer release()
	if err := t.View(func(v *View) error { return v.destroyable(rec, q.Unexported || unexported) }); err != nil || !q.Now {
		return "", err
	}
	if r.Box.View(func(v *View) error { return v.checkPaperKey(q.PaperKey) }) == nil {
		return PaperBox, nil
	}
	if t.View(func(v *View) error { return v.checkPaperKey(q.PaperKey) }) == nil {
		return PaperFirm, nil
	}
	return "", Fail(Denied, "tenant-paper")
}

// destroyable refuses what somebody still wants of the firm: Conflict "tenant-held",
// "tenant-approvals", "tenant-unexported".
func (v *View) destroyable(rec TenantRecord, unexported bool) error {
	kept, err := v.activeHolds()
	if err != nil {
		return err
	}
	if len(kept) > 0 {
		return Fail(Conflict, "tenant-held")
	}
	all, err := v.Approvals()
	if err != nil {
		return err
	}
	for _, a := range all {
		if a.Open() || a.State == ApprovalApproved {
			return Fail(Conflict, "tenant-approvals")
		}
	}
	at, err := v.exportedSince(rec.Suspended)
	if err == nil && at.IsZero() && !unexported {
		err = Fail(Conflict, "tenant-unexported")
	}
	return err
}

// exportedSince is when the firm was last exported whole since a moment.
func (v *View) exportedSince(since time.Time) (at time.Time, err error) {
	all, err := v.Takeouts("")
	for _, t := range all {
		if t.Scope == TakeoutFirm && t.State == BackupDone && !t.At.Before(since) && t.Ended.After(at) {
			at = t.Ended
		}
	}
	return at, err
}

// hurry ends the waiting of a request by a paper key.
func (r *Root) hurry(ctx context.Context, p Principal, id, paper, request string) error {
	ev := chain.Event{Action: chain.ApprovalApprove, Request: request, Object: chain.Object{Kind: "approval", ID: id}}
	_, err := r.Box.Update(ctx, p.Actor, ev, func(tx *Tx) error {
		a, err := tx.Approval(id)
		if err != nil {
			return err
		}
		if !a.Open() {
			return Fail(Conflict, "approval-over")
		}
		a.State, a.Paper, a.Decided = ApprovalApproved, paper, tx.t.now().UTC()
		a.describe(tx.Event.Detail)
		return approvals.put(tx, []byte(id), a)
	})
	return err
}

// KeepTenant takes the request for a firm's destruction back. Error: NotFound
// "tenant-stays" where there is none.
func (r *Root) KeepTenant(ctx context.Context, p Principal, id, request string) (Approval, error) {
	a, open, err := r.Leaving(id)
	if err != nil {
		return a, err
	}
	if !open {
		return a, Fail(NotFound, "tenant-stays")
	}
	return r.Box.Refuse(ctx, p, a.ID, request)
}

// Leaving returns the request for a firm's destruction that waits, if any.
func (r *Root) Leaving(id string) (a Approval, open bool, err error) {
	err = r.Box.View(func(v *View) error { a, open, err = v.leaving(id); return err })
	return a, open, err
}

func (v *View) leaving(id string) (Approval, bool, error) {
	all, err := v.Approvals()
	for _, a := range all {
		if a.Kind == ApproveFirm && a.Tenant == id && (a.Open() || a.State == ApprovalApproved) {
			return a, true, nil
		}
	}
	return Approval{}, false, err
}

// checkLeaves refuses a request that could not be carried out: NotFound; Conflict
// "tenant-serves", "tenant-last": a box serves a firm, and one without any would take
// itself for new, and set its own journal aside.
func (v *View) checkLeaves(id string) error {
	rec, err := tenants.get(v, []byte(id))
	if err != nil {
		return err
	}
	all, err := tenants.all(v)
	switch {
	case err != nil:
		return err
	case len(all) == 1:
		return Fail(Conflict, "tenant-last", "tenant", id)
	case rec.Suspended.IsZero():
		return Fail(Conflict, "tenant-serves")
	}
	return nil
}
