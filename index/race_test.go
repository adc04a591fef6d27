package index

import (
	"context"
	"math/rand/v2"
	"strings"
	"sync"
	"testing"
	"time"
)

// TestReadersAndWriter searches while documents are replaced and moved. A
// passage of a class that the asker may not read never appears; a document that
// is only ever replaced never goes missing.
func TestReadersAndWriter(t *testing.T) {
	ix := open(t, t.TempDir())
	apply(t, ix, 1, frenchDoc(1, 1, 1, "préavis stable"), frenchDoc(2, 2, 2, "préavis secret"))
	ctx, cancel := context.WithCancel(context.Background())
	var readers sync.WaitGroup
	for range 3 {
		readers.Go(func() {
			for ctx.Err() == nil {
				r, err := ix.Search(context.Background(), Query{Text: "préavis", Classes: NewClasses(1), Lang: "fr", Limit: 50})
				if err != nil {
					t.Error(err)
					return
				}
				stable := 0
				for _, h := range r.Hits {
					if h.Doc == 2 {
						t.Error("a passage of another class was found")
					}
					if h.Doc == 1 {
						stable++
					}
				}
				if stable != 1 {
					t.Errorf("the replaced document was found %d times", stable)
				}
				ix.Stats()
			}
		})
	}
	rnd := rand.New(rand.NewPCG(5, 5))
	next := uint32(10)
	for range 25 {
		next += 2
		apply(t, ix, ix.Applied()+1,
			frenchDoc(1, 1, next, "préavis stable "+strings.Repeat("encore ", rnd.IntN(9))),
			frenchDoc(3+uint32(rnd.IntN(9)), 1, next+1, "préavis mobile"))
		ix.SetClass(3+uint32(rnd.IntN(9)), uint32(rnd.IntN(3)))
	}
	cancel()
	readers.Wait()
}

// TestManySmallBatches checks that merging keeps segments, and with them file
// descriptors, few.
func TestManySmallBatches(t *testing.T) {
	ix := open(t, t.TempDir())
	for i := range uint32(150) {
		apply(t, ix, uint64(i)+1, frenchDoc(i+1, 1, i+1, "préavis de congé"))
	}
	deadline := time.Now().Add(20 * time.Second)
	for ix.Stats().Segments > 40 {
		if time.Now().After(deadline) {
			t.Fatalf("%d segments", ix.Stats().Segments)
		}
		time.Sleep(20 * time.Millisecond)
	}
	if n := len(found(t, ix, "préavis", 1)); n != 100 {
		t.Errorf("found %d passages, want 100 of 150", n)
	}
}

// FuzzSearch asks anything of a small index.
func FuzzSearch(f *testing.F) {
	ix := open(f, f.TempDir())
	apply(f, ix, 1,
		frenchDoc(1, 1, 1, "Le délai de préavis est d'un mois, facture FAC-2026-0117 de 1 234,56 €"),
		Doc{Ordinal: 2, Class: 1, Passages: []Passage{{Ordinal: 2, Title: "Notice", Text: "The notice period is one month", Lang: "en"}}})
	f.Add("délai de préavis", "fr", 10)
	f.Add("\xff\x00' ' notice FAC-2026-0117", "", -1)
	f.Fuzz(func(t *testing.T, text, lang string, limit int) {
		r, err := ix.Search(context.Background(), Query{Text: text, Lang: lang, Limit: limit, Classes: NewClasses(1)})
		if err != nil {
			t.Fatal(err)
		}
		for _, h := range r.Hits {
			if h.Score <= 0 || h.Coverage <= 0 || h.Coverage > 1 || len(h.Matched) == 0 {
				t.Fatalf("hit %+v", h)
			}
		}
	})
}

func TestLongQuestionIsCapped(t *testing.T) {
	ix := open(t, t.TempDir())
	apply(t, ix, 1, frenchDoc(1, 1, 1, "préavis"), frenchDoc(2, 1, 2, "salaire"))
	for _, filler := range []string{"é", "mot ", "1-", "x y", "\xff"} {
		text := "préavis " + strings.Repeat(filler, 1<<20/len(filler)) + " salaire"
		wantFound(t, found(t, ix, text, 1), 1)
	}
	var distinct strings.Builder
	for i := range 5000 {
		distinct.WriteString(string(rune('a'+i%26)) + string(rune('a'+i/26%26)) + "z ")
	}
	if n := len(queryWords(clip(distinct.String()), "en")); n > MaxQueryWords {
		t.Errorf("%d words of a query", n)
	}
}
