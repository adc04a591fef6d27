package connectors

import (
	"context"
	"errors"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"time"

	"coffre/chain"
	"coffre/connectors/syslog"
	"coffre/store"
)

// line forwards one chain. All but state belongs to its goroutine.
type line struct {
	f     *Forwarder
	id    string
	owner string // the firm whose target it is

	to     store.ForwardTarget
	ready  bool // mark is to's
	mark   store.ForwardMark
	saved  store.ForwardMark // as the database has it
	saveAt time.Time
	conn   *syslog.Conn
	close  func() // of conn
	trail  trail
	sent   uint64
	high   uint64 // the furthest that was ever written to this target
	note   uint64 // size of the checkpoint last written on this connection
	tries  int
	next   time.Time
	// breaks counts connections that were lost with what was written on them, and
	// shrinks when something is settled. From the second on, batches are smaller
	// and each waits until the one before is settled, so that a receiver that
	// breaks off early still gets on.
	breaks int
	resend atomic.Uint64 // the entry from which everything goes again, 0 for none

	mu    sync.Mutex
	state ForwardState
}

func (l *line) run(ctx context.Context) {
	for {
		if t, release, err := l.acquire(); err == nil {
			l.pass(ctx, t)
			release()
		} else {
			l.drop() // of a firm that is gone, or can't be opened
		}
		select {
		case <-ctx.Done():
			l.end()
			return
		case <-time.After(l.f.pace.look):
		}
	}
}

func (l *line) acquire() (*store.Tenant, func(), error) {
	if l.id == store.BoxID {
		return l.f.root.Box, func() {}, nil
	}
	return l.f.root.Acquire(l.id)
}

// end closes the connection and keeps what is known by then.
func (l *line) end() {
	t, release, err := l.acquire()
	if err != nil {
		return
	}
	defer release()
	l.drop()
	l.save(context.Background(), t, true)
}

// pass does what there is to do now.
func (l *line) pass(ctx context.Context, t *store.Tenant) {
	if err := l.configure(ctx, t); err != nil || l.to.Host == "" {
		return
	}
	if from := l.resend.Swap(0); from > 0 {
		l.drop()
		l.mark.Sent = min(l.mark.Sent, from-1)
		l.sent = l.mark.Sent
		l.save(ctx, t, true)
	}
	l.look(ctx, t)
	if err := l.forward(ctx, t); err != nil && ctx.Err() == nil {
		l.fail(err)
	}
	l.tell(ctx, t)
	l.save(ctx, t, false)
	l.publish(t)
}

// configure follows the settings: with another target another position holds.
func (l *line) configure(ctx context.Context, t *store.Tenant) error {
	to, err := l.target()
	if err != nil {
		return err
	}
	if l.ready && to == l.to {
		return nil
	}
	if l.ready && l.to.Host != "" {
		l.drop()
		l.save(ctx, t, true)
	}
	l.to, l.ready, l.tries, l.next, l.breaks, l.high = to, false, 0, time.Time{}, 0, 0
	if to.Host == "" {
		l.ready = true
		l.set(ForwardState{})
		return nil
	}
	err = t.View(func(v *store.View) (err error) { l.mark, err = v.ForwardMark(to.Name()); return err })
	if err != nil {
		return err
	}
	if head, _ := t.Head(); l.mark.Sent > head {
		// Not the chain that it was: the receiver is to see all of this one.
		l.mark.Sent, l.mark.Pruned = 0, 0
	}
	l.saved, l.sent, l.high, l.ready = l.mark, l.mark.Sent, l.mark.Sent, true
	return nil
}

// target is the firm's; for the box's own chain that of the only firm. For one that
// is suspended nothing leaves.
func (l *line) target() (to store.ForwardTarget, err error) {
	id := l.id
	if id == store.BoxID {
		all, err := l.f.root.Tenants()
		if err != nil || len(all) != 1 {
			return to, err
		}
		id = all[0].ID
	}
	l.owner = id
	t, release, err := l.f.root.Acquire(id)
	if err != nil {
		return to, err
	}
	defer release()
	if t.Suspended() {
		return to, nil
	}
	err = t.View(func(v *store.View) (err error) { to, err = v.ForwardTarget(); return err })
	return to, err
}

