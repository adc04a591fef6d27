package chain_test

import (
	"bytes"
	"errors"
	"os"
	"slices"
	"strconv"
	"testing"

	"coffre/chain"
	"coffre/chain/chaintest"
)

// judge gives the verifier what the case's owner has at hand.
func judge(t testing.TB, c chaintest.Case, key, note bool) chain.Report {
	t.Helper()
	var o chain.VerifyOptions
	if key {
		o.FirstKey = c.FirstKey
	}
	if note && c.Kept != "" {
		o.Checkpoints = []string{c.Kept}
	}
	r, err := chain.VerifyFile(bytes.NewReader(c.Export), o)
	if err != nil {
		t.Fatalf("%s: %v", c.Name, err)
	}
	return r
}

// TestAttacks is the table of attacks: each is seen with exactly the evidence
// that it is said to need, and a sound chain is never called anything else.
func TestAttacks(t *testing.T) {
	seeds := uint64(12)
	if testing.Short() {
		seeds = 3
	}
	for _, a := range append(chaintest.Sound(), chaintest.Attacks()...) {
		t.Run(a.Name, func(t *testing.T) {
			t.Parallel()
			for seed := range seeds {
				c := a.Make(seed)
				for given := range 4 {
					key, note := given&1 != 0, given&2 != 0
					r := judge(t, c, key, note)
					if want := c.Faulty(key, note && c.Kept != ""); r.OK == want || r.OK != (r.Fault == "") {
						t.Errorf("seed %d, key %v, note %v: %+v, needs %s", seed, key, note, r, a.Needs)
					}
					if r.Authentic && (!key || !c.Sound && a.Needs == chaintest.FirstKey) {
						t.Errorf("seed %d: authentic with no right to it: %+v", seed, r)
					}
				}
			}
		})
	}
}

// TestRandomChains draws cases at random, as gen does, and evidence with them.
// COFFRE_CASES says how many, COFFRE_SEED where to begin; a failure names the
// seed that makes it again.
func TestRandomChains(t *testing.T) {
	number := func(name string, otherwise uint64) uint64 {
		if n, err := strconv.ParseUint(os.Getenv(name), 10, 64); err == nil {
			return n
		}
		return otherwise
	}
	begin := number("COFFRE_SEED", 1_000_000)
	for seed := begin; seed < begin+number("COFFRE_CASES", 150); seed++ {
		c := chaintest.Random(seed)
		key, note := seed&1 != 0, seed&2 != 0
		if r := judge(t, c, key, note); r.OK == c.Faulty(key, note && c.Kept != "") {
			t.Errorf("%s, seed %d, key %v, note %v: %+v", c.Name, seed, key, note, r)
		}
	}
}

// TestLooks: a fault is named for what was done, so far as it can be told.
func TestLooks(t *testing.T) {
	for attack, want := range map[string][]string{
		"edit": {chain.LooksEdit}, "edit-hash": {chain.LooksEdit}, "edit-and-hash": {chain.LooksEdit, chain.LooksRewrite},
		"insert": {chain.LooksInsertion, chain.LooksRewrite}, "delete": {chain.LooksDeletion}, "reorder": {chain.LooksReorder},
		"duplicate": {chain.LooksDuplicate, chain.LooksInsertion}, "swap-tenants": {chain.LooksForeign},
		"cut-tail": {chain.LooksCut}, "cut-everything": {chain.LooksCut}, "cut-tail-signed": {chain.LooksCut}, "roll-back": {chain.LooksCut},
		"rewrite-today": {chain.LooksRewrite}, "rewrite-yesterday": {chain.LooksRewrite}, "recompute-unsigned": {chain.LooksRewrite},
		"rewrite-from-genesis": {chain.LooksForeign}, "old-key-signs": {chain.LooksOldKey},
		"rewrite-yesterday-new-notes": {chain.LooksOtherKey}, "restore-forged": {chain.LooksOtherKey},
		"fork": {chain.LooksRewrite, chain.LooksCut}, "filtered-removed": {chain.LooksDeletion}, "filtered-doubled": {chain.LooksDuplicate},
	} {
		found := false
		for _, a := range chaintest.Attacks() {
			if a.Name != attack {
				continue
			}
			found = true
			for seed := range uint64(25) {
				c := a.Make(seed)
				r := judge(t, c, true, true)
				// The newest entry has nothing after it that would tell.
				if last := r.CheckpointSize; !slices.Contains(want, r.Looks) && r.FirstFault < last {
					t.Errorf("%s, seed %d: looks like %q: %+v", attack, seed, r.Looks, r)
				}
				if by := r.Against; (by == 1) != (a.Needs == chaintest.Note) || by > 1 {
					t.Errorf("%s, seed %d: seen against checkpoint %d", attack, seed, by)
				}
			}
		}
		if !found {
			t.Errorf("no attack %s", attack)
		}
	}
}

