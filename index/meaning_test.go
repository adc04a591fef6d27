package index

import (
	"context"
	"errors"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"coffre/index/vectors"
)

func passageDoc(ordinal uint32, p ...Passage) Doc {
	return Doc{Ordinal: ordinal, Class: 1, Passages: p}
}

func ask(t testing.TB, ix *Index, q Query) Result {
	t.Helper()
	if q.Classes.Len() == 0 {
		q.Classes = NewClasses(1)
	}
	r, err := ix.Search(context.Background(), q)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func TestFoundByMeaning(t *testing.T) {
	var l library
	ix := openMeant(t, t.TempDir(), &l)
	docs := []Doc{
		passageDoc(1, Passage{Ordinal: 1, Text: "annual leave", Lang: "en"}),
		passageDoc(2, Passage{Ordinal: 2, Text: "salary slip", Lang: "en"}),
	}
	l.put(docs...)
	apply(t, ix, 1, docs...)
	q := Query{Text: "holiday", Lang: "en"}
	if r := ask(t, ix, q); len(r.Hits) != 0 || r.Meaning != MeaningNone {
		t.Errorf("without an embedder: %+v", r)
	}
	embedBy(t, ix, newBag("a"))
	waitEmbedded(t, ix)
	r := ask(t, ix, q)
	if r.Meaning != MeaningUsed || len(r.Hits) == 0 || r.Hits[0].Ordinal != 1 || r.Hits[0].VectorRank != 1 || r.Hits[0].BM25Rank != 0 || r.Hits[0].Doc != 1 {
		t.Errorf("found %+v", r)
	}
	if r := ask(t, ix, Query{Text: "leave", Lang: "en"}); r.Hits[0].BM25Rank != 1 || r.Hits[0].VectorRank != 1 || !slices.Equal(r.Hits[0].Matched, []string{"leave"}) {
		t.Errorf("found %+v", r)
	}
	if r := ask(t, ix, Query{Text: "leave", Lang: "en", Legs: WordsLeg}); r.Meaning != MeaningNone || r.Hits[0].Cosine != 0 {
		t.Errorf("by words alone: %+v", r)
	}
	if r := ask(t, ix, Query{Text: "holiday", Lang: "en", Docs: []uint32{2}}); len(r.Hits) > 1 || len(r.Hits) == 1 && r.Hits[0].Doc != 2 {
		t.Errorf("restricted to a document: %+v", r)
	}
	if s := ix.Stats(); s.Embedded != 2 || s.Pending != 0 || s.Embedder != "a" || s.Languages != nil {
		t.Errorf("stats %+v", s)
	}
	apply(t, ix, 2, Doc{Ordinal: 1})
	if r := ask(t, ix, q); slices.ContainsFunc(r.Hits, func(h Hit) bool { return h.Doc == 1 }) || ix.Stats().Embedded != 1 {
		t.Errorf("after a deletion: %+v", r)
	}
	ix.SetClass(2, 0)
	if r := ask(t, ix, q); len(r.Hits) != 0 {
		t.Errorf("found what nobody may read: %+v", r)
	}
}

func TestLanguageOfEmbedder(t *testing.T) {
	var l library
	ix := openMeant(t, t.TempDir(), &l)
	b := limited{newBag("a", "en")}
	docs := []Doc{passageDoc(1, Passage{Ordinal: 1, Text: "le congé annuel", Lang: "fr"}, Passage{Ordinal: 2, Text: "annual leave", Lang: "en"}, Passage{Ordinal: 3, Text: "leave 2026"})}
	l.put(docs...)
	apply(t, ix, 1, docs...)
	embedBy(t, ix, b)
	waitEmbedded(t, ix)
	if s := ix.Stats(); s.Embedded != 2 || s.Pending != 0 || !slices.Equal(s.Languages, []string{"en"}) || b.calls["le congé annuel"] != 0 {
		t.Errorf("stats %+v", s)
	}
	words := ask(t, ix, Query{Text: "congé annuel", Lang: "fr", Legs: WordsLeg})
	both := ask(t, ix, Query{Text: "congé annuel", Lang: "fr"})
	if both.Meaning != MeaningLanguage || b.queries != 0 || both.Hits[0].Score != words.Hits[0].Score {
		t.Errorf("in another language: %+v, %d queries embedded", both, b.queries)
	}
	// words find only what has no vector: the vectors of other passages say nothing
	unsure := ask(t, ix, Query{Text: "congé", Lang: "xx"})
	if len(unsure.Hits) != 1 || unsure.Hits[0].Ordinal != 1 {
		t.Errorf("in an unknown language: %+v", unsure)
	}
}

// TestRename changes titles, texts staying: vectors follow, nothing else is
// embedded again.
func TestRename(t *testing.T) {
	var l library
	ix := openMeant(t, t.TempDir(), &l)
	b := newBag("a")
	embedBy(t, ix, b)
	one := Passage{Ordinal: 1, Title: "Leave", Text: "five weeks", Lang: "en"}
	two := Passage{Ordinal: 2, Title: "Other", Text: "five weeks", Lang: "en"}
	twin := Passage{Ordinal: 3, Title: "Leave", Text: "five weeks", Lang: "en"}
	for i, docs := range [][]Doc{{passageDoc(1, one), passageDoc(2, two), passageDoc(3, twin)}, {passageDoc(1, Passage{Ordinal: 1, Title: "Salary", Text: "five weeks", Lang: "en"})}} {
		l.put(docs...)
		apply(t, ix, uint64(i)+1, docs...)
		waitEmbedded(t, ix)
	}
	for text, n := range map[string]int{"Leave\nfive weeks": 1, "Other\nfive weeks": 1, "Salary\nfive weeks": 1} {
		if b.calls[text] < 1 || b.calls[text] > n+1 { // twins in one batch are embedded together
			t.Errorf("%q embedded %d times", text, b.calls[text])
		}
	}
	got := ask(t, ix, Query{Text: "pay five weeks", Legs: MeaningLeg})
	if got.Hits[0].Ordinal != 1 || len(got.Hits) != 3 {
		t.Errorf("found %+v", got.Hits)
	}
}

// TestBacklogSurvivesRestart closes an index half-way; what was embedded isn't
// again.
func TestBacklogSurvivesRestart(t *testing.T) {
	var l library
	dir := t.TempDir()
	ix := openMeant(t, dir, &l)
	d := Doc{Ordinal: 1, Class: 1}
	for i := range uint32(10 * embedBatch) {
		d.Passages = append(d.Passages, Passage{Ordinal: i + 1, Text: fmt.Sprint("leave ", i), Lang: "en"})
	}
	l.put(d)
	apply(t, ix, 1, d)
	b, batches := newBag("a"), 0
	half := make(chan struct{})
	b.hook = func([]string) error {
		if batches++; batches == 4 {
			close(half)
		}
		return nil
	}
	embedBy(t, ix, b)
	<-half
	if err := ix.Close(); err != nil {
		t.Fatal(err)
	}
	before := len(b.calls)
	if before == 0 || before == len(d.Passages) {
		t.Fatalf("%d passages embedded before the restart", before)
	}
	ix = openMeant(t, dir, &l)
	ix.Load(Span{1, uint32(len(d.Passages))}, 1, 1)
	b.set(func(b *bag) { b.hook = nil })
	embedBy(t, ix, b)
	waitEmbedded(t, ix)
	again := 0
	for _, n := range b.calls {
		again += n - 1
	}
	if len(b.calls) != len(d.Passages) || again > embedBatch {
		t.Errorf("%d passages embedded, %d of them again", len(b.calls), again)
	}
	got := ask(t, ix, Query{Text: "leave 7", Legs: MeaningLeg, Limit: 30})
	if want := bruteForce(t, b, "leave 7", d.Passages)[:30]; !sameOrder(got.Hits, want) {
		t.Errorf("found %+v, want %+v", got.Hits, want)
	}
}

// TestLostVectors opens an index whose file of vectors is gone, and one whose
// words are.
func TestLostVectors(t *testing.T) {
	var l library
	dir := t.TempDir()
	ix := openMeant(t, dir, &l)
	docs := []Doc{passageDoc(1, Passage{Ordinal: 1, Text: "annual leave", Lang: "en"}, Passage{Ordinal: 2, Text: "salary", Lang: "en"}), passageDoc(2, Passage{Ordinal: 3, Text: "gone", Lang: "en"})}
	l.put(docs...)
	apply(t, ix, 1, docs...)
	b := newBag("a")
	again := func(lose func()) {
		t.Helper()
		if err := ix.Close(); err != nil {
			t.Fatal(err)
		}
		lose()
		ix = openMeant(t, dir, &l)
		ix.Load(Span{1, 2}, 1, 1)
		embedBy(t, ix, b)
	}
	embedBy(t, ix, b)
	waitEmbedded(t, ix)
	again(func() {
		if err := os.Remove(filepath.Join(dir, vectorsName)); err != nil {
			t.Fatal(err)
		}
	})
	waitEmbedded(t, ix)
	if s := ix.Stats(); s.Embedded != 3 || b.calls["salary"] != 2 {
		t.Errorf("without its file: %+v, %v", s, b.calls)
	}
	again(func() {
		if err := Repair(dir); err != nil {
			t.Fatal(err)
		}
	})
	if s := ix.Stats(); s.Applied != 0 || s.Embedded != 0 {
		t.Errorf("after Repair: %+v", s)
	}
	apply(t, ix, 1, docs[0], Doc{Ordinal: 2})
	waitEmbedded(t, ix)
	if s := ix.Stats(); s.Embedded != 2 || b.calls["salary"] != 2 {
		t.Errorf("after Repair and Apply: %+v, %v", s, b.calls)
	}
	waitFor(t, func() bool { s, err := ix.meaning.file.State(); return err == nil && !s.Sweep })
}

func waitFor(t testing.TB, done func() bool) {
	t.Helper()
	for deadline := time.Now().Add(time.Minute); !done(); time.Sleep(time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatal("waited for too long")
		}
	}
}

