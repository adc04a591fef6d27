package store

import (
	"bytes"
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"
	"time"

	bolt "go.etcd.io/bbolt"

	"coffre/chain"
)

// TestAheadTouchesNothingInUse: two databases take the same commits of random
// sizes, deletions among them, one with zeros written ahead after each. Both
// hold the same, and bbolt finds no fault.
func TestAheadTouchesNothingInUse(t *testing.T) {
	seed := uint64(time.Now().UnixNano())
	t.Logf("seed %d", seed)
	rnd := rand.New(rand.NewPCG(7, seed))
	open := func(name string) *bolt.DB {
		db, err := openBolt(filepath.Join(t.TempDir(), name), 0, true)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { db.Close() })
		return db
	}
	plain, zeroed := open("plain"), open("zeroed")
	var a ahead
	defer a.close()
	written := int64(0)
	for range 300 {
		step := rnd.Uint64()
		for _, db := range []*bolt.DB{plain, zeroed} {
			own := rand.New(rand.NewPCG(step, 1))
			if err := db.Update(func(tx *bolt.Tx) error { return randomChanges(tx, own) }); err != nil {
				t.Fatal(err)
			}
		}
		if err := a.after(zeroed, zeroed.Path(), aheadActs+rnd.IntN(2)); err != nil {
			t.Fatal(err)
		}
		written = max(written, a.upTo)
	}
	if written == 0 {
		t.Fatal("nothing was written ahead")
	}
	want, got := contents(t, plain), contents(t, zeroed)
	if !bytes.Equal(want, got) {
		t.Error("the databases differ")
	}
	err := zeroed.View(func(tx *bolt.Tx) error {
		for err := range tx.Check() {
			t.Error(err)
		}
		return nil
	})
	if err != nil {
		t.Error(err)
	}
}

func randomChanges(tx *bolt.Tx, rnd *rand.Rand) error {
	b, err := tx.CreateBucketIfNotExists(fmt.Append(nil, "bucket", rnd.IntN(3)))
	if err != nil {
		return err
	}
	for range rnd.IntN(40) {
		key := u64(uint64(rnd.IntN(2000)))
		if rnd.IntN(4) == 0 {
			if err := b.Delete(key); err != nil {
				return err
			}
			continue
		}
		if err := b.Put(key, bytes.Repeat([]byte{byte(rnd.Uint32())}, rnd.IntN(6000))); err != nil {
			return err
		}
	}
	return nil
}

func contents(t *testing.T, db *bolt.DB) (all []byte) {
	t.Helper()
	err := db.View(func(tx *bolt.Tx) error {
		return tx.ForEach(func(name []byte, b *bolt.Bucket) error {
			all = append(all, name...)
			return b.ForEach(func(k, v []byte) error {
				all = fmt.Appendf(append(all, k...), "%d", len(v))
				all = append(all, v...)
				return nil
			})
		})
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// TestAheadOfMany: commits of many acts write ahead, those of few don't, and a
// file that compaction has replaced is followed.
func TestAheadOfMany(t *testing.T) {
	r := newRoot(t, t.TempDir(), nil)
	defer r.Close()
	ctx := context.Background()
	if _, err := r.CreateTenant(ctx, System("test"), NewTenant{ID: "acme", Firm: "Acme"}); err != nil {
		t.Fatal(err)
	}
	tn, release, err := r.Acquire("acme")
	if err != nil {
		t.Fatal(err)
	}
	defer release()
	c := tn.committer
	upTo := func() (n int64) {
		if err := c.between(ctx, func() error { n = c.ahead.upTo; return nil }); err != nil {
			t.Fatal(err)
		}
		return n
	}
	if _, err := tn.Record(ctx, System("x"), chain.Event{Action: chain.BoxStart, Detail: chain.Detail{"version": "x"}}); err != nil {
		t.Fatal(err)
	}
	if n := upTo(); n != 0 {
		t.Errorf("%d after single acts", n)
	}
	crowdOf(t, tn, 64)
	first := upTo()
	if st, err := os.Stat(tn.path); err != nil || first == 0 || first > st.Size() {
		t.Errorf("ahead up to %d of a file of %d, %v", first, st.Size(), err)
	}
	err = c.between(ctx, func() error { _, _, err := tn.compact(); return err })
	if err != nil {
		t.Fatal(err)
	}
	crowdOf(t, tn, 64)
	if err := c.between(ctx, func() error {
		own, err := c.ahead.file.Stat()
		if err != nil {
			return err
		}
		if st, err := os.Stat(tn.path); err != nil || !os.SameFile(own, st) {
			t.Errorf("the file before compaction is still written to, %v", err)
		}
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	if err := tn.Check(); err != nil {
		t.Error(err)
	}
	if rep, err := tn.Verify(ctx, System("test"), VerifyRequest{}, ""); err != nil || !rep.OK {
		t.Errorf("verify: %+v %v", rep, err)
	}
}

// crowdOf enters n acts that share a commit.
func crowdOf(t *testing.T, tn *Tenant, n int) {
	t.Helper()
	hold, held := make(chan struct{}), make(chan struct{})
	go tn.committer.between(context.Background(), func() error { close(held); <-hold; return nil })
	<-held
	done := make(chan error, n)
	for i := range n {
		go func() {
			_, err := tn.Update(context.Background(), System("x"), settingsUpdate, func(tx *Tx) error {
				return tx.PutSetting(fmt.Sprint("s", i), string(bytes.Repeat([]byte("x"), 4000)))
			})
			done <- err
		}()
	}
	for len(tn.committer.acts) < n { // they queue behind what holds the committer
		time.Sleep(time.Millisecond)
		if len(done) > 0 {
			t.Fatal(<-done)
		}
	}
	close(hold)
	for range n {
		if err := <-done; err != nil {
			t.Fatal(err)
		}
	}
}

// TestAheadFails: where it can't be written ahead, that is said once and left.
func TestAheadFails(t *testing.T) {
	db, err := openBolt(filepath.Join(t.TempDir(), "x.db"), 0, true)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	var a ahead
	defer a.close()
	if err := a.after(db, filepath.Join(t.TempDir(), "none", "x.db"), aheadActs); err == nil {
		t.Error("nothing is wrong with a file that isn't there")
	}
	if err := a.after(db, db.Path(), aheadActs); err != nil || a.file != nil {
		t.Errorf("it went on: %v", err)
	}
}
