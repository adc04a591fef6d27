package store

import (
	"context"
	"fmt"
	"io"
	"sync"
	"testing"

	"coffre/chain"
)

// many enters n acts, as quickly as the committer takes them.
func (f *firm) many(t testing.TB, n int) {
	t.Helper()
	var wg sync.WaitGroup
	for w := range 64 {
		wg.Go(func() {
			for i := w; i < n; i += 64 {
				ev := chain.Event{Action: chain.DocumentRead, Object: chain.Object{Kind: "document", ID: fmt.Sprint("d", i)}}
				if _, err := f.Record(context.Background(), f.alice.Actor, ev); err != nil {
					t.Error(err)
				}
			}
		})
	}
	wg.Wait()
}

// BenchmarkProvenLines writes every line of a filtered export, with a proof made
// by itself each time and with a Prover, in turn:
//
//	go test -run '^$' -bench ProvenLines ./store
func BenchmarkProvenLines(b *testing.B) {
	f := newFirm(b)
	f.many(b, 20_000)
	run := func(b *testing.B, nodes func(treeNodes, uint64) chain.Nodes) {
		lines := uint64(0)
		for b.Loop() {
			err := f.View(func(v *View) error {
				src, err := newLogSource(v.tx)
				if err != nil {
					return err
				}
				h := src.Header()
				h.Complete, h.Filter = false, map[string]any{"class": "document"}
				w, err := chain.NewWriter(io.Discard, h)
				if err != nil {
					return err
				}
				out := &provenLines{w, nodes(treeNodes{v.tx}, h.Last), h.Last}
				lines += h.Last
				return v.eachLine(context.Background(), ExportRequest{}, 1, h.Last, h.Genesis, out)
			})
			if err != nil {
				b.Fatal(err)
			}
		}
		b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(lines), "ns/line")
	}
	b.Run("each", func(b *testing.B) {
		run(b, func(n treeNodes, _ uint64) chain.Nodes { return n })
	})
	b.Run("prover", func(b *testing.B) {
		run(b, func(n treeNodes, size uint64) chain.Nodes { return chain.NewProver(n, size) })
	})
}
