package index

import (
	"context"
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"testing"
	"time"

	"coffre/index/vectors"
)

// vectors, from which on a set has a graph, are 20,000
const graphPassages, graphEach = 21_000, 3

// graphLibrary is documents of three passages, their texts all different. Every
// twentieth document is of class 2, a third of the others of class 3, the rest
// of class 1.
type graphLibrary struct {
	library
	b       *bag
	vectors map[uint32]vectors.Quantized
}

func graphClass(doc uint32) uint32 {
	switch {
	case doc%20 == 0:
		return 2
	case doc%3 == 0:
		return 3
	}
	return 1
}

func graphDocOf(ordinal uint32) uint32 { return 1 + (ordinal-1)%graphPassages/graphEach }

func newGraphLibrary(t *testing.T) *graphLibrary {
	t.Helper()
	l := &graphLibrary{b: newBag("graph", "en"), vectors: map[uint32]vectors.Quantized{}}
	l.b.dim = 24
	return l
}

// doc makes a document of so many passages from an ordinal on.
func (l *graphLibrary) doc(t *testing.T, n, first uint32, rnd *rand.Rand) Doc {
	t.Helper()
	d := Doc{Ordinal: n, Class: graphClass(n)}
	for o := first; o < first+graphEach; o++ {
		text := fmt.Sprintf("n%d", o)
		for range 6 {
			text += fmt.Sprintf(" w%d", rnd.IntN(400))
		}
		p := Passage{Ordinal: o, Text: text, Lang: "en"}
		q, err := vectors.Quantize(l.b.vector(embedded(p)), l.b.dim)
		if err != nil {
			t.Fatal(err)
		}
		d.Passages, l.vectors[o] = append(d.Passages, p), q
	}
	l.put(d)
	return d
}

// fill writes the vectors of texts that an index in dir knows, as if they had
// been embedded.
func (l *graphLibrary) fill(t *testing.T, dir string) {
	t.Helper()
	f, err := vectors.Open(filepath.Join(dir, vectorsName), false)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if err := f.Prepare(l.b.id, l.b.dim); err != nil {
		t.Fatal(err)
	}
	byText := map[vectors.Key]vectors.Quantized{}
	for o, q := range l.vectors {
		key := textOf(l.all[o]).Key
		byText[key] = q.Of(key)
	}
	if _, err := f.Put(l.b.id, byText); err != nil {
		t.Fatal(err)
	}
}

// check searches by meaning and compares with all that an asker may read. held
// tells which passages the index has.
func (l *graphLibrary) check(t *testing.T, what string, ix *Index, held func(o uint32) bool, classes ...uint32) {
	t.Helper()
	allowed, rnd := NewClasses(classes...), rand.New(rand.NewPCG(8, 8))
	right, all := 0, 0
	for range 25 {
		text := fmt.Sprintf("w%d w%d w%d", rnd.IntN(400), rnd.IntN(400), rnd.IntN(400))
		q, err := vectors.Quantize(l.b.vector(text), l.b.dim)
		if err != nil {
			t.Fatal(err)
		}
		best := topK{limit: 10}
		for o, v := range l.vectors {
			if doc := graphDocOf(o); held(o) && allowed.Has(graphClass(doc)) {
				if c := (candidate{score: v.Cosine(q), ordinal: o}); !best.full() || c.score > best.worst().score {
					best.offer(c)
				}
			}
		}
		want := map[uint32]bool{}
		for _, c := range best.sorted() {
			want[c.ordinal] = true
		}
		for _, legs := range []Legs{MeaningLeg, BothLegs} {
			r, err := ix.Search(context.Background(), Query{Text: text, Lang: "en", Classes: allowed, Legs: legs})
			if err != nil || r.Meaning != MeaningUsed || len(r.Hits) != 10 {
				t.Fatalf("%s: %d hits, meaning %s (%v)", what, len(r.Hits), r.Meaning, err)
			}
			for _, h := range r.Hits {
				if h.Doc != graphDocOf(h.Ordinal) || !held(h.Ordinal) || !allowed.Has(graphClass(h.Doc)) {
					t.Fatalf("%s: found passage %d of document %d, class %d", what, h.Ordinal, h.Doc, graphClass(h.Doc))
				}
				if legs == MeaningLeg && want[h.Ordinal] {
					right++
				}
			}
		}
		all += 10
	}
	if recall := float64(right) / float64(all); recall < 0.97 {
		t.Errorf("%s: recall %.3f", what, recall)
	}
}

