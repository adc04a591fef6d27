package index

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
)

// model is what an index should hold, by document.
type model struct {
	docs map[uint32]modelDoc
	next uint32 // passage ordinal
	rnd  *rand.Rand
}

type modelDoc struct {
	class    uint32
	passages []Passage
}

var vocabulary = strings.Fields(`préavis congé salaire employeur contrat durée prime heures notice
leave salary employer contract duration bonus hours FAC-2026-0117 12/03/2026 Northwind l’accord d'entreprise`)

func (m *model) text(max int) string {
	var b strings.Builder
	for range 1 + m.rnd.IntN(max) {
		// skewed, so that frequencies differ
		i := min(m.rnd.IntN(len(vocabulary)), m.rnd.IntN(len(vocabulary)))
		b.WriteString(vocabulary[i] + " ")
	}
	return b.String()
}

// change draws a new state of a document.
func (m *model) change() Doc {
	ordinal := 1 + uint32(m.rnd.IntN(40))
	d := Doc{Ordinal: ordinal, Class: 1 + uint32(m.rnd.IntN(4))}
	if old, ok := m.docs[ordinal]; ok {
		d.Class = old.class
		if m.rnd.IntN(2) == 0 && len(old.passages) > 0 {
			d.Drop = []Span{{First: old.passages[0].Ordinal, N: uint32(len(old.passages))}}
		}
	}
	for range m.rnd.IntN(4) {
		lang := []string{"fr", "en", ""}[m.rnd.IntN(3)]
		d.Passages = append(d.Passages, Passage{Ordinal: m.next, Title: m.text(3), Text: m.text(30), Lang: lang})
		m.next++
	}
	m.docs[ordinal] = modelDoc{class: d.Class, passages: d.Passages}
	return d
}

// only builds an index that holds just the documents of some classes.
func (m *model) only(t *testing.T, c Classes) *Index {
	ix := open(t, t.TempDir())
	var docs []Doc
	for ordinal, d := range m.docs {
		if c.Has(d.class) {
			docs = append(docs, Doc{Ordinal: ordinal, Class: d.class, Passages: d.passages})
		}
	}
	apply(t, ix, 1, docs...)
	return ix
}

// load tells a reopened index what the store would.
func (m *model) load(ix *Index) {
	for ordinal, d := range m.docs {
		for _, p := range d.passages {
			ix.Load(Span{First: p.Ordinal, N: 1}, ordinal, d.class)
		}
		ix.Load(Span{}, ordinal, d.class)
	}
}

// TestHiddenPassagesChangeNothing runs random changes, moves between classes
// and reopenings, and compares every search, to the last bit, with an index
// that never held what the asker may not read.
func TestHiddenPassagesChangeNothing(t *testing.T) {
	for seed := range uint64(4) {
		t.Run(fmt.Sprint("seed ", seed), func(t *testing.T) {
			m := &model{docs: map[uint32]modelDoc{}, next: 1, rnd: rand.New(rand.NewPCG(seed, 1))}
			dir := t.TempDir()
			ix := open(t, dir)
			for round := range 4 {
				for range 15 {
					seq := ix.Applied() + 1
					d := m.change()
					apply(t, ix, seq, d)
					if ordinal := 1 + uint32(m.rnd.IntN(40)); m.rnd.IntN(3) == 0 {
						if old, ok := m.docs[ordinal]; ok {
							old.class = uint32(m.rnd.IntN(5))
							m.docs[ordinal] = old
							ix.SetClass(ordinal, old.class)
						}
					}
				}
				if round%2 == 1 {
					reopen(t, &ix, dir)
					m.load(ix)
				}
				m.compare(t, ix, NewClasses(1, 3))
				m.compare(t, ix, NewClasses(2))
			}
		})
	}
}

func (m *model) compare(t *testing.T, ix *Index, c Classes) {
	t.Helper()
	alone := m.only(t, c)
	for range 20 {
		q := Query{Text: m.text(6), Classes: c, Limit: 1 + m.rnd.IntN(30), Lang: []string{"fr", "en", ""}[m.rnd.IntN(3)]}
		got, err := ix.Search(context.Background(), q)
		if err != nil {
			t.Fatal(err)
		}
		want, err := alone.Search(context.Background(), q)
		if err != nil {
			t.Fatal(err)
		}
		same := slices.EqualFunc(got.Hits, want.Hits, func(a, b Hit) bool {
			return a.Ordinal == b.Ordinal && a.Doc == b.Doc && a.Score == b.Score &&
				a.Coverage == b.Coverage && slices.Equal(a.Matched, b.Matched)
		})
		if !same {
			t.Fatalf("search %q in %v:\n got %+v\nwant %+v", q.Text, q.Lang, got.Hits, want.Hits)
		}
	}
}

