package chainbench

import (
	"context"
	"path/filepath"
	"time"
)

// writerCounts are the crowds that appending is measured with.
var writerCounts = []int{1, 8, 64}

func (b *bench) appends(ctx context.Context) error {
	raw, endRaw, err := newBolt(filepath.Join(b.dir, "raw.db"))
	if err != nil {
		return err
	}
	defer endRaw()
	file, endFile, err := newFile(filepath.Join(b.dir, "raw.txt"))
	if err != nil {
		return err
	}
	defer endFile()
	ways := []func(i int) error{
		func(i int) error { return b.put(ctx, i) },
		func(i int) error { return raw.put(b.acts.payloads[i%poolSize]) },
		func(i int) error { return file.put(b.acts.payloads[i%poolSize]) },
	}
	for _, writers := range writerCounts {
		b.o.Tell(StageAppend, writers)
		rates, ratios := make([][]float64, len(ways)), make([][]float64, len(ways))
		for round := range b.o.Rounds + 1 {
			now := make([]float64, len(ways))
			for i := range ways {
				way := (i + round) % len(ways) // nobody is always first
				if now[way], err = crowd(writers, time.Duration(b.o.SliceMS)*time.Millisecond, ways[way]); err != nil {
					return err
				}
			}
			if round == 0 {
				continue // files grow to their first size
			}
			for way, r := range now {
				rates[way], ratios[way] = append(rates[way], r), append(ratios[way], now[0]/r)
			}
		}
		b.figures.Append = append(b.figures.Append, Append{
			Writers: writers, EntriesPS: round(median(rates[0]), 1),
			RawPS: round(median(rates[1]), 1), Ratio: round(median(ratios[1]), 3),
			FilePS: round(median(rates[2]), 1), FileRatio: round(median(ratios[2]), 3),
		})
	}
	return nil
}
