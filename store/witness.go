package store

import (
	"context"
	"errors"
	"slices"
	"strings"
	"time"

	"coffre/chain"
)

// Witness is somebody outside who keeps the last checkpoint that they saw: an
// auditor's laptop, another box. What it has cosigned is proof that the chain up
// to there was not rewritten since.
type Witness struct {
	Name    string    `json:"name"` // of its key, the record's key
	Key     string    `json:"key"`  // its verifier key (C2SP tlog-cosignature v1)
	Added   time.Time `json:"added"`
	By      string    `json:"by"`            // actor id
	Size    uint64    `json:"size"`          // of the last checkpoint it cosigned; 0 before
	Seen    time.Time `json:"seen,omitzero"` // when, as the cosignature says
	Note    string    `json:"note,omitempty"`
	Dropped bool      `json:"dropped,omitempty"`
	// Address is the https address of a witness that is a box, to which this one
	// brings its checkpoints; "" for one that is served by hand.
	Address string `json:"address,omitempty"`
	CA      string `json:"ca,omitempty"` // PEM that its certificate comes from; "": the system's
	// Refusal is what that box holds against this journal; nil: nothing.
	Refusal *WitnessRefusal `json:"refusal,omitempty"`
}

// WitnessRefusal is a witness's word that this journal is not the one it saw.
type WitnessRefusal struct {
	At   time.Time `json:"at"`
	Code string    `json:"code"` // witness-ahead or witness-fork
	Size uint64    `json:"size"` // that the witness has seen
	Seq  uint64    `json:"seq"`  // this box's entry about it
	Told bool      `json:"told"` // the witness was shown what it means
}

var witnesses = table[Witness]("witnesses")

// WitnessSilence is how long without a cosignature the box begins to warn.
const WitnessSilence = 30 * 24 * time.Hour

// Witnesses lists those that are trusted now, the last one seen first.
func (v *View) Witnesses() ([]Witness, error) {
	all, err := witnesses.all(v)
	all = slices.DeleteFunc(all, func(w Witness) bool { return w.Dropped })
	slices.SortFunc(all, func(a, b Witness) int { return b.Seen.Compare(a.Seen) })
	return all, err
}

// AddWitness takes a witness's verifier key. Invalid, code "witness-key", where
// it is none; Conflict, code "witness-known", where its name is taken.
func (t *Tenant) AddWitness(ctx context.Context, by Actor, key, request string) (Witness, error) {
	return t.AddWitnessBox(ctx, by, Witness{Key: key}, request)
}

// AddWitnessBox is AddWitness for a witness that may be a box: box holds Key,
// Address and CA, which the caller has checked.
func (t *Tenant) AddWitnessBox(ctx context.Context, by Actor, box Witness, request string) (Witness, error) {
	key := box.Key
	if chain.CheckCosigner(key) != nil {
		return Witness{}, Fail(Invalid, "witness-key", "name", "key")
	}
	name, _, _ := strings.Cut(key, "+")
	w := Witness{Name: name, Key: key, Address: box.Address, CA: box.CA, By: by.ID, Added: t.now().UTC().Truncate(time.Second)}
	ev := witnessEvent("add", name, request)
	if w.Address != "" {
		ev.Private = chain.Detail{"address": w.Address}
	}
	_, err := t.Update(ctx, by, ev, func(tx *Tx) error {
		old, err := witnesses.get(&tx.View, []byte(name))
		if err == nil && !old.Dropped {
			return Fail(Conflict, "witness-known", "name", name)
		}
		if err != nil && !IsNotFound(err) {
			return err
		}
		tx.Event.Detail["key"] = key
		return tx.leads(func() error { return witnesses.put(tx, []byte(name), w) })
	})
	return w, err
}

// DropWitness trusts a witness no longer. Its last cosignature stays.
func (t *Tenant) DropWitness(ctx context.Context, by Actor, name, request string) error {
	_, err := t.Update(ctx, by, witnessEvent("drop", name, request), func(tx *Tx) error {
		w, err := witnesses.get(&tx.View, []byte(name))
		if err != nil {
			return err
		}
		w.Dropped = true
		return tx.leads(func() error { return witnesses.put(tx, []byte(name), w) })
	})
	return err
}

func witnessEvent(act, name, request string) chain.Event {
	return chain.Event{
		Action: chain.AuditWitness, Request: request, Object: chain.Object{Kind: "witness", ID: name},
		Detail: chain.Detail{"act": act},
	}
}

