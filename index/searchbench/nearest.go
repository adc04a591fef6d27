package searchbench

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"runtime"

	"coffre/index/vectors"
)

// VectorsOptions say how much RunVectors does. Zero members are replaced by
// defaults.
type VectorsOptions struct {
	Dir     string // where a scratch directory is made
	Vectors int    // 50,000
	Queries int    // 500
	Rounds  int    // of asking, 5
	Tell    func(stage string, n int)
}

// The stages of RunVectors besides StageOpen and StageAsk.
const (
	StageTruth = "truth"
	StageLink  = "link"
)

// VectorsFigures is the product's graph of vectors beside exact search over the
// same vectors, asked in turn with it. Rates are of one thread; ratios are
// medians of the rounds' ratios.
type VectorsFigures struct {
	Dir        string     `json:"dir"`
	Processors int        `json:"processors"`
	Vectors    int        `json:"vectors"`
	Dimensions int        `json:"dimensions"`
	Queries    int        `json:"queries"`
	Rounds     int        `json:"rounds"`
	BuiltPS    float64    `json:"built_per_s"` // put and linked, both cores
	Recall     float64    `json:"recall_at_10"`
	PerSecond  float64    `json:"queries_per_s"`
	ExactPS    float64    `json:"exact_queries_per_s"` // SIMD comparison with all
	Ratio      float64    `json:"ratio"`
	Filtered   []Filtered `json:"filtered"`
	StoreMB    float64    `json:"file_mb"`
	SnapshotMB float64    `json:"snapshot_mb"`
	OpenMS     float64    `json:"open_ms"` // file verified, snapshot taken up
	ResidentMB float64    `json:"resident_mb"`
}

// Filtered is a search of which only some vectors may be found.
type Filtered struct {
	Kind      string  `json:"kind"`    // "random", or "topic": whole topics
	Percent   float64 `json:"percent"` // wanted
	Permitted int     `json:"permitted"`
	Recall    float64 `json:"recall_at_10"`
	PerSecond float64 `json:"queries_per_s"`
	Ratio     float64 `json:"ratio_to_exact"` // to exact search over everything
}

// nearestWanted is how many neighbours are asked for.
const nearestWanted = 10

// vectorTopics is how many clusters the vectors have, the larger ones first.
const vectorTopics = 400

type vectorsBench struct {
	o       VectorsOptions
	path    string
	base    [][]float32 // of unit length, by ordinal - 1
	topic   []int
	queries [][]float32
	asked   []vectors.Quantized
	set     *vectors.Set
	figures VectorsFigures
}

// RunVectors measures in a scratch directory under o.Dir, which it removes.
func RunVectors(ctx context.Context, o VectorsOptions) (VectorsFigures, error) {
	for _, d := range []struct {
		to   *int
		want int
	}{{&o.Vectors, 50_000}, {&o.Queries, 500}, {&o.Rounds, 5}} {
		if *d.to <= 0 {
			*d.to = d.want
		}
	}
	if o.Tell == nil {
		o.Tell = func(string, int) {}
	}
	dir, err := os.MkdirTemp(o.Dir, ".bench-*")
	if err != nil {
		return VectorsFigures{}, fmt.Errorf("create scratch directory: %w", err)
	}
	defer os.RemoveAll(dir)
	b := &vectorsBench{o: o, path: filepath.Join(dir, "vectors.db")}
	b.figures = VectorsFigures{Dir: filepath.Dir(dir), Processors: runtime.GOMAXPROCS(0), Vectors: o.Vectors, Dimensions: dimensions, Queries: o.Queries, Rounds: o.Rounds}
	if err := b.draw(); err != nil {
		return b.figures, err
	}
	defer func() {
		if b.set != nil {
			b.set.Close()
		}
	}()
	for _, step := range []func(context.Context) error{b.link, b.ask, b.filters} {
		if err := step(ctx); err != nil {
			return b.figures, err
		}
	}
	return b.figures, nil
}
