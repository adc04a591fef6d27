package cli

import (
	"context"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"time"

	"coffre/index/beir"
)

var evalCommand = Command{
	Name: "eval", Args: "DIR", Min: 0, Max: 1, Does: "cli.does.eval", More: "cli.more.eval",
	Flags: []Flag{
		{Name: "mode", Value: "bm25|vector|hybrid", Does: "cli.flag.mode"},
		{Name: "embedder", Value: "builtin|ollama:MODEL|none", Does: "cli.flag.embedder"},
		{Name: "cache", Value: "DIR", Does: "cli.flag.cache"},
		{Name: "answers", Value: "FILE", Does: "answers.flag"},
		{Name: "abstain", Does: "abstain.flag"},
		{Name: "off-topic", Value: "FILE", Does: "abstain.off-topic"},
		{Name: "evidence", Value: "FILE", Does: "abstain.evidence"},
	},
	Run: runEval,
}

// evalSynopsis tells the two ways of typing it.
const evalSynopsis = "coffre eval DIR | coffre eval --answers FILE"

// figures is the object that eval prints.
type figures struct {
	Dataset       string  `json:"dataset"`
	Mode          string  `json:"mode"`
	Documents     int     `json:"documents"`
	Passages      int     `json:"passages"`
	Queries       int     `json:"queries"`
	NDCG10        float64 `json:"ndcg_at_10"`
	Recall100     float64 `json:"recall_at_100"`
	MRR10         float64 `json:"mrr_at_10"`
	DocsPerSecond float64 `json:"index_docs_per_s"`
	P50           float64 `json:"query_p50_ms"`
	P99           float64 `json:"query_p99_ms"`

	Embedder string  `json:"embedder,omitempty"` // id
	Vectors  int     `json:"vectors,omitempty"`  // passages that have one
	Computed int     `json:"computed,omitempty"` // texts embedded now, not from the cache
	Seconds  float64 `json:"embed_s,omitempty"`  // until all passages had a vector
}

func runEval(ctx context.Context, c *Call) error {
	switch file := c.Flag("answers"); {
	case file != "" && len(c.Operands) == 0:
		return runAnswers(ctx, c, file)
	case len(c.Operands) == 0:
		return usage("cli.usage.few", "synopsis", evalSynopsis)
	case file != "":
		return usage("cli.usage.many", "argument", c.Operands[0], "synopsis", evalSynopsis)
	}
	how, err := c.evalMode(ctx)
	if err != nil {
		return err
	}
	defer how.close()
	dir := c.Operands[0]
	for _, name := range []string{"corpus.jsonl", "queries.jsonl", filepath.Join("qrels", "test.tsv")} {
		if _, err := os.Stat(filepath.Join(dir, name)); err != nil {
			return usage("cli.eval.layout", "path", dir, "name", name)
		}
	}
	d, err := beir.Load(dir)
	if err != nil {
		return Fail(ExitFailed, "cli.eval.broken", "path", dir, "reason", err.Error())
	}
	temp, err := os.MkdirTemp("", "coffre-eval-*")
	if err != nil {
		return fmt.Errorf("create directory: %w", err)
	}
	defer os.RemoveAll(temp)
	e, err := newEvaluation(temp, d, how)
	if err != nil {
		return err
	}
	defer e.ix.Close()
	begun := time.Now()
	if err := e.fill(ctx); err != nil {
		return err
	}
	took := time.Since(begun).Seconds()
	if err := e.embed(ctx, c); err != nil {
		return err
	}
	if how.abstain {
		return e.runAbstain(ctx, c)
	}
	m, err := beir.Evaluate(ctx, d, func(query string, limit int) ([]string, error) { return e.search(ctx, query, limit) })
	if err != nil {
		return err
	}
	stats := e.ix.Stats()
	return c.object(figures{
		Embedder: stats.Embedder, Vectors: stats.Embedded, Computed: how.computed(), Seconds: round(e.embedding.Seconds(), 1),
		Dataset: d.Name, Mode: how.mode, Documents: len(d.Documents), Passages: e.passages, Queries: m.Queries,
		NDCG10: round(m.NDCG10, 4), Recall100: round(m.Recall100, 4), MRR10: round(m.MRR10, 4),
		DocsPerSecond: round(float64(len(d.Documents))/took, 1), P50: milliseconds(m.P50), P99: milliseconds(m.P99),
	})
}

func round(f float64, digits int) float64 {
	p := math.Pow10(digits)
	return math.Round(f*p) / p
}

func milliseconds(d time.Duration) float64 { return round(float64(d)/float64(time.Millisecond), 3) }