func (l *graphLibrary) checkAll(t *testing.T, what string, ix *Index, held func(o uint32) bool) {
	t.Helper()
	settled(t, ix)
	for _, classes := range [][]uint32{{1, 2, 3}, {1, 3}, {1}, {2}} {
		l.check(t, fmt.Sprint(what, ", classes ", classes), ix, held, classes...)
	}
	r, err := ix.Search(context.Background(), Query{Text: "w1 w2 -w3", Lang: "en", Classes: NewClasses(1, 3), Limit: 50})
	if err != nil || len(r.Hits) == 0 {
		t.Fatalf("%s: %d hits without a word (%v)", what, len(r.Hits), err)
	}
	for _, h := range r.Hits {
		for _, w := range Words(l.all[h.Ordinal].Text, "en") {
			if w.Term == "w3" {
				t.Errorf("%s: passage %d holds what was to be left out", what, h.Ordinal)
			}
		}
	}
}

// settled waits until the graph is there, and with it its file.
func settled(t *testing.T, ix *Index) {
	t.Helper()
	ix.Settle()
	for deadline := time.Now().Add(time.Minute); ; time.Sleep(10 * time.Millisecond) {
		files, err := filepath.Glob(filepath.Join(ix.dir, "vectors-*.graph"))
		if err == nil && len(files) > 0 {
			return
		}
		if time.Now().After(deadline) {
			t.Fatalf("there is no graph: %+v (%v)", ix.Stats(), err)
		}
	}
}

// TestGraph searches an index that is large enough for a graph: with rights of
// all, nearly all and few passages; after documents went and came; after it was
// closed and opened.
func TestGraph(t *testing.T) {
	if testing.Short() {
		t.Skip("links a graph of 21,000 vectors")
	}
	l, dir, rnd := newGraphLibrary(t), t.TempDir(), rand.New(rand.NewPCG(7, 7))
	ix := openMeant(t, dir, &l.library)
	var docs []Doc
	for n := uint32(1); n <= graphPassages/graphEach; n++ {
		docs = append(docs, l.doc(t, n, (n-1)*graphEach+1, rnd))
	}
	apply(t, ix, 1, docs...)
	if err := ix.Close(); err != nil {
		t.Fatal(err)
	}
	l.fill(t, dir)
	reopen := func() {
		ix = openMeant(t, dir, &l.library)
		for n := range docs {
			for _, p := range docs[n].Passages {
				ix.Load(Span{First: p.Ordinal, N: 1}, docs[n].Ordinal, docs[n].Class)
			}
		}
		embedBy(t, ix, limited{l.b})
		waitEmbedded(t, ix)
	}
	reopen()
	l.checkAll(t, "new", ix, func(uint32) bool { return true })

	var changes []Doc
	gone := func(doc uint32) bool { return doc%10 == 3 }
	moved := func(doc uint32) bool { return doc%200 == 4 }
	for n := range docs {
		switch d := &docs[n]; {
		case gone(d.Ordinal):
			*d = Doc{Ordinal: d.Ordinal, Class: d.Class}
			changes = append(changes, *d)
		case moved(d.Ordinal):
			*d = l.doc(t, d.Ordinal, d.Passages[0].Ordinal+graphPassages, rnd)
			changes = append(changes, *d)
		}
	}
	apply(t, ix, 2, changes...)
	waitEmbedded(t, ix)
	held := func(o uint32) bool {
		doc := graphDocOf(o)
		return !gone(doc) && moved(doc) == (o > graphPassages)
	}
	l.checkAll(t, "changed", ix, held)
	if err := ix.Close(); err != nil {
		t.Fatal(err)
	}
	reopen()
	l.checkAll(t, "opened again", ix, held)
	ix.SetClass(1, 0)
	l.check(t, "one hidden", ix, func(o uint32) bool { return held(o) && graphDocOf(o) != 1 }, 1, 2, 3)
}
