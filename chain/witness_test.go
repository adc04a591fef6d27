package chain_test

import (
	"errors"
	"math/rand/v2"
	"reflect"
	"strings"
	"testing"
	"time"

	"coffre/chain"
	"coffre/chain/chaintest"
)

var seenAt = time.Date(2026, 2, 1, 8, 0, 0, 0, time.UTC)

// watch begins to witness a log with both keys of its kit.
func watch(t testing.TB, l *chaintest.Log) chain.WitnessState {
	t.Helper()
	s, err := chain.NewWitness("witness.example/w1", l.FirstKey()+"\n"+l.Recovery.Verifier())
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// show gives the witness the log as it stands, over paper.
func show(t testing.TB, s chain.WitnessState, l *chaintest.Log) (chain.WitnessState, chain.Witnessed, error) {
	t.Helper()
	u, err := chain.ProveForWitness(l, l.Header(), s.Size, s.Restores)
	if err != nil && l.Size() >= s.Size {
		t.Fatal(err)
	}
	if err != nil { // a log that became shorter has no proof to offer
		u = chain.WitnessUpdate{Checkpoint: l.Checkpoint(), From: s.Size}
	}
	return s.Advance(u, seenAt)
}

func TestWitnessFollows(t *testing.T) {
	l := chaintest.New(1, "acme").Some(4)
	s := watch(t, l)
	for range 6 {
		next, w, err := show(t, s, l)
		if err != nil || w.From != s.Size || w.To != l.Size() || len(w.Restored) != 0 {
			t.Fatalf("%+v, %v", w, err)
		}
		at, ok, err := chain.OpenCosignature(w.Note, next.Verifier())
		if err != nil || !ok || !at.Equal(seenAt) {
			t.Fatalf("cosigned at %v, %v, %v", at, ok, err)
		}
		if _, signed, err := chain.OpenCheckpoint(w.Note, l.Key().Verifier()); err != nil || len(signed) != 1 {
			t.Fatalf("the box's signature is gone: %v", err)
		}
		b, err := next.Encode()
		if err != nil {
			t.Fatal(err)
		}
		if s, err = chain.ParseWitnessState(b); err != nil || !reflect.DeepEqual(s, next) {
			t.Fatalf("the state file says something else: %v", err)
		}
		l.Some(3).HandOver().Some(2).HandOver()
	}
	if again, w, err := show(t, s, l); err != nil || again.Size != l.Size() || w.To != l.Size() {
		t.Errorf("the same checkpoint once more: %v", err)
	}
}

func TestWitnessRefuses(t *testing.T) {
	l := chaintest.New(2, "acme").Some(5).HandOver().Some(6)
	s, _, err := show(t, watch(t, l), l)
	if err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		log  func() *chaintest.Log
		want error
	}{
		"shorter":       {func() *chaintest.Log { return l.Clone().Back(9) }, chain.ErrShrunk},
		"same size":     {func() *chaintest.Log { return l.Clone().Back(l.Size() - 1).Some(1) }, chain.ErrFork},
		"fork":          {func() *chaintest.Log { return l.Clone().Back(9).Some(20) }, chain.ErrFork},
		"other tenant":  {func() *chaintest.Log { return chaintest.New(2, "other").Some(30) }, chain.ErrWitnessOrigin},
		"thief's keys":  {func() *chaintest.Log { return chaintest.New(3, "acme").Some(30) }, chain.ErrUnknownKey},
		"thief's moves": {func() *chaintest.Log { return chaintest.New(3, "acme").Some(30).HandOver() }, chain.ErrUnknownKey},
	} {
		got, _, err := show(t, s, c.log())
		if !errors.Is(err, c.want) || !reflect.DeepEqual(got, s) {
			t.Errorf("%s: %v, want %v", name, err, c.want)
		}
	}
	ahead := l.Clone().Some(3)
	u, err := chain.ProveForWitness(ahead, ahead.Header(), 8, 0)
	if err != nil {
		t.Fatal(err)
	}
	if _, _, err := s.Advance(u, seenAt); !errors.Is(err, chain.ErrWitnessFrom) {
		t.Errorf("a proof from elsewhere: %v", err)
	}
	moved := ahead.Clone().HandOver().Some(1)
	u, err = chain.ProveForWitness(moved, moved.Header(), s.Size, 0)
	if err != nil {
		t.Fatal(err)
	}
	u.Handovers = nil
	if _, _, err := s.Advance(u, seenAt); !errors.Is(err, chain.ErrUnknownKey) {
		t.Errorf("a hand-over kept back: %v", err)
	}
}

