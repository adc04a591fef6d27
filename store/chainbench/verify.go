package chainbench

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"sync"
	"syscall"
	"time"

	"coffre/chain"
	"coffre/store"
)

// errUnsound is a sound journal that verification did not find sound.
var errUnsound = errors.New("the journal that was just written does not verify")

// verify measures VerifyLog over a copy of the database, and SHA-256 over what
// it has to hash at the least.
func (b *bench) verify(context.Context) error {
	b.o.Tell(StageVerify, 0)
	path := filepath.Join(b.dir, "verify.db")
	if err := b.tenant.Snapshot(path); err != nil {
		return err
	}
	defer os.Remove(path)
	return store.WithLog(path, func(log chain.LogSource) error {
		links, err := linked(log)
		if err != nil {
			return err
		}
		defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(0))
		for _, cores := range slices.Compact([]int{1, runtime.NumCPU()}) {
			runtime.GOMAXPROCS(cores)
			if err := b.verifyOn(log, links, cores); err != nil {
				return err
			}
		}
		return nil
	})
}

// link is what a chain hash is the hash of: the hash before it and a payload,
// which lie in two places, as in every chain.
type link struct {
	before  chain.Hash
	payload []byte
}

func linked(log chain.LogSource) (links []link, err error) {
	before := log.Header().Genesis
	err = log.Entries(func(h chain.Hash, payload []byte) error {
		links = append(links, link{before, bytes.Clone(payload)})
		before = h
		return nil
	})
	return links, err
}

func (b *bench) verifyOn(log chain.LogSource, links []link, cores int) error {
	var entries, hashes, ratios, used []float64
	for round := range b.o.Rounds + 1 {
		raw := timed(func() { hashAll(links, cores) })
		var rep chain.Report
		var err error
		ours := timed(func() { rep, err = chain.VerifyLog(log, chain.VerifyOptions{}) })
		if err != nil || !rep.OK {
			return fmt.Errorf("%w: %s %s %w", errUnsound, rep.Fault, rep.Detail, err)
		}
		if round == 0 {
			continue // pages that were not in memory
		}
		n := float64(len(links))
		entries, hashes = append(entries, n/ours.wall.Seconds()), append(hashes, n/raw.wall.Seconds())
		ratios = append(ratios, raw.processor.Seconds()/ours.processor.Seconds())
		used = append(used, ours.processor.Seconds()/ours.wall.Seconds())
	}
	b.figures.Verify = append(b.figures.Verify, Verify{
		Cores: cores, Entries: len(links), EntriesPS: round(median(entries), 0), SHA256PS: round(median(hashes), 0),
		Ratio: round(median(ratios), 3), CoresUsed: round(median(used), 2),
	})
	return nil
}

func hashAll(links []link, cores int) {
	var wg sync.WaitGroup
	for c := range cores {
		wg.Go(func() {
			var buf []byte
			for _, l := range links[len(links)*c/cores : len(links)*(c+1)/cores] {
				buf = append(append(buf[:0], l.before[:]...), l.payload...)
				sha256.Sum256(buf)
			}
		})
	}
	wg.Wait()
}

// spent is the clock's time and that of all processors.
type spent struct{ wall, processor time.Duration }

func timed(do func()) spent {
	begun, had := time.Now(), processorTime()
	do()
	return spent{time.Since(begun), processorTime() - had}
}

func processorTime() time.Duration {
	var u syscall.Rusage
	if syscall.Getrusage(syscall.RUSAGE_SELF, &u) != nil {
		return 0
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}
