package cli

import (
	"fmt"
	"strconv"

	"coffre/store/chainbench"
)

// benchReport prints the figures as tables for people.
func (c *Call) benchReport(f chainbench.Figures) error {
	c.say("bench.report.where", "path", f.Dir, "processors", strconv.Itoa(f.Processors), "bytes", strconv.Itoa(f.PayloadBytes), "fsync", c.figure(f.FsyncMS, 2))
	fmt.Fprintln(c.Stdout)
	err := list(c, f.Append, "", []string{"bench.col.writers", "bench.col.entries", "bench.col.raw", "bench.col.ratio", "bench.col.file", "bench.col.ratio"},
		func(a chainbench.Append) []string {
			return []string{strconv.Itoa(a.Writers), c.count(a.EntriesPS), c.count(a.RawPS), c.figure(a.Ratio, 2), c.count(a.FilePS), c.figure(a.FileRatio, 2)}
		})
	if err != nil {
		return err
	}
	fmt.Fprintln(c.Stdout)
	err = list(c, f.Verify, "", []string{"bench.col.cores", "bench.col.verify", "bench.col.sha256", "bench.col.per-core", "bench.col.used"},
		func(v chainbench.Verify) []string {
			return []string{strconv.Itoa(v.Cores), c.count(v.EntriesPS), c.count(v.SHA256PS), c.figure(v.Ratio, 2), c.figure(v.CoresUsed, 2)}
		})
	if err != nil {
		return err
	}
	fmt.Fprintln(c.Stdout)
	err = list(c, f.Prove, "", []string{"bench.col.size", "bench.col.inclusion", "bench.col.p99", "bench.col.consistency", "bench.col.p99"},
		func(p chainbench.Prove) []string {
			return []string{c.count(float64(p.Entries)), c.figure(p.InclusionP50, 3), c.figure(p.InclusionP99, 3), c.figure(p.ConsistencyP50, 3), c.figure(p.ConsistencyP99, 3)}
		})
	if err != nil {
		return err
	}
	fmt.Fprintln(c.Stdout)
	return list(c, f.Memory, "", []string{"bench.col.size", "bench.col.export", "bench.col.filtered", "bench.col.check"},
		func(m chainbench.Memory) []string {
			return []string{c.count(float64(m.Entries)), c.figure(m.Export, 1), c.figure(m.Filtered, 1), c.figure(m.Verify, 1)}
		})
}

func (c *Call) count(f float64) string { return c.Lang.Number(int64(f + 0.5)) }

func (c *Call) figure(f float64, digits int) string { return c.Lang.Decimal(f, digits) }
