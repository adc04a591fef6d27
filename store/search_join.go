package store

import (
	"cmp"
	"slices"

	"coffre/index"
)

// mostJoined bounds how many passages become one hit: of a document that is
// about nothing else, a reader wants places, not the document again. A passage
// with less than leastJoined of the best one's score is another find.
const (
	mostJoined  = 3
	leastJoined = 0.5
)

// join makes one hit of hits that touch: passages that follow each other in one
// version of a document, on one page, in one language. The hit stands where the
// best of them stood, with its score and its reasons; those of the others are in
// Joined, and range and text are those of all. Hits come best first.
func join(hits []SearchHit) []SearchHit {
	at := make(map[uint32]int, len(hits)) // ordinal of a passage to its hit
	for i, h := range hits {
		at[h.Ordinal] = i
	}
	taken := make([]bool, len(hits))
	out := make([]SearchHit, 0, len(hits))
	for i := range hits {
		if taken[i] {
			continue
		}
		taken[i] = true
		run := []SearchHit{hits[i]}
		for len(run) < mostJoined {
			least := leastJoined * hits[i].Score
			before, after := free(hits, taken, at, run[0], -1, least), free(hits, taken, at, run[len(run)-1], 1, least)
			if before < 0 && after < 0 {
				break
			}
			if after < 0 || before >= 0 && before < after { // the better of the two
				taken[before], run = true, slices.Insert(run, 0, hits[before])
			} else {
				taken[after], run = true, append(run, hits[after])
			}
		}
		out = append(out, joined(run))
	}
	return out
}

// free is the hit that touches h on one side (step -1 before, 1 after), has the
// least score and stands for nothing else yet, or -1.
func free(hits []SearchHit, taken []bool, at map[uint32]int, h SearchHit, step int, least float64) int {
	i, ok := at[uint32(int64(h.Ordinal)+int64(step))]
	if !ok || taken[i] || hits[i].Score < least {
		return -1
	}
	o := hits[i]
	touches := step < 0 && o.End == h.Start || step > 0 && h.End == o.Start
	if o.Version != h.Version || o.Page != h.Page || o.Lang != h.Lang || !touches {
		return -1
	}
	return i
}

// joined is a run of passages, in the order of the text, as one hit.
func joined(run []SearchHit) SearchHit {
	if len(run) == 1 {
		return run[0]
	}
	best := slices.MaxFunc(run, func(a, b SearchHit) int { return cmp.Compare(a.Score, b.Score) })
	out := best
	out.Start, out.End, out.Text, out.Also = run[0].Start, run[len(run)-1].End, "", nil
	out.Joined = make([]index.Hit, 0, len(run)-1)
	for _, h := range run {
		out.Text += h.Text
		out.Parts = append(out.Parts, h.Passage)
		if h.Ordinal != best.Ordinal {
			out.Joined = append(out.Joined, h.Hit)
		}
		for _, a := range h.Also {
			out.alsoIn(a)
		}
	}
	return out
}

// alsoIn names a place in another document; places that touch become one.
func (h *SearchHit) alsoIn(a Also) {
	for i, o := range h.Also {
		if o.DocumentID != a.DocumentID {
			continue
		}
		if o.Version == a.Version && o.End == a.Start {
			h.Also[i].End = a.End
		}
		return
	}
	h.Also = append(h.Also, a)
}
