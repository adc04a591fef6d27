package llm

import (
	"slices"
	"testing"
)

// TestWordShare shows what minWords separates. People's questions stand for paraphrases: they say in their own
// words what one paragraph tells. It prints the share of a question's words in its own paragraph, in the best
// other one that a search finds (mostly of the same article), and in any other.
func TestWordShare(t *testing.T) {
	p := piafSet(t)
	var own, near, far []float64
	for i, q := range p.queries {
		if i%24 != 0 {
			continue
		}
		c := newClaim(q.Text, "fr")
		if len(c.words) < 3 {
			continue
		}
		share := func(s Source) float64 { return c.share(newPassage(s, "fr").all) }
		d := p.docs[q.doc]
		own = append(own, share(Source{Title: d.Title, Text: d.Text, Lang: "fr"}))
		for _, s := range p.sources(t, q.Text, 1, q.doc) {
			near = append(near, share(s))
		}
		d = p.docs[(q.doc+len(p.docs)/2)%len(p.docs)]
		far = append(far, share(Source{Title: d.Title, Text: d.Text, Lang: "fr"}))
	}
	reach := func(xs []float64, least float64) string {
		n := 0
		for _, x := range xs {
			if x >= least {
				n++
			}
		}
		return percent(n, len(xs))
	}
	for _, least := range []float64{0.4, 0.5, 0.6, 0.65, 0.7, 0.8} {
		t.Logf("share ≥ %.2f: own paragraph %s, best other %s, any other %s", least, reach(own, least), reach(near, least), reach(far, least))
	}
	slices.Sort(far)
	if far[len(far)*99/100] >= minWords {
		t.Errorf("one unrelated paragraph in a hundred carries %.2f of a sentence's words", far[len(far)*99/100])
	}
}
