package ui

import (
	"context"
	"time"

	"coffre/store"
	"coffre/ui/look"
	"coffre/ui/page"
)

// job begins what takes long, in the background: nobody need wait for it. It ends
// with what it began with. The lock is held.
func (b *bringing) job(phase string, do func(ctx context.Context, t *store.Tenant) error, done func(err error)) {
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan struct{})
	b.cancel, b.ended = cancel, ended
	b.state.Phase, b.state.Faults, b.state.Step, b.state.Done, b.state.Total = phase, nil, "", 0, 0
	s, tenant, who := b.s, b.tenant, b.who
	go func() {
		tick := time.NewTicker(liveEvery)
		defer tick.Stop()
		for ctx.Err() == nil {
			select {
			case <-ctx.Done():
			case <-tick.C:
				if !s.still(tenant, who) {
					cancel()
				}
			}
		}
	}()
	go func() {
		defer close(ended)
		defer cancel()
		t, release, err := s.Root.Acquire(tenant)
		if err == nil {
			defer release()
			err = do(ctx, t)
		}
		b.mu.Lock()
		defer b.mu.Unlock()
		b.rest()
		if ctx.Err() != nil && err != nil {
			b.clear() // nobody is there any more to be told
			return
		}
		done(err)
	}()
}

func (b *bringing) tell(step string, done, total int64) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.state.Step, b.state.Done, b.state.Total = step, done, total
}

// read reads and verifies the backup with what opens it.
func (b *bringing) read(q *request, id store.BackupIdentity) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.busy || b.closed || b.state.Phase != page.RestoreFile || !b.mine(q) {
		return errRestoreBusy
	}
	req := store.PartRequest{By: q.p.Actor, Request: q.id, File: b.path, Identity: id, Alone: b.sent, Progress: b.tell}
	var part *store.OpenPart
	var found store.PartContents
	root, log, request := q.s.Root, q.s.Log, q.id
	b.reason = ""
	b.job(page.RestoreRuns, func(ctx context.Context, t *store.Tenant) (err error) {
		part, found, err = root.OpenPart(ctx, t, req)
		return partFault(err, req.File)
	}, func(err error) {
		if err == nil {
			b.part, b.found, b.chosen = part, found, map[string]bool{}
			b.state.Phase = page.RestoreFound
			b.unsend()
			return
		}
		log.Warn("a backup was not opened", "request", request, "code", asProblem(err).code, "err", err)
		b.unread(err)
	})
	return nil
}

// unsend removes a backup that was sent, once it was read: its room may be wanted.
// The lock is held.
func (b *bringing) unsend() {
	if b.sent {
		b.s.Root.DropAside(b.path)
	}
	b.path, b.sent = "", false
}

// unread says why a backup could not be opened. What opens it may be typed again, and
// a box that is busy asked again; a backup that doesn't hold goes. The lock is held.
func (b *bringing) unread(err error) {
	faults := restoreFault("", err)
	kind := store.AsError(err).Kind
	_, words := faults["words"]
	if words || kind == store.Conflict && faults[""].Code != "part-other-firm" || kind == store.Unavailable {
		b.state.Phase, b.state.Faults = page.RestoreFile, faults
		return
	}
	b.clear()
	b.state.Faults = faults
}

// choose keeps what is ticked of the documents that were shown.
func (b *bringing) choose(q *request, shown, ticked []string, whole string) error {
	if _, err := b.open(q); err != nil {
		return err
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	known := map[string]bool{}
	for _, d := range b.found.Documents {
		known[d.ID] = true
	}
	for _, id := range shown {
		delete(b.chosen, id)
	}
	for _, id := range ticked {
		if known[id] {
			b.chosen[id] = true
		}
	}
	b.whole, b.state.Faults = whole, nil
	return nil
}

// wanted is what was chosen, as a request to take it.
func (b *bringing) wanted(q *request) store.TakeRequest {
	b.mu.Lock()
	defer b.mu.Unlock()
	out := store.TakeRequest{PartRequest: store.PartRequest{By: q.p.Actor, Request: q.id}, As: q.p, Collection: b.whole}
	if b.whole == "" {
		for _, d := range b.found.Documents { // in the order of the list
			if b.chosen[d.ID] {
				out.Documents = append(out.Documents, d.ID)
			}
		}
	}
	return out
}

// take brings back what was chosen, and then removes what was read.
func (b *bringing) take(q *request, req store.TakeRequest) error {
	part, err := b.open(q)
	if err != nil {
		return err
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.busy || b.closed || b.state.Phase != page.RestoreFound {
		return errRestoreBusy
	}
	req.Progress = b.tell
	var out store.Taken
	ingest, log, request := q.s.Ingest, q.s.Log, q.id
	b.job(page.BackTakes, func(ctx context.Context, t *store.Tenant) (err error) {
		out, err = part.Take(ctx, t, req)
		ingest.Wake()
		return err
	}, func(err error) {
		if err != nil {
			log.Warn("a part of a backup was not brought back", "request", request, "code", asProblem(err).code, "err", err)
			p := asProblem(err)
			b.state.Phase, b.state.Faults = page.RestoreFound, look.Faults{"": {Code: p.code, Params: p.params}}
			return
		}
		if err := b.clear(); err != nil {
			log.Error("what was read of a backup is not removed", "request", request, "err", err)
		}
		b.state.Phase, b.taken = page.BackDone, out
	})
	return nil
}
