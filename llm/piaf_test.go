package llm

import (
	"bufio"
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"

	"coffre/index"
)

// piaf is the French reading set: paragraphs of encyclopaedia articles, and questions that people asked
// about them (data/retrieval/piaf-fr/SOURCE.txt names its source and licence).
type piaf struct {
	docs    []piafDoc
	queries []piafQuery
	ix      *index.Index
}

type piafDoc struct{ ID, Title, Text string }
type piafQuery struct {
	ID, Text string
	doc      int // index of its paragraph in docs
}

var openPIAF = sync.OnceValues(loadPIAF)

// piafSet loads and indexes the set once, and skips where it isn't.
func piafSet(t testing.TB) *piaf {
	t.Helper()
	p, err := openPIAF()
	if err != nil {
		t.Fatal(err)
	}
	if p == nil {
		t.Skip("the reading set piaf-fr is not at COFFRE_SHARED/data/retrieval (default ../../shared): nothing to measure")
	}
	return p
}

func loadPIAF() (*piaf, error) {
	shared := os.Getenv("COFFRE_SHARED")
	if shared == "" {
		shared = filepath.Join("..", "..", "shared")
	}
	dir := filepath.Join(shared, "data", "retrieval", "piaf-fr")
	if _, err := os.Stat(dir); err != nil {
		return nil, nil
	}
	p := &piaf{}
	at := map[string]int{}
	err := eachLine(filepath.Join(dir, "corpus.jsonl"), func(line []byte) error {
		var d struct {
			ID          string `json:"_id"`
			Title, Text string
		}
		err := json.Unmarshal(line, &d)
		at[d.ID] = len(p.docs)
		p.docs = append(p.docs, piafDoc{d.ID, d.Title, d.Text})
		return err
	})
	if err != nil {
		return nil, err
	}
	rel := map[string]string{}
	if err = eachLine(filepath.Join(dir, "qrels", "test.tsv"), func(line []byte) error {
		if f := strings.Split(string(line), "\t"); len(f) == 3 {
			rel[f[0]] = f[1]
		}
		return nil
	}); err != nil {
		return nil, err
	}
	if err = eachLine(filepath.Join(dir, "queries.jsonl"), func(line []byte) error {
		var q struct {
			ID   string `json:"_id"`
			Text string
		}
		err := json.Unmarshal(line, &q)
		p.queries = append(p.queries, piafQuery{q.ID, q.Text, at[rel[q.ID]]})
		return err
	}); err != nil {
		return nil, err
	}
	return p, p.index()
}

func (p *piaf) index() error {
	dir, err := os.MkdirTemp("", "piaf")
	if err != nil {
		return err
	}
	if p.ix, err = index.Open(filepath.Join(dir, "index"), index.Options{}); err != nil {
		return err
	}
	var docs []index.Doc
	for i, d := range p.docs {
		n := uint32(i + 1)
		docs = append(docs, index.Doc{Ordinal: n, Class: 1, Passages: []index.Passage{{Ordinal: n, Title: d.Title, Text: d.Text, Lang: "fr"}}})
	}
	return p.ix.Apply(context.Background(), 1, docs)
}

// sources are the best n passages for a question; without is a paragraph to leave out (-1: none).
func (p *piaf) sources(t testing.TB, question string, n, without int) []Source {
	t.Helper()
	out, _ := p.traced(t, question, n, without)
	return out
}

// traced is sources with what the search says of itself.
func (p *piaf) traced(t testing.TB, question string, n, without int) ([]Source, Trace) {
	t.Helper()
	q := index.Query{Text: question, Classes: index.NewClasses(1), Limit: n + 1, Lang: "fr"}
	r, err := p.ix.Search(context.Background(), q)
	if err != nil {
		t.Fatal(err)
	}
	var out []Source
	for _, h := range r.Hits {
		if i := int(h.Ordinal) - 1; i != without && len(out) < n {
			d := p.docs[i]
			out = append(out, Source{N: len(out) + 1, DocumentID: d.ID, Title: d.Title, Lang: "fr", End: len(d.Text), Text: d.Text, Ordinal: h.Ordinal, Score: h.Score, BM25: h.BM25, Coverage: h.Coverage})
		}
	}
	return out, Trace{Words: r.Words, Mass: r.Mass}
}

func eachLine(path string, fn func([]byte) error) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	defer f.Close()
	sc := bufio.NewScanner(f)
	sc.Buffer(nil, 1<<24)
	for sc.Scan() {
		if err := fn(sc.Bytes()); err != nil {
			return err
		}
	}
	return sc.Err()
}

// labels are the answers that were read by hand: question → words that only the answering sentence holds.
func labels(t *testing.T) map[string][]string {
	t.Helper()
	out := map[string][]string{}
	err := eachLine(filepath.Join("testdata", "piaf_answers.tsv"), func(line []byte) error {
		f := strings.Split(string(line), "\t")
		out[f[0]] = f[1:]
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// TestExtractivePIAF measures whether the quotes hold the answer: first sentence, and any of the three, once
// with the right paragraph given and once with the best five of a search.
func TestExtractivePIAF(t *testing.T) {
	p := piafSet(t)
	want := labels(t)
	var first, any, found, firstOf5, anyOf5, n int
	for _, q := range p.queries {
		words, ok := want[q.ID]
		if !ok {
			continue
		}
		n++
		d := p.docs[q.doc]
		one := []Source{{N: 1, DocumentID: d.ID, Title: d.Title, Lang: "fr", End: len(d.Text), Text: d.Text}}
		f, a := hits(Extractive(q.Text, "fr", one), words)
		first, any = first+f, any+a
		if f == 0 && testing.Verbose() {
			t.Logf("missed: %s\n  got  %s\n  want %s", q.Text, Extractive(q.Text, "fr", one).Text, words)
		}
		five := p.sources(t, q.Text, 5, -1)
		for _, s := range five {
			if s.DocumentID == d.ID {
				found++
			}
		}
		f, a = hits(Extractive(q.Text, "fr", five), words)
		firstOf5, anyOf5 = firstOf5+f, anyOf5+a
	}
	t.Logf("%d questions; right paragraph given: best sentence answers %s, one of the quotes %s; best five of a search (paragraph among them %s): %s and %s",
		n, percent(first, n), percent(any, n), percent(found, n), percent(firstOf5, n), percent(anyOf5, n))
	if first*100 < n*70 || anyOf5*100 < n*65 {
		t.Errorf("quotes have become worse than the figures in extractive.go")
	}
}

// hits tells whether the best sentence, and whether any sentence of an answer, holds one of the wordings.
func hits(a Answer, words []string) (first, any int) {
	for i, s := range a.Sentences {
		for _, w := range words {
			if strings.Contains(a.Citations[s.Citations[0]].Quote, w) {
				any = 1
				if i == a.Best {
					first = 1
				}
			}
		}
	}
	return first, any
}

func percent(n, of int) string { return strconv.Itoa((n*100+of/2)/max(of, 1)) + "%" }
