package index

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// frenchDoc is a document with one French passage.
func frenchDoc(ordinal, class, passage uint32, text string) Doc {
	return Doc{Ordinal: ordinal, Class: class, Passages: []Passage{{Ordinal: passage, Text: text, Lang: "fr"}}}
}

func apply(t testing.TB, ix *Index, seq uint64, docs ...Doc) {
	t.Helper()
	if err := ix.Apply(context.Background(), seq, docs); err != nil {
		t.Fatal(err)
	}
}

// found returns the ordinals of hits.
func found(t testing.TB, ix *Index, text string, classes ...uint32) []uint32 {
	t.Helper()
	r, err := ix.Search(context.Background(), Query{Text: text, Classes: NewClasses(classes...), Lang: "fr", Limit: 100})
	if err != nil {
		t.Fatal(err)
	}
	var ordinals []uint32
	for _, h := range r.Hits {
		ordinals = append(ordinals, h.Ordinal)
	}
	return ordinals
}

func wantFound(t testing.TB, got []uint32, want ...uint32) {
	t.Helper()
	slices.Sort(got)
	if !slices.Equal(got, want) {
		t.Errorf("found %v, want %v", got, want)
	}
}

func TestApply(t *testing.T) {
	ix := open(t, t.TempDir())
	apply(t, ix, 1, frenchDoc(1, 1, 10, "le préavis"), frenchDoc(2, 1, 11, "le préavis encore"))
	wantFound(t, found(t, ix, "préavis", 1), 10, 11)

	apply(t, ix, 2, frenchDoc(1, 1, 12, "la nouvelle durée"))
	wantFound(t, found(t, ix, "préavis", 1), 11)
	wantFound(t, found(t, ix, "durée", 1), 12)

	apply(t, ix, 3, Doc{Ordinal: 2})
	wantFound(t, found(t, ix, "préavis", 1))
	if s := ix.Stats(); s.Passages != 1 || s.Applied != 3 {
		t.Errorf("stats %+v, want 1 passage, change 3", s)
	}
}

func TestApplyAgain(t *testing.T) {
	ix := open(t, t.TempDir())
	for range 3 {
		apply(t, ix, 1, frenchDoc(1, 1, 10, "le préavis"), frenchDoc(2, 1, 11, "le congé"))
	}
	wantFound(t, found(t, ix, "préavis", 1), 10)
	if s := ix.Stats(); s.Passages != 2 || s.Words != 2 {
		t.Errorf("stats %+v, want 2 passages of one word", s)
	}
}

func TestApplyOfOneDocumentTwice(t *testing.T) {
	dir := t.TempDir()
	ix := open(t, dir)
	apply(t, ix, 1, frenchDoc(1, 1, 10, "préavis"), frenchDoc(1, 1, 11, "préavis"))
	wantFound(t, found(t, ix, "préavis", 1), 11)
	reopen(t, &ix, dir)
	ix.Load(Span{First: 10, N: 2}, 1, 1)
	wantFound(t, found(t, ix, "préavis", 1), 11)
	if err := ix.Apply(context.Background(), 2, []Doc{frenchDoc(1, 1, 0, "préavis")}); err == nil {
		t.Error("a passage without an ordinal was applied")
	}
}

func TestApplyOfLargeDocument(t *testing.T) {
	dir := t.TempDir()
	ix := open(t, dir)
	large := func(first uint32, text string) Doc {
		d := Doc{Ordinal: 1, Class: 1}
		for i := range uint32(2*batchPassages + 500) {
			d.Passages = append(d.Passages, Passage{Ordinal: first + i, Text: text, Lang: "fr"})
		}
		return d
	}
	apply(t, ix, 1, frenchDoc(2, 1, 1, "préavis"), large(10, "préavis"))
	apply(t, ix, 2, large(10_000, "congé"), frenchDoc(3, 1, 2, "préavis"))
	check := func() {
		t.Helper()
		wantFound(t, found(t, ix, "préavis", 1), 1, 2)
		if s := ix.Stats(); s.Passages != 2*batchPassages+502 || s.Applied != 2 {
			t.Errorf("stats %+v", s)
		}
	}
	check()
	reopen(t, &ix, dir)
	ix.Load(Span{First: 1, N: 1}, 2, 1)
	ix.Load(Span{First: 2, N: 1}, 3, 1)
	ix.Load(Span{First: 10_000, N: 2*batchPassages + 500}, 1, 1)
	check()
}

