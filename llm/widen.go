package llm

import (
	"cmp"
	"slices"

	"coffre/store"
)

// How much is read around what was found.
const (
	// wholeBytes is up to which length of its text a document is read whole:
	// some ten pages.
	wholeBytes = 32 << 10
	wholeDocs  = 3 // documents that are, the first ones found
	besideOf   = 5 // passages whose neighbours are read, the first ones found
	surely     = 4 // passages found that go before anything beside them
	// roomToQuote is how much is read, in tokens, where no prompt bounds it.
	roomToQuote = 64 << 10
)

// beside reads what stands around a passage: its whole version if that has at
// most so many bytes (complete), else a passage on either side.
type beside func(ordinal uint32, whole int) (around []store.Passage, complete bool, err error)

// besideFor reads as p, whose rights are looked up again.
func besideFor(t *store.Tenant, p store.Principal) beside {
	return func(ordinal uint32, whole int) (around []store.Passage, complete bool, err error) {
		err = t.View(func(v *store.View) error {
			around, complete, err = v.Around(p, ordinal, whole, 1)
			return err
		})
		if store.IsNotFound(err) {
			return nil, false, nil // gone since the search: nothing stands around it
		}
		return around, complete, err
	}
}

// widening is what is read for a question, a set of passages that grows while
// there is room.
type widening struct {
	read   beside
	room   int               // tokens left
	found  map[uint32]Source // by ordinal
	taken  map[uint32]Source // passages that are in
	bestOf map[string]Source // of a version, the first found
	rank   map[uint32]int    // of what was found
}

// widen adds to passages what a reader needs around them and makes one source
// of those that touch: short documents whole, else the neighbours of the first
// ones, as far as budget allows, tokens. Sources come best first and leave in
// that order, numbered anew; each is one of those that came, longer perhaps.
func widen(sources []Source, budget int, read beside) ([]Source, error) {
	w := &widening{
		read: read, room: budget, found: map[uint32]Source{}, taken: map[uint32]Source{},
		bestOf: map[string]Source{}, rank: map[uint32]int{},
	}
	var docs []string
	for i, s := range sources {
		w.found[s.Ordinal], w.rank[s.Ordinal] = s, i
		if _, ok := w.bestOf[s.Version]; !ok {
			w.bestOf[s.Version] = s
			docs = append(docs, s.Version)
		}
	}
	w.take(sources[:min(surely, len(sources))])
	for i, s := range sources {
		if i == 1 {
			w.take(sources[min(surely, len(sources)):]) // the best one's surroundings go before, the others' behind
		}
		if i >= besideOf && slices.Index(docs, s.Version) >= wholeDocs {
			continue
		}
		if err := w.grow(s, slices.Index(docs, s.Version) < wholeDocs, i < besideOf); err != nil {
			return nil, err
		}
	}
	if len(w.taken) == 0 {
		return sources, nil
	}
	return w.runs(), nil
}

// frame is about what a source's lines of description take in a prompt, tokens.
func frame(s Source) int { return EstimateTokens(s.Title+s.Heading) + 40 }

// take adds passages found that there is room for.
func (w *widening) take(sources []Source) {
	for _, s := range sources {
		if need := frame(s) + EstimateTokens(s.Text); need <= w.room && w.taken[s.Ordinal].Text == "" {
			w.taken[s.Ordinal] = s
			w.room -= need
		}
	}
}

// grow adds what stands around a passage: all of a short document or nothing
// of it, else the neighbours.
func (w *widening) grow(s Source, whole, neighbours bool) error {
	if _, ok := w.taken[s.Ordinal]; !ok {
		return nil
	}
	most := 0
	if whole {
		most = wholeBytes
	}
	all, complete, err := w.read(s.Ordinal, most)
	if err != nil {
		return err
	}
	if complete && w.add(s, all) || !neighbours {
		return nil
	}
	for _, ps := range all {
		if ps.Ordinal+1 == s.Ordinal || ps.Ordinal == s.Ordinal+1 {
			w.add(s, []store.Passage{ps})
		}
	}
	return nil
}

// add takes passages of the document of s, all of them or none.
func (w *widening) add(s Source, ps []store.Passage) bool {
	need := 0
	for _, p := range ps {
		if _, ok := w.taken[p.Ordinal]; !ok {
			need += EstimateTokens(p.Text) + 2
		}
	}
	if need > w.room {
		return false
	}
	w.room -= need
	for _, p := range ps {
		if _, ok := w.taken[p.Ordinal]; ok {
			continue
		}
		one, ok := w.found[p.Ordinal]
		if !ok {
			one = Source{
				DocumentID: s.DocumentID, Version: s.Version, Title: s.Title, Heading: p.Heading, Lang: p.Lang,
				Page: p.Page, Start: p.Start, End: p.End, Text: p.Text, Ordinal: p.Ordinal,
			}
		}
		w.taken[p.Ordinal] = one
	}
	return true
}

// runs makes sources of what was taken.
func (w *widening) runs() []Source {
	all := make([]Source, 0, len(w.taken))
	for _, s := range w.taken {
		all = append(all, s)
	}
	slices.SortFunc(all, func(a, b Source) int { return cmp.Compare(a.Ordinal, b.Ordinal) })
	var out []Source
	for i := 0; i < len(all); {
		j := i + 1
		for j < len(all) && touch(all[j-1], all[j]) {
			j++
		}
		out = append(out, w.run(all[i:j]))
		i = j
	}
	slices.SortFunc(out, func(a, b Source) int { return cmp.Compare(w.place(a), w.place(b)) })
	for i := range out {
		out[i].N = i + 1
	}
	return out
}

// place is a source's rank. One of which nothing was found, a short document's
// part in another language, stands right behind the best of its document.
func (w *widening) place(s Source) float64 {
	if r, ok := w.rank[s.Ordinal]; ok {
		return float64(r)
	}
	return float64(w.rank[w.bestOf[s.Version].Ordinal]) + 0.5
}

func touch(a, b Source) bool {
	return a.Version == b.Version && a.Ordinal+1 == b.Ordinal && a.End == b.Start && (a.Lang == b.Lang || a.Lang == "" || b.Lang == "")
}

// run is passages that touch as one source, named after the best of them.
func (w *widening) run(all []Source) Source {
	best := slices.MinFunc(all, func(a, b Source) int { return cmp.Compare(w.placeOf(a), w.placeOf(b)) })
	if len(all) == 1 {
		return best
	}
	out := best
	out.Start, out.End, out.Page, out.Heading, out.Text = all[0].Start, all[len(all)-1].End, all[0].Page, all[0].Heading, ""
	for _, s := range all {
		out.Text += s.Text
		out.Parts = append(out.Parts, Part{s.Ordinal, s.Start, s.End, s.Page, s.Heading, s.Score})
		if out.Lang == "" {
			out.Lang = s.Lang
		}
	}
	return out
}

// placeOf is a passage's rank, behind all others where it wasn't found.
func (w *widening) placeOf(s Source) int {
	if r, ok := w.rank[s.Ordinal]; ok {
		return r
	}
	return len(w.rank)
}
