package beir

import (
	"context"
	"errors"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

const (
	corpus  = `{"_id":"d1","title":"T","text":"one"}` + "\n\n" + `{"_id":"d2","text":"two"}` + "\n"
	queries = `{"_id":"q1","text":"one?"}` + "\n" + `{"_id":"q2","text":"none"}` + "\n"
	qrels   = "query-id\tcorpus-id\tscore\nq1\td1\t2\nq1\td2\t0\n"
)

func writeCollection(t testing.TB, corpus, queries, qrels string) string {
	t.Helper()
	dir := t.TempDir()
	if err := os.Mkdir(filepath.Join(dir, "qrels"), 0o700); err != nil {
		t.Fatal(err)
	}
	for name, content := range map[string]string{"corpus.jsonl": corpus, "queries.jsonl": queries, "qrels/test.tsv": qrels} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

func TestLoad(t *testing.T) {
	d, err := Load(writeCollection(t, corpus, "\ufeff"+queries, strings.ReplaceAll(qrels, "\n", "\r\n")))
	if err != nil {
		t.Fatal(err)
	}
	if len(d.Documents) != 2 || len(d.Queries) != 1 || d.Queries[0].ID != "q1" || d.Relevant["q1"]["d1"] != 2 || len(d.Relevant["q1"]) != 1 {
		t.Errorf("loaded %+v", d)
	}
}

func TestLoadErrors(t *testing.T) {
	for _, c := range []struct{ name, corpus, queries, qrels, want string }{
		{"broken line", corpus + "{", queries, qrels, "corpus.jsonl: line 4"},
		{"no id", `{"text":"x"}`, queries, qrels, "corpus.jsonl: line 1: _id is missing"},
		{"id twice", corpus, queries + queries, qrels, `queries.jsonl: line 3: _id "q1" is there twice`},
		{"empty corpus", "", queries, qrels, "corpus.jsonl: no lines"},
		{"columns", corpus, queries, "q1 d1 1\n", "test.tsv: line 1: 1 columns"},
		{"grade", corpus, queries, qrels + "q1\td1\tx\n", "test.tsv: line 4: score"},
		{"unknown query", corpus, queries, qrels + "q9\td1\t1\n", `query "q9"`},
		{"unknown document", corpus, queries, qrels + "q1\td9\t1\n", `document "d9"`},
		{"nothing relevant", corpus, queries, "query-id\tcorpus-id\tscore\n", "nothing relevant"},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := Load(writeCollection(t, c.corpus, c.queries, c.qrels))
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("error %v, want one with %q", err, c.want)
			}
		})
	}
	if _, err := Load(filepath.Join(t.TempDir(), "none")); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("missing directory: %v", err)
	}
}

func TestMeasures(t *testing.T) {
	relevant := map[string]int{"a": 3, "b": 2, "c": 1}
	ideal := 3 + 2/math.Log2(3) + 1/math.Log2(4)
	for _, c := range []struct {
		ranked            []string
		ndcg, recall, mrr float64
	}{
		{[]string{"a", "b", "c"}, 1, 1, 1},
		{[]string{"x", "b", "y", "a"}, (2/math.Log2(3) + 3/math.Log2(5)) / ideal, 2.0 / 3, 0.5},
		{strings.Fields("1 2 3 4 5 6 7 8 9 10 a"), 0, 1.0 / 3, 0},
		{nil, 0, 0, 0},
	} {
		got := []float64{NDCG(c.ranked, relevant, 10), Recall(c.ranked, relevant, 100), ReciprocalRank(c.ranked, relevant, 10)}
		for i, want := range []float64{c.ndcg, c.recall, c.mrr} {
			if math.Abs(got[i]-want) > 1e-12 {
				t.Errorf("%v: measure %d is %v, want %v", c.ranked, i, got[i], want)
			}
		}
	}
}

func TestEvaluate(t *testing.T) {
	d, err := Load(writeCollection(t, corpus, queries, qrels+"q2\td2\t1\n"))
	if err != nil {
		t.Fatal(err)
	}
	m, err := Evaluate(context.Background(), d, func(q string, limit int) ([]string, error) {
		if q == "none" {
			return nil, nil
		}
		return []string{"d2", "d2", "d1"}, nil
	})
	if err != nil || m.Queries != 2 || m.MRR10 != 0.25 || m.Recall100 != 0.5 || m.P99 < m.P50 {
		t.Errorf("metrics %+v, %v", m, err)
	}
	broken := errors.New("broken")
	if _, err := Evaluate(context.Background(), d, func(string, int) ([]string, error) { return nil, broken }); !errors.Is(err, broken) {
		t.Errorf("error %v", err)
	}
}

func TestPercentile(t *testing.T) {
	times := make([]time.Duration, 100)
	for i := range times {
		times[i] = time.Duration(i + 1)
	}
	if p := percentile(times, 50); p != 50 {
		t.Errorf("p50 %v", p)
	}
	if p := percentile(times, 99); p != 99 {
		t.Errorf("p99 %v", p)
	}
	if p := percentile(times[:1], 99); p != 1 {
		t.Errorf("p99 of one %v", p)
	}
}

func FuzzJudgements(f *testing.F) {
	f.Add("q1\td1\t1\n")
	f.Add("\xff\t\t\n")
	f.Fuzz(func(t *testing.T, qrels string) {
		d := Dataset{Documents: []Document{{ID: "d1"}}, Relevant: map[string]map[string]int{}}
		if d.readJudgements(strings.NewReader(qrels), []Query{{ID: "q1"}}) == nil {
			for q, docs := range d.Relevant {
				if q != "q1" || len(docs) != 1 || docs["d1"] <= 0 {
					t.Fatalf("judgements %v", d.Relevant)
				}
			}
		}
	})
}
