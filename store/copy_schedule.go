package store

import (
	"context"
	"time"
)

const (
	copyTick  = time.Minute
	copyCheck = 7 * 24 * time.Hour // how often what lies in the folder is read whole
	// After a failure a copy is tried again, at first soon.
	copyAgain = 15 * time.Minute
	copyRare  = 2 * time.Hour
	// copyApart is the least time between two copies that nobody asked for, whatever
	// the clock says meanwhile.
	copyApart = 20 * time.Minute
	// copyLeave is how long closing waits for a folder that hangs.
	copyLeave = 5 * time.Second
)

// KeepCopies makes the copies of the plan until ctx ends. One that was missed while
// the box was off is made soon after its start, once.
func (r *Root) KeepCopies(ctx context.Context) {
	tick := time.NewTicker(copyTick)
	defer tick.Stop()
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		times := 0 // failures in a row
		for {
			select {
			case <-ctx.Done():
				return
			case <-tick.C:
				times = r.copyIfDue(ctx, times)
			}
		}
	}()
	<-ctx.Done()
	select {
	case <-ended:
	case <-time.After(copyLeave):
		r.opts.Log.Error("the folder for copies hangs; closing without it")
	}
}

// copyIfDue makes a copy or a verification whose time has come, and returns how
// often copies have failed in a row.
func (r *Root) copyIfDue(ctx context.Context, times int) int {
	plan, _, err := r.copyPlan()
	if err != nil || !plan.On || plan.Folder == "" {
		return times
	}
	r.copies.mu.Lock()
	tried, failed := r.copies.tried, r.copies.failed
	r.copies.mu.Unlock()
	wait := copyApart
	if failed != nil {
		wait = min(copyAgain<<min(times, 4), copyRare)
	}
	if !tried.IsZero() && time.Since(tried) < wait { // by the monotonic clock
		return times
	}
	due, err := r.copyDue(plan)
	if err != nil {
		r.opts.Log.Error("copies can't be read", "err", err)
		return times
	}
	if due {
		if _, err := r.MakeCopy(ctx, CopyRequest{By: System("copies"), Scheduled: true}); err != nil && ctx.Err() == nil {
			r.opts.Log.Error("a copy failed", "code", AsError(err).Code, "err", err)
			return times + 1
		}
		return 0
	}
	if r.checkDue() {
		if _, err := r.CheckCopies(ctx, System("copies"), ""); err != nil && ctx.Err() == nil {
			r.opts.Log.Error("copies can't be verified", "code", AsError(err).Code, "err", err)
			r.copies.mu.Lock()
			r.copies.tried = time.Now()
			r.copies.mu.Unlock()
		}
	}
	return times
}

// copyDue tells whether no copy was made since the last moment of the plan. One
// from the future, made by a clock that was ahead, counts for that moment only.
func (r *Root) copyDue(p CopyPlan) (bool, error) {
	now := r.opts.Now()
	last, err := r.lastCopy(p)
	if err != nil {
		return false, err
	}
	moment := p.last(now)
	if moment.IsZero() {
		return false, nil
	}
	if last.After(now.Add(time.Hour)) {
		r.copies.mu.Lock()
		defer r.copies.mu.Unlock()
		return r.copies.tried.IsZero() || time.Since(r.copies.tried) > 20*time.Hour, nil
	}
	return last.Before(moment), nil
}

// lastCopy is when the newest copy was made that is whole.
func (r *Root) lastCopy(p CopyPlan) (at time.Time, err error) {
	home, err := r.copyHomeOf(p.Folder)
	if err != nil {
		return at, err
	}
	err = r.Box.View(func(v *View) error {
		all, err := v.CopyRecords()
		for _, rec := range all {
			if rec.State == BackupDone && rec.Folder == home {
				at = rec.At
				return nil
			}
		}
		return err
	})
	return at, err
}

// checkDue tells whether there is a copy, and no verification for a week.
func (r *Root) checkDue() (due bool) {
	r.Box.View(func(v *View) error {
		made, err := v.CopyRecords()
		if err != nil {
			return err
		}
		checked, err := v.CopyChecks()
		if err != nil {
			return err
		}
		from := time.Time{}
		if len(checked) > 0 {
			from = checked[0].At
		} else {
			for _, rec := range made { // the oldest
				if rec.State == BackupDone {
					from = rec.At
				}
			}
		}
		due = !from.IsZero() && r.opts.Now().Sub(from).Abs() > copyCheck
		return nil
	})
	return due
}
