package store

import (
	"context"
	"errors"
	"sync"
	"time"

	"coffre/chain"
	"coffre/vault/backupfile"
)

// copies is what Root keeps of copies while it runs.
type copies struct {
	busy sync.Mutex // held while one is made, verified or set up

	wait sync.WaitGroup // for what StartCopy and StartCheck began

	mu      sync.Mutex
	doing   string // "copy", "check", "drill", "" for nothing
	since   time.Time
	moved   time.Time // when the last object was written, by the monotonic clock
	bytes   int64
	tried   time.Time // the last attempt, by the monotonic clock
	failed  *Error    // why the last attempt of this process failed, or could not be tried
	entered time.Time // when a failure was entered last
	facts   FolderFacts
}

// copyStall is after how long without a byte a copy counts as stuck.
const copyStall = 10 * time.Minute

func (r *Root) copyProgress(n int64) {
	r.copies.mu.Lock()
	r.copies.bytes += n
	r.copies.moved = time.Now()
	r.copies.mu.Unlock()
}

func (r *Root) copyDoing(what string) {
	r.copies.mu.Lock()
	r.copies.doing, r.copies.since, r.copies.moved, r.copies.bytes = what, r.opts.Now(), time.Now(), 0
	r.copies.mu.Unlock()
}

// CopyPlace is whose settings hold the plan: the box's only firm, or the box itself
// where there are several, or none. It is released after use.
func (r *Root) CopyPlace() (t *Tenant, release func(), err error) {
	all, err := r.Tenants()
	if err != nil {
		return nil, nil, err
	}
	if len(all) != 1 {
		return r.Box, func() {}, nil
	}
	return r.Acquire(all[0].ID)
}

func (r *Root) copyPlan() (p CopyPlan, tenant string, err error) {
	t, release, err := r.CopyPlace()
	if err != nil {
		return p, "", err
	}
	defer release()
	err = t.View(func(v *View) error { p, err = v.CopyPlan(); return err })
	return p, t.ID, err
}

// CopySetting is a plan to be set.
type CopySetting struct {
	By      Actor
	Request string
	Plan    CopyPlan
	// Recipients of the box's own setting, where it serves several firms.
	Recipients []string

	known []string // that the firms on the box have approved
}

// SetCopies sets the plan, after the folder was tried; it becomes this box's to
// write in. Errors: those of CheckCopyFolder, Invalid "copy-days", "copy-hour",
// "copy-keep", "recipient-unknown"; Conflict "backup-recipients", "copy-running".
func (r *Root) SetCopies(ctx context.Context, q CopySetting) (FolderFacts, error) {
	var facts FolderFacts
	if !r.copies.busy.TryLock() {
		return facts, Fail(Conflict, "copy-running")
	}
	defer r.copies.busy.Unlock()
	if err := q.Plan.check(); err != nil {
		return facts, err
	}
	t, release, err := r.CopyPlace()
	if err != nil {
		return facts, err
	}
	defer release()
	if q.Plan.On || q.Plan.Folder != "" {
		if facts, err = r.CheckCopyFolder(q.Plan.Folder); err != nil {
			return facts, err
		}
		if err := r.claimFolder(q.Plan.Folder); err != nil {
			return facts, err
		}
	}
	err = r.everywhere(func(t *Tenant) error {
		return t.View(func(v *View) error { q.known = append(q.known, v.BackupRecipients()...); return nil })
	})
	if err != nil {
		return facts, err
	}
	if err := t.putCopies(ctx, q); err != nil {
		return facts, err
	}
	r.copies.mu.Lock()
	r.copies.failed, r.copies.tried, r.copies.facts = nil, time.Time{}, facts
	r.copies.mu.Unlock()
	return facts, nil
}

// CopyRequest says who asks for a copy.
type CopyRequest struct {
	By      Actor
	Request string
	// Scheduled: nobody does, the hour has come.
	Scheduled bool
	// NoDrill leaves out the trial restore.
	NoDrill bool
}

