// Package trial puts a firm's own question list to its box and keeps what the
// questions came to, so that a change that makes answers worse is seen.
//
// Its rule: a question is put with the rights of whoever wrote it, narrowed to
// its reader's (store.View.TrialAsker), as they are at that moment. A run shows
// nobody a passage; it keeps ids and figures. It is entered when it begins
// (trial.run) and when it ends (trial.result), not question by question.
//
// It asks no model: what is judged is what was found, whether the box would have
// answered, and which sentences it would have quoted. A model writes from the
// same passages.
package trial

import (
	"context"
	"log/slog"
	"sync"
	"time"

	"coffre/chain"
	"coffre/store"
)

// Options of a Runner.
type Options struct {
	Log     *slog.Logger
	Version string           // of the program
	Now     func() time.Time // nil: time.Now
	Look    time.Duration    // how often a reason for a run is looked for; 0: 20 s
}

// Runner makes the runs of all tenants of a box, one at a time for each.
type Runner struct {
	root *store.Root
	ask  Asker
	opts Options

	ctx  context.Context
	end  context.CancelFunc
	wg   sync.WaitGroup
	busy func() bool

	mu      sync.Mutex
	running map[string]*running
	seen    map[string]store.TrialSetup // by tenant, at the last look
	tried   map[string]store.TrialSetup // of the last automatic run
}

// New makes a Runner; Run makes it look for reasons by itself.
func New(root *store.Root, ask Asker, o Options) *Runner {
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Look <= 0 {
		o.Look = 20 * time.Second
	}
	r := &Runner{
		root: root, ask: ask, opts: o, busy: func() bool { return false },
		running: map[string]*running{}, seen: map[string]store.TrialSetup{}, tried: map[string]store.TrialSetup{},
	}
	r.ctx, r.end = context.WithCancel(context.Background())
	return r
}

// YieldTo makes runs wait while somebody's question is being answered. It is
// called before Run and Start.
func (r *Runner) YieldTo(busy func() bool) { r.busy = busy }

// Close stops what runs and waits for it.
func (r *Runner) Close() {
	r.end()
	r.wg.Wait()
}

// Start begins a run in the background, entered as by's act. Errors: Conflict
// "trial-running", "trials-none".
func (r *Runner) Start(ctx context.Context, id string, by store.Actor, ev chain.Event, cause string) error {
	t, release, err := r.root.Acquire(id)
	if err != nil {
		return err
	}
	g := &running{r: r, t: t, ended: make(chan struct{}), run: store.TrialRun{ID: store.NewID(), Began: r.opts.Now().UTC(), Cause: cause}}
	if err := r.begin(ctx, g, by, ev); err != nil {
		release()
		return err
	}
	run, cancel := context.WithCancel(r.ctx)
	r.mu.Lock()
	g.cancel = cancel
	if g.stopped {
		cancel()
	}
	r.mu.Unlock()
	r.wg.Go(func() {
		defer close(g.ended)
		defer release()
		defer cancel()
		defer r.forget(id)
		if err := g.all(run); err != nil {
			r.opts.Log.Error("test of the questions can't be kept", "tenant", id, "err", err)
		}
	})
	return nil
}

// begin takes the tenant's place, reads the list and enters the run.
func (r *Runner) begin(ctx context.Context, g *running, by store.Actor, ev chain.Event) (err error) {
	r.mu.Lock()
	if r.running[g.t.ID] != nil {
		r.mu.Unlock()
		return store.Fail(store.Conflict, "trial-running")
	}
	r.running[g.t.ID] = g
	r.mu.Unlock()
	defer func() {
		if err != nil {
			r.forget(g.t.ID)
		}
	}()
	if g.list, err = active(g.t); err != nil {
		return err
	}
	if len(g.list) == 0 {
		return store.Fail(store.Conflict, "trials-none")
	}
	if g.run.Setup, _, err = r.setup(g.t); err != nil {
		return err
	}
	ev.Action, ev.Object = chain.TrialRun, chain.Object{Kind: "run", ID: g.run.ID}
	ev.Detail = chain.Detail{"cause": g.run.Cause, "questions": len(g.list)}
	_, err = g.t.Record(ctx, by, ev)
	return err
}

func (r *Runner) forget(id string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	delete(r.running, id)
}

// active are the questions that a run puts.
func active(t *store.Tenant) (list []store.Trial, err error) {
	err = t.View(func(v *store.View) error {
		all, err := v.Trials()
		for _, one := range all {
			if !one.Paused {
				list = append(list, one)
			}
		}
		return err
	})
	return list, err
}

// State is how far a tenant's run is.
type State struct {
	Running     bool
	Cause       string
	Done, Total int
}

// State returns how far the run of a tenant is.
func (r *Runner) State(id string) State {
	r.mu.Lock()
	defer r.mu.Unlock()
	g := r.running[id]
	if g == nil {
		return State{}
	}
	return State{true, g.run.Cause, g.done, len(g.list)}
}

// Stop ends a tenant's run; false where there is none.
func (r *Runner) Stop(id string) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	g := r.running[id]
	if g == nil {
		return false
	}
	g.stopped = true
	if g.cancel != nil {
		g.cancel()
	}
	return true
}

// Wait returns when no run of a tenant is under way any more, or with ctx's error.
func (r *Runner) Wait(ctx context.Context, id string) error {
	r.mu.Lock()
	g := r.running[id]
	r.mu.Unlock()
	if g == nil {
		return nil
	}
	select {
	case <-g.ended:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// yield leaves the machine to people: as long as the question took, and while
// somebody's question is being answered, but no longer than half a minute.
func (r *Runner) yield(ctx context.Context, took time.Duration) {
	wait := min(max(took, time.Millisecond), time.Second)
	for end := time.Now().Add(30 * time.Second); ; wait = 100 * time.Millisecond {
		select {
		case <-ctx.Done():
			return
		case <-time.After(wait):
		}
		if !r.busy() || time.Now().After(end) {
			return
		}
	}
}
