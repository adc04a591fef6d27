package store

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"time"

	bolt "go.etcd.io/bbolt"

	"coffre/chain"
)

// The ways to tamper with a copy. Entry names the entry that is meant: for
// TamperSwap it changes places with the next, for TamperCut it is the first of
// those that go.
const (
	TamperWord    = "word"    // another outcome in the entry, everything else left alone
	TamperDelete  = "delete"  // the entry taken out
	TamperSwap    = "swap"    // two entries' contents change places
	TamperCut     = "cut"     // the tail cut off, and the shorter chain signed with the box's own key
	TamperRewrite = "rewrite" // another outcome, and all hashes, tree and checkpoint made anew and signed
)

// Tamperings lists them, from the clumsiest to the most careful.
var Tamperings = []string{TamperWord, TamperDelete, TamperSwap, TamperCut, TamperRewrite}

// maxTamperCopy is the largest database that is copied for it, bytes.
const maxTamperCopy = 256 << 20

// Tampering is what is to be done to a copy.
type Tampering struct {
	Kind  string
	Entry uint64
}

// Tampered is what was done and what the verifier says of it.
type Tampered struct {
	Tampering
	Size, Left    uint64 // entries in the journal that was copied, and in the copy afterwards
	Before, After string // the entry's canonical payload; After is "" where it is gone
	Checkpoint    string // the live journal's at the moment of the copy, kept outside of it
	// Alone is the verdict with nothing from elsewhere at hand. Where it is good,
	// Compared is the one of a verifier that holds Checkpoint.
	Alone     chain.Report
	Compared  *chain.Report
	AloneTook time.Duration // of the verification, its process included
	Took      time.Duration // of the one with Checkpoint
}

// check refuses an entry that the act can't be done to: Invalid "tamper-entry".
func (d Tampering) check(pruned, size uint64) error {
	first, last := pruned+1, size
	switch d.Kind {
	case TamperWord, TamperDelete, TamperRewrite:
	case TamperSwap:
		last = size - 1
	case TamperCut:
		first = pruned + 2
	default:
		return Fail(Invalid, "bad-parameter", "name", "kind")
	}
	if d.Entry < first || d.Entry > last {
		return Fail(Invalid, "tamper-entry", "first", strconv.FormatUint(first, 10), "last", strconv.FormatUint(last, 10))
	}
	return nil
}

// TamperWithCopy copies the database into a directory of its own, tampers with
// the copy as whoever holds this box could, and has it verified by the same
// verifier as the live journal. It writes nothing to the live database, and the
// copy is gone when it returns. Errors: Invalid "tamper-entry", "bad-parameter";
// TooLarge "tamper-large".
func (t *Tenant) TamperWithCopy(ctx context.Context, do Tampering) (out Tampered, err error) {
	dir, err := os.MkdirTemp(t.dir, ".tamper-*")
	if err != nil {
		return out, fmt.Errorf("create scratch directory: %w", err)
	}
	defer os.RemoveAll(dir)
	if st, err := os.Stat(t.path); err != nil || st.Size() > maxTamperCopy {
		return out, Fail(TooLarge, "tamper-large").Because(err)
	}
	path := filepath.Join(dir, "store.db")
	if err := t.Snapshot(path); err != nil {
		return out, err
	}
	out.Tampering = do
	if err := t.tamper(path, &out); err != nil {
		return out, err
	}
	begun := time.Now()
	out.Alone, err = VerifyDatabase(ctx, VerifyRequest{Path: path, Tenant: t.ID, Alone: true})
	out.AloneTook = time.Since(begun)
	if err == nil && out.Alone.OK {
		begun = time.Now()
		var rep chain.Report
		rep, err = VerifyDatabase(ctx, VerifyRequest{Path: path, Tenant: t.ID, Alone: true, Checkpoints: []string{out.Checkpoint}})
		out.Compared, out.Took = &rep, time.Since(begun)
	}
	return out, err
}

