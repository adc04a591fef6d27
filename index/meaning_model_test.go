package index

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"sync"
	"testing"
)

// passagesOf lists what may be found by a set of classes.
func (m *model) passagesOf(c Classes) (all []Passage) {
	for _, d := range m.docs {
		if c.Has(d.class) {
			all = append(all, d.passages...)
		}
	}
	return all
}

func (l *library) hold(m *model) {
	for o, d := range m.docs {
		l.put(Doc{Ordinal: o, Passages: d.passages})
	}
}

// TestHiddenPassagesChangeNoMeaning is TestHiddenPassagesChangeNothing with
// vectors: the vector leg finds what brute force finds among the permitted
// passages, and both legs together give the same bits as an index that never
// held the others.
func TestHiddenPassagesChangeNoMeaning(t *testing.T) {
	for seed := range uint64(4) {
		t.Run(fmt.Sprint("seed ", seed), func(t *testing.T) {
			m := &model{docs: map[uint32]modelDoc{}, next: 1, rnd: rand.New(rand.NewPCG(seed, 2))}
			var l library
			b := limited{newBag("a", "en")}
			if seed%2 == 0 {
				b.langs = append(b.langs, "fr")
			}
			dir := t.TempDir()
			ix := openMeant(t, dir, &l)
			embedBy(t, ix, b)
			for round := range 4 {
				for range 15 {
					d := m.change()
					l.put(d)
					apply(t, ix, ix.Applied()+1, d)
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
					ix.texts = l.texts
					m.load(ix)
					embedBy(t, ix, b)
				}
				waitEmbedded(t, ix)
				for _, c := range []Classes{NewClasses(1, 3), NewClasses(2)} {
					m.compareNearest(t, ix, c, b)
					m.compareFused(t, ix, c, b)
				}
			}
		})
	}
}

func (m *model) compareNearest(t *testing.T, ix *Index, c Classes, b limited) {
	t.Helper()
	visible := slices.DeleteFunc(m.passagesOf(c), func(p Passage) bool { return !knows(b, p.Lang) })
	for range 10 {
		q := Query{Text: m.text(6), Classes: c, Limit: 1 + m.rnd.IntN(30), Legs: MeaningLeg}
		want := bruteForce(t, b.bag, q.Text, visible)
		want = want[:min(q.Limit, len(want))]
		if got := ask(t, ix, q).Hits; !sameOrder(got, want) {
			t.Fatalf("nearest to %q:\n got %+v\nwant %+v", q.Text, got, want)
		}
	}
}

func (m *model) compareFused(t *testing.T, ix *Index, c Classes, b limited) {
	t.Helper()
	var l library
	l.hold(m)
	alone := m.only(t, c)
	alone.texts = l.texts
	embedBy(t, alone, b)
	waitEmbedded(t, alone)
	for range 20 {
		q := Query{Text: m.text(6), Classes: c, Limit: 1 + m.rnd.IntN(30), Lang: []string{"fr", "en", ""}[m.rnd.IntN(3)]}
		got, want := ask(t, ix, q), ask(t, alone, q)
		same := slices.EqualFunc(got.Hits, want.Hits, func(a, b Hit) bool {
			return a.Ordinal == b.Ordinal && a.Doc == b.Doc && a.Score == b.Score && a.Cosine == b.Cosine &&
				a.BM25 == b.BM25 && a.BM25Rank == b.BM25Rank && a.VectorRank == b.VectorRank &&
				a.Coverage == b.Coverage && slices.Equal(a.Matched, b.Matched)
		})
		if !same || got.Meaning != want.Meaning {
			t.Fatalf("search %q in %v:\n got %+v\nwant %+v", q.Text, q.Lang, got, want)
		}
	}
}

