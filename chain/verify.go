package chain

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"golang.org/x/mod/sumdb/note"
)

// verification is one run over one log. The walk fills in what the entries tell;
// finish draws the conclusion.
type verification struct {
	o       VerifyOptions
	h       Header
	began   time.Time
	name    string // of every key of this chain
	cp      Checkpoint
	lives   int // restores that the checkpoint's origin tells of
	moves   []move
	outside []outside

	firstKey, recoveryKey string // from outside, or empty
	ownFirst, ownRecovery string // from entry 1, or empty

	next   int             // the first move whose entry hasn't been met
	broken bool            // a hand-over can't be read: moves are not complete
	leaned bool            // a root beyond the pruned entries has held
	watch  []uint64        // sizes whose root somebody wants, rising
	roots  map[uint64]Hash // what the entries give at those sizes
	before before          // what the entry that pruned says
	early  *fault          // of the header, outranked by any of an entry
	doubt  string          // why a good chain is not authentic all the same
	after  *Anchor         // of a segment: what it goes on from

	// What is left for a segment that goes on from here.
	endKey, endRecovery string
	endVouched          bool
	lastHash            Hash

	report Report
}

// begin checks what the header says by itself. A fault that leaves nothing to
// walk over is returned; others are kept in v.early. An error means that the
// options are unusable.
func begin(h Header, o VerifyOptions) (*verification, *fault, error) {
	v := &verification{o: o, h: h, began: time.Now(), roots: map[uint64]Hash{}}
	v.report = Report{Tenant: h.Customer.ID, Complete: h.Complete, Handovers: len(h.Handovers)}
	if err := v.readKeys(); err != nil {
		return nil, nil, err
	}
	genesis, err := h.Customer.Genesis()
	if err != nil {
		return v, faultf(0, FaultHeader, "%v", err), nil
	}
	if genesis != h.Genesis {
		return v, faultf(0, FaultGenesis, "the genesis is not that of customer and date"), nil
	}
	v.name = KeyName(h.Customer, genesis)
	if f := v.readCheckpoint(); f != nil {
		return v, f, nil
	}
	if f := v.readPruned(); f != nil {
		return v, f, nil
	}
	if f, err := v.readOutside(); f != nil || err != nil {
		return v, f, err
	}
	v.early = v.readHandovers()
	v.planWatch()
	return v, nil, nil
}

// readKeys splits FirstKey into first and recovery key.
func (v *verification) readKeys() error {
	keys := strings.Fields(v.o.FirstKey)
	if len(keys) > 2 {
		return fmt.Errorf("read first key: %w: more than two keys", ErrKey)
	}
	for i, k := range keys {
		if _, err := note.NewVerifier(k); err != nil {
			return fmt.Errorf("read first key: %w: %w", ErrKey, err)
		}
		if i == 0 {
			v.firstKey = k
		} else {
			v.recoveryKey = k
		}
	}
	for _, k := range v.o.Witnesses {
		if err := CheckCosigner(k); err != nil {
			return fmt.Errorf("read witness key: %w", err)
		}
	}
	return nil
}

func (v *verification) readCheckpoint() *fault {
	cp, _, err := OpenCheckpoint(v.h.Checkpoint)
	if err != nil {
		return faultf(0, FaultCheckpoint, "%v", err)
	}
	lives, ours := restoresIn(cp.Origin, v.name)
	if !ours {
		return faultf(0, FaultCheckpoint, "its origin is of another chain")
	}
	if cp.Size != v.h.Last || cp.Size == 0 {
		return faultf(0, FaultCheckpoint, "its size is %d, the header's last is %d", cp.Size, v.h.Last)
	}
	v.cp, v.lives, v.report.CheckpointSize, v.report.CheckpointRoot = cp, lives, cp.Size, cp.Root.Base64()
	for _, k := range []string{v.firstKey, v.recoveryKey} {
		if k != "" && CheckVerifier(k, v.name) != nil {
			return faultf(0, FaultFirstKey, "the key given belongs to another chain")
		}
	}
	return nil
}

func (v *verification) readPruned() *fault {
	first, p := uint64(1), v.h.Pruned
	if p != nil {
		if p.To < 1 || p.To >= v.h.Last {
			return faultf(0, FaultPruned, "1 to %d of %d", p.To, v.h.Last)
		}
		if _, err := NewRange(p.To, p.Range); err != nil {
			return faultf(0, FaultPruned, "%v", err)
		}
		if p.To%2 == 1 && p.Range[len(p.Range)-1] != leafHash(p.ChainHash) {
			return faultf(p.To, FaultPruned, "chain hash %d is not the range's last leaf", p.To)
		}
		first, v.report.Pruned = p.To+1, p.To
	}
	if v.h.First < first || v.h.First > v.h.Last || v.h.Complete && v.h.First != first {
		return faultf(0, FaultHeader, "first is %d, expected %d", v.h.First, first)
	}
	return nil
}

// conclude turns the outcome of the walk into the verdict.
func (v *verification) conclude(walked *fault) Report {
	f := walked
	for _, next := range []func() *fault{
		func() *fault { return v.early }, v.checkKeys, v.checkOutside, v.checkWitnesses,
	} {
		if f == nil {
			f = next()
		}
	}
	r := &v.report
	if seconds := time.Since(v.began).Seconds(); seconds > 0 {
		r.EntriesPerS = float64(r.Entries) / seconds
	}
	if f != nil {
		r.FirstFault, r.Fault, r.Detail, r.Against = f.seq, f.code, f.detail, f.against
		r.AgainstWitness = v.cosignedBy(f.against)
		if r.Looks = f.looks; r.Looks == "" {
			r.Looks = LooksOf(f.code)
		}
		return *r
	}
	r.OK, r.Amber = true, len(r.Restored) > 0
	r.Authentic = v.firstKey != "" && v.doubt == ""
	r.Detail = v.doubt
	return *r
}

// classify names the fault of a payload's bytes.
func classify(seq uint64, err error) *fault {
	if errors.Is(err, ErrPayload) {
		return faultf(seq, FaultPayload, "%v", err)
	}
	return faultf(seq, FaultCanonical, "%v", err)
}
