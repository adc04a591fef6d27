package cli

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strconv"

	"coffre/connectors/ingestbench"
)

var benchIngestCommand = Command{
	Name: "bench ingest", Args: "[PATH…]", Max: -1, Does: "bench.does.ingest", More: "bench.more.ingest",
	Flags: []Flag{
		{Name: "documents", Value: "N", Does: "bench.flag.documents"},
		{Name: "dir", Value: "DIR", Does: "bench.flag.dir"},
		{Name: "quick", Does: "bench.flag.quick-ingest"},
	},
	Run: runBenchIngest,
}

// quickIngest is a run of some seconds.
var quickIngest = ingestbench.Options{Documents: 12, Rounds: 1}

func runBenchIngest(ctx context.Context, c *Call) error {
	var o ingestbench.Options
	if c.Has("quick") {
		o = quickIngest
	}
	err := c.benchCount("documents", &o.Documents)
	if err != nil {
		return err
	}
	if o.Files, err = c.benchFiles(); err != nil {
		return err
	}
	if o.Dir, err = c.benchDir(); err != nil {
		return err
	}
	if user, err := os.UserCacheDir(); err == nil {
		o.Extract.CacheDir = filepath.Join(user, "coffre", "wazero") // compiled once, as a box has it
	}
	o.Tell = func(round int) { c.note("bench.stage.round", "n", c.Lang.Number(int64(round))) }
	f, err := ingestbench.Run(ctx, o)
	if err != nil {
		return err
	}
	if c.JSON {
		return c.object(f)
	}
	return c.ingestFigures(f)
}

// benchFiles reads the files that are named on the command line.
func (c *Call) benchFiles() (files []ingestbench.File, err error) {
	for _, found := range c.walk(c.Operands) {
		if found.err != nil {
			return nil, found.err
		}
		body, err := os.ReadFile(found.path)
		if err != nil {
			return nil, unreadable(err)
		}
		files = append(files, ingestbench.File{Name: found.name, Body: body})
	}
	if len(files) == 0 && len(c.Operands) > 0 {
		return nil, usage("bench.no-files", "path", clean(c.Operands[0]))
	}
	return files, nil
}

func (c *Call) ingestFigures(f ingestbench.Figures) error {
	c.say("bench.report.ingest", "path", f.Dir, "processors", strconv.Itoa(f.Processors), "documents", c.count(float64(f.Documents)), "failed", c.count(float64(f.Failed)),
		"mb", c.figure(float64(f.Bytes)/(1<<20), 1), "passages", c.count(float64(f.Passages)))
	fmt.Fprintln(c.Stdout)
	rows := []measured{
		{"bench.row.received", f.ReceivedPS, 1, ""},
		{"bench.row.documents", f.DocumentsPS, 1, ""},
		{"bench.row.copied", f.CopiedPS, 1, ""},
		{"bench.row.faster", f.Ratio, 3, ""},
		{"bench.row.mb", f.MBPS, 2, ""},
		{"bench.row.passages", f.PassagesPS, 0, ""},
		{"bench.row.one", f.OneMS, 0, ""},
	}
	return list(c, rows, "", []string{"bench.col.measure", "bench.col.value"}, func(m measured) []string {
		return []string{c.Lang.T(m.name), c.figure(m.value, m.digits)}
	})
}
