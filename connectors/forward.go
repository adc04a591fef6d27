package connectors

import (
	"context"
	"errors"
	"log/slog"
	"os"
	"sync"
	"time"

	"coffre/connectors/gate"
	"coffre/connectors/syslog"
	"coffre/store"
)

// Forwarder sends the entries and checkpoints of each chain to the syslog
// receiver that its firm names, so that the receiver is a witness. The chain
// itself is the queue: what is kept is only how far a target has it
// (store.ForwardMark). Syslog has no acknowledgement; what was written is sent
// again after a broken connection until it counts as settled (trail), so a
// receiver may get an entry twice, and tells by its number.
//
// A box with one firm forwards the box's own chain to the same receiver. With
// several it doesn't: that chain tells of all of them.
type Forwarder struct {
	root *store.Root
	dial syslog.Dial
	log  *slog.Logger
	host string
	pace pace

	mu    sync.Mutex
	lines map[string]*line
	wg    sync.WaitGroup
}

// pace holds the times that tests shorten.
type pace struct {
	look    time.Duration // how often new entries are looked for
	settle  time.Duration // a connection that lives on so long after a write had it read
	orderly time.Duration // so did one that the receiver closed in order so long after
	save    time.Duration // at most so often is a position written
	again   time.Duration // first wait after a failure
	longest time.Duration // and the longest
	tell    time.Duration // a failure that lasts so long is an entry
	write   time.Duration // bound of one write
}

var usualPace = pace{
	look: 500 * time.Millisecond, settle: 30 * time.Second, orderly: 5 * time.Second, save: 5 * time.Second,
	again: time.Second, longest: 5 * time.Minute, tell: time.Hour, write: 30 * time.Second,
}

// NewForwarder makes a Forwarder; Run starts it. dial is the egress gate's.
func NewForwarder(root *store.Root, dial syslog.Dial, log *slog.Logger) *Forwarder {
	if log == nil {
		log = slog.New(slog.DiscardHandler)
	}
	host, _ := os.Hostname()
	return &Forwarder{root: root, dial: dial, log: log, host: syslog.HostField(host), pace: usualPace, lines: map[string]*line{}}
}

// Run forwards until ctx ends; it returns once every connection is closed.
func (f *Forwarder) Run(ctx context.Context) {
	defer f.wg.Wait()
	tick := time.NewTicker(f.pace.look)
	defer tick.Stop()
	for {
		all, err := f.root.Tenants()
		if err != nil {
			f.log.Error("tenants can't be listed", "err", err)
		}
		for _, rec := range all {
			f.start(ctx, rec.ID)
		}
		if len(all) > 0 {
			f.start(ctx, store.BoxID)
		}
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}

func (f *Forwarder) start(ctx context.Context, id string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.lines[id] != nil {
		return
	}
	l := &line{f: f, id: id}
	f.lines[id] = l
	f.wg.Go(func() { l.run(ctx) })
}

// ForwardState is how forwarding of a chain stands.
type ForwardState struct {
	On        bool
	Connected time.Time // since when, zero if there is no connection
	Sent      uint64    // last entry written to the receiver
	Settled   uint64    // last entry that wouldn't be sent again
	Head      uint64    // newest entry
	Oldest    time.Time // of the oldest entry that was not sent, zero where all were
	Note      uint64    // size of the newest checkpoint sent
	NoteAt    time.Time
	Pruned    uint64    // entries that were pruned before they were sent
	Fault     string    // why it doesn't work now, a code; ""
	Failing   time.Time // since when, zero while it works
	Next      time.Time // next attempt
}

// ForwardLate is the age of the oldest entry not sent from which people are warned.
const ForwardLate = 24 * time.Hour

// Late tells whether entries have been waiting for more than ForwardLate.
func (s ForwardState) Late(now time.Time) bool {
	return s.On && !s.Oldest.IsZero() && now.Sub(s.Oldest) > ForwardLate
}

// State returns how forwarding of a chain stands, by the id of its tenant.
func (f *Forwarder) State(id string) ForwardState {
	f.mu.Lock()
	l := f.lines[id]
	f.mu.Unlock()
	if l == nil {
		return ForwardState{}
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.state
}

// Resend sends a chain's entries again from number from on, 1 or more: for a
// receiver that has lost some.
func (f *Forwarder) Resend(id string, from uint64) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if l := f.lines[id]; l != nil {
		l.resend.Store(from)
	}
}

// Test connects to a target as forwarding would and writes one message; the way
// must be open. Error: a store.Error with a code for people.
func (f *Forwarder) Test(ctx context.Context, tenant string, to store.ForwardTarget) error {
	c, end, err := f.open(ctx, tenant, to)
	if err != nil {
		return forwardError(to, err)
	}
	defer end()
	if _, err := c.Send(f.testMessage(to, tenant)); err != nil {
		return forwardError(to, err)
	}
	// A receiver that wants no such client says so a moment later.
	select {
	case <-c.Ended():
		return forwardError(to, c.Alive())
	case <-time.After(min(500*time.Millisecond, f.pace.write)):
		return nil
	}
}

// faultOf names the reason of a failure as a code of the catalogue.
func faultOf(err error) string {
	if errors.Is(err, gate.ErrRefused) {
		return "forward-gate"
	}
	if e := (*store.Error)(nil); errors.As(err, &e) {
		return e.Code
	}
	return syslog.FaultOf(err)
}

func forwardError(to store.ForwardTarget, err error) error {
	if own := (*store.Error)(nil); errors.As(err, &own) {
		return own
	}
	e := store.Error{Kind: store.Unavailable, Code: faultOf(err), Params: map[string]string{"host": to.Name()}}
	return e.Because(err)
}
