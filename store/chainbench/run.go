package chainbench

import (
	"cmp"
	"context"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"sync"
	"time"

	"coffre/store"
)

// tenantID of the scratch box.
const tenantID = "bench"

// bench is one run.
type bench struct {
	o       Options
	dir     string
	acts    *acts
	tenant  *store.Tenant
	figures Figures
}

// Run measures in a scratch directory under o.Dir, which it removes.
func Run(ctx context.Context, o Options) (Figures, error) {
	o.defaults()
	dir, err := os.MkdirTemp(o.Dir, ".bench-*")
	if err != nil {
		return Figures{}, fmt.Errorf("create scratch directory: %w", err)
	}
	defer os.RemoveAll(dir)
	b := &bench{o: o, dir: dir}
	if b.acts, err = newActs(); err != nil {
		return Figures{}, err
	}
	b.figures = Figures{Dir: filepath.Dir(dir), Processors: runtime.GOMAXPROCS(0), PayloadBytes: b.acts.bytes}
	root, err := store.OpenRoot(filepath.Join(dir, "data"), store.Options{})
	if err != nil {
		return Figures{}, err
	}
	defer root.Close()
	if _, err := root.CreateTenant(ctx, store.System("bench"), store.NewTenant{ID: tenantID, Firm: "Bench"}); err != nil {
		return Figures{}, err
	}
	t, release, err := root.Acquire(tenantID)
	if err != nil {
		return Figures{}, err
	}
	defer release()
	b.tenant = t
	for _, step := range []func(context.Context) error{b.fsync, b.appends, b.small, b.large} {
		if err := step(ctx); err != nil {
			return b.figures, err
		}
	}
	return b.figures, nil
}

func (b *bench) fsync(context.Context) error {
	b.o.Tell(StageFsync, 0)
	took, err := fsyncs(filepath.Join(b.dir, "fsync"), 8*b.o.Rounds)
	b.figures.FsyncMS = ms(took)
	return err
}

// small measures at sampleEntries, large at the size that was asked for.
func (b *bench) small(ctx context.Context) error {
	if err := b.fill(ctx, min(sampleEntries, b.o.Entries)); err != nil {
		return err
	}
	if err := b.verify(ctx); err != nil {
		return err
	}
	return b.memory(ctx)
}

func (b *bench) large(ctx context.Context) error {
	if b.o.Entries > sampleEntries {
		if err := b.fill(ctx, b.o.Entries); err != nil {
			return err
		}
		if err := b.memory(ctx); err != nil {
			return err
		}
	}
	return b.prove(ctx)
}

// put enters one act through the only way there is.
func (b *bench) put(ctx context.Context, i int) error {
	by := store.Actor{Person: ""}
	by.Kind, by.ID = "user", b.acts.people[i%len(b.acts.people)]
	_, err := b.tenant.Record(ctx, by, b.acts.events[i%poolSize])
	return err
}

// fill enters acts until the journal holds n entries.
func (b *bench) fill(ctx context.Context, n int) error {
	b.o.Tell(StageFill, n)
	head, _ := b.tenant.Head()
	const writers = 2 * maxGroup
	var wg sync.WaitGroup
	errs := make([]error, writers)
	for w := range writers {
		wg.Go(func() {
			for i := int(head) + w; i < n && errs[w] == nil; i += writers {
				errs[w] = b.put(ctx, i)
			}
		})
	}
	wg.Wait()
	return cmp.Or(errs...)
}

func median[T cmp.Ordered](list []T) T { return quantile(list, 0.5) }

// quantile sorts list.
func quantile[T cmp.Ordered](list []T, q float64) T {
	slices.Sort(list)
	return list[min(len(list)-1, int(float64(len(list))*q))]
}

func ms(d time.Duration) float64 { return round(float64(d)/float64(time.Millisecond), 4) }

func round(f float64, digits int) float64 {
	p := math.Pow10(digits)
	return math.Round(f*p) / p
}
