package searchbench

import (
	"context"
	"errors"
	"io/fs"
	"path/filepath"
	"slices"
	"time"

	"coffre/index"
)

// ask puts every question to both in turn, after a tenth of them to warm up.
func (b *wordsBench) ask(ctx context.Context) (err error) {
	b.o.Tell(StageAsk, b.o.Questions)
	home, other := b.paths(b.o.Rounds - 1)
	b.figures.DiskMB, b.figures.StockMB = round(diskMB(home)), round(diskMB(other))
	ix, err := index.Open(home, index.Options{})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, ix.Close()) }()
	for n := uint32(1); n <= docOf(uint32(b.o.Passages)); n++ {
		first := (n-1)*passagesEach + 1
		ix.Load(index.Span{First: first, N: min(passagesEach, uint32(b.o.Passages)-first+1)}, n, class(n))
	}
	s, err := openStock(other)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.close()) }()
	var took [2][]float64
	var hits [2]int
	for n := -b.o.Questions / 10; n < b.o.Questions; n++ {
		q := b.library.question(n, b.o.Passages)
		q.Legs = index.WordsLeg
		for i := range 2 {
			who, found := (i+n&1)%2, 0
			begun := time.Now()
			if who == 0 {
				var r index.Result
				r, err = ix.Search(ctx, q)
				found = len(r.Hits)
			} else {
				found, err = s.search(ctx, q)
			}
			if err != nil {
				return err
			}
			if n >= 0 {
				took[who], hits[who] = append(took[who], ms(time.Since(begun))), hits[who]+found
			}
		}
	}
	f := &b.figures
	f.Words, f.Stock = quantiles(took[0]), quantiles(took[1])
	f.P50Ratio, f.P99Ratio = hundredths(f.Words.P50/f.Stock.P50), hundredths(f.Words.P99/f.Stock.P99)
	f.Found, f.StockFound = round(float64(hits[0])/float64(b.o.Questions)), round(float64(hits[1])/float64(b.o.Questions))
	return nil
}

func quantiles(list []float64) Asked {
	list = slices.Clone(list)
	return Asked{quantile(list, 0.5), quantile(list, 0.99)}
}

// diskMB is the size of a directory's files, in MiB; of one that can't be read, 0.
func diskMB(dir string) (mb float64) {
	_ = filepath.WalkDir(dir, func(_ string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return nil
		}
		if info, err := d.Info(); err == nil {
			mb += float64(info.Size()) / (1 << 20)
		}
		return nil
	})
	return mb
}
