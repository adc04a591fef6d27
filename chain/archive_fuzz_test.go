package chain_test

import (
	"bytes"
	"errors"
	"testing"

	"coffre/chain"
	"coffre/chain/chaintest"
)

// FuzzVerifySegment: whatever follows a sound segment, or stands first, there is
// one verdict without a contradiction; what was found sound can be gone on from.
func FuzzVerifySegment(f *testing.F) {
	for seed := range uint64(4) {
		a := chaintest.RandomArchive(seed)
		for i := range a.Segments {
			before := []byte{}
			if i > 0 {
				before = a.Segments[i-1]
			}
			f.Add(before, a.Segments[i], a.FirstKey, a.Kept)
		}
	}
	f.Fuzz(func(t *testing.T, before, segment []byte, firstKey, checkpoint string) {
		var after *chain.Anchor
		if len(before) > 0 {
			_, after, _ = chain.VerifySegment(bytes.NewReader(before), nil, chain.VerifyOptions{FirstKey: firstKey})
		}
		o := chain.VerifyOptions{FirstKey: firstKey}
		if checkpoint != "" {
			o.Checkpoints = []string{checkpoint}
		}
		r, end, err := chain.VerifySegment(bytes.NewReader(segment), after, o)
		if err != nil {
			for _, named := range []error{chain.ErrNotExport, chain.ErrLineTooLong, chain.ErrKey, chain.ErrCheckpoint} {
				if errors.Is(err, named) {
					return
				}
			}
			t.Fatalf("unnamed error %v", err)
		}
		if r.OK == (r.Fault != "") || r.OK != (end != nil) || r.Authentic && (!r.OK || firstKey == "") {
			t.Fatalf("contradiction: %+v, end %v", r, end)
		}
		if end == nil {
			return
		}
		if end.Size != r.CheckpointSize || end.Root.Base64() != r.CheckpointRoot {
			t.Fatalf("%+v ends at %d, root %s", r, end.Size, end.Root.Base64())
		}
		if after != nil && (end.Size <= after.Size || end.Lives() < after.Lives()) {
			t.Fatalf("from %d entries on to %d", after.Size, end.Size)
		}
	})
}

// TestArchivesAreSound: what chaintest makes is sound, in its order and no other.
func TestArchivesAreSound(t *testing.T) {
	for seed := range uint64(60) {
		a := chaintest.RandomArchive(seed)
		var end *chain.Anchor
		for i, b := range a.Segments {
			if i > 1 {
				if r, _, err := chain.VerifySegment(bytes.NewReader(b), nil, chain.VerifyOptions{FirstKey: a.FirstKey}); err == nil && r.OK && bytes.Contains(b[:200], []byte(chain.SegmentFormat)) {
					t.Errorf("seed %d: segment %d by itself: %+v", seed, i+1, r)
				}
			}
			r, next, err := chain.VerifySegment(bytes.NewReader(b), end, chain.VerifyOptions{FirstKey: a.FirstKey})
			if err != nil || !r.OK || !r.Authentic && r.Detail == "" {
				t.Fatalf("seed %d: segment %d of %d: %+v, %v", seed, i+1, len(a.Segments), r, err)
			}
			end = next
		}
	}
}
