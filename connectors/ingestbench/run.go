package ingestbench

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"time"

	"coffre/chain"
	"coffre/connectors"
	"coffre/store"
)

const tenant = "bench"

// ones is how many documents are put into an idle box, one after the other.
const ones = 9

type bench struct {
	o          Options
	dir        string
	t          *store.Tenant
	worker     *connectors.Worker
	op         store.Principal
	collection string
	made       int // documents so far, so that no two are alike
	figures    Figures
}

// Run measures in a scratch directory under o.Dir, which it removes.
func Run(ctx context.Context, o Options) (f Figures, err error) {
	if o.Documents <= 0 {
		o.Documents = 100
	}
	if o.Rounds <= 0 {
		o.Rounds = 3
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if o.Tell == nil {
		o.Tell = func(int) {}
	}
	dir, err := os.MkdirTemp(o.Dir, ".bench-*")
	if err != nil {
		return f, fmt.Errorf("create scratch directory: %w", err)
	}
	defer os.RemoveAll(dir)
	root, err := store.OpenRoot(filepath.Join(dir, "box"), store.Options{Log: o.Log})
	if err != nil {
		return f, err
	}
	b := &bench{o: o, dir: dir, op: store.Operator("bench")}
	b.worker = connectors.NewWorker(root, connectors.Options{Extract: o.Extract, Log: o.Log})
	b.figures = Figures{Dir: filepath.Dir(dir), Processors: runtime.GOMAXPROCS(0), Rounds: o.Rounds}
	working, stop := context.WithCancel(ctx)
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		b.worker.Run(working)
	}()
	err = b.within(ctx, root)
	stop()
	<-ended
	return b.figures, errors.Join(err, root.Close())
}

func (b *bench) within(ctx context.Context, root *store.Root) error {
	if _, err := root.CreateTenant(ctx, b.op.Actor, store.NewTenant{ID: tenant, Firm: tenant}); err != nil {
		return err
	}
	t, release, err := root.Acquire(tenant)
	if err != nil {
		return err
	}
	defer release()
	b.t = t
	_, err = t.Update(ctx, b.op.Actor, chain.Event{Action: chain.CollectionCreate}, func(tx *store.Tx) error {
		c, err := tx.CreateCollection(store.Collection{Name: tenant, Readers: store.Grants{store.Everyone}, Writers: store.Grants{store.Everyone}})
		b.collection = c.ID
		return err
	})
	if err != nil {
		return err
	}
	var all []took
	for round := range b.o.Rounds + 1 { // the first one warms up: the extractor is compiled
		b.o.Tell(round)
		r, err := b.round(ctx, round)
		if err != nil {
			return err
		}
		all = append(all, r)
	}
	b.sum(all[1:])
	var one []float64
	for range ones {
		r, err := b.come(ctx, b.texts(1))
		if err != nil {
			return err
		}
		one = append(one, float64(r.all)/float64(time.Millisecond))
	}
	b.figures.OneMS = median(one, 10)
	return nil
}

// took are the times of a round.
type took struct{ received, all, copied time.Duration }

// sum makes figures of the rounds.
func (b *bench) sum(rounds []took) {
	f := &b.figures
	rate := func(n float64, of func(took) time.Duration) float64 {
		var rates []float64
		for _, r := range rounds {
			rates = append(rates, n/of(r).Seconds())
		}
		return median(rates, 10)
	}
	whole := func(r took) time.Duration { return r.all }
	n := float64(f.Documents)
	f.ReceivedPS = rate(n, func(r took) time.Duration { return r.received })
	f.DocumentsPS, f.PassagesPS, f.MBPS = rate(n, whole), rate(float64(f.Passages), whole), rate(float64(f.Bytes)/(1<<20), whole)
	f.CopiedPS = rate(n, func(r took) time.Duration { return r.copied })
	var ratios []float64
	for _, r := range rounds {
		ratios = append(ratios, r.copied.Seconds()/r.all.Seconds())
	}
	f.Ratio = median(ratios, 1000)
}

// median is rounded to the nearest part of so many.
func median(list []float64, parts float64) float64 {
	slices.Sort(list)
	return math.Round(list[len(list)/2]*parts) / parts
}
