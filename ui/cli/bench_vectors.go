package cli

import (
	"context"
	"fmt"
	"strconv"

	"coffre/index/searchbench"
)

var benchVectorsCommand = Command{
	Name: "bench vectors", Does: "bench.does.vectors", More: "bench.more.vectors",
	Flags: []Flag{
		{Name: "vectors", Value: "N", Does: "bench.flag.vectors"},
		{Name: "dir", Value: "DIR", Does: "bench.flag.dir"},
		{Name: "quick", Does: "bench.flag.quick-vectors"},
	},
	Run: runBenchVectors,
}

// quickVectors is a run of some seconds, large enough for a graph.
var quickVectors = searchbench.VectorsOptions{Vectors: 22_000, Queries: 100, Rounds: 3}

func runBenchVectors(ctx context.Context, c *Call) error {
	var o searchbench.VectorsOptions
	if c.Has("quick") {
		o = quickVectors
	}
	var err error
	if err = c.benchCount("vectors", &o.Vectors); err != nil {
		return err
	}
	if o.Dir, err = c.benchDir(); err != nil {
		return err
	}
	o.Tell = func(stage string, n int) { c.note(vectorsStage(stage), "n", c.Lang.Number(int64(n))) }
	f, err := searchbench.RunVectors(ctx, o)
	if err != nil {
		return err
	}
	if c.JSON {
		return c.object(f)
	}
	return c.vectorsReport(f)
}

func vectorsStage(stage string) string {
	switch stage {
	case searchbench.StageLink:
		return "bench.stage.vectors"
	case searchbench.StageTruth:
		return "bench.stage.truth"
	}
	return "bench.stage.ask"
}

func (c *Call) vectorsReport(f searchbench.VectorsFigures) error {
	c.say("bench.report.vectors", "path", f.Dir, "processors", strconv.Itoa(f.Processors), "vectors", c.count(float64(f.Vectors)), "dimensions", strconv.Itoa(f.Dimensions), "questions", c.count(float64(f.Queries)))
	fmt.Fprintln(c.Stdout)
	rows := []measured{
		{"bench.row.vectors", f.BuiltPS, 0, ""},
		{"bench.row.open", f.OpenMS, 0, ""},
		{"bench.row.recall", f.Recall, 4, ""},
		{"bench.row.nearest", f.PerSecond, 0, ""},
		{"bench.row.exact", f.ExactPS, 0, ""},
		{"bench.row.faster", f.Ratio, 1, ""},
		{"bench.row.resident", f.ResidentMB, 0, ""},
		{"bench.row.vectors-disk", f.StoreMB, 0, ""},
		{"bench.row.snapshot-disk", f.SnapshotMB, 0, ""},
	}
	err := list(c, rows, "", []string{"bench.col.measure", "bench.col.value"}, func(m measured) []string {
		return []string{c.Lang.T(m.name), c.figure(m.value, m.digits)}
	})
	if err != nil {
		return err
	}
	fmt.Fprintln(c.Stdout)
	return list(c, f.Filtered, "", []string{"bench.col.filter", "bench.col.permitted", "bench.col.recall", "bench.col.questions", "bench.col.to-exact"}, func(r searchbench.Filtered) []string {
		kind := c.Lang.T("bench.filter.random")
		if r.Kind == "topic" {
			kind = c.Lang.T("bench.filter.topic")
		}
		return []string{kind, c.count(float64(r.Permitted)), c.figure(r.Recall, 4), c.count(r.PerSecond), c.figure(r.Ratio, 2)}
	})
}
