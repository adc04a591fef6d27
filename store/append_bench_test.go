package store

import (
	"context"
	"fmt"
	"sync"
	"testing"

	"coffre/chain"
)

// BenchmarkAppend enters acts of 500 bytes from so many writers. `coffre bench
// chain` measures the same beside its yardsticks; this one is for profiles:
//
//	go test -run '^$' -bench Append -cpuprofile cpu.prof ./store
func BenchmarkAppend(b *testing.B) {
	for _, writers := range []int{1, 8, 64} {
		b.Run(fmt.Sprint(writers), func(b *testing.B) {
			f := newFirm(b)
			var passages []any
			for range 3 {
				passages = append(passages, map[string]any{"document": chain.NewNonce(), "version": chain.NewNonce(), "start": 1200, "end": 2100})
			}
			ev := chain.Event{Action: chain.AnswerGive, Request: "r-1", Detail: chain.Detail{"cut": false, "mode": "model", "passages": passages}}
			b.ResetTimer()
			var wg sync.WaitGroup
			for w := range writers {
				wg.Go(func() {
					for i := w; i < b.N; i += writers {
						if _, err := f.Record(context.Background(), f.alice.Actor, ev); err != nil {
							b.Error(err)
							return
						}
					}
				})
			}
			wg.Wait()
			b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "entries/s")
		})
	}
}