// TestDamagedVectors: damage is found at opening, and repaired.
func TestDamagedVectors(t *testing.T) {
	var l library
	dir := t.TempDir()
	ix := openMeant(t, dir, &l)
	docs := []Doc{passageDoc(1, Passage{Ordinal: 1, Text: "annual leave", Lang: "en"})}
	l.put(docs...)
	apply(t, ix, 1, docs...)
	embedBy(t, ix, newBag("a"))
	waitEmbedded(t, ix)
	if err := ix.Close(); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(dir, vectorsName)
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	key := textOf(docs[0].Passages[0]).Key
	at := 0
	for i := 0; i+len(key) < len(b); i++ { // the vector's record: key, scale, digits
		if string(b[i:i+len(key)]) == string(key[:]) {
			at = i + len(key) + 10
			b[at] ^= 4
		}
	}
	if err := os.WriteFile(path, b, 0o600); err != nil || at == 0 {
		t.Fatal(err, at)
	}
	if _, err := Open(dir, Options{}); !errors.Is(err, ErrCorrupt) {
		t.Fatalf("damaged: %v, want ErrCorrupt", err)
	}
	if err := Repair(dir); err != nil {
		t.Fatal(err)
	}
	open(t, dir)
}

// TestFailures: an embedder that is down delays, one that refuses a passage
// goes on with the others.
func TestFailures(t *testing.T) {
	var l library
	ix := openMeant(t, t.TempDir(), &l)
	d := Doc{Ordinal: 1, Class: 1}
	for i := range uint32(3 * embedBatch) {
		d.Passages = append(d.Passages, Passage{Ordinal: i + 1, Text: fmt.Sprint("leave ", i), Lang: "en"})
	}
	l.put(d)
	apply(t, ix, 1, d)
	b := newBag("a")
	b.down = errDown
	embedBy(t, ix, b)
	waitFor(t, func() bool { return errors.Is(ix.Stats().Failure, errDown) })
	if s := ix.Stats(); s.Embedded != 0 || s.Pending != len(d.Passages) {
		t.Errorf("while it is down: %+v", s)
	}
	b.set(func(b *bag) {
		b.down = nil
		b.hook = func(texts []string) error {
			if slices.Contains(texts, "leave 5") {
				return errors.New("refused")
			}
			return nil
		}
		b.bend = func(text string, v []float32) []float32 {
			switch text {
			case "leave 20":
				v[3] = float32(math.NaN())
			case "leave 21":
				clear(v)
			}
			return v
		}
	})
	waitEmbedded(t, ix)
	if s := ix.Stats(); s.Failed != 3 || s.Embedded != len(d.Passages)-3 || s.Failure != nil {
		t.Errorf("with three bad passages: %+v", s)
	}
	b.set(func(b *bag) { b.down = errDown })
	r := ask(t, ix, Query{Text: "leave", Lang: "en"})
	if r.Meaning != MeaningFailed || !errors.Is(r.Err, errDown) || len(r.Hits) == 0 {
		t.Errorf("a question while it is down: %+v", r)
	}
	for name, v := range map[string][]float32{"short": {1}, "zero": make([]float32, 40), "NaN": slices.Repeat([]float32{float32(math.NaN())}, 40)} {
		b.set(func(b *bag) { b.down, b.bend = nil, func(string, []float32) []float32 { return v } })
		if r := ask(t, ix, Query{Text: "leave", Lang: "en"}); r.Meaning != MeaningFailed || !errors.Is(r.Err, vectors.ErrVector) || len(r.Hits) == 0 {
			t.Errorf("%s vector of a question: %+v", name, r)
		}
	}
}

