package cli

import (
	"context"
	"fmt"
	"strconv"

	"coffre/index/searchbench"
)

var benchRetrievalCommand = Command{
	Name: "bench retrieval", Does: "bench.does.retrieval", More: "bench.more.retrieval",
	Flags: []Flag{
		{Name: "passages", Value: "N", Does: "bench.flag.passages"},
		{Name: "dir", Value: "DIR", Does: "bench.flag.dir"},
		{Name: "quick", Does: "bench.flag.quick-retrieval"},
	},
	Run: runBenchRetrieval,
}

// quickRetrieval is a run of some seconds.
var quickRetrieval = searchbench.Options{Passages: 10_000, Questions: 300}

func runBenchRetrieval(ctx context.Context, c *Call) error {
	var o searchbench.Options
	if c.Has("quick") {
		o = quickRetrieval
	}
	if err := c.benchCount("passages", &o.Passages); err != nil {
		return err
	}
	dir, err := c.benchDir()
	if err != nil {
		return err
	}
	o.Dir = dir
	o.Tell = func(stage string, n int) { c.note(retrievalStage(stage), "n", c.Lang.Number(int64(n))) }
	f, err := searchbench.Run(ctx, o)
	if err != nil {
		return err
	}
	if c.JSON {
		return c.object(f)
	}
	return c.retrievalReport(f)
}

func retrievalStage(stage string) string {
	switch stage {
	case searchbench.StageFill:
		return "bench.stage.index"
	case searchbench.StageVectors:
		return "bench.stage.vectors"
	case searchbench.StageOpen:
		return "bench.stage.open"
	}
	return "bench.stage.ask"
}

// measured is a line of the report: a figure, and what it is held to.
type measured struct {
	name   string // catalogue key
	value  float64
	digits int
	target string // of searchbench's, "" for none
}

// retrievalReport prints the figures for people, targets beside them.
func (c *Call) retrievalReport(f searchbench.Figures) error {
	c.say("bench.report.retrieval", "path", f.Dir, "processors", strconv.Itoa(f.Processors), "passages", c.count(float64(f.Passages)),
		"dimensions", strconv.Itoa(f.Dimensions), "classes", strconv.Itoa(f.Classes), "permitted", strconv.Itoa(f.Permitted))
	fmt.Fprintln(c.Stdout)
	targets := map[string]searchbench.Target{}
	for _, t := range f.Targets() {
		targets[t.Name] = t
	}
	rows := []measured{
		{"bench.row.indexed", f.FillPS, 0, ""},
		{"bench.row.indexing-memory", f.FillPeakMB, 0, "indexing_peak_mb"},
		{"bench.row.vectors", f.VectorsPS, 0, ""},
		{"bench.row.open", f.OpenMS, 0, "open_ms"},
		{"bench.row.first", f.FirstMS, 1, "first_query_ms"},
		{"bench.row.words-p50", f.Words.P50, 1, ""},
		{"bench.row.words-p99", f.Words.P99, 1, ""},
		{"bench.row.both-p50", f.Both.P50, 1, "p50_ms"},
		{"bench.row.both-p99", f.Both.P99, 1, "p99_ms"},
		{"bench.row.resident", f.ResidentMB, 0, "resident_mb"},
		{"bench.row.words-disk", f.WordsMB, 0, ""},
		{"bench.row.vectors-disk", f.VectorsMB, 0, ""},
		{"bench.row.snapshot-disk", f.SnapshotMB, 0, ""},
	}
	return list(c, rows, "", []string{"bench.col.measure", "bench.col.value", "bench.col.target", "bench.col.verdict"}, func(m measured) []string {
		name, value := c.Lang.T(m.name), c.figure(m.value, m.digits)
		t, held := targets[m.target]
		switch {
		case !held:
			return []string{name, value, "", ""}
		case t.Met():
			return []string{name, value, "≤ " + c.count(t.Limit), c.Lang.T("bench.target.met")}
		}
		return []string{name, value, "≤ " + c.count(t.Limit), c.Lang.T("bench.target.missed")}
	})
}
