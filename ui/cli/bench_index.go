package cli

import (
	"context"
	"fmt"
	"strconv"

	"coffre/index/searchbench"
)

var benchIndexCommand = Command{
	Name: "bench index", Does: "bench.does.index", More: "bench.more.index",
	Flags: []Flag{
		{Name: "passages", Value: "N", Does: "bench.flag.index-passages"},
		{Name: "dir", Value: "DIR", Does: "bench.flag.dir"},
		{Name: "quick", Does: "bench.flag.quick-index"},
	},
	Run: runBenchIndex,
}

// quickIndex is a run of some seconds.
var quickIndex = searchbench.WordsOptions{Passages: 5000, Questions: 200, Rounds: 2}

func runBenchIndex(ctx context.Context, c *Call) error {
	var o searchbench.WordsOptions
	if c.Has("quick") {
		o = quickIndex
	}
	var err error
	if err = c.benchCount("passages", &o.Passages); err != nil {
		return err
	}
	if o.Dir, err = c.benchDir(); err != nil {
		return err
	}
	o.Tell = func(stage string, n int) {
		if stage == searchbench.StageRound {
			c.note("bench.stage.round", "n", c.Lang.Number(int64(n)))
			return
		}
		c.note("bench.stage.ask", "n", c.Lang.Number(int64(n)))
	}
	f, err := searchbench.RunWords(ctx, o)
	if err != nil {
		return err
	}
	if c.JSON {
		return c.object(f)
	}
	return c.indexReport(f)
}

// benchCount reads a flag that is a number of at least 1 into to, if it is given.
func (c *Call) benchCount(flag string, to *int) error {
	s := c.Flag(flag)
	if s == "" {
		return nil
	}
	n, err := strconv.Atoi(s)
	if err != nil || n < 1 {
		return usage("cli.usage.number", "flag", "--"+flag, "value", s)
	}
	*to = n
	return nil
}

// besides is a figure of the product's and the yardstick's.
type besides struct {
	name        string // catalogue key
	own, theirs float64
	digits      int
	ratio       float64 // 0 for none
}

func (c *Call) indexReport(f searchbench.WordsFigures) error {
	c.say("bench.report.index", "path", f.Dir, "processors", strconv.Itoa(f.Processors), "passages", c.count(float64(f.Passages)), "questions", c.count(float64(f.Questions)))
	fmt.Fprintln(c.Stdout)
	rows := []besides{
		{"bench.row.indexed", f.IndexPS, f.StockPS, 0, f.IndexRatio},
		{"bench.row.words-p50", f.Words.P50, f.Stock.P50, 2, f.P50Ratio},
		{"bench.row.words-p99", f.Words.P99, f.Stock.P99, 2, f.P99Ratio},
		{"bench.row.words-disk", f.DiskMB, f.StockMB, 0, 0},
	}
	return list(c, rows, "", []string{"bench.col.measure", "bench.col.own", "bench.col.stock", "bench.col.ratio"}, func(b besides) []string {
		ratio := ""
		if b.ratio != 0 {
			ratio = c.figure(b.ratio, 2)
		}
		return []string{c.Lang.T(b.name), c.figure(b.own, b.digits), c.figure(b.theirs, b.digits), ratio}
	})
}
