package store

import (
	"context"
	"slices"
	"time"

	"coffre/chain"
)

// The bucket "exports" holds what was taken away in open formats: one Takeout
// each, by the number of its entry tenant.export, the newest takeoutsKept of them;
// in the box's database, by the id of a firm, the certificates of firms that were
// destroyed.

const takeoutsKept = 500

// What a takeout covers.
const (
	TakeoutFirm = "firm" // all that a firm has
	TakeoutOwn  = "own"  // what one person may read and has asked
)

// ApproveExport is an export of the whole firm that anybody could open who has
// the file.
const ApproveExport = "export"

// Takeout is an export in open formats.
type Takeout struct {
	ID     string      `json:"id"`
	Seq    uint64      `json:"audit_seq"` // of tenant.export
	At     time.Time   `json:"at"`
	Ended  time.Time   `json:"ended,omitzero"`
	By     chain.Actor `json:"by"`
	Scope  string      `json:"scope"`
	Sealed bool        `json:"sealed"` // an age file to the firm's recipients
	// State is BackupRunning, BackupDone or BackupFailed; Code says why.
	State         string `json:"state"`
	Code          string `json:"code,omitempty"`
	Approval      string `json:"approval,omitempty"`
	Documents     int    `json:"documents"`
	Originals     int    `json:"originals"`
	Conversations int    `json:"conversations"`
	Bytes         int64  `json:"bytes"`
	SHA256        string `json:"sha256,omitempty"` // of the file as it was sent
}

var takeouts = table[Takeout]("exports")

// Takeouts lists the exports of a firm, newest first; of one person where by is
// their id.
func (v *View) Takeouts(by string) (out []Takeout, err error) {
	err = takeouts.each(v, nil, func(_ []byte, t Takeout) bool {
		if by == "" || t.By.ID == by {
			out = append(out, t)
		}
		return true
	})
	slices.Reverse(out)
	return out, err
}

// TakeoutRequest says what is to be taken away.
type TakeoutRequest struct {
	Scope string
	// Recipients are age recipients that the file is sealed to; none leaves it
	// open to whoever has it.
	Recipients []string
	Reason     string
	Request    string // id of the request
}

// BeginTakeout enters tenant.export before anything leaves. The whole firm in the
// open takes an approval that p asked for, used up with it: Conflict "export-two"
// without one. Whoever holds the data directory needs none for a firm that is
// suspended, since nobody there could give it.
func (t *Tenant) BeginTakeout(ctx context.Context, p Principal, req TakeoutRequest) (rec Takeout, err error) {
	ev := chain.Event{Action: chain.TenantExport, Session: p.Session, Request: req.Request}
	_, err = t.Update(ctx, p.Actor, ev, func(tx *Tx) error {
		rec = Takeout{
			ID: NewID(), Seq: tx.Seq, At: tx.t.now().UTC(), By: p.Actor.Actor, Scope: req.Scope,
			Sealed: len(req.Recipients) > 0, State: BackupRunning,
		}
		tx.Event.Object = chain.Object{Kind: "export", ID: rec.ID}
		tx.Event.Detail["scope"], tx.Event.Detail["sealed"] = rec.Scope, rec.Sealed
		if rec.Sealed {
			tx.Event.Detail["recipients"] = fingerprints(req.Recipients)
		}
		if req.Reason != "" {
			reason, err := checkReason(req.Reason)
			if err != nil {
				return err
			}
			tx.Event.Private["reason"] = reason
		}
		if rec.Scope == TakeoutFirm && !rec.Sealed && !(p.All && t.Suspended()) {
			if rec.Approval, err = tx.useExportGrant(p); err != nil {
				return err
			}
			tx.Event.Detail["approval"] = rec.Approval
		}
		tx.KeepCheckpoint(KeptExport)
		return keepNewest(tx, takeouts, takeoutsKept, u64(rec.Seq), rec)
	})
	return rec, err
}

// EndTakeout enters what became of an export: Bytes, SHA256 and the numbers of
// rec, or Code where it was not sent whole.
func (t *Tenant) EndTakeout(ctx context.Context, by Actor, rec Takeout, request string) error {
	ev := chain.Event{
		Action: chain.TenantExported, Request: request, Object: chain.Object{Kind: "export", ID: rec.ID},
		Detail: chain.Detail{"scope": rec.Scope, "documents": rec.Documents, "originals": rec.Originals, "conversations": rec.Conversations},
	}
	rec.State, rec.Ended = BackupDone, t.now().UTC()
	if rec.Code != "" {
		rec.State, rec.SHA256 = BackupFailed, ""
		ev.Outcome, ev.Detail["code"] = chain.Failed, rec.Code
	} else {
		ev.Detail["bytes"], ev.Detail["sha256"] = rec.Bytes, rec.SHA256
	}
	// Whoever fetched it may be gone.
	_, err := t.Update(context.WithoutCancel(ctx), by, ev, func(tx *Tx) error { return takeouts.put(tx, u64(rec.Seq), rec) })
	return err
}

// cutTakeouts ends, at an opening, the exports that a kill has cut: whoever fetched
// one got no whole file, and nothing sends the rest.
func (t *Tenant) cutTakeouts(ctx context.Context) error {
	if t.ID == BoxID {
		return nil // its bucket holds certificates
	}
	var all []Takeout
	if err := t.View(func(v *View) (err error) { all, err = v.Takeouts(""); return err }); err != nil {
		return err
	}
	for _, rec := range all {
		if rec.State != BackupRunning {
			continue
		}
		rec.Code = "export-cut"
		if err := t.EndTakeout(ctx, System("recovery"), rec, ""); err != nil {
			return err
		}
	}
	return nil
}

// ExportGrant returns the approval with which p may take the whole firm away in
// the open: who asked does so, once, within 72 hours. NotFound without one.
func (v *View) ExportGrant(p Principal) (Approval, error) {
	all, err := v.Approvals()
	if err != nil {
		return Approval{}, err
	}
	for _, a := range all {
		if a.Kind == ApproveExport && a.State == ApprovalDone && a.Linked.IsZero() && a.By == p.Actor.Actor && v.t.now().Before(a.Done.Add(grantFor)) {
			return a, nil
		}
	}
	return Approval{}, errNotFound
}

func (tx *Tx) useExportGrant(p Principal) (id string, err error) {
	a, err := tx.ExportGrant(p)
	if IsNotFound(err) {
		return "", Fail(Conflict, "export-two")
	}
	if err != nil {
		return "", err
	}
	a.Linked = tx.t.now().UTC()
	return a.ID, approvals.put(tx, []byte(a.ID), a)
}
