package connectors

import (
	"context"
	"log/slog"
	"net"
	"sync"
	"time"

	"coffre/connectors/gate"
	"coffre/store"
)

// WitnessPush brings each journal's checkpoints to those of its witnesses that
// are boxes, and keeps their cosignatures.
type WitnessPush struct {
	root *store.Root
	dial func(ctx context.Context, network, addr string) (net.Conn, error)
	log  *slog.Logger
	pace pushPace

	mu    sync.Mutex
	lines map[pushLine]*PushState
	wake  chan struct{}
	wg    sync.WaitGroup
}

type pushLine struct{ tenant, witness string }

// PushState is how bringing checkpoints to one witness stands.
type PushState struct {
	Fault   string    // why it doesn't work now, a code; ""
	Failing time.Time // since when, zero while it works
	Tried   time.Time // last attempt
	Next    time.Time // next attempt, if there is news
	busy    bool
	wait    time.Duration
}

// pushPace holds the times that tests shorten.
type pushPace struct {
	look    time.Duration // how often due pushes are looked for
	every   time.Duration // between two pushes that went well
	again   time.Duration // first wait after a failure
	longest time.Duration // and the longest
}

var usualPushPace = pushPace{look: 5 * time.Second, every: 10 * time.Minute, again: 30 * time.Second, longest: time.Hour}

// NewWitnessPush makes one; Run starts it. dial is the egress gate's.
func NewWitnessPush(root *store.Root, dial func(ctx context.Context, network, addr string) (net.Conn, error), log *slog.Logger) *WitnessPush {
	if log == nil {
		log = slog.New(slog.DiscardHandler)
	}
	return &WitnessPush{root: root, dial: dial, log: log, pace: usualPushPace, lines: map[pushLine]*PushState{}, wake: make(chan struct{}, 1)}
}

// Run brings checkpoints until ctx ends; it returns once nothing runs any more.
func (p *WitnessPush) Run(ctx context.Context) {
	defer p.wg.Wait()
	tick := time.NewTicker(p.pace.look)
	defer tick.Stop()
	for {
		all, err := p.root.Served()
		if err != nil {
			p.log.Error("tenants can't be listed", "err", err)
		}
		for _, rec := range all {
			p.look(ctx, rec.ID)
		}
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		case <-p.wake:
		}
	}
}

// State returns how bringing a tenant's checkpoints to a witness stands.
func (p *WitnessPush) State(tenant, witness string) PushState {
	p.mu.Lock()
	defer p.mu.Unlock()
	if s := p.lines[pushLine{tenant, witness}]; s != nil {
		return *s
	}
	return PushState{}
}

// Soon tries a witness at once, whatever its turn.
func (p *WitnessPush) Soon(tenant, witness string) {
	p.mu.Lock()
	if s := p.lines[pushLine{tenant, witness}]; s != nil {
		s.Next, s.wait = time.Time{}, 0
	}
	p.mu.Unlock()
	select {
	case p.wake <- struct{}{}:
	default:
	}
}

// look starts what is due for a tenant.
func (p *WitnessPush) look(ctx context.Context, id string) {
	t, release, err := p.root.Acquire(id)
	if err != nil {
		return // who opens it says so
	}
	defer release()
	err = t.View(func(v *store.View) error {
		all, err := v.Witnesses()
		for _, w := range all {
			if w.Address == "" || !p.due(pushLine{id, w.Name}) {
				continue
			}
			news, nerr := v.NewsFor(w)
			if nerr != nil {
				return nerr
			}
			if news || w.Refusal != nil {
				p.start(ctx, id, w)
			}
		}
		return err
	})
	if err != nil {
		p.log.Error("witnesses can't be looked at", "tenant", id, "err", err)
	}
}

func (p *WitnessPush) due(l pushLine) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	s := p.lines[l]
	if s == nil {
		s = &PushState{}
		p.lines[l] = s
	}
	return !s.busy && !time.Now().Before(s.Next)
}

// start runs one push beside the others.
func (p *WitnessPush) start(ctx context.Context, id string, w store.Witness) {
	p.mu.Lock()
	p.lines[pushLine{id, w.Name}].busy = true
	p.mu.Unlock()
	p.wg.Go(func() { p.done(pushLine{id, w.Name}, p.Bring(ctx, id, w.Name)) })
}

// Bring shows a tenant's newest checkpoint to a witness now. Errors: a
// store.Error, Conflict "witness-ahead" or "witness-fork" where the witness has
// seen another journal; those of the network.
func (p *WitnessPush) Bring(ctx context.Context, id, witness string) error {
	t, release, err := p.root.Acquire(id)
	if err != nil {
		return err
	}
	defer release()
	var w store.Witness
	if err := t.View(func(v *store.View) (err error) { w, err = v.Witness(witness); return err }); err != nil {
		return err
	}
	return (&push{p: p, t: t, w: w}).run(gate.As(ctx, id))
}

// done notes how a push went and when the next one is.
func (p *WitnessPush) done(l pushLine, err error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	s := p.lines[l]
	s.busy, s.Tried = false, time.Now()
	if err == nil {
		*s = PushState{Tried: s.Tried, Next: s.Tried.Add(p.pace.every)}
		return
	}
	s.Fault = witnessFault(err)
	if s.Failing.IsZero() {
		s.Failing = s.Tried
	}
	s.wait = min(max(2*s.wait, p.pace.again), p.pace.longest)
	s.Next = s.Tried.Add(s.wait)
	p.log.Warn("a witness was not reached or refused", "tenant", l.tenant, "code", s.Fault, "err", err)
}