// TakeCosignature keeps a checkpoint that a known witness has cosigned. One that
// this chain does not continue is the news that it exists to bring: Conflict,
// code "witness-fork", entered in the chain as denied. Invalid, code
// "witness-note", for a note that is none or bears no known witness's line;
// "witness-old" for one not newer than the last.
func (t *Tenant) TakeCosignature(ctx context.Context, by Actor, note, request string) (Witness, error) {
	var w Witness
	var cp chain.Checkpoint
	forked := false
	err := t.View(func(v *View) (err error) {
		if w, cp, err = v.cosigned(note); err != nil {
			return err
		}
		forked, err = v.forked(cp)
		return err
	})
	if err != nil {
		return w, err
	}
	ev := witnessEvent("cosign", w.Name, request)
	ev.Detail["size"], ev.Detail["root"] = cp.Size, cp.Root.Base64()
	if forked {
		ev.Outcome, ev.Detail["act"] = chain.Denied, "fork"
		if _, err := t.Record(ctx, by, ev); err != nil {
			return w, err
		}
		return w, Fail(Conflict, "witness-fork", "name", w.Name)
	}
	_, err = t.Update(ctx, by, ev, func(tx *Tx) error {
		now, err := witnesses.get(&tx.View, []byte(w.Name))
		if err != nil {
			return err
		}
		if now.Dropped || w.Size < now.Size || w.Size == now.Size && !w.Seen.After(now.Seen) {
			return Fail(Invalid, "witness-old")
		}
		return witnesses.put(tx, []byte(w.Name), w)
	})
	return w, err
}

// cosigned finds whose line a note bears.
func (v *View) cosigned(note string) (Witness, chain.Checkpoint, error) {
	bad := Fail(Invalid, "witness-note")
	cp, _, err := chain.OpenCheckpoint(note)
	if err != nil {
		return Witness{}, cp, bad.Because(err)
	}
	all, err := v.Witnesses()
	if err != nil {
		return Witness{}, cp, err
	}
	for _, w := range all {
		at, ok, err := chain.OpenCosignature(note, w.Key)
		if errors.Is(err, chain.ErrSignature) || err == nil && !ok {
			continue
		}
		if err != nil {
			return w, cp, bad.Because(err)
		}
		w.Size, w.Seen, w.Note, w.Refusal = cp.Size, at, note, nil
		return w, cp, nil
	}
	return Witness{}, cp, bad
}

// forked tells whether the chain is no continuation of a checkpoint of its own
// origin; one of another origin is of no use here and Invalid.
func (v *View) forked(cp chain.Checkpoint) (bool, error) {
	facts, err := v.Facts()
	if err != nil {
		return false, err
	}
	genesis, err := facts.Customer.Genesis()
	if err != nil {
		return false, err
	}
	lives, err := v.restores()
	if err != nil {
		return false, err
	}
	now, err := v.checkpoint()
	if err != nil {
		return false, err
	}
	if cp.Origin != chain.Origin(facts.Customer, genesis, lives) {
		return false, Fail(Invalid, "witness-note")
	}
	if cp.Size > now.Size {
		return true, nil
	}
	r, err := chain.RangeOf(treeNodes{v.tx}, cp.Size)
	if err != nil {
		return false, Fail(Corrupt, "damaged").Because(err)
	}
	return r.Root() != cp.Root, nil
}

// WitnessUpdate is what a witness needs that saw a size last (0: never), with so
// many restores behind it. Invalid, code "bad-parameter", for a size that the
// chain has not reached since.
func (v *View) WitnessUpdate(from uint64, restores int) (chain.WitnessUpdate, error) {
	src, err := newLogSource(v.tx)
	if err != nil {
		return chain.WitnessUpdate{}, Fail(Corrupt, "damaged").Because(err)
	}
	lives, err := v.restores()
	if err != nil {
		return chain.WitnessUpdate{}, err
	}
	// What a restore lost may have been seen.
	if from > src.size && lives <= restores {
		return chain.WitnessUpdate{}, Fail(Invalid, "bad-parameter", "name", "from")
	}
	u, err := chain.ProveForWitness(treeNodes{v.tx}, src.Header(), from, restores)
	if err != nil {
		return u, Fail(Corrupt, "damaged").Because(err)
	}
	return u, nil
}