func TestOtherLengthIsRefused(t *testing.T) {
	var l library
	ix := openMeant(t, t.TempDir(), &l)
	embedBy(t, ix, newBag("a"))
	other := newBag("a")
	other.dim = 41
	if err := ix.SetEmbedder(other); err == nil {
		t.Error("an embedder with a known name and another length was taken")
	}
}

func TestProgress(t *testing.T) {
	var l library
	var seen []string
	ix, err := Open(t.TempDir(), Options{Texts: l.texts, Progress: func(done, total int) { seen = append(seen, fmt.Sprint(done, "/", total)) }})
	if err != nil {
		t.Fatal(err)
	}
	d := Doc{Ordinal: 1, Class: 1}
	for i := range uint32(embedBatch + 1) {
		d.Passages = append(d.Passages, Passage{Ordinal: i + 1, Text: "leave", Lang: "en"})
	}
	l.put(d)
	apply(t, ix, 1, d)
	embedBy(t, ix, newBag("a"))
	waitEmbedded(t, ix)
	if err := ix.Close(); err != nil {
		t.Fatal(err)
	}
	if got := strings.Join(seen, " "); got != "16/17 17/17" {
		t.Errorf("progress %q", got)
	}
	if err := ix.SetEmbedder(newBag("a")); !errors.Is(err, ErrClosed) {
		t.Errorf("after Close: %v", err)
	}
}

