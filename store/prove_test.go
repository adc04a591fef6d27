package store

import (
	"testing"

	"coffre/chain"
)

func TestProofs(t *testing.T) {
	f, _ := busyFirm(t, 600)
	var old chain.Checkpoint
	err := f.View(func(v *View) error {
		c, err := v.checkpoint()
		if err != nil {
			return err
		}
		cp, _, err := chain.OpenCheckpoint(c.Note)
		if err != nil {
			return err
		}
		old = cp
		for _, seq := range []uint64{1, 2, 255, 256, 257, 512, c.Size} {
			p, err := v.ProveEntry(seq)
			if err != nil {
				return err
			}
			e, err := v.Entry(seq)
			if err != nil || e.Hash != p.ChainHash {
				t.Errorf("entry %d has another hash than its proof: %v", seq, err)
			}
			if err := chain.VerifyInclusion(p.Proof, cp.Size, seq-1, cp.Root, p.ChainHash); err != nil {
				t.Errorf("entry %d: %v", seq, err)
			}
		}
		for _, seq := range []uint64{0, c.Size + 1} {
			if _, err := v.ProveEntry(seq); AsError(err).Code != "bad-parameter" {
				t.Errorf("entry %d: %v", seq, err)
			}
			if _, err := v.ProveGrowth(seq); AsError(err).Code != "bad-parameter" {
				t.Errorf("size %d: %v", seq, err)
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	for range 10 {
		if _, err := f.Record(t.Context(), System("test"), chain.Event{Action: chain.BoxStart}); err != nil {
			t.Fatal(err)
		}
	}
	f.View(func(v *View) error {
		p, err := v.ProveGrowth(old.Size)
		if err != nil {
			t.Fatal(err)
		}
		cp, _, err := chain.OpenCheckpoint(p.Checkpoint)
		if err != nil {
			t.Fatal(err)
		}
		if err := chain.VerifyConsistency(p.Proof, old.Size, old.Root, cp.Size, cp.Root); err != nil {
			t.Error(err)
		}
		return nil
	})
}
