package chainbench

import (
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
		messages, err := linked(log)
		if err != nil {
			return err
		}
		defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(0))
		for _, cores := range slices.Compact([]int{1, runtime.NumCPU()}) {
			runtime.GOMAXPROCS(cores)
			if err := b.verifyOn(log, messages, cores); err != nil {
				return err
			}
		}
		return nil
	})
}

// linked returns what each entry's chain hash is the hash of.
func linked(log chain.LogSource) (messages [][]byte, err error) {
	before := log.Header().Genesis
	err = log.Entries(func(h chain.Hash, payload []byte) error {
		messages = append(messages, slices.Concat(before[:], payload))
		before = h
		return nil
	})
	return messages, err
}

func (b *bench) verifyOn(log chain.LogSource, messages [][]byte, cores int) error {
	var entries, hashes, ratios, used []float64
	for round := range b.o.Rounds + 1 {
		raw := timed(func() { hashAll(messages, cores) })
		var rep chain.Report
		var err error
		ours := timed(func() { rep, err = chain.VerifyLog(log, chain.VerifyOptions{}) })
		if err != nil || !rep.OK {
			return fmt.Errorf("%w: %s %s %w", errUnsound, rep.Fault, rep.Detail, err)
		}
		if round == 0 {
			continue // pages that were not in memory
		}
		n := float64(len(messages))
		entries, hashes = append(entries, n/ours.wall.Seconds()), append(hashes, n/raw.wall.Seconds())
		ratios = append(ratios, raw.processor.Seconds()/ours.processor.Seconds())
		used = append(used, ours.processor.Seconds()/ours.wall.Seconds())
	}
	b.figures.Verify = append(b.figures.Verify, Verify{
		Cores: cores, Entries: len(messages), EntriesPS: round(median(entries), 0), SHA256PS: round(median(hashes), 0),
		Ratio: round(median(ratios), 3), CoresUsed: round(median(used), 2),
	})
	return nil
}

func hashAll(messages [][]byte, cores int) {
	var wg sync.WaitGroup
	for c := range cores {
		wg.Go(func() {
			for _, m := range messages[len(messages)*c/cores : len(messages)*(c+1)/cores] {
				sha256.Sum256(m)
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
