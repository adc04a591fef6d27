package store

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	bolt "go.etcd.io/bbolt"

	"coffre/chain"
)

// victim is a real box with two firms, a few hundred entries and two hand-overs,
// as somebody finds it who holds the machine, and what others hold of it.
type victim struct {
	t        *testing.T
	f        *firm
	dir      string // the box's data directory
	lastWeek string // a copy of it from before the last hand-over
	db       string // a copy of the firm's store.db, to be tampered with
	other    string // one of the other firm's
	size     uint64
	epoch    uint64        // the last hand-over's entry
	moves    []uint64      // every hand-over's
	oldKey   *chain.Signer // the first key, stolen in its time
	firstKey string
	earlier  string // a checkpoint from before everything that is attacked
	receipt  string
	kept     string // the newest checkpoint, as an auditor keeps it
	witness  string // as a witness cosigned it
}

// ticking is a clock that goes a second each time it is looked at, but for the
// first looks: who looks before a firm is founded is a matter of chance, and the
// second of its founding must not be.
func ticking(from time.Time) func() time.Time {
	var mu sync.Mutex
	looks := 0
	return func() time.Time {
		mu.Lock()
		defer mu.Unlock()
		if looks++; looks > 100 {
			from = from.Add(time.Second)
		} else {
			from = from.Add(time.Millisecond)
		}
		return from
	}
}

var bornAt = time.Date(2026, 3, 2, 8, 0, 0, 0, time.UTC)

func newVictim(t *testing.T) *victim {
	t.Helper()
	v := &victim{t: t, dir: filepath.Join(t.TempDir(), "data")}
	v.f = newFirmAt(t, v.dir, ticking(bornAt))
	var err error
	if v.oldKey, err = readSigner(signerPath(v.f.keys.dir, "acme")); err != nil {
		t.Fatal(err)
	}
	v.firstKey, _ = v.f.firstKey(t)
	v.work(v.f.Tenant, 120)
	_, v.earlier = v.f.Head()
	v.work(v.f.Tenant, 3)
	v.handOver()
	v.work(v.f.Tenant, 60)
	v.lastWeek = v.copyBox()
	v.handOver()
	v.work(v.f.Tenant, 140)
	_, seq := asked(t, v.f, v.f.alice, "Quel est le préavis ?", "Trois mois.")
	receipt, err := v.f.Receipt(t.Context(), v.f.alice, seq, true, "")
	if err != nil {
		t.Fatal(err)
	}
	v.receipt = string(receipt)
	if v.witness, err = newLaptop(t, v.f).watch(v.f.Tenant); err != nil {
		t.Fatal(err)
	}
	v.size, v.kept = v.f.Head()
	v.otherFirm()
	return v
}

// work enters reads, each with a private part.
func (v *victim) work(tn *Tenant, n int) {
	v.t.Helper()
	for i := range n {
		ev := chain.Event{Action: chain.DocumentRead, Object: chain.Object{Kind: "document", ID: fmt.Sprint("d", i)}, Private: chain.Detail{"name": "bail.pdf"}}
		if _, err := tn.Record(v.t.Context(), v.f.alice.Actor, ev); err != nil {
			v.t.Fatal(err)
		}
	}
}

func (v *victim) handOver() {
	v.t.Helper()
	var err error
	if v.epoch, err = v.f.RotateKey(v.t.Context(), System("test")); err != nil {
		v.t.Fatal(err)
	}
	v.moves = append(v.moves, v.epoch)
}

// otherFirm has as many entries, so that places can be exchanged.
func (v *victim) otherFirm() {
	v.t.Helper()
	if _, err := v.f.root.CreateTenant(v.t.Context(), System("test"), NewTenant{ID: "other", Firm: "Other"}); err != nil {
		v.t.Fatal(err)
	}
	tn, release, err := v.f.root.Acquire("other")
	if err != nil {
		v.t.Fatal(err)
	}
	defer release()
	v.work(tn, int(v.size)-1)
	v.other = v.copyOf(tn)
}

// copyBox copies the data directory, which a thief does between two commits.
func (v *victim) copyBox() string {
	v.t.Helper()
	to := filepath.Join(v.t.TempDir(), "copy")
	if err := v.f.committer.between(v.t.Context(), func() error { return os.CopyFS(to, os.DirFS(v.dir)) }); err != nil {
		v.t.Fatal(err)
	}
	return to
}

