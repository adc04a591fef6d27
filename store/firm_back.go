package store

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"coffre/chain"
)

// One firm comes back from a backup while the box runs and the others work. The
// backup is read and verified aside, the firm's chain goes on there with its recovery
// key, whom it has erased since is erased there again, and only then do the firm of
// now and the one of then change places, in steps that an opening ends after a kill:
// firm_back_place.go. The firm of now stays in the data directory, as a way back.

// FirmRequest says which firm somebody looks for in which backup.
type FirmRequest struct {
	By       Actor
	Request  string // id of the request, or ""
	Tenant   string // id of the firm
	File     string // a backup's file, or a folder of copies: its newest
	Identity BackupIdentity
	FirstKey string // lines: first keys of chains, known from elsewhere
	// Known are checkpoints of the firm's chain that are known elsewhere: a witness's,
	// those on write-once storage, a printed one. Those of the firm as it is now are
	// found, as far as its data can be read.
	Known []string
}

// FirmReturnRequest gives the word for a firm's return.
type FirmReturnRequest struct {
	FirmRequest
	Confirm string // the firm's name, as a person has typed it
	// Behind: although somebody outside of this box has seen entries that the backup
	// doesn't have.
	Behind bool
	// Ledger are erasures known elsewhere, for a firm whose own ledger is lost.
	Ledger []Erasure
}

// FirmPlan is what a firm's return would bring and take.
type FirmPlan struct {
	Tenant string    `json:"tenant"`
	Firm   string    `json:"firm"` // its name today
	Backup string    `json:"backup"`
	Made   time.Time `json:"made"`
	Coffre string    `json:"coffre"` // the version that made the backup
	Size   uint64    `json:"checkpoint_size"`
	// Authentic: a first key that was given from elsewhere leads to the backup's
	// checkpoint.
	Authentic bool `json:"authentic"`
	// What the backup has: documents outside the bin, accounts, conversations.
	Had FirmCount `json:"backup_has"`

	// Opens: the firm's data of today can be used. Else Code says why not.
	Opens     bool   `json:"opens"`
	Code      string `json:"code,omitempty"`
	Suspended bool   `json:"suspended"`
	Held      bool   `json:"held"` // a legal hold protects what is there today
	// Counted: what would be lost could be read of today's data. Otherwise Lost is
	// unknown.
	Counted bool      `json:"counted"`
	Lost    FirmCount `json:"lost"`
	// Known is the size of the highest checkpoint that somebody outside has seen.
	Known uint64 `json:"known_size,omitempty"`
	// Erased is how many people of the backup stay erased; Ledger: there is one, or
	// today's data tells, whom the firm has erased since.
	Erased int    `json:"erased"`
	Ledger bool   `json:"ledger"`
	Keyed  bool   `json:"recovery_key"` // the chain's recovery key is at hand
	Seq    uint64 `json:"audit_seq"`    // of backup.look or tenant.restore in the box's chain
}

// FirmCount counts what a firm has, or loses.
type FirmCount struct {
	Entries       uint64 `json:"entries"`
	Documents     int    `json:"documents"`
	People        int    `json:"people"`
	Conversations int    `json:"conversations"`
}

// FirmReturned is a firm that has come back.
type FirmReturned struct {
	FirmPlan
	Restore  uint64 `json:"restore"`  // number of the entry audit.restore in the firm's chain
	Sessions int    `json:"sessions"` // of the backup, which were ended
	// Former is where the data lies that was replaced; "" where there was none.
	Former string `json:"former,omitempty"`
}

// LookForFirm reads and verifies a backup aside and tells what a firm's return would
// bring and take. backup.look is entered in the box's chain before. Errors: those of
// VerifyBackup; NotFound, also "part-no-firm" where the backup lacks the firm;
// Conflict "part-damaged" where it has its files alone, "firm-destroyed",
// "tenant-leaving", "firm-other-box", "firm-master", "part-other-firm",
// "drill-running"; ENOSPC.
func (r *Root) LookForFirm(ctx context.Context, q FirmRequest) (FirmPlan, error) {
	b, err := r.openFirm(ctx, q, false)
	if err != nil {
		return FirmPlan{}, err
	}
	defer b.end()
	now := r.firmNow(q.Tenant)
	p, err := b.plan(now, q.Known, nil)
	if err != nil {
		return p, err
	}
	ev := chain.Event{
		Action: chain.BackupLook, Request: q.Request, Object: chain.Object{Kind: "backup", ID: b.rep.Backup},
		Detail: chain.Detail{"tenant": q.Tenant, "size": b.firm.Size, "documents": p.Had.Documents},
	}
	p.Seq, err = r.Box.Record(ctx, q.By, ev)
	return p, err
}

