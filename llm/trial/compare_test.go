package trial

import (
	"fmt"
	"math"
	"slices"
	"testing"

	"coffre/store"
)

// list makes outcomes: r right, w wrong, s stale.
func list(s string) (out []store.TrialOutcome) {
	for i, c := range s {
		o := store.TrialOutcome{Trial: fmt.Sprint(i), Outcome: map[rune]string{'r': store.TrialRight, 'w': store.TrialWrong, 's': store.TrialStale}[c]}
		out = append(out, o)
	}
	return out
}

func repeat(c string, n int) (s string) {
	for range n {
		s += c
	}
	return s
}

// TestWorse: a real drop warns, noise doesn't.
func TestWorse(t *testing.T) {
	r := repeat
	for name, c := range map[string]struct {
		before, after string
		worse         bool
	}{
		"the same":                        {"rrrrr", "rrrrr", false},
		"better":                          {"wwwww", "rrrrr", false},
		"one lost of five":                {"rrrrr", "rrrrw", false},
		"two lost of five":                {"rrrrr", "rrrww", true},
		"two lost, two gained":            {"rrww", "wwrr", false},
		"three lost, two gained":          {"rrrww", "wwwrr", false},
		"two lost, they became stale":     {"rrrrr", "rrrss", false},
		"two lost that were stale":        {"rrrss", "rrrww", false},
		"two lost of forty: chance":       {r("r", 40), r("r", 38) + "ww", false},
		"three lost of forty":             {r("r", 40), r("r", 37) + "www", true},
		"three lost and one gained of 40": {r("r", 39) + "w", "www" + r("r", 37), false},
		"five lost and one gained of 40":  {r("r", 39) + "w", "wwwww" + r("r", 35), true},
		"four of 200: under three points": {r("r", 200), r("r", 196) + "wwww", false},
		"seven of 200":                    {r("r", 200), r("r", 193) + r("w", 7), true},
	} {
		if got := compare(list(c.before), list(c.after)).worse(); got != c.worse {
			t.Errorf("%s: %v", name, got)
		}
	}
	before, after := list("rrrr"), list("wwww")
	for i := range after {
		after[i].Changed = 7
	}
	if c := compare(before, after); c.common != 0 || c.worse() {
		t.Errorf("questions that were rewritten count: %+v", c)
	}
	if c := compare(list("rr"), list("rrwww")); c.common != 2 || c.worse() {
		t.Errorf("questions that are new count: %+v", c)
	}
}

// TestSignTest: exact binomial tails.
func TestSignTest(t *testing.T) {
	for _, c := range []struct {
		k, n int
		want float64
	}{{3, 3, 0.125}, {2, 2, 0.25}, {0, 5, 1}, {8, 10, 56.0 / 1024}, {5, 6, 7.0 / 64}, {0, 0, 1}} {
		if got := signTest(c.k, c.n); math.Abs(got-c.want) > 1e-12 {
			t.Errorf("%d of %d: %v, want %v", c.k, c.n, got, c.want)
		}
	}
}

// TestMeasure: a warning stands until it is gone or accepted, however often the
// list is run.
func TestMeasure(t *testing.T) {
	good, bad := store.TrialRun{ID: "good"}, store.TrialRun{ID: "bad", Worse: true, Against: "good"}
	accepted := bad
	accepted.Accepted = accepted.Began.AddDate(2026, 0, 0)
	for name, c := range map[string]struct {
		runs []store.TrialRun
		want string
	}{
		"none":                 {nil, ""},
		"the newest":           {[]store.TrialRun{{ID: "old"}, good}, "good"},
		"before the warning":   {[]store.TrialRun{good, bad}, "good"},
		"accepted":             {[]store.TrialRun{good, accepted}, "bad"},
		"the measure was lost": {[]store.TrialRun{bad}, "bad"},
	} {
		if got, _ := measure(c.runs); got.ID != c.want {
			t.Errorf("%s: %q", name, got.ID)
		}
	}
}

// TestChanged names each thing once.
func TestChanged(t *testing.T) {
	before := store.TrialSetup{Embedder: "a", Model: "a", Prompt: "a", Version: "a", Settings: "a", Documents: 1}
	after := store.TrialSetup{}
	if got := Changed(before, after); !slices.Equal(got, []string{"embedder", "model", "prompt", "version", "settings", "documents"}) {
		t.Error(got)
	}
	if got := Changed(before, before); len(got) != 0 {
		t.Error(got)
	}
	if !sameQuestions(list("rw"), list("wr")) || sameQuestions(list("r"), list("rr")) || sameQuestions(list("rr"), list("rrr")[1:]) {
		t.Error("lists are told apart wrongly")
	}
}
