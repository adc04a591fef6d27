package chain_test

import (
	"bytes"
	"errors"
	"testing"

	"coffre/chain"
	"coffre/chain/chaintest"
)

const witnessB = "witness.example/w1" // watch's name

// against is what a box shows a witness that has seen size entries of another
// future of its log.
func against(t testing.TB, l *chaintest.Log, size uint64, witness string) chain.WitnessEvidence {
	t.Helper()
	var shown *chain.HandoverEntry
	seq := uint64(0)
	if l.Size() < size {
		seq = l.Append(chain.Actor{Kind: "system", ID: "witness"}, chain.Event{
			Action: chain.AuditWitness, Outcome: chain.Denied, Object: chain.Object{Kind: "witness", ID: witness},
			Detail: chain.Detail{"act": chain.WitnessAhead, "size": size},
		})
		var prev chain.Hash
		if seq > 1 {
			prev = l.Hashes[seq-2]
		}
		shown = &chain.HandoverEntry{ChainHash: l.Hashes[seq-1], PreviousHash: prev, Payload: l.Payloads[seq-1]}
		l.Some(2)
	}
	e, err := chain.ProveAgainst(l, l.Header(), size, shown, seq)
	if err != nil {
		t.Fatal(err)
	}
	text, err := e.Encode()
	if err != nil {
		t.Fatal(err)
	}
	again, err := chain.ParseWitnessEvidence(text)
	if err != nil {
		t.Fatal(err)
	}
	if b, err := again.Encode(); err != nil || !bytes.Equal(b, text) {
		t.Fatalf("evidence comes back as something else: %v", err)
	}
	return again
}

func TestWitnessJudges(t *testing.T) {
	l := chaintest.New(21, "acme").Some(5).HandOver().Some(20)
	old := l.Clone().Back(9)
	s, _, err := show(t, watch(t, l), l)
	if err != nil {
		t.Fatal(err)
	}
	n := s.Size
	for name, c := range map[string]struct {
		e    chain.WitnessEvidence
		want error
	}{
		"rolled back":                    {against(t, old.Clone(), n, witnessB), chain.ErrShrunk},
		"rolled back, a new key":         {against(t, old.Clone().HandOver().Some(1), n, witnessB), chain.ErrShrunk},
		"rolled back, grown again":       {against(t, old.Clone().Some(60), n, witnessB), chain.ErrFork},
		"grown again to the same size":   {against(t, old.Clone().Some(int(n-9)), n, witnessB), chain.ErrFork},
		"rolled back, new keys, grown":   {against(t, old.Clone().HandOver().Some(60).HandOver(), n, witnessB), chain.ErrFork},
		"the log itself":                 {against(t, l.Clone().Some(7), n, witnessB), chain.ErrNoContradiction},
		"an old checkpoint, replayed":    {mustProve(t, old.Clone(), n), chain.ErrNoContradiction},
		"told by another witness":        {against(t, old.Clone(), n, "liar.example/w"), chain.ErrNoContradiction},
		"told more than was ever seen":   {against(t, old.Clone(), n+1000, witnessB), chain.ErrNoContradiction},
		"a stranger's keys":              {against(t, chaintest.New(22, "acme").Some(60), n, witnessB), chain.ErrUnknownKey},
		"another log's":                  {against(t, chaintest.New(21, "other").Some(60), n, witnessB), chain.ErrWitnessOrigin},
		"a restore, which is no fork":    {against(t, l.Clone().Restore(12).Some(60), n, witnessB), chain.ErrNoContradiction},
		"a newer checkpoint, bad proof":  {broken(against(t, l.Clone().Some(7), n, witnessB)), chain.ErrNoContradiction},
		"its own root, invented":         {invented(against(t, l.Clone().Some(7), n, witnessB)), chain.ErrNoContradiction},
		"the same size, a root invented": {invented(against(t, l.Clone(), n, witnessB)), chain.ErrNoContradiction},
	} {
		if err := s.Judge(c.e, witnessB); !errors.Is(err, c.want) {
			t.Errorf("%s: %v, want %v", name, err, c.want)
		}
	}
	if err := watch(t, l).Judge(against(t, old.Clone(), n, witnessB), witnessB); !errors.Is(err, chain.ErrNoContradiction) {
		t.Errorf("a witness that has seen nothing: %v", err)
	}
}

func mustProve(t testing.TB, l *chaintest.Log, size uint64) chain.WitnessEvidence {
	t.Helper()
	e, err := chain.ProveAgainst(l, l.Header(), size, nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	return e
}

func broken(e chain.WitnessEvidence) chain.WitnessEvidence {
	e.Root[3] ^= 1
	e.Update.Consistency = e.Update.Consistency[:len(e.Update.Consistency)-1]
	return e
}

func invented(e chain.WitnessEvidence) chain.WitnessEvidence {
	e.Root[3] ^= 1
	return e
}

// FuzzWitnessEvidence: no input makes it panic, and none that wasn't made with
// the log's keys proves anything.
func FuzzWitnessEvidence(f *testing.F) {
	l := chaintest.New(23, "acme").Some(5).HandOver().Some(6)
	s, _, err := show(f, watch(f, l), l)
	if err != nil {
		f.Fatal(err)
	}
	for _, e := range []chain.WitnessEvidence{against(f, l.Clone().Some(4), s.Size, witnessB), mustProve(f, l.Clone().Back(8), s.Size)} {
		b, err := e.Encode()
		if err != nil {
			f.Fatal(err)
		}
		f.Add(b)
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		e, err := chain.ParseWitnessEvidence(text)
		if err != nil {
			if !errors.Is(err, chain.ErrWitnessEvidence) {
				t.Fatalf("unnamed error %v", err)
			}
			return
		}
		if err := s.Judge(e, witnessB); err == nil || errors.Is(err, chain.ErrFork) || errors.Is(err, chain.ErrShrunk) {
			t.Fatalf("%s proves %v", text, err)
		}
	})
}