func TestWitnessRestore(t *testing.T) {
	l := chaintest.New(4, "acme").Some(5).HandOver().Some(9)
	s, _, err := show(t, watch(t, l), l)
	if err != nil {
		t.Fatal(err)
	}
	back := l.Clone().Restore(10).Some(2).HandOver().Some(1)
	next, w, err := show(t, s, back)
	if err != nil || next.Restores != 1 || len(w.Restored) != 1 || w.Restored[0] != (chain.Restore{Entry: 11, Size: 10, LostTo: l.Size()}) {
		t.Fatalf("an honest restore: %+v, %v", w, err)
	}
	if next, w, err = show(t, next, back.Some(30)); err != nil || len(w.Restored) != 0 {
		t.Errorf("after the restore: %+v, %v", w, err)
	}
	if _, _, err = show(t, next, l.Some(100)); err == nil {
		t.Error("the earlier life goes on, and the witness believes it")
	}

	poor, err := chain.NewWitness("w2", l.FirstKey())
	if err != nil {
		t.Fatal(err)
	}
	if _, _, err := show(t, poor, back); !errors.Is(err, chain.ErrUnknownKey) {
		t.Errorf("a restore without knowing the recovery key: %v", err)
	}
}

// TestWitnessHolds is the property: whatever is shown to a witness in whatever
// order, two notes that it cosigned in one life never contradict each other.
func TestWitnessHolds(t *testing.T) {
	for seed := range uint64(30) {
		rng := rand.New(rand.NewPCG(seed, 3))
		logs := []*chaintest.Log{chaintest.New(seed, "acme").Some(3)}
		s := watch(t, logs[0])
		var seen []*chaintest.Log
		for range 25 {
			l := logs[rng.IntN(len(logs))].Clone()
			switch rng.IntN(5) {
			case 0:
				l.HandOver()
			case 1:
				l.Back(1 + rng.Uint64N(l.Size()))
			default:
				l.Some(rng.IntN(6))
			}
			logs = append(logs, l)
			next, _, err := show(t, s, l)
			if err != nil {
				continue
			}
			for _, old := range seen {
				if old.Size() > l.Size() || old.Hashes[old.Size()-1] != l.Hashes[old.Size()-1] {
					t.Fatalf("seed %d: cosigned %d after %d of another past", seed, l.Size(), old.Size())
				}
			}
			s, seen = next, append(seen, l)
		}
	}
}

func TestWitnessParts(t *testing.T) {
	l := chaintest.New(5, "acme").Some(200).HandOver().Some(50).HandOver()
	u, err := chain.ProveForWitness(l, l.Header(), 77, 0)
	if err != nil {
		t.Fatal(err)
	}
	line, err := u.Encode()
	if err != nil {
		t.Fatal(err)
	}
	for _, most := range []int{0, 100, 1200, 1 << 20} {
		parts, err := u.WitnessParts(most)
		if err != nil {
			t.Fatal(err)
		}
		for i, p := range parts {
			if len(p) > max(most, 64) || strings.Trim(p, "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789:/") != "" {
				t.Errorf("part of %d characters: %.60s", len(p), p)
			}
			parts[i] = p[:len(p)/2] + "\r\n " + p[len(p)/2:]
		}
		rand.New(rand.NewPCG(1, 1)).Shuffle(len(parts), func(i, j int) { parts[i], parts[j] = parts[j], parts[i] })
		got, err := chain.ParseWitnessUpdate([]byte(strings.Join(append(parts, parts[0]), "\n")))
		if again, eerr := got.Encode(); err != nil || eerr != nil || string(again) != string(line) {
			t.Errorf("parts of %d: %v, %v", most, err, eerr)
		}
		if len(parts) > 1 {
			if _, err := chain.ParseWitnessUpdate([]byte(strings.Join(parts[1:], "\n"))); !errors.Is(err, chain.ErrWitnessUpdate) {
				t.Errorf("a part is missing: %v", err)
			}
		}
	}
	t.Logf("%d bytes of JSON", len(line))
}

func FuzzWitness(f *testing.F) {
	l := chaintest.New(6, "acme").Some(5)
	s, _, err := show(f, watch(f, l), l)
	if err != nil {
		f.Fatal(err)
	}
	l.Some(3).HandOver().Some(2)
	u, _ := chain.ProveForWitness(l, l.Header(), s.Size, 0)
	line, _ := u.Encode()
	parts, _ := u.WitnessParts(300)
	state, _ := s.Encode()
	f.Add(line, state)
	f.Add([]byte(strings.Join(parts, "\n")), state)
	f.Add([]byte("CW1:1/1:00000000:AAAA"), []byte("{}"))
	f.Fuzz(func(t *testing.T, text, file []byte) {
		state, serr := chain.ParseWitnessState(file)
		u, uerr := chain.ParseWitnessUpdate(text)
		if serr != nil || uerr != nil {
			if serr != nil && !errors.Is(serr, chain.ErrWitnessState) || uerr != nil && !errors.Is(uerr, chain.ErrWitnessUpdate) {
				t.Fatalf("unnamed: %v, %v", serr, uerr)
			}
			return
		}
		next, w, err := state.Advance(u, seenAt)
		if err == nil && (next.Size < state.Size && len(w.Restored) == 0 || w.Note == "") {
			t.Fatalf("%+v", w)
		}
	})
}
