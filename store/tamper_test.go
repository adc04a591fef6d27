package store

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"coffre/chain"
)

// longFirm has a journal of over two rows of the tree.
func longFirm(t *testing.T, n int) *firm {
	f := newFirm(t)
	for i := range n {
		ev := chain.Event{Action: chain.SearchQuery, Private: chain.Detail{"query": fmt.Sprint("words ", i)}}
		if i%50 == 0 {
			ev.Outcome = "denied"
		}
		if _, err := f.Record(context.Background(), f.alice.Actor, ev); err != nil {
			t.Fatal(err)
		}
	}
	return f
}

func (f *firm) bytes(t *testing.T) []byte {
	t.Helper()
	path := filepath.Join(t.TempDir(), "live.db")
	if err := f.Snapshot(path); err != nil {
		t.Fatal(err)
	}
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// TestTamperWithCopy does everything at the edges of rows and journal. Each act
// is seen: by what the copy says of itself, or with the checkpoint that was
// kept; nothing of the live database has moved, and no scratch is left.
func TestTamperWithCopy(t *testing.T) {
	f := longFirm(t, 600)
	size, note := f.Head()
	live := f.bytes(t)
	alone := map[string][2]string{
		TamperWord: {chain.FaultHash, chain.LooksEdit}, TamperDelete: {chain.FaultSequence, chain.LooksDeletion},
		TamperSwap: {chain.FaultSequence, chain.LooksReorder},
	}
	compared := map[string][2]string{
		TamperCut: {chain.FaultShorter, chain.LooksCut}, TamperRewrite: {chain.FaultOutside, chain.LooksRewrite},
	}
	for _, kind := range Tamperings {
		for _, seq := range []uint64{1, 2, 255, 256, 257, 511, 513, size - 1, size} {
			got, err := f.TamperWithCopy(t.Context(), Tampering{kind, seq})
			if kind == TamperSwap && seq == size || kind == TamperCut && seq == 1 {
				if AsError(err).Code != "tamper-entry" {
					t.Errorf("%s %d: %v", kind, seq, err)
				}
				continue
			}
			if err != nil {
				t.Fatalf("%s %d: %v", kind, seq, err)
			}
			if got.Size != size || got.Checkpoint != note || got.Before == "" || got.Before == got.After {
				t.Errorf("%s %d: %+v", kind, seq, got)
			}
			rep, want := got.Alone, alone[kind]
			if kind == TamperDelete && seq == size {
				want = [2]string{chain.FaultTruncated, chain.LooksCut}
			}
			if again, careful := compared[kind]; careful {
				if !rep.OK || got.Compared == nil {
					t.Errorf("%s %d, by itself: %+v", kind, seq, rep)
					continue
				}
				rep, want = *got.Compared, again
			} else if got.Compared != nil || rep.FirstFault != seq {
				t.Errorf("%s %d: compared %v, first fault %d", kind, seq, got.Compared, rep.FirstFault)
			}
			if rep.OK || rep.Fault != want[0] || rep.Looks != want[1] {
				t.Errorf("%s %d: %+v, want %v", kind, seq, rep, want)
			}
		}
	}
	if after := f.bytes(t); !bytes.Equal(live, after) {
		t.Error("the live database has changed")
	}
	left, err := os.ReadDir(f.dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range left {
		if strings.HasPrefix(e.Name(), ".") {
			t.Errorf("left behind: %s", e.Name())
		}
	}
	if rep, err := f.Verify(t.Context(), System("test"), VerifyRequest{Checkpoints: []string{note}}, ""); err != nil || !rep.OK {
		t.Errorf("the live journal: %+v %v", rep, err)
	}
}

func TestTamperRefuses(t *testing.T) {
	f := newFirm(t)
	size, _ := f.Head()
	for _, do := range []Tampering{{"", 1}, {"erase", 1}} {
		if _, err := f.TamperWithCopy(t.Context(), do); AsError(err).Code != "bad-parameter" {
			t.Errorf("%+v: %v", do, err)
		}
	}
	for _, do := range []Tampering{{TamperWord, 0}, {TamperWord, size + 1}, {TamperDelete, 1 << 63}, {TamperRewrite, 0}} {
		if _, err := f.TamperWithCopy(t.Context(), do); AsError(err).Code != "tamper-entry" {
			t.Errorf("%+v: %v", do, err)
		}
	}
}

// TestVerifyTellsHowFarItIs: the last progress is the whole, and none goes back.
func TestVerifyTellsHowFarItIs(t *testing.T) {
	f := longFirm(t, 2500)
	size, _ := f.Head()
	var last uint64
	req := VerifyRequest{Progress: func(done, total uint64) {
		if done < last || total != size {
			t.Errorf("%d of %d after %d", done, total, last)
		}
		last = done
	}}
	if rep, err := f.Verify(t.Context(), System("test"), req, ""); err != nil || !rep.OK || last != size {
		t.Errorf("%d of %d, %+v %v", last, size, rep, err)
	}
}

// TestTamperBeforeAHandover: the key that signed there is gone, so even whoever
// holds the box can't make a copy look sound.
func TestTamperBeforeAHandover(t *testing.T) {
	f := longFirm(t, 20)
	if _, err := f.RotateKey(t.Context(), System("test")); err != nil {
		t.Fatal(err)
	}
	at, _ := f.Head()
	for range 10 {
		if _, err := f.Record(t.Context(), f.alice.Actor, chain.Event{Action: chain.SearchQuery}); err != nil {
			t.Fatal(err)
		}
	}
	for _, do := range []Tampering{{TamperRewrite, at - 3}, {TamperCut, at - 3}, {TamperRewrite, at}} {
		if got, err := f.TamperWithCopy(t.Context(), do); err != nil || got.Alone.OK || got.Compared != nil {
			t.Errorf("%+v: %+v %v", do, got.Alone, err)
		}
	}
	for _, do := range []Tampering{{TamperRewrite, at + 3}, {TamperCut, at + 3}} {
		if got, err := f.TamperWithCopy(t.Context(), do); err != nil || !got.Alone.OK || got.Compared == nil || got.Compared.OK {
			t.Errorf("%+v: %+v %v", do, got, err)
		}
	}
}