// ReturnFirm puts a firm of a backup in the place of what the box has of it. A firm
// whose data opens has to be suspended first. A kill at any step leaves either the
// one or the other, whole, at the latest after the next opening. Errors: those of
// LookForFirm and RestoreChain; Invalid "tenant-confirm", "firm-key"; Conflict
// "tenant-serves", "firm-behind", "restore-mount", "backup-running", "rekey-running";
// Unavailable "tenant-busy", "tenant-returning".
func (r *Root) ReturnFirm(ctx context.Context, q FirmReturnRequest) (out FirmReturned, err error) {
	rec, err := r.returnable(q.Tenant)
	if err != nil {
		return out, err
	}
	if strings.TrimSpace(q.Confirm) != rec.Firm {
		return out, Fail(Invalid, "tenant-confirm", "firm", rec.Firm)
	}
	if err := r.movable(q.Tenant); err != nil {
		return out, err
	}
	b, err := r.openFirm(ctx, q.FirmRequest, true)
	if err != nil {
		return out, err
	}
	defer b.end()
	killPoint("return-staged")
	free, err := r.alone()
	if err != nil {
		return out, err
	}
	defer free()
	back, why, err := r.withhold(ctx, q.Tenant)
	if err != nil {
		return out, err
	}
	defer back()
	now := r.firmNow(q.Tenant)
	if why != nil {
		now.why = why
	}
	if out.FirmPlan, err = b.plan(now, q.Known, q.Ledger); err != nil {
		return out, err
	}
	if !q.Behind && out.Known > out.Size {
		return out, Fail(Conflict, "firm-behind", "known", fmt.Sprint(out.Known), "size", fmt.Sprint(out.Size))
	}
	if err := b.wake(ctx, q, now, &out); err != nil {
		return out, err
	}
	if err := ctx.Err(); err != nil {
		return out, err
	}
	killPoint("return-awake")
	return out, r.takeFirmsPlace(context.WithoutCancel(ctx), b, q, &out)
}

// returnable finds a firm that may come back.
func (r *Root) returnable(id string) (TenantRecord, error) {
	gone, err := r.Destroyed()
	if err != nil {
		return TenantRecord{}, err
	}
	known, err := ReadDestroyed(DestroyedPath(r.Dir))
	if err != nil {
		return TenantRecord{}, err
	}
	for _, d := range append(gone, known...) {
		if d.Tenant == id {
			return TenantRecord{}, Fail(Conflict, "firm-destroyed", "tenant", id)
		}
	}
	rec, err := r.Registered(id)
	if err != nil {
		return rec, err
	}
	_, open, err := r.Leaving(id)
	if err == nil && open {
		err = Fail(Conflict, "tenant-leaving", "tenant", id)
	}
	return rec, err
}

// alone keeps backups and a new master identity away until free is called.
func (r *Root) alone() (free func(), err error) {
	if !r.backing.TryLock() {
		return nil, Fail(Conflict, "backup-running")
	}
	if !r.rekeying.TryLock() {
		r.backing.Unlock()
		return nil, Fail(Conflict, "rekey-running")
	}
	return func() { r.rekeying.Unlock(); r.backing.Unlock() }, nil
}

// withhold closes a firm for everybody until back is called; why says that it didn't
// open before. One that opens must be suspended: whoever works in it would lose what
// they do meanwhile. Errors: Conflict "tenant-serves"; Unavailable "tenant-busy",
// "tenant-returning".
func (r *Root) withhold(ctx context.Context, id string) (back func(), why, err error) {
	t, release, why := r.Acquire(id)
	if why == nil {
		serves := !t.Suspended()
		release()
		if serves {
			return nil, nil, Fail(Conflict, "tenant-serves")
		}
	} else if unopened(why) == nil {
		return nil, nil, why // that says nothing of its data
	}
	s, err := r.vacate(ctx, id)
	if err != nil {
		return nil, why, err
	}
	defer s.mu.Unlock()
	if s.t != nil {
		err = s.t.close()
		s.t = nil
	}
	if err != nil {
		r.opts.Log.Error("a firm that is about to be replaced was not closed well", "tenant", id, "err", err)
	}
	s.away = Fail(Unavailable, "tenant-returning")
	return func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		if !errors.Is(s.away, errHalfReturned) {
			s.away = nil
		}
	}, why, nil
}

// keepAway leaves a firm closed whose return could be neither ended nor undone: the
// next opening of the data directory ends it.
func (r *Root) keepAway(id string, err error) {
	s := r.slot(id)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.away = Fail(Unavailable, "tenant-returning").Because(errors.Join(errHalfReturned, err))
}

var errHalfReturned = errors.New("a firm's return has not ended")
