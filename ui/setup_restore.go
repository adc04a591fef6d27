package ui

import (
	"context"
	"errors"
	"io"
	"sync"

	"coffre/store"
	"coffre/ui/look"
	"coffre/ui/page"
)

// firstRestore is the restore of a box that holds no firm yet. There is one, whoever
// of those with the one-time link began it; what opens the backup is in the job's
// hands alone, and gone with its end.
type firstRestore struct {
	mu     sync.Mutex
	state  page.RestoreState
	path   string // of the backup
	known  store.Ledgers
	https  store.RestoredHTTPS // of the backup that was found
	busy   bool                // a file is coming
	word   bool                // somebody gave it: the restored data take this box's place
	closed bool                // nothing begins any more
	cancel context.CancelFunc
	ended  chan struct{} // of the last job
}

var errRestoreBusy = store.Fail(store.Conflict, "restore-busy")

func (f *firstRestore) look() page.RestoreState {
	f.mu.Lock()
	defer f.mu.Unlock()
	state := f.state
	state.Ledger = page.RestoreLedger{People: len(f.known.Erased), Firms: len(f.known.Destroyed)}
	return state
}

// begin keeps others from bringing a backup until end.
func (f *firstRestore) begin() error {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.busy || f.closed || f.state.Phase != page.RestoreNone {
		return errRestoreBusy
	}
	f.busy, f.state = true, page.RestoreState{}
	return nil
}

// end takes the backup that lies at path, or says beside a field why there is none.
func (f *firstRestore) end(root *store.Root, path, name string, bytes int64, field string, err error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.busy, f.path = false, path
	if f.closed {
		root.DropRestore()
	}
	if err != nil {
		f.state = page.RestoreState{Faults: restoreFault(field, err)}
		return
	}
	f.state = page.RestoreState{Phase: page.RestoreFile, Name: name, Bytes: bytes}
}

// check reads and verifies the backup with what opens it, in the background.
func (f *firstRestore) check(q *request, id store.BackupIdentity, checkpoints []string) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.busy || f.closed || f.state.Phase != page.RestoreFile {
		return errRestoreBusy
	}
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan struct{})
	f.cancel, f.ended = cancel, ended
	f.state.Phase, f.state.Faults, f.state.Step, f.state.Done, f.state.Total = page.RestoreRuns, nil, "", 0, 0
	req := store.FirstRequest{File: f.path, Identity: id, By: store.System("setup"), Known: checkpoints, Ledgers: f.known, Progress: f.tell}
	root, log, request := q.s.Root, q.s.Log, q.id
	go func() {
		defer close(ended)
		defer cancel()
		found, err := root.StageRestore(ctx, req)
		if err != nil && ctx.Err() == nil {
			log.Warn("a backup was not restored", "request", request, "code", asProblem(err).code, "err", err)
		}
		f.checked(root, found, err)
	}()
	return nil
}

func (f *firstRestore) tell(step string, done, total int64) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.state.Step, f.state.Done, f.state.Total = step, done, total
}

// checked ends a job: what opens the backup may be typed again, a backup that does
// not hold goes.
func (f *firstRestore) checked(root *store.Root, found store.FirstRestore, err error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if err == nil {
		f.state.Phase, f.state.Found, f.https = page.RestoreFound, foundBackup(found), found.HTTPS
		return
	}
	f.state.Faults = restoreFault("", err)
	if _, whole := f.state.Faults[""]; whole {
		f.state = page.RestoreState{Faults: f.state.Faults}
		root.DropRestore()
		return
	}
	f.state.Phase = page.RestoreFile
}