// TestScoresAreBM25 compares scores with the formula, computed from Words.
func TestScoresAreBM25(t *testing.T) {
	m := &model{docs: map[uint32]modelDoc{}, next: 1, rnd: rand.New(rand.NewPCG(7, 7))}
	ix := open(t, t.TempDir())
	var passages []Passage
	var docs []Doc
	for i := range uint32(60) {
		p := Passage{Ordinal: i + 1, Title: m.text(3), Text: m.text(40), Lang: "fr"}
		passages = append(passages, p)
		if i%modelPassages == modelPassages-1 {
			docs = append(docs, Doc{Ordinal: (i + modelPassages) / modelPassages, Class: 1, Passages: passages[i+1-modelPassages:]})
		}
		if i%15 == 14 {
			apply(t, ix, uint64(i), docs...)
			docs = nil
		}
	}
	for range 30 {
		q := m.text(5)
		r, err := ix.Search(context.Background(), Query{Text: q, Classes: NewClasses(1), Limit: 100, Lang: "fr"})
		if err != nil {
			t.Fatal(err)
		}
		for _, h := range r.Hits {
			want := formula(q, passages, int(h.Ordinal)-1)
			if diff := h.Score - want; diff > 1e-9 || diff < -1e-9 {
				t.Fatalf("search %q: passage %d scored %v, want %v", q, h.Ordinal, h.Score, want)
			}
		}
	}
}

// modelPassages is how many passages each document of TestScoresAreBM25 has.
const modelPassages = 3

// formula is BM25 of one French passage, body and title, and of its document.
func formula(query string, passages []Passage, i int) float64 {
	var score float64
	seen := map[string]bool{}
	for _, w := range allTerms(query) {
		if w.extra && seen[w.Term] {
			continue
		}
		seen[w.Term] = true
		df := 0
		var body, title, whole struct{ all, having, tf, length int }
		whole.having = len(passages) / modelPassages
		for j, p := range passages {
			inTitle, titleLength := count(p.Title, w.Term)
			inText, textLength := count(p.Text, w.Term)
			if inTitle+inText > 0 {
				df++
			}
			body.all += titleLength + textLength
			title.all += titleLength
			if titleLength+textLength > 0 {
				body.having++
			}
			if titleLength > 0 {
				title.having++
			}
			if j/modelPassages == i/modelPassages {
				whole.tf += inTitle + inText
				whole.length += titleLength + textLength
			}
			if j == i {
				body.tf, body.length = inTitle+inText, titleLength+textLength
				title.tf, title.length = inTitle, titleLength
			}
		}
		idf := inverseFrequency(df, uint64(len(passages)))
		part := func(tf, length, all, having int) float64 {
			if tf == 0 {
				return 0
			}
			return saturate(posting{freq: uint32(tf), length: uint32(length)}, float64(all)/float64(having))
		}
		score += idf * part(body.tf, body.length, body.all, body.having)
		score += documentWeight * idf * part(whole.tf, whole.length, body.all, whole.having)
		score += titleWeight * idf * part(title.tf, title.length, title.all, title.having)
	}
	return score
}

type modelTerm struct {
	Word
	extra bool
}

// allTerms are the French words of a text, and the other forms of its references.
func allTerms(text string) (all []modelTerm) {
	a := newAnalyzer("fr")
	eachTerm(text, func(t token) {
		if term, start := a.term(text, t); term != "" {
			all = append(all, modelTerm{Word{Term: term, Start: start, End: t.end}, t.extra})
		}
	})
	return all
}

// count is how often a text has a term, and its length without compounds.
func count(text, term string) (times, length int) {
	end := 0
	for _, w := range allTerms(text) {
		if w.Term == term {
			times++
		}
		if w.Start >= end && !w.extra {
			length++
			end = w.End
		}
	}
	return times, length
}
