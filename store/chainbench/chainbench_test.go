package chainbench

import (
	"encoding/json"
	"os"
	"testing"

	"coffre/store"
)

func init() { store.Strict = true }

// TestRun: every figure is there and has a sane sign; COFFRE_BENCH=1 prints a
// whole run. No time is asserted.
func TestRun(t *testing.T) {
	o := Options{Dir: t.TempDir(), Entries: 3000, Rounds: 1, SliceMS: 20}
	if os.Getenv("COFFRE_BENCH") != "" {
		o = Options{Dir: t.TempDir()}
	}
	told := map[string]bool{}
	o.Tell = func(stage string, _ int) { told[stage] = true }
	f, err := Run(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	if b, err := json.MarshalIndent(f, "", " "); err == nil {
		t.Logf("%s", b)
	}
	if f.FsyncMS <= 0 || f.PayloadBytes < 300 || len(f.Append) != 3 || len(f.Verify) == 0 || len(f.Prove) != 1 || len(f.Memory) == 0 || len(told) != 6 {
		t.Fatalf("%+v, told of %v", f, told)
	}
	for _, a := range f.Append {
		if a.EntriesPS <= 0 || a.RawPS <= 0 || a.FilePS <= 0 || a.Ratio <= 0 {
			t.Errorf("%+v", a)
		}
	}
	for _, v := range f.Verify {
		if v.EntriesPS <= 0 || v.SHA256PS <= 0 || v.Ratio <= 0 || v.Entries < o.Entries {
			t.Errorf("%+v", v)
		}
	}
	if p := f.Prove[0]; p.Entries < uint64(o.Entries) || p.InclusionP99 < p.InclusionP50 || p.InclusionP50 <= 0 || p.ConsistencyP50 <= 0 {
		t.Errorf("%+v", p)
	}
	if left, _ := os.ReadDir(o.Dir); len(left) != 0 {
		t.Errorf("left behind: %v", left)
	}
}

func TestQuantile(t *testing.T) {
	for _, c := range []struct {
		q    float64
		want int
	}{{0, 1}, {0.5, 3}, {0.99, 4}, {1, 4}} {
		if got := quantile([]int{3, 1, 4, 2}, c.q); got != c.want {
			t.Errorf("%v: %d", c.q, got)
		}
	}
}
