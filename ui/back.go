package ui

import (
	"context"
	"sync"
	"time"

	"coffre/auth"
	"coffre/store"
	"coffre/ui/page"
)

// backRest is how long what was read of a backup stays open while nobody does
// anything with it: it lies in clear beside the data.
const backRest = 30 * time.Minute

// backTick is how often it is looked whether its time is over.
const backTick = 10 * time.Second

var errPartClosed = store.Fail(store.Conflict, "part-closed")

// bringing is what somebody brings back from a backup, in several steps. There is one
// on the box, since each takes room for a copy of everything; it belongs to the
// session that began it. What opens the backup is in the hands of the job that reads
// it alone, and gone with its end. What was read is removed once something was taken,
// when whoever began it leaves, signs out, loses the right or rests for backRest, and
// when the box ends.
type bringing struct {
	mu     sync.Mutex
	s      *Server
	tenant string          // whose it is: the firm,
	who    store.Principal // and who began it, with their session
	busy   bool            // a file is coming, or all of it is being removed
	closed bool            // nothing begins any more
	state  page.RestoreState
	path   string // of the backup
	sent   bool   // it was sent, and goes with the rest
	reason string // as it was typed, until it is good
	part   *store.OpenPart
	found  store.PartContents
	chosen map[string]bool // documents
	whole  string          // or a collection
	taken  store.Taken
	ends   time.Time // of the rest
	clock  *time.Timer
	cancel context.CancelFunc
	ended  chan struct{} // of the last job
}

// mine tells whether it was begun in the request's session. The lock is held.
func (b *bringing) mine(q *request) bool {
	return b.s != nil && b.tenant == q.t.ID && b.who.UserID == q.p.UserID && b.who.Session == q.p.Session
}

// look is how far it is for a request; other is who else has begun, nil for nobody.
func (b *bringing) look(q *request) (v page.Back, other *store.Principal) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if !b.mine(q) {
		if b.busy || b.state.Phase != page.RestoreNone && b.state.Phase != page.BackDone {
			who := b.who
			return v, &who
		}
		return v, nil
	}
	if b.state.Phase != page.RestoreNone && !b.busy {
		b.rest()
	}
	return page.Back{RestoreState: b.state, ReasonTyped: b.reason, Made: localTime(b.found.Made), Entries: b.found.Size}, nil
}

// runs tells whether a job is at work. The lock is held.
func (b *bringing) runs() bool {
	return b.state.Phase == page.RestoreRuns || b.state.Phase == page.BackTakes
}

// rest begins the time anew after which what is open is removed. The lock is held.
func (b *bringing) rest() { b.ends = b.s.Auth.Now().Add(backRest) }

// begin keeps others from bringing a backup until came.
func (b *bringing) begin(q *request) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.busy || b.closed || b.state.Phase != page.RestoreNone && b.state.Phase != page.BackDone {
		return errRestoreBusy
	}
	b.busy, b.s, b.tenant, b.who, b.state = true, q.s, q.t.ID, q.p, page.RestoreState{}
	b.rest()
	if b.clock == nil {
		b.clock = time.AfterFunc(backTick, b.tick)
	}
	b.clock.Reset(backTick)
	return nil
}

// came takes the backup that lies at path, or says beside a field why there is none.
func (b *bringing) came(path, name string, bytes int64, sent bool, field string, err error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.busy, b.path, b.sent = false, path, sent
	b.rest()
	switch {
	case err != nil:
		b.clear()
		b.state.Faults = restoreFault(field, err)
	case b.closed:
		b.clear()
	default:
		b.state = page.RestoreState{Phase: page.RestoreFile, Name: name, Bytes: bytes}
	}
}

// fail says beside a field why nothing came of a form of the request's session.
func (b *bringing) fail(q *request, field string, err error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.mine(q) {
		b.state.Faults = restoreFault(field, err)
	}
}

// typed keeps a reason for the form that is shown again.
func (b *bringing) typed(q *request, reason string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.mine(q) {
		b.reason = reason
	}
}

// still tells whether whoever began it may go on with it.
func (s *Server) still(tenant string, p store.Principal) bool {
	t, release, err := s.Root.Acquire(tenant)
	if err != nil {
		return false
	}
	defer release()
	return !t.Suspended() && s.Auth.Continues(t, p, auth.BackupsAdmin)
}

// tick removes what is open once its time is over.
func (b *bringing) tick() {
	b.mu.Lock()
	s, tenant, who := b.s, b.tenant, b.who
	idle := !b.busy && !b.runs() && !b.closed && b.state.Phase != page.RestoreNone
	over := idle && !s.Auth.Now().Before(b.ends)
	b.mu.Unlock()
	if over || idle && !s.still(tenant, who) {
		if err := b.drop(nil); err != nil {
			s.Log.Error("what was read of a backup is not removed", "err", err)
		}
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	if !b.closed && (b.busy || b.state.Phase != page.RestoreNone) {
		b.clock.Reset(backTick)
	}
}

// clear removes what was brought and read. The lock is held, and no job runs.
func (b *bringing) clear() (err error) {
	b.part.Close()
	if b.sent && b.path != "" {
		err = b.s.Root.DropAside(b.path)
	}
	b.state, b.path, b.sent, b.reason, b.part, b.found = page.RestoreState{}, "", false, "", nil, store.PartContents{}
	b.chosen, b.whole, b.taken = nil, "", store.Taken{}
	return err
}

// drop ends the job and removes everything. q, if not nil, is who wants that: any
// administrator may end what another one has left open.
func (b *bringing) drop(q *request) error {
	b.mu.Lock()
	if b.busy || b.closed || q != nil && b.tenant != "" && b.tenant != q.t.ID {
		b.mu.Unlock()
		return errRestoreBusy
	}
	b.busy = true
	cancel, ended := b.cancel, b.ended
	b.mu.Unlock()
	if cancel != nil {
		cancel()
		<-ended
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	b.busy = false
	return b.clear()
}

// close ends the job and removes everything: the box ends.
func (b *bringing) close() {
	b.mu.Lock()
	b.closed = true
	cancel, ended, busy := b.cancel, b.ended, b.busy
	b.mu.Unlock()
	if cancel != nil {
		cancel()
		<-ended
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.clock != nil {
		b.clock.Stop()
	}
	if !busy && b.s != nil { // who is busy removes it
		b.clear()
	}
}

// open is what was read, for whoever began it, and begins the rest anew. Error:
// Conflict "part-closed".
func (b *bringing) open(q *request) (*store.OpenPart, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.busy || b.part == nil || b.state.Phase != page.RestoreFound || !b.mine(q) {
		return nil, errPartClosed
	}
	b.rest()
	return b.part, nil
}
