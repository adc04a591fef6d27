package connectors

import (
	"context"
	"net/http"

	"coffre/chain"
	"coffre/store"
)

// push is one exchange with one witness.
type push struct {
	p *WitnessPush
	t *store.Tenant
	w store.Witness
	// of the update that was brought last
	from     uint64
	restores int
	cp       chain.Checkpoint
	lives    int
}

// The kinds of body that a box's add-checkpoint takes: the protocol's own, and
// coffre-witness/v1 or coffre-witness-evidence/v1 where hand-overs must come
// along.
const (
	plainBody = "text/plain; charset=utf-8"
	jsonBody  = "application/json"
)

var witnessSystem = store.System("witness")

// run brings the newest checkpoint. A witness that has seen something else says
// so; what it should have seen then is tried once, and where that is refused
// too, this journal is not the one that it saw.
func (x *push) run(ctx context.Context) error {
	x.from = x.w.Size
	if cp, _, err := chain.OpenCheckpoint(x.w.Note); err == nil {
		x.restores = chain.Lives(cp.Origin)
	}
	r, err := x.bring(ctx)
	if err != nil {
		return err
	}
	if r.status != http.StatusOK && r.told && (r.size != x.from || r.restores != x.restores) && (r.size <= x.cp.Size || x.lives > r.restores) {
		x.from, x.restores = r.size, r.restores
		if r, err = x.bring(ctx); err != nil {
			return err
		}
	}
	return x.settle(ctx, r)
}

// bring sends an update from x.from on.
func (x *push) bring(ctx context.Context) (r witnessReply, err error) {
	var u chain.WitnessUpdate
	err = x.t.View(func(v *store.View) (err error) {
		if head, _ := x.t.Head(); x.from > head && x.restores == 0 {
			// What this box keeps says more than its journal: start anew, and be told.
			x.from = 0
		}
		u, err = v.WitnessUpdate(x.from, x.restores)
		return err
	})
	if err != nil {
		return r, err
	}
	if x.cp, _, err = chain.OpenCheckpoint(u.Checkpoint); err != nil {
		return r, store.Fail(store.Corrupt, "damaged").Because(err)
	}
	x.lives = chain.Lives(x.cp.Origin)
	kind, body := plainBody, u.AddCheckpoint()
	if len(u.Handovers) > 0 {
		kind = jsonBody
		if body, err = u.Encode(); err != nil {
			return r, err
		}
	}
	if r, err = callWitness(ctx, x.p.dial, x.w, kind, body); err != nil || r.status != http.StatusOK {
		return r, err
	}
	note, err := chain.JoinCosignature(u.Checkpoint, r.lines, x.w.Key)
	if err != nil {
		return r, err
	}
	_, err = x.t.TakeCosignature(ctx, witnessSystem, note, "")
	if e := store.AsError(err); err != nil && e.Code == "witness-old" {
		return r, nil // somebody else brought the same
	}
	return r, err
}

// settle says what a reply means.
func (x *push) settle(ctx context.Context, r witnessReply) error {
	fail := func(code string) error { return store.Fail(store.Unavailable, code) }
	switch {
	case r.status == http.StatusOK:
		return nil
	case r.code == store.WatchWaits:
		return fail("witness-waits")
	case r.status == http.StatusNotFound:
		return fail("witness-unknown-log")
	case r.status == http.StatusTooManyRequests:
		return fail("witness-busy")
	case r.status >= http.StatusInternalServerError, r.status < http.StatusBadRequest, r.status == http.StatusBadRequest:
		return fail("witness-answer")
	case !r.told:
		return fail("witness-signature")
	case r.size > x.cp.Size:
		return x.refused(ctx, "witness-ahead", r.size)
	case r.size == 0:
		return fail("witness-signature")
	}
	return x.refused(ctx, "witness-fork", r.size)
}

// refused enters what the witness says of this journal, and shows the witness
// what this journal says of itself, so that its people hear of it too.
func (x *push) refused(ctx context.Context, code string, size uint64) error {
	if err := x.t.NoteRefusal(ctx, x.w.Name, code, size); err != nil {
		return err
	}
	var e chain.WitnessEvidence
	told := false
	err := x.t.View(func(v *store.View) error {
		w, err := v.Witness(x.w.Name)
		if told = err == nil && w.Refusal != nil && w.Refusal.Told; err != nil || told {
			return err
		}
		e, err = v.EvidenceFor(w)
		return err
	})
	if err != nil {
		return err
	}
	if !told {
		body, err := e.Encode()
		if err != nil {
			return err
		}
		r, err := callWitness(ctx, x.p.dial, x.w, jsonBody, body)
		if err != nil {
			return err
		}
		if r.code == store.WatchFork || r.code == store.WatchShrunk {
			if err := x.t.NoteTold(ctx, x.w.Name); err != nil {
				return err
			}
		}
	}
	return store.Fail(store.Conflict, code)
}