// tamper does it. path is a copy that nobody else opens.
func (t *Tenant) tamper(path string, out *Tampered) error {
	db, err := bolt.Open(path, 0o600, &bolt.Options{Timeout: time.Second, NoSync: true})
	if err != nil {
		return fmt.Errorf("open copy: %w", err)
	}
	defer db.Close()
	return db.Update(func(tx *bolt.Tx) error {
		v := &View{nil, tx}
		cp, err := v.checkpoint()
		if err != nil {
			return err
		}
		out.Size, out.Left, out.Checkpoint = cp.Size, cp.Size, cp.Note
		pruned, err := v.Pruned()
		if err != nil {
			return err
		}
		if err := out.check(pruned.To, cp.Size); err != nil {
			return err
		}
		e, err := v.entry(out.Entry)
		if err != nil {
			return err
		}
		out.Before = string(e.Raw)
		return t.tamperEntry(tx, e, out)
	})
}

func (t *Tenant) tamperEntry(tx *bolt.Tx, e JournalEntry, out *Tampered) error {
	entries := tx.Bucket([]byte("entries"))
	switch out.Kind {
	case TamperDelete:
		out.Left--
		return entries.Delete(u64(e.Seq))
	case TamperSwap:
		next := bytes.Clone(entries.Get(u64(e.Seq + 1)))
		this := bytes.Clone(entries.Get(u64(e.Seq)))
		out.After = string(next[32:])
		if err := entries.Put(u64(e.Seq), next); err != nil {
			return err
		}
		return entries.Put(u64(e.Seq+1), this)
	case TamperCut:
		out.Left = e.Seq - 1
		for seq := e.Seq; seq <= out.Size; seq++ {
			if err := entries.Delete(u64(seq)); err != nil {
				return err
			}
		}
		return t.signAnew(tx, e.Seq, out.Left)
	}
	raw, err := otherOutcome(e.Payload)
	if err != nil {
		return err
	}
	out.After = string(raw)
	if err := entries.Put(u64(e.Seq), append(e.Hash[:], raw...)); err != nil || out.Kind == TamperWord {
		return err
	}
	return t.signAnew(tx, e.Seq, out.Size)
}

// otherOutcome is the entry as somebody would want it to read who has something
// to hide: a refusal that was granted, a success that was none.
func otherOutcome(p chain.Payload) ([]byte, error) {
	if p.Outcome == "ok" {
		p.Outcome = "denied"
	} else {
		p.Outcome = "ok"
	}
	return p.Canonical()
}

// signAnew links the entries from one on again, computes the tree and signs a
// checkpoint of that size with the box's key, so that the copy is a chain
// without a fault of its own.
func (t *Tenant) signAnew(tx *bolt.Tx, from, size uint64) error {
	entries := tx.Bucket([]byte("entries"))
	prev, err := t.Customer.Genesis()
	if err != nil {
		return err
	}
	if from > 1 {
		prev = chain.Hash(entries.Get(u64(from - 1))[:32])
	}
	for seq := from; seq <= size; seq++ {
		raw := bytes.Clone(entries.Get(u64(seq))[32:])
		prev = chain.Link(prev, raw)
		if err := entries.Put(u64(seq), append(prev[:], raw...)); err != nil {
			return err
		}
	}
	nodes := treeNodes{tx}
	if err := plantTree(tx, nodes, size); err != nil {
		return err
	}
	tree, err := chain.RangeOf(nodes, size)
	if err != nil {
		return err
	}
	note, err := chain.Checkpoint{Origin: t.origin, Size: size, Root: tree.Root()}.Sign(t.signer.Load())
	if err != nil {
		return err
	}
	last, err := (&View{nil, tx}).entry(size)
	if err != nil {
		return err
	}
	b, err := json.Marshal(SignedCheckpoint{Time: last.Time, Size: size, Note: note})
	if err != nil {
		return err
	}
	return tx.Bucket([]byte("newest")).Put(keyCheckpoint, b)
}

// plantTree replaces the stored rows of the tree, and forgets the checkpoints
// that were kept.
func plantTree(tx *bolt.Tx, nodes treeNodes, size uint64) error {
	for _, name := range []string{"tree", "checkpoints"} {
		if err := tx.DeleteBucket([]byte(name)); err != nil {
			return err
		}
		if _, err := tx.CreateBucket([]byte(name)); err != nil {
			return err
		}
	}
	rows, err := chain.CompletedTiles(nodes, 0, size)
	if err != nil {
		return err
	}
	for _, r := range rows {
		key := treeKey(r.Level, r.Index)
		if err := tx.Bucket([]byte("tree")).Put(key, joinHashes(r.Hashes)); err != nil {
			return err
		}
	}
	return nil
}
