package chainbench

import (
	"context"
	"fmt"
	"runtime/debug"
	"runtime/metrics"
	"time"

	"coffre/chain"
	"coffre/store"
)

// memory measures an export of everything, one of a choice with its proofs, and
// the verification of the former.
func (b *bench) memory(ctx context.Context) error {
	size, _ := b.tenant.Head()
	b.o.Tell(StageMemory, int(size))
	m := Memory{Entries: size}
	var whole store.Export
	var err error
	m.Export = peak(func() { whole, err = b.tenant.ExportFiltered(ctx, store.System("bench"), store.ExportRequest{}) })
	if err != nil {
		return err
	}
	defer whole.Remove()
	var part store.Export
	m.Filtered = peak(func() {
		part, err = b.tenant.ExportFiltered(ctx, store.System("bench"), store.ExportRequest{Filter: store.JournalFilter{Class: "document"}})
	})
	if err != nil {
		return err
	}
	part.Remove()
	f, err := whole.Open()
	if err != nil {
		return fmt.Errorf("open export: %w", err)
	}
	defer f.Close()
	var rep chain.Report
	m.Verify = peak(func() { rep, err = chain.VerifyExport(f, chain.VerifyOptions{}) })
	if err != nil || !rep.OK {
		return fmt.Errorf("%w: %s %s %w", errUnsound, rep.Fault, rep.Detail, err)
	}
	b.figures.Memory = append(b.figures.Memory, m)
	return nil
}

// peak returns the most memory in MiB that this process holds while do runs.
func peak(do func()) float64 {
	debug.FreeOSMemory()
	held := []metrics.Sample{{Name: "/memory/classes/total:bytes"}, {Name: "/memory/classes/heap/released:bytes"}}
	most, stop, ended := uint64(0), make(chan struct{}), make(chan struct{})
	go func() {
		defer close(ended)
		tick := time.NewTicker(2 * time.Millisecond)
		defer tick.Stop()
		for {
			metrics.Read(held)
			most = max(most, held[0].Value.Uint64()-held[1].Value.Uint64())
			select {
			case <-tick.C:
			case <-stop:
				return
			}
		}
	}()
	do()
	close(stop)
	<-ended
	return round(float64(most)/(1<<20), 1)
}