// look notes what became of the connection and of what was written on it.
func (l *line) look(ctx context.Context, t *store.Tenant) {
	if l.conn == nil {
		return
	}
	if gone := l.conn.Alive(); gone != nil {
		// Some receivers close what is idle; that is a failure only where
		// something may have been lost with it.
		if at, ok := l.conn.ClosedByReceiver(); ok {
			l.settle(ctx, t, at, l.f.pace.orderly)
		}
		lost := len(l.trail.marks) > 0
		if l.drop(); lost {
			l.breaks = min(l.breaks+1, mostBreaks)
			l.fail(gone)
		}
		return
	}
	l.settle(ctx, t, time.Now(), l.f.pace.settle)
}

// settle moves the position over what was written so long before at.
func (l *line) settle(ctx context.Context, t *store.Tenant, at time.Time, after time.Duration) {
	if seq, ok := l.trail.settled(at, after); ok {
		l.progress(ctx, t, seq)
	}
}

// progress moves the position, and ends a failure.
func (l *line) progress(ctx context.Context, t *store.Tenant, seq uint64) {
	l.mark.Sent, l.tries, l.breaks = max(l.mark.Sent, seq), 0, max(0, l.breaks-1)
	if l.mark.Since.IsZero() {
		return
	}
	failed := l.mark
	l.mark.Since, l.mark.Code, l.mark.Told = time.Time{}, "", false
	if failed.Told {
		head, _ := t.Head()
		ev := chain.Event{Action: chain.ForwardResume, Detail: chain.Detail{
			"seconds": int64(time.Since(failed.Since).Seconds()), "sent": l.sent, "head": head,
		}}
		l.record(ctx, t, ev)
	}
}

// record enters what is to be told together with the position.
func (l *line) record(ctx context.Context, t *store.Tenant, ev chain.Event) {
	mark, name := l.mark, l.to.Name()
	_, err := t.Update(ctx, store.System("forward"), ev, func(tx *store.Tx) error { return tx.PutForwardMark(name, mark) })
	if err != nil {
		l.f.log.Error("state of forwarding can't be entered", "tenant", l.id, "err", err)
		return
	}
	l.saved = mark
}

// fail notes a failure and when to try again.
func (l *line) fail(err error) {
	code := faultOf(err)
	if l.mark.Since.IsZero() {
		l.mark.Since = time.Now().UTC().Truncate(time.Second)
		l.f.log.Warn("forwarding fails", "tenant", l.id, "code", code, "err", err)
	}
	l.mark.Code = code
	wait := l.f.pace.again << min(l.tries, 16)
	if wait > l.f.pace.longest {
		wait = l.f.pace.longest
	}
	l.tries++
	l.next = time.Now().Add(wait/2 + rand.N(wait/2+1))
}

// tell enters a failure that lasts, once.
func (l *line) tell(ctx context.Context, t *store.Tenant) {
	if l.mark.Since.IsZero() || l.mark.Told || time.Since(l.mark.Since) < l.f.pace.tell {
		return
	}
	l.mark.Told = true
	head, _ := t.Head()
	l.record(ctx, t, chain.Event{Action: chain.ForwardFail, Outcome: chain.Failed, Detail: chain.Detail{
		"code": l.mark.Code, "seconds": int64(time.Since(l.mark.Since).Seconds()), "sent": l.sent, "head": head,
	}})
}

// save writes the position, not more often than is worth a commit.
func (l *line) save(ctx context.Context, t *store.Tenant, now bool) {
	if l.mark == l.saved || !now && time.Since(l.saveAt) < l.f.pace.save {
		return
	}
	l.saveAt = time.Now()
	if err := t.MarkForward(ctx, l.to.Name(), l.mark); err != nil {
		if !errors.Is(err, context.Canceled) {
			l.f.log.Error("position of forwarding can't be written", "tenant", l.id, "err", err)
		}
		return
	}
	l.saved = l.mark
}

func (l *line) set(s ForwardState) {
	l.mu.Lock()
	l.state = s
	l.mu.Unlock()
}

// publish lets others see how it stands.
func (l *line) publish(t *store.Tenant) {
	head, _ := t.Head()
	s := ForwardState{
		On: true, Sent: l.sent, Settled: l.mark.Sent, Head: head, Note: l.mark.Note, NoteAt: l.mark.NoteAt,
		Pruned: l.mark.Pruned, Fault: l.mark.Code, Failing: l.mark.Since,
	}
	if l.conn == nil && !l.mark.Since.IsZero() {
		s.Next = l.next
	}
	if head > l.sent {
		t.View(func(v *store.View) error {
			some, err := v.EntriesAfter(l.sent, 1, 1)
			if len(some) > 0 {
				s.Oldest = some[0].Time
			}
			return err
		})
	}
	l.mu.Lock()
	s.Connected = l.state.Connected
	l.state = s
	l.mu.Unlock()
}