func foundBackup(r store.FirstRestore) page.RestoredBackup {
	out := page.RestoredBackup{Firms: r.Firms, Made: r.Made, Coffre: r.Coffre, Documents: r.Documents, Originals: r.Originals, Bytes: r.Bytes}
	for _, c := range r.Chains {
		out.Chains = append(out.Chains, page.RestoredJournal{Tenant: c.Tenant, Size: c.Size, Known: c.Known})
	}
	for _, d := range r.Damaged {
		out.Damaged = append(out.Damaged, d.Tenant)
	}
	for _, d := range r.Destroyed {
		out.Destroyed = append(out.Destroyed, page.RestoredFirm{Tenant: d.Tenant, When: d.Time})
	}
	out.Replays, out.HTTPS = r.Replays, restoredHTTPS(r.HTTPS)
	return out
}

func restoredHTTPS(h store.RestoredHTTPS) page.RestoredHTTPS {
	return page.RestoredHTTPS{State: h.State, Print: h.Authority, Until: h.Until, FirmUntil: h.FirmUntil}
}

// keep takes ledgers that were sent. They stay, also where the backup is no good and
// another is sent, until somebody begins again: forgotten ones bring people back.
func (f *firstRestore) keep(l store.Ledgers) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.known = l
}

// commit has the restored data take this box's place. lost: somebody has read what
// is missing; other: the box makes another certificate authority.
func (f *firstRestore) commit(q *request, lost, other bool) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.busy || f.closed || f.state.Phase != page.RestoreFound {
		return errRestoreBusy
	}
	if f.state.Found.Lost() && !lost {
		f.state.Faults = restoreFault("lost", store.Fail(store.Invalid, "restore-lost"))
		return nil
	}
	err := q.s.Auth.CloseSetup(q.s.Root, func() error {
		if other {
			if err := q.s.Root.LeaveAuthority(&f.https); err != nil {
				return err
			}
			f.state.Found.HTTPS = restoredHTTPS(f.https)
		}
		return q.s.Root.CommitRestore()
	})
	f.word = err == nil
	f.closed = f.closed || f.word
	return err
}

// committed tells whether the restored data take this box's place.
func (f *firstRestore) committed() bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.word
}

// fail says beside a field why nothing came of a form.
func (f *firstRestore) fail(field string, err error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.state.Faults = restoreFault(field, err)
}

// drop ends the job and removes what was brought.
func (f *firstRestore) drop(root *store.Root) error {
	f.mu.Lock()
	if f.busy || f.closed {
		f.mu.Unlock()
		return errRestoreBusy
	}
	f.busy = true
	cancel, ended := f.cancel, f.ended
	f.mu.Unlock()
	if cancel != nil {
		cancel()
		<-ended
	}
	err := root.DropRestore()
	f.mu.Lock()
	defer f.mu.Unlock()
	f.busy, f.path, f.known, f.state = false, "", store.Ledgers{}, page.RestoreState{}
	return err
}

// close ends the job, and removes what was brought: somebody has set the box up, or it
// ends. What waits for the next start stays.
func (f *firstRestore) close(root *store.Root) {
	f.mu.Lock()
	f.closed = true
	keep := f.word || f.busy // who is busy removes it
	cancel, ended := f.cancel, f.ended
	f.mu.Unlock()
	if cancel != nil {
		cancel()
		<-ended
	}
	if !keep && root != nil {
		root.DropRestore()
	}
}

// restoreFault puts an error beside the field it is about.
func restoreFault(field string, err error) look.Faults {
	p := asProblem(err)
	if own, ok := map[string]string{
		"paper-word": "words", "paper-sum": "words", "paper-count": "words", "backup-identity": "words", "backup-locked": "words",
		"recovery-key": "keys", "restore-keys": "keys",
		"ledger-line": "ledger", "ledger-empty": "ledger", "restore-destroyed": "ledger",
		"restore-checkpoint": "checkpoint", "checkpoint-other": "checkpoint", "restored-before": "checkpoint",
	}[p.code]; ok {
		field = own
	}
	return look.Faults{field: {Code: p.code, Params: p.params}}
}

// interrupted tells whether an upload ended because its sender went.
func interrupted(ctx context.Context, err error) bool {
	return err != nil && (ctx.Err() != nil || errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, io.EOF))
}