func (v *victim) copyOf(tn *Tenant) string {
	v.t.Helper()
	path := filepath.Join(v.t.TempDir(), "store.db")
	if err := tn.Snapshot(path); err != nil {
		v.t.Fatal(err)
	}
	return path
}

// write changes a database file as a hex editor could that knows bbolt.
func (v *victim) write(path string, fn func(tx *bolt.Tx) error) {
	v.t.Helper()
	db, err := bolt.Open(path, 0o600, &bolt.Options{Timeout: time.Second, NoSync: true})
	if err == nil {
		err = db.Update(fn)
		if cerr := db.Close(); err == nil {
			err = cerr
		}
	}
	if err != nil {
		v.t.Fatal(err)
	}
}

// entries changes the raw records, chain hash and payload, of all entries: they
// are put back under the numbers from 1 on.
func (v *victim) entries(path string, fn func(all [][]byte) [][]byte) {
	v.t.Helper()
	v.write(path, func(tx *bolt.Tx) error {
		b := tx.Bucket([]byte("entries"))
		var all [][]byte
		b.ForEach(func(_, rec []byte) error { all = append(all, bytes.Clone(rec)); return nil })
		had := len(all)
		all = fn(all)
		for i, rec := range all {
			if err := b.Put(u64(uint64(i+1)), rec); err != nil {
				return err
			}
		}
		for i := len(all); i < had; i++ {
			if err := b.Delete(u64(uint64(i + 1))); err != nil {
				return err
			}
		}
		return nil
	})
}

// sign cuts the chain to size, links it anew from an entry on and signs it with
// key; of the hand-overs those up to lastMove are left.
func (v *victim) sign(path string, from, size, lastMove uint64, key *chain.Signer) {
	v.t.Helper()
	by := &Tenant{Customer: v.f.Customer, origin: v.f.origin}
	by.signer.Store(key)
	v.write(path, func(tx *bolt.Tx) error {
		for name, last := range map[string]uint64{"entries": size, "handovers": lastMove} {
			c := tx.Bucket([]byte(name)).Cursor()
			for k, _ := c.Seek(u64(last + 1)); k != nil; k, _ = c.Seek(u64(last + 1)) {
				if err := c.Delete(); err != nil {
					return err
				}
			}
		}
		return by.signAnew(tx, from, size)
	})
}

// retell gives an entry another outcome.
func (v *victim) retell(rec []byte) []byte {
	v.t.Helper()
	p, err := chain.ParsePayload(rec[32:])
	if err != nil {
		v.t.Fatal(err)
	}
	raw, err := otherOutcome(p)
	if err != nil {
		v.t.Fatal(err)
	}
	return append(bytes.Clone(rec[:32]), raw...)
}

// renumbered is an entry's record under another number.
func (v *victim) renumbered(rec []byte, seq uint64) []byte {
	v.t.Helper()
	p, err := chain.ParsePayload(rec[32:])
	if err != nil {
		v.t.Fatal(err)
	}
	p.Seq = seq
	raw, err := p.Canonical()
	if err != nil {
		v.t.Fatal(err)
	}
	return append(bytes.Clone(rec[:32]), raw...)
}

// today is the key that signs now, which lies on the machine.
func (v *victim) today() *chain.Signer {
	v.t.Helper()
	s, err := readSigner(signerPath(v.f.keys.dir, "acme"))
	if err != nil {
		v.t.Fatal(err)
	}
	return s
}

// seen tells whether the store's verification, in its child, finds a fault.
func (v *victim) seen(path, firstKey string, notes ...string) (bool, chain.Report) {
	v.t.Helper()
	rep, err := VerifyDatabase(v.t.Context(), VerifyRequest{Path: path, Tenant: "acme", FirstKey: firstKey, Checkpoints: notes})
	if err != nil {
		v.t.Fatal(err)
	}
	if rep.Authentic && (firstKey == "" || !rep.OK) || strings.Contains(rep.Detail, "bail.pdf") {
		v.t.Errorf("%+v", rep)
	}
	return !rep.OK, rep
}
