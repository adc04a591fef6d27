package chainbench

import (
	"context"
	"math/rand/v2"
	"time"

	"coffre/store"
)

// proofs is how many of each kind are made.
const proofs = 2000

func (b *bench) prove(ctx context.Context) error {
	size, _ := b.tenant.Head()
	b.o.Tell(StageProve, int(size))
	rng := rand.New(rand.NewPCG(3, 4))
	of := func(make func(v *store.View, seq uint64) error) (took []time.Duration, err error) {
		for range proofs {
			if err := ctx.Err(); err != nil {
				return nil, err
			}
			seq, begun := 1+rng.Uint64N(size), time.Now()
			if err := b.tenant.View(func(v *store.View) error { return make(v, seq) }); err != nil {
				return nil, err
			}
			took = append(took, time.Since(begun))
		}
		return took, nil
	}
	inclusion, err := of(func(v *store.View, seq uint64) error { _, err := v.ProveEntry(seq); return err })
	if err != nil {
		return err
	}
	consistency, err := of(func(v *store.View, seq uint64) error { _, err := v.ProveGrowth(seq); return err })
	if err != nil {
		return err
	}
	b.figures.Prove = append(b.figures.Prove, Prove{
		Entries: size, InclusionP50: ms(quantile(inclusion, 0.5)), InclusionP99: ms(quantile(inclusion, 0.99)),
		ConsistencyP50: ms(quantile(consistency, 0.5)), ConsistencyP99: ms(quantile(consistency, 0.99)),
	})
	return nil
}