// TestChangeOfEmbedder changes embedders under load: questions are always
// answered by the one whose vectors are whole, documents come and go meanwhile,
// and in the end the file holds one embedder's vectors.
func TestChangeOfEmbedder(t *testing.T) {
	var l library
	dir := t.TempDir()
	ix := openMeant(t, dir, &l)
	write := func(seq uint64, n uint32, class uint32) {
		d := Doc{Ordinal: n, Class: class, Passages: []Passage{{Ordinal: uint32(seq) * 1000, Text: fmt.Sprint("leave ", n), Lang: "en"}, {Ordinal: uint32(seq)*1000 + 1, Text: fmt.Sprint("salary ", n), Lang: "en"}}}
		l.put(d)
		apply(t, ix, seq, d)
	}
	seq := uint64(0)
	for n := range uint32(60) {
		seq++
		write(seq, n+1, 1+n%2)
	}
	first := newBag("first")
	embedBy(t, ix, first)
	waitEmbedded(t, ix)

	ctx, cancel := context.WithCancel(context.Background())
	var readers sync.WaitGroup
	for range 2 {
		readers.Go(func() {
			for ctx.Err() == nil {
				r, err := ix.Search(context.Background(), Query{Text: "holiday", Lang: "en", Classes: NewClasses(1), Limit: 100})
				if err != nil || r.Meaning != MeaningUsed || len(r.Hits) == 0 {
					t.Errorf("a question meanwhile: %+v, %v", r, err)
					return
				}
				for _, h := range r.Hits {
					if h.Doc%2 == 0 {
						t.Error("a passage of another class was found")
					}
				}
				if s := ix.Stats(); s.Embedder == "second" && s.Next == "" && s.Pending > 20 {
					t.Errorf("the new one answers too early: %+v", s)
				}
			}
		})
	}
	second := newBag("second")
	second.dim = 64
	embedBy(t, ix, second)
	for range 40 {
		seq++
		write(seq, 1+uint32(seq*7%60), 1+uint32(seq*7%60)%2)
	}
	waitEmbedded(t, ix)
	cancel()
	readers.Wait()
	s := ix.Stats()
	ids, err := ix.meaning.file.Embedders()
	if err != nil || s.Embedder != "second" || s.Next != "" || s.Embedded != 120 || !slices.Equal(ids, []string{"second"}) {
		t.Errorf("in the end: %+v, %v, %v", s, ids, err)
	}
}

// TestRestartDuringChange reopens between two embedders: the old one answers
// until the new one is whole, if it can be had.
func TestRestartDuringChange(t *testing.T) {
	for _, known := range []bool{true, false} {
		t.Run(fmt.Sprint("old embedder known ", known), func(t *testing.T) {
			var l library
			dir := t.TempDir()
			ix := openMeant(t, dir, &l)
			d := Doc{Ordinal: 1, Class: 1}
			for i := range uint32(5 * embedBatch) {
				d.Passages = append(d.Passages, Passage{Ordinal: i + 1, Text: fmt.Sprint("leave ", i), Lang: "en"})
			}
			l.put(d)
			apply(t, ix, 1, d)
			first, second := newBag("first"), newBag("second")
			embedBy(t, ix, first)
			waitEmbedded(t, ix)
			stuck, down := make(chan struct{}), false
			second.hook = func(texts []string) error {
				switch {
				case down:
					return errDown
				case slices.Contains(texts, "leave 70"):
					down = true
					close(stuck)
					return errDown
				}
				return nil
			}
			embedBy(t, ix, second)
			<-stuck
			if s := ix.Stats(); s.Embedder != "first" || s.Next != "second" {
				t.Fatalf("meanwhile: %+v", s)
			}
			reopen(t, &ix, dir)
			ix.texts, ix.meaning.pace.retry = l.texts, 1
			ix.Load(Span{1, uint32(len(d.Passages))}, 1, 1)
			if known {
				embedBy(t, ix, second, newBag("other"), first)
			} else {
				embedBy(t, ix, second)
			}
			s := ix.Stats()
			if want := map[bool]string{true: "first", false: "second"}[known]; s.Embedder != want {
				t.Errorf("after the restart: %+v", s)
			}
			if r := ask(t, ix, Query{Text: "holiday", Lang: "en"}); r.Meaning != MeaningUsed || len(r.Hits) == 0 {
				t.Errorf("after the restart: %+v", r)
			}
			second.set(func(b *bag) { b.hook = nil })
			waitEmbedded(t, ix)
			if s := ix.Stats(); s.Embedder != "second" || s.Next != "" || s.Embedded != len(d.Passages) {
				t.Errorf("in the end: %+v", s)
			}
		})
	}
}
