package trial

import (
	"math"
	"slices"

	"coffre/store"
)

// When a run is worse than the one before it. All of the first three must hold,
// so that one question that went the other way warns nobody.
const (
	leastLost   = 2     // more questions lost than gained, at least so many
	leastPoints = 0.03  // and that many of those that both runs put
	longList    = 20    // from so many questions on, chance has to be unlikely too:
	chance      = 0.125 // at most this, by a one-sided sign test (three lost and none gained)
)

// comparison is what became of the questions that two runs both put.
type comparison struct{ common, lost, gained int }

// compare counts over the questions that are asked and expected in the same way
// in both runs.
func compare(before, after []store.TrialOutcome) (c comparison) {
	was := map[string]store.TrialOutcome{}
	for _, o := range before {
		was[o.Trial] = o
	}
	for _, o := range after {
		b, ok := was[o.Trial]
		if !ok || b.Changed != o.Changed || !counts(b) || !counts(o) {
			continue
		}
		c.common++
		switch {
		case b.Outcome == store.TrialRight && o.Outcome != store.TrialRight:
			c.lost++
		case b.Outcome != store.TrialRight && o.Outcome == store.TrialRight:
			c.gained++
		}
	}
	return c
}

// worse tells whether people should look at it.
func (c comparison) worse() bool {
	net := c.lost - c.gained
	if net < leastLost || float64(net) < leastPoints*float64(c.common) {
		return false
	}
	return c.common < longList || signTest(c.lost, c.lost+c.gained) <= chance+1e-9
}

// signTest is the probability that at least k of n fair coins show heads: that
// as many questions or more went wrong by chance alone (Dixon and Mood, 1946).
func signTest(k, n int) float64 {
	sum := 0.0
	for i := k; i <= n; i++ {
		sum += math.Exp(logChoose(n, i) - float64(n)*math.Ln2)
	}
	return min(1, sum)
}

func logChoose(n, k int) float64 {
	gamma := func(x int) float64 { g, _ := math.Lgamma(float64(x) + 1); return g }
	return gamma(n) - gamma(k) - gamma(n-k)
}

// measure is the run that the next one is compared with: the newest one, or,
// while that one is worse and nobody has accepted it, what it was compared with.
func measure(runs []store.TrialRun) (store.TrialRun, bool) {
	if len(runs) == 0 {
		return store.TrialRun{}, false
	}
	newest := runs[len(runs)-1]
	if newest.Worse && newest.Accepted.IsZero() {
		i := slices.IndexFunc(runs, func(r store.TrialRun) bool { return r.ID == newest.Against })
		if i >= 0 {
			return runs[i], true
		}
	}
	return newest, true
}

// Changed names what is not as it was.
func Changed(before, after store.TrialSetup) (names []string) {
	for _, c := range []struct {
		name string
		is   bool
	}{
		{"embedder", before.Embedder != after.Embedder},
		{"model", before.Model != after.Model},
		{"prompt", before.Prompt != after.Prompt},
		{"version", before.Version != after.Version},
		{"settings", before.Settings != after.Settings},
		{"documents", before.Documents != after.Documents},
	} {
		if c.is {
			names = append(names, c.name)
		}
	}
	return names
}

// sameQuestions tells whether two runs put the same list.
func sameQuestions(before, after []store.TrialOutcome) bool {
	key := func(all []store.TrialOutcome) map[string]uint64 {
		m := map[string]uint64{}
		for _, o := range all {
			m[o.Trial] = o.Changed
		}
		return m
	}
	a, b := key(before), key(after)
	if len(a) != len(b) {
		return false
	}
	for id, changed := range a {
		if now, ok := b[id]; !ok || now != changed {
			return false
		}
	}
	return true
}
