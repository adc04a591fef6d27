package chain_test

import (
	"bytes"
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