// TestReadOnlyMeaning searches an index that is open for reading only.
func TestReadOnlyMeaning(t *testing.T) {
	var l library
	dir := t.TempDir()
	ix := openMeant(t, dir, &l)
	docs := []Doc{passageDoc(1, Passage{Ordinal: 1, Text: "annual leave", Lang: "en"})}
	l.put(docs...)
	apply(t, ix, 1, docs...)
	embedBy(t, ix, newBag("a"))
	waitEmbedded(t, ix)
	if err := ix.Close(); err != nil {
		t.Fatal(err)
	}
	for id, want := range map[string]Meaning{"a": MeaningUsed, "b": MeaningNone} {
		r, err := Open(dir, Options{ReadOnly: true, Texts: l.texts})
		if err != nil {
			t.Fatal(err)
		}
		r.Load(Span{1, 1}, 1, 1)
		embedBy(t, r, newBag(id))
		waitEmbedded(t, r)
		if got := ask(t, r, Query{Text: "leave", Lang: "en"}); got.Meaning != want || len(got.Hits) != 1 {
			t.Errorf("embedder %s: %+v", id, got)
		}
		if err := r.Close(); err != nil {
			t.Error(err)
		}
	}
}

// TestWriteVectors takes a copy to another box, whose index then embeds nothing.
func TestWriteVectors(t *testing.T) {
	var l library
	ix := openMeant(t, t.TempDir(), &l)
	docs := []Doc{passageDoc(1, Passage{Ordinal: 1, Text: "annual leave", Lang: "en"})}
	l.put(docs...)
	apply(t, ix, 1, docs...)
	b := newBag("a")
	embedBy(t, ix, b)
	waitEmbedded(t, ix)
	dir := t.TempDir()
	f, err := os.Create(filepath.Join(dir, vectorsName))
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(ix.WriteVectors(f), f.Close()); err != nil {
		t.Fatal(err)
	}
	restored := openMeant(t, dir, &l)
	embedBy(t, restored, b)
	apply(t, restored, 1, docs...)
	waitEmbedded(t, restored)
	if s := restored.Stats(); s.Embedded != 1 || b.calls["annual leave"] != 1 {
		t.Errorf("%+v, embedded %v", s, b.calls)
	}
}