// MakeCopy makes a copy in the folder of the plan, removes those whose time is over,
// and restores the new one on trial. Its record says which copy there is now; an
// error after it was named (of the sweep, of the drill) comes with the record.
// Errors: Conflict "copy-running", "copy-off"; those of CheckCopyFolder and of
// PrepareBackup; Unavailable "copy-gone", "copy-full", "copy-denied",
// "copy-failed"; Denied "copy-other".
func (r *Root) MakeCopy(ctx context.Context, q CopyRequest) (rec CopyRecord, err error) {
	if !r.copies.busy.TryLock() {
		return rec, Fail(Conflict, "copy-running")
	}
	defer r.copies.busy.Unlock()
	r.copyDoing("copy")
	defer r.copyDoing("")
	rec, opener, set, err := r.copyOnce(ctx, q)
	r.copies.mu.Lock()
	r.copies.tried = time.Now()
	if err == nil {
		r.copies.failed = partial(rec.Damaged)
	} else {
		r.copies.failed = AsError(err)
	}
	r.copies.mu.Unlock()
	if opener == nil || q.NoDrill {
		return rec, err
	}
	r.copyDoing("drill")
	_, derr := r.Drill(ctx, DrillRequest{
		By: q.By, Request: q.Request, Path: rec.path(), Identities: []backupfile.Identity{opener}, Backup: rec.ID, set: &set,
	})
	switch code := AsError(derr).Code; {
	case derr == nil:
	case code == "drill-running":
		derr = nil // somebody tries another backup at this moment
	case code == "drill-room" && err == nil:
		r.copies.mu.Lock()
		r.copies.failed = AsError(derr)
		r.copies.mu.Unlock()
	}
	return rec, errors.Join(err, derr)
}

func (r *Root) copyOnce(ctx context.Context, q CopyRequest) (rec CopyRecord, opener backupfile.Identity, set backupfile.ObjectKey, err error) {
	plan, tenant, err := r.copyPlan()
	if err != nil {
		return rec, nil, set, err
	}
	if plan.Folder == "" {
		return rec, nil, set, Fail(Conflict, "copy-off")
	}
	c := &copyRun{r: r, plan: plan, scheduled: q.Scheduled}
	b, err := c.prepare(ctx, q, tenant)
	if err != nil {
		if c.rec.Seq == 0 { // nothing has told the chains of it
			err = errors.Join(err, r.enterFailure(ctx, q, c, AsError(err)))
		}
		return c.rec, nil, set, err
	}
	defer b.Close()
	if err := c.write(ctx, b); err != nil {
		return c.rec, nil, set, err
	}
	killPoint("copy-made")
	if err := errors.Join(copyFault(plan.Folder, c.mendSums()), copyFault(plan.Folder, c.sweep(ctx, q.By, q.Request))); err != nil {
		r.opts.Log.Error("old copies can't be removed", "err", err)
		return c.rec, b.Opener(), c.key, err
	}
	return c.rec, b.Opener(), c.key, nil
}

// prepare makes ready the folder and the backup.
func (c *copyRun) prepare(ctx context.Context, q CopyRequest, tenant string) (*Backup, error) {
	home, facts, err := c.r.home(c.plan.Folder)
	if err != nil {
		return nil, err
	}
	c.home = home
	c.r.copies.mu.Lock()
	c.r.copies.facts = facts
	c.r.copies.mu.Unlock()
	if err := tidy(home); err != nil {
		return nil, copyFault(c.plan.Folder, err)
	}
	if c.suspect, err = c.r.suspects(home); err != nil {
		return nil, err
	}
	return c.r.PrepareBackup(ctx, BackupRequest{By: q.By, Request: q.Request, Tenant: tenant, Way: WaySchedule, copy: c})
}

// enterFailure enters a copy that could not be begun: each other reason at once, the
// same one again after a day.
func (r *Root) enterFailure(ctx context.Context, q CopyRequest, c *copyRun, why *Error) error {
	r.copies.mu.Lock()
	before, last := r.copies.failed, r.copies.entered
	now := r.opts.Now()
	quiet := q.Scheduled && before != nil && before.Code == why.Code && now.Sub(last).Abs() < 24*time.Hour
	if !quiet {
		r.copies.entered = now
	}
	r.copies.mu.Unlock()
	r.opts.Log.Error("a copy to the folder can't be made", "code", why.Code, "err", why.Err)
	if quiet {
		return nil
	}
	rec := BackupRecord{ID: NewID(), At: now.UTC(), Ended: now.UTC(), By: q.By.Actor, Way: WaySchedule, State: BackupFailed, Code: why.Code}
	ctx = context.WithoutCancel(ctx)
	return r.everywhere(func(t *Tenant) error {
		ev := chain.Event{
			Action: chain.BackupEnd, Request: q.Request, Outcome: "error", Object: chain.Object{Kind: "backup", ID: rec.ID},
			Detail: chain.Detail{"way": WaySchedule, "code": why.Code},
		}
		_, err := t.Update(ctx, q.By, ev, func(tx *Tx) error {
			rec := rec
			rec.Seq = tx.Seq
			if t.ID == BoxID {
				if err := tx.keepCopy(c.record(rec, tx.Seq)); err != nil {
					return err
				}
			}
			return tx.keepBackup(rec)
		})
		return err
	})
}
