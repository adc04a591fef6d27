package trial

import (
	"context"
	"time"

	"coffre/chain"
	"coffre/store"
)

// nightHour is when a list is run again where documents have changed, local time.
const nightHour = 3

// Run makes the runs that nobody starts, until ctx ends: after a change of what
// answers depend on, once it is in force, and at night where documents have
// changed. A list that nobody has run yet is left alone.
func (r *Runner) Run(ctx context.Context) {
	tick := time.NewTicker(r.opts.Look)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		all, err := r.root.Served()
		if err != nil {
			r.opts.Log.Error("tenants can't be listed", "err", err)
		}
		for _, rec := range all {
			if err := r.look(ctx, rec.ID); err != nil && ctx.Err() == nil {
				r.opts.Log.Error("test of the questions can't begin", "tenant", rec.ID, "err", err)
			}
		}
	}
}

// look starts a run where there is a reason for one.
func (r *Runner) look(ctx context.Context, id string) error {
	t, release, err := r.root.Acquire(id)
	if err != nil {
		return err
	}
	defer release()
	cause, err := r.reason(t)
	if err != nil || cause == "" {
		return err
	}
	err = r.Start(ctx, id, store.System("trials"), chain.Event{}, cause)
	if store.AsError(err).Kind == store.Conflict {
		return nil // somebody has started one, or taken the last question off
	}
	return err
}

// reason is why a tenant's list should be run now, "" where it need not.
func (r *Runner) reason(t *store.Tenant) (string, error) {
	list, err := active(t)
	if err != nil || len(list) == 0 {
		return "", err
	}
	var last store.TrialRun
	var ran bool
	if err := t.View(func(v *store.View) (err error) { last, ran, err = v.NewestTrialRun(); return err }); err != nil || !ran {
		return "", err
	}
	now, settled, err := r.setup(t)
	if err != nil {
		return "", err
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	steady := r.seen[t.ID] == now // nobody is still choosing, and no file still coming in
	r.seen[t.ID] = now
	if !settled || !steady || r.running[t.ID] != nil || r.tried[t.ID] == now {
		return "", nil
	}
	cause := ""
	was := last.Setup
	switch night := nightOf(r.opts.Now()); {
	case was == now:
		return "", nil
	case last.Began.Before(night):
		cause = store.TrialByNight
	}
	if was.Documents = now.Documents; was != now {
		cause = store.TrialBySetup
	}
	if cause != "" {
		r.tried[t.ID] = now
	}
	return cause, nil
}

// nightOf is the last moment up to now at which the night's run was due.
func nightOf(now time.Time) time.Time {
	due := time.Date(now.Year(), now.Month(), now.Day(), nightHour, 0, 0, 0, now.Location())
	if due.After(now) {
		due = time.Date(now.Year(), now.Month(), now.Day()-1, nightHour, 0, 0, 0, now.Location())
	}
	return due
}
