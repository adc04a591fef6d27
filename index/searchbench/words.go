package searchbench

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"time"

	"coffre/index"
)

// WordsOptions say how much RunWords does. Zero members are replaced by
// defaults.
type WordsOptions struct {
	Dir       string // where a scratch directory is made
	Passages  int    // 50,000
	Questions int    // 500
	Rounds    int    // of indexing, 3
	Tell      func(stage string, n int)
}

// StageRound is one round of indexing, by the product and by the yardstick.
const StageRound = "round"

// WordsFigures is the product's index of words beside bleve as it comes, which
// indexes the same passages and answers the same questions, under the same
// rights, in turn with it. Rates are medians of the rounds, ratios medians of
// the rounds' ratios: above 1 the product indexes more, below 1 it answers
// sooner.
type WordsFigures struct {
	Dir        string  `json:"dir"`
	Processors int     `json:"processors"`
	Passages   int     `json:"passages"`
	Questions  int     `json:"questions"`
	Rounds     int     `json:"rounds"`
	IndexPS    float64 `json:"indexed_per_s"` // passages, until they are durable
	StockPS    float64 `json:"stock_indexed_per_s"`
	IndexRatio float64 `json:"indexing_ratio"`
	Words      Asked   `json:"query"`
	Stock      Asked   `json:"stock_query"`
	P50Ratio   float64 `json:"p50_ratio"`
	P99Ratio   float64 `json:"p99_ratio"`
	DiskMB     float64 `json:"disk_mb"`
	StockMB    float64 `json:"stock_disk_mb"`
	Found      float64 `json:"hits_per_question"` // mean, of 10
	StockFound float64 `json:"stock_hits_per_question"`
}

// RunWords measures in a scratch directory under o.Dir, which it removes.
func RunWords(ctx context.Context, o WordsOptions) (f WordsFigures, err error) {
	for _, d := range []struct {
		to   *int
		want int
	}{{&o.Passages, 50_000}, {&o.Questions, 500}, {&o.Rounds, 3}} {
		if *d.to <= 0 {
			*d.to = d.want
		}
	}
	if o.Tell == nil {
		o.Tell = func(string, int) {}
	}
	dir, err := os.MkdirTemp(o.Dir, ".bench-*")
	if err != nil {
		return f, fmt.Errorf("create scratch directory: %w", err)
	}
	defer os.RemoveAll(dir)
	b := &wordsBench{o: o, dir: dir, library: newLibrary()}
	b.figures = WordsFigures{Dir: filepath.Dir(dir), Processors: runtime.GOMAXPROCS(0), Passages: o.Passages, Questions: o.Questions, Rounds: o.Rounds}
	if err := b.index(ctx); err != nil {
		return b.figures, err
	}
	return b.figures, b.ask(ctx)
}

type wordsBench struct {
	o       WordsOptions
	dir     string
	library *library
	figures WordsFigures
}

func (b *wordsBench) paths(round int) (own, stock string) {
	return filepath.Join(b.dir, fmt.Sprintf("own-%d", round)), filepath.Join(b.dir, fmt.Sprintf("stock-%d", round))
}

// index lets both index everything, round by round, each first in every other.
func (b *wordsBench) index(ctx context.Context) error {
	var own, theirs, ratios []float64
	for round := range b.o.Rounds {
		b.o.Tell(StageRound, round+1)
		home, other := b.paths(round)
		took := [2]time.Duration{}
		for i := range 2 {
			var err error
			if (i+round)%2 == 0 {
				took[0], err = b.indexOwn(ctx, home)
			} else {
				took[1], err = b.indexStock(other)
			}
			if err != nil {
				return err
			}
		}
		own, theirs = append(own, float64(b.o.Passages)/took[0].Seconds()), append(theirs, float64(b.o.Passages)/took[1].Seconds())
		ratios = append(ratios, took[1].Seconds()/took[0].Seconds())
		if round < b.o.Rounds-1 {
			if err := errors.Join(os.RemoveAll(home), os.RemoveAll(other)); err != nil {
				return fmt.Errorf("remove a round: %w", err)
			}
		}
	}
	b.figures.IndexPS, b.figures.StockPS = round(quantile(own, 0.5)), round(quantile(theirs, 0.5))
	b.figures.IndexRatio = hundredths(quantile(ratios, 0.5))
	return nil
}

// batches calls apply with batches of documents; making them up takes no time
// that counts.
func (b *wordsBench) batches(apply func([]index.Doc) error) (inside time.Duration, err error) {
	var docs []index.Doc
	last := docOf(uint32(b.o.Passages))
	for n := uint32(1); n <= last; n++ {
		docs = append(docs, b.library.doc(n, b.o.Passages))
		if len(docs) == 4000/passagesEach || n == last {
			begun := time.Now()
			if err := apply(docs); err != nil {
				return 0, err
			}
			inside += time.Since(begun)
			docs = docs[:0]
		}
	}
	return inside, nil
}

func (b *wordsBench) indexOwn(ctx context.Context, dir string) (time.Duration, error) {
	ix, err := index.Open(dir, index.Options{})
	if err != nil {
		return 0, err
	}
	took, err := b.batches(func(docs []index.Doc) error { return ix.Apply(ctx, ix.Applied()+1, docs) })
	begun := time.Now()
	err = errors.Join(err, ix.Close())
	return took + time.Since(begun), err
}

func (b *wordsBench) indexStock(dir string) (time.Duration, error) {
	s, err := openStock(dir)
	if err != nil {
		return 0, err
	}
	took, err := b.batches(s.apply)
	begun := time.Now()
	err = errors.Join(err, s.close())
	return took + time.Since(begun), err
}