// TestLooksAtSegmentEdge: what stands after the fault may be in the next
// segment.
func TestLooksAtSegmentEdge(t *testing.T) {
	l := chaintest.New(1, "acme").Some(2100)
	whole := bytes.SplitAfter(l.Export(false), []byte("\n"))
	for _, seq := range []int{1023, 1024, 1025, 2048, 2049} {
		for looks, change := range map[string]func(s [][]byte) [][]byte{
			chain.LooksDeletion:  func(s [][]byte) [][]byte { return slices.Delete(s, seq, seq+1) },
			chain.LooksDuplicate: func(s [][]byte) [][]byte { return slices.Insert(s, seq, s[seq]) },
			chain.LooksReorder:   func(s [][]byte) [][]byte { s[seq], s[seq+1] = s[seq+1], s[seq]; return s },
			chain.LooksEdit: func(s [][]byte) [][]byte {
				s[seq] = bytes.Replace(s[seq], []byte(`"nonce":"`), []byte(`"nonce":"00000000000000000000000000000000","object":{"id":"x","kind":"x"},"outcome":"ok","x":"`), 1)
				return s
			},
		} {
			r, err := chain.VerifyExport(bytes.NewReader(bytes.Join(change(slices.Clone(whole)), nil)), chain.VerifyOptions{})
			if err != nil || r.OK || r.Looks != looks {
				t.Errorf("%s at %d: %+v, %v", looks, seq, r, err)
			}
		}
	}
}

func TestWitnessedAndAmber(t *testing.T) {
	l := chaintest.New(7, "acme").Some(9).HandOver()
	s, w, err := show(t, watch(t, l), l)
	if err != nil {
		t.Fatal(err)
	}
	idle, err := chain.NewCosigner("w2")
	if err != nil {
		t.Fatal(err)
	}
	o := chain.VerifyOptions{FirstKey: l.FirstKey(), Checkpoints: []string{w.Note}, Witnesses: []string{s.Verifier(), idle.Verifier()}}
	r, err := chain.VerifyLog(l.Some(5), o)
	if err != nil || r.Verdict() != chain.Green || len(r.Witnessed) != 1 || r.Witnessed[0].Size != w.To || !r.Witnessed[0].At.Equal(seenAt) {
		t.Errorf("%+v, %v", r, err)
	}
	if r, err = chain.VerifyLog(l.Clone().Restore(8), o); err != nil || r.Verdict() != chain.Amber || !r.Amber || r.Restored[0].LostTo < w.To {
		t.Errorf("restored: %+v, %v", r, err)
	}
	if r, err = chain.VerifyLog(l.Clone().Back(8), o); err != nil || r.Verdict() != chain.Red || r.Against != 1 {
		t.Errorf("rolled back: %+v, %v", r, err)
	}
	mangled := w.Note[:len(w.Note)-12] + "AAAA" + w.Note[len(w.Note)-8:]
	o.Checkpoints = []string{l.Checkpoint(), mangled}
	if r, err = chain.VerifyLog(l, o); err != nil || r.Fault != chain.FaultOutsideSigned || r.Against != 2 {
		t.Errorf("a broken cosignature: %+v, %v", r, err)
	}
	if _, err = chain.VerifyLog(l, chain.VerifyOptions{Witnesses: []string{l.FirstKey()}}); !errors.Is(err, chain.ErrKey) {
		t.Errorf("a checkpoint key given for a witness's: %v", err)
	}
}

// TestChainsRepeat: one seed gives one case, byte for byte, so that two
// verifiers can be asked about the same.
func TestChainsRepeat(t *testing.T) {
	for seed := range uint64(40) {
		a, b := chaintest.Random(seed), chaintest.Random(seed)
		if a.Name != b.Name || !bytes.Equal(a.Export, b.Export) || a.FirstKey != b.FirstKey || a.Kept != b.Kept {
			t.Errorf("seed %d: two cases, %s and %s", seed, a.Name, b.Name)
		}
	}
}
