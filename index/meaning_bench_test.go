package index

import (
	"fmt"
	"math/rand/v2"
	"syscall"
	"testing"

	"coffre/index/vectors"
)

// processorTime of this process, which a busy machine leaves as it is.
func processorTime(b *testing.B) int64 {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		b.Fatal(err)
	}
	return u.Utime.Nano() + u.Stime.Nano()
}

// BenchmarkMeaning is the vector leg's exact scan with rights: documents of ten
// passages in a hundred classes, of which the asker may read some.
func BenchmarkMeaning(b *testing.B) {
	rnd := rand.New(rand.NewPCG(11, 11))
	draw := func() vectors.Quantized {
		v := make([]float32, 384)
		for i := range v {
			v[i] = float32(rnd.NormFloat64())
		}
		q, err := vectors.Quantize(v, len(v))
		if err != nil {
			b.Fatal(err)
		}
		return q
	}
	for _, n := range []uint32{10_000, 50_000} { // the graph is measured in package vectors
		set, g := vectors.NewSet(384), ledger{}
		for o := uint32(1); o <= n; o++ {
			if err := set.Put(o, draw()); err != nil {
				b.Fatal(err)
			}
			g.own(o, 1+o/10)
			g.setClass(1+o/10, 1+o/10%100)
		}
		q := draw()
		for _, share := range []uint32{100, 50, 10, 2} {
			r := &run{ledger: &g}
			for c := range share {
				r.classes.Add(c + 1)
			}
			b.Run(fmt.Sprintf("%d, %d%% permitted", n, share), func(b *testing.B) {
				before := processorTime(b)
				for b.Loop() {
					set.Exact(q, 200, r.permitsOrdinal())
				}
				b.ReportMetric(float64(processorTime(b)-before)/float64(b.N), "cpu-ns/op")
			})
		}
	}
}
