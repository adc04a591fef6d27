package cli

import (
	"context"
	"os"

	"coffre/store/chainbench"
)

var benchCommand = Command{
	Name: "bench chain", Does: "bench.does.chain", More: "bench.more.chain",
	Flags: []Flag{
		{Name: "entries", Value: "N", Does: "bench.flag.entries"},
		{Name: "dir", Value: "DIR", Does: "bench.flag.dir"},
		{Name: "quick", Does: "bench.flag.quick"},
	},
	Run: runBenchChain,
}

// quickly is a run of about ten seconds.
var quickly = chainbench.Options{Entries: 20_000, Rounds: 9, SliceMS: 80}

func runBenchChain(ctx context.Context, c *Call) error {
	var o chainbench.Options
	if c.Has("quick") {
		o = quickly
	}
	if err := c.benchCount("entries", &o.Entries); err != nil {
		return err
	}
	dir, err := c.benchDir()
	if err != nil {
		return err
	}
	o.Dir = dir
	o.Tell = func(stage string, n int) { c.note(benchStage(stage), "n", c.Lang.Number(int64(n))) }
	f, err := chainbench.Run(ctx, o)
	if err != nil {
		return err
	}
	if c.JSON {
		return c.object(f)
	}
	return c.benchReport(f)
}

// benchDir is where the scratch directory goes: what is measured is the file
// system that the data are on, so it is the data directory where there is one.
func (c *Call) benchDir() (string, error) {
	if dir := c.Flag("dir"); dir != "" {
		if st, err := os.Stat(dir); err != nil || !st.IsDir() {
			return "", usage("bench.no-dir", "path", dir)
		}
		return dir, nil
	}
	if st, err := os.Stat(c.Data); err == nil && st.IsDir() {
		return c.Data, nil
	}
	return os.TempDir(), nil
}

func benchStage(stage string) string {
	switch stage {
	case chainbench.StageFsync:
		return "bench.stage.fsync"
	case chainbench.StageAppend:
		return "bench.stage.append"
	case chainbench.StageFill:
		return "bench.stage.fill"
	case chainbench.StageVerify:
		return "bench.stage.verify"
	case chainbench.StageMemory:
		return "bench.stage.memory"
	}
	return "bench.stage.prove"
}