func TestApplyOrder(t *testing.T) {
	ix := open(t, t.TempDir())
	apply(t, ix, 5, frenchDoc(1, 1, 10, "le préavis"))
	if err := ix.Apply(context.Background(), 4, nil); !errors.Is(err, ErrOrder) {
		t.Errorf("older change: %v, want ErrOrder", err)
	}
	apply(t, ix, 0, frenchDoc(2, 1, 11, "le préavis"))
	if ix.Applied() != 5 {
		t.Errorf("applied %d after a batch without a number, want 5", ix.Applied())
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if err := ix.Apply(ctx, 6, nil); !errors.Is(err, context.Canceled) || ix.Applied() != 5 {
		t.Errorf("cancelled: %v, applied %d", err, ix.Applied())
	}
}

func TestDropOfUnknownPassages(t *testing.T) {
	dir := t.TempDir()
	ix := open(t, dir)
	apply(t, ix, 1, Doc{Ordinal: 1, Class: 1, Passages: []Passage{
		{Ordinal: 10, Text: "préavis", Lang: "fr"}, {Ordinal: 11, Text: "préavis", Lang: "fr"}, {Ordinal: 12, Text: "préavis", Lang: "fr"},
	}})
	reopen(t, &ix, dir)
	d := frenchDoc(1, 1, 20, "préavis")
	d.Drop = []Span{{First: 10, N: 3}}
	apply(t, ix, 2, d)
	wantFound(t, found(t, ix, "préavis", 1), 20)
	reopen(t, &ix, dir)
	ix.Load(Span{First: 10, N: 11}, 1, 1)
	wantFound(t, found(t, ix, "préavis", 1), 20)
}

// reopen closes an index and opens it again.
func reopen(t testing.TB, ix **Index, dir string) {
	t.Helper()
	if err := (*ix).Close(); err != nil {
		t.Fatal(err)
	}
	*ix = open(t, dir)
}

func TestReopen(t *testing.T) {
	dir := t.TempDir()
	ix := open(t, dir)
	apply(t, ix, 7, frenchDoc(1, 1, 10, "le préavis"), frenchDoc(2, 2, 11, "le préavis"))
	before := ix.Stats()
	reopen(t, &ix, dir)
	if ix.Applied() != 7 {
		t.Errorf("applied %d, want 7", ix.Applied())
	}
	wantFound(t, found(t, ix, "préavis", 1, 2))
	ix.Load(Span{First: 10, N: 1}, 1, 1)
	wantFound(t, found(t, ix, "préavis", 1, 2), 10)
	ix.Load(Span{First: 11, N: 1}, 2, 2)
	wantFound(t, found(t, ix, "préavis", 1, 2), 10, 11)
	if after := ix.Stats(); after.Passages != before.Passages || after.Words != before.Words || after.Documents != before.Documents {
		t.Errorf("stats %+v after opening again, %+v before", after, before)
	}
}

func TestClasses(t *testing.T) {
	ix := open(t, t.TempDir())
	apply(t, ix, 1, frenchDoc(1, 1, 10, "préavis"), frenchDoc(2, 2, 11, "préavis"), frenchDoc(3, 0, 12, "préavis"))
	wantFound(t, found(t, ix, "préavis"))
	wantFound(t, found(t, ix, "préavis", 0))
	wantFound(t, found(t, ix, "préavis", 2), 11)
	wantFound(t, found(t, ix, "préavis", 1, 2, 3), 10, 11)

	ix.SetClass(1, 3)
	wantFound(t, found(t, ix, "préavis", 1))
	wantFound(t, found(t, ix, "préavis", 3), 10)
	ix.SetClass(1, 0)
	wantFound(t, found(t, ix, "préavis", 1, 2, 3), 11)
	ix.SetClass(3, 1)
	wantFound(t, found(t, ix, "préavis", 1), 12)
}

func TestLaterClassStands(t *testing.T) {
	ix := open(t, t.TempDir())
	ix.SetClass(1, 0) // deleted before the index has heard of it
	apply(t, ix, 1, frenchDoc(1, 1, 10, "préavis"))
	wantFound(t, found(t, ix, "préavis", 1))
	ix.Load(Span{First: 10, N: 1}, 1, 1)
	wantFound(t, found(t, ix, "préavis", 1))
	apply(t, ix, 1, Doc{Ordinal: 2})
	apply(t, ix, 1, frenchDoc(2, 1, 20, "congé"))
	wantFound(t, found(t, ix, "congé", 1), 20)
	ix.SetClass(1, 2)
	apply(t, ix, 2, frenchDoc(1, 1, 11, "préavis"))
	wantFound(t, found(t, ix, "préavis", 1))
	wantFound(t, found(t, ix, "préavis", 2), 11)
}

func TestSearchOfSomeDocuments(t *testing.T) {
	ix := open(t, t.TempDir())
	apply(t, ix, 1, frenchDoc(1, 1, 10, "préavis"), frenchDoc(2, 1, 11, "préavis"), frenchDoc(3, 2, 12, "préavis"))
	r, err := ix.Search(context.Background(), Query{Text: "préavis", Classes: NewClasses(1), Docs: []uint32{2, 3}, Lang: "fr"})
	if err != nil || len(r.Hits) != 1 || r.Hits[0].Doc != 2 {
		t.Errorf("hits %+v, %v; want document 2 alone", r.Hits, err)
	}
}

func TestHit(t *testing.T) {
	ix := open(t, t.TempDir())
	apply(t, ix, 1,
		Doc{Ordinal: 1, Class: 1, Passages: []Passage{{Ordinal: 10, Title: "Contrat", Text: "Le délai de préavis est d'un mois.", Lang: "fr"}}},
		frenchDoc(2, 1, 11, "Le délai court."), frenchDoc(3, 1, 12, "Rien de tel."))
	r, err := ix.Search(context.Background(), Query{Text: "Quel est l’délai de PRÉAVIS du contrat ?", Classes: NewClasses(1)})
	if err != nil || len(r.Hits) != 2 || r.Lang != "fr" {
		t.Fatalf("result %+v, %v; want two hits in French", r, err)
	}
	best, next := r.Hits[0], r.Hits[1]
	if best.Ordinal != 10 || strings.Join(best.Matched, "|") != "délai|PRÉAVIS|contrat" || best.Coverage != 1 {
		t.Errorf("best hit %+v, want all words matched", best)
	}
	if strings.Join(next.Matched, "|") != "délai" || next.Coverage <= 0 || next.Coverage > 0.4 || next.BM25Rank != 2 {
		t.Errorf("next hit %+v, want one word of three matched", next)
	}
}

func TestReferencesAreFound(t *testing.T) {
	ix := open(t, t.TempDir())
	apply(t, ix, 1,
		frenchDoc(1, 1, 10, "Facture FAC-2026-0117 du 12/03/2026, total 1 234,56 €"),
		frenchDoc(2, 1, 11, "Facture FAC-2026-0118 du 13/03/2026, total 234,56 €"),
		frenchDoc(3, 1, 12, "Facture FAC-2025-0117 du 12/04/2026, total 1 567 €"))
	for _, text := range []string{"FAC-2026-0117", "fac 2026 0117", "1 234,56", "1234.56 €", "1\u202f234,56", "12/03/2026", "12.03.2026"} {
		r, err := ix.Search(context.Background(), Query{Text: text, Classes: NewClasses(1)})
		if err != nil || len(r.Hits) == 0 || r.Hits[0].Ordinal != 10 || r.Hits[0].Coverage < 0.99 {
			t.Errorf("search %q: %+v, %v; want passage 10 first", text, r.Hits, err)
		}
	}
}

func TestUnknownLanguageIsFoundInBoth(t *testing.T) {
	ix := open(t, t.TempDir())
	apply(t, ix, 1, Doc{Ordinal: 1, Class: 1, Passages: []Passage{{Ordinal: 10, Text: "licenciements payments"}}})
	for _, q := range []Query{{Text: "licenciement", Lang: "fr"}, {Text: "payment", Lang: "en"}, {Text: "payment licenciement"}} {
		q.Classes = NewClasses(1)
		if r, err := ix.Search(context.Background(), q); err != nil || len(r.Hits) != 1 {
			t.Errorf("search %q: %+v, %v; want the passage", q.Text, r, err)
		}
	}
}

func TestOtherLanguageIsReached(t *testing.T) {
	ix := open(t, t.TempDir())
	apply(t, ix, 1,
		Doc{Ordinal: 1, Class: 1, Passages: []Passage{{Ordinal: 10, Text: "The agreement with Northwind ends in June.", Lang: "en"}}},
		frenchDoc(2, 1, 11, "Quand se termine le contrat de travail ?"))
	r, err := ix.Search(context.Background(), Query{Text: "Quand se termine notre contrat avec Northwind ?", Classes: NewClasses(1)})
	if err != nil || r.Lang != "fr" || len(r.Hits) != 2 {
		t.Errorf("result %+v, %v; want both passages", r, err)
	}
}

func TestInUse(t *testing.T) {
	dir := t.TempDir()
	open(t, dir)
	if _, err := Open(dir, Options{}); !errors.Is(err, ErrInUse) || errors.Is(err, ErrCorrupt) {
		t.Errorf("second opening: %v, want ErrInUse", err)
	}
}

func TestReadOnly(t *testing.T) {
	dir := t.TempDir()
	ix := open(t, dir)
	apply(t, ix, 1, frenchDoc(1, 1, 10, "préavis"))
	if err := ix.Close(); err != nil {
		t.Fatal(err)
	}
	ro, err := Open(dir, Options{ReadOnly: true})
	if err != nil {
		t.Fatal(err)
	}
	defer ro.Close()
	ro.Load(Span{First: 10, N: 1}, 1, 1)
	wantFound(t, found(t, ro, "préavis", 1), 10)
	if err := ro.Apply(context.Background(), 2, nil); err == nil {
		t.Error("applied to an index open for reading")
	}
	if _, err := Open(filepath.Join(dir, "none"), Options{ReadOnly: true}); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("reading where nothing is: %v", err)
	}
}

func TestClosed(t *testing.T) {
	ix := open(t, t.TempDir())
	if err := ix.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := ix.Search(context.Background(), Query{Text: "préavis", Classes: NewClasses(1)}); !errors.Is(err, ErrClosed) {
		t.Errorf("search: %v, want ErrClosed", err)
	}
	if err := ix.Apply(context.Background(), 1, nil); !errors.Is(err, ErrClosed) {
		t.Errorf("apply: %v, want ErrClosed", err)
	}
	ix.SetClass(1, 1)
	ix.Stats()
}
