package index

import (
	"context"
	"os"
	"path/filepath"
	"testing"

	"coffre/index/beir"
)

// collection loads a judged collection, or skips where it isn't to be had.
func collection(t testing.TB, name string) beir.Dataset {
	t.Helper()
	root := os.Getenv("COFFRE_SHARED")
	if root == "" {
		root = filepath.Join("..", "..", "shared")
	}
	dir := filepath.Join(root, "data", "retrieval", name)
	if _, err := os.Stat(dir); err != nil {
		t.Skipf("no %s: set COFFRE_SHARED to the directory that holds data/retrieval", name)
	}
	d, err := beir.Load(dir)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// fill indexes a collection with one passage a document, all in class 1.
func fill(t testing.TB, ix *Index, d beir.Dataset, lang string, first uint32) {
	t.Helper()
	const batch = 1000
	for from := 0; from < len(d.Documents); from += batch {
		var docs []Doc
		for i := from; i < min(from+batch, len(d.Documents)); i++ {
			o := first + uint32(i)
			docs = append(docs, Doc{Ordinal: o, Class: 1, Passages: []Passage{{
				Ordinal: o, Title: d.Documents[i].Title, Text: d.Documents[i].Text, Lang: lang,
			}}})
		}
		if err := ix.Apply(context.Background(), ix.Applied()+1, docs); err != nil {
			t.Fatal(err)
		}
	}
}

// measure evaluates a collection whose first document has the ordinal first.
func measure(t testing.TB, ix *Index, d beir.Dataset, lang string, first uint32) beir.Metrics {
	t.Helper()
	m, err := beir.Evaluate(context.Background(), d, func(text string, limit int) ([]string, error) {
		r, err := ix.Search(context.Background(), Query{Text: text, Classes: NewClasses(1), Limit: limit, Lang: lang})
		ids := make([]string, len(r.Hits))
		for i, h := range r.Hits {
			if n := h.Ordinal - first; int(n) < len(d.Documents) {
				ids[i] = d.Documents[n].ID
			} else {
				ids[i] = "of another collection"
			}
		}
		return ids, err
	})
	if err != nil {
		t.Fatal(err)
	}
	return m
}

func TestRetrieval(t *testing.T) {
	if testing.Short() {
		t.Skip("indexes whole collections")
	}
	for _, c := range []struct {
		name, lang string
		ndcg       float64
	}{
		{"piaf-fr", "fr", 0.80},
		{"cdtn-fr", "fr", 0.41},
		{"cranfield", "en", 0.375},
		{"cisi", "en", 0.41},
		{"nfcorpus-pre", "en", 0.33},
	} {
		t.Run(c.name, func(t *testing.T) {
			d := collection(t, c.name)
			ix := open(t, t.TempDir())
			fill(t, ix, d, c.lang, 1)
			m := measure(t, ix, d, "", 1)
			t.Logf("nDCG@10 %.4f recall@100 %.4f MRR@10 %.4f p50 %v p99 %v", m.NDCG10, m.Recall100, m.MRR10, m.P50, m.P99)
			if m.NDCG10 < c.ndcg {
				t.Errorf("nDCG@10 = %.4f, want at least %.2f", m.NDCG10, c.ndcg)
			}
		})
	}
}

func open(t testing.TB, dir string) *Index {
	t.Helper()
	ix, err := Open(dir, Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := ix.Close(); err != nil {
			t.Error(err)
		}
	})
	return ix
}
