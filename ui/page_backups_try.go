package ui

import (
	"context"
	"net/http"
	"sync"

	"coffre/store"
	"coffre/ui/look"
	"coffre/ui/page"
)

// tries are the trial restores that were started in the browser, by tenant: the
// running one, or why the last could not run. What came of the others is in the
// store.
type tries struct {
	mu     sync.Mutex
	closed bool
	all    map[string]*tryJob
}

type tryJob struct {
	page.Trying
	cancel context.CancelFunc
	ended  chan struct{}
}

// tryForm starts a trial restore of a backup that it makes: whoever asked need not
// wait for it.
func (q *request) tryForm() error {
	if err := q.mayBackUp(); err != nil {
		return err
	}
	if err := q.s.tries.start(q); err != nil {
		if f := store.AsError(err); f.Kind == store.Conflict {
			return q.backupsPage(page.Backups{Faults: look.Faults{"try": {Code: f.Code, Params: f.Params}}}, http.StatusUnprocessableEntity)
		}
		return err
	}
	return q.see("/settings/backups#backups-tried")
}

func (t *tries) start(q *request) error {
	t.mu.Lock()
	defer t.mu.Unlock()
	switch j := t.all[q.t.ID]; {
	case t.closed:
		return store.Fail(store.Unavailable, "closing")
	case j != nil && j.Running:
		return store.Fail(store.Conflict, "drill-running")
	}
	ctx, cancel := context.WithCancel(context.Background())
	job := &tryJob{Trying: page.Trying{Running: true}, cancel: cancel, ended: make(chan struct{})}
	if t.all == nil {
		t.all = map[string]*tryJob{}
	}
	t.all[q.t.ID] = job
	req := store.DrillRequest{By: q.p.Actor, Request: q.id, Tenant: q.t.ID, Progress: func(step string, done, total int64) {
		t.mu.Lock()
		job.Step, job.Done, job.Total = step, done, total
		t.mu.Unlock()
	}}
	root, log, id := q.s.Root, q.s.Log, q.id
	go func() {
		defer close(job.ended)
		defer cancel()
		_, err := root.Drill(ctx, req)
		if err != nil && ctx.Err() == nil {
			log.Error("trial restore could not run", "request", id, "err", err)
		}
		t.mu.Lock()
		defer t.mu.Unlock()
		job.Running = false
		if err != nil {
			job.Code = store.AsError(err).Code
		}
	}()
	return nil
}

func (t *tries) of(tenant string) page.Trying {
	t.mu.Lock()
	defer t.mu.Unlock()
	if j := t.all[tenant]; j != nil {
		return j.Trying
	}
	return page.Trying{}
}

// close gives up what runs, and waits for it.
func (t *tries) close() {
	t.mu.Lock()
	t.closed = true
	all := t.all
	t.mu.Unlock()
	for _, j := range all {
		j.cancel()
		<-j.ended
	}
}

// triedState is the list alone, which the page asks for while a trial runs.
func (q *request) triedState() error {
	var v page.Backups
	v.Frame = look.Frame{L: q.lang}
	if err := q.view(func(view *store.View) error { return q.backupsView(view, &v) }); err != nil {
		return err
	}
	return q.render(http.StatusOK, page.BackupsTried(v))
}

// lastTryFailed tells whether the newest trial restore failed.
func lastTryFailed(v *store.View) (bool, error) {
	all, err := v.Drills()
	return err == nil && len(all) > 0 && !all[0].OK, err
}
