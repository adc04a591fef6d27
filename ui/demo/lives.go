package demo

import (
	"context"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"time"

	"coffre/store"
)

// Guests are the people that visitors of the public demonstration may come as:
// one who asks, one who checks. Neither is an administrator.
var Guests = []string{"ines", "odette"}

// Life is one demonstration from its furnishing to its end.
type Life struct {
	Root  *store.Root
	Serve func(context.Context) error // until the context ends
	Close func() error
}

// Limits end a life of the public demonstration: what visitors leave behind is
// bounded, and gone within a day.
type Limits struct {
	Age     time.Duration
	Entries uint64 // of the sample firm's journal
	Bytes   int64  // of the data directory
	Every   time.Duration
}

// DefaultLimits leave room for some twenty thousand questions.
var DefaultLimits = Limits{Age: 24 * time.Hour, Entries: 50_000, Bytes: 2 << 30, Every: 10 * time.Second}

// over tells whether a life has reached its end.
func (l Limits) over(life Life, dir string, began time.Time) bool {
	if time.Since(began) >= l.Age || bytesIn(dir) >= l.Bytes {
		return true
	}
	t, release, err := life.Root.Acquire(TenantID)
	if err != nil {
		return true // whatever happened to it, a new one is whole
	}
	defer release()
	entries, _ := t.Head()
	return entries >= l.Entries
}

func bytesIn(dir string) (n int64) {
	filepath.WalkDir(dir, func(_ string, e fs.DirEntry, err error) error {
		if err == nil && e.Type().IsRegular() {
			if info, err := e.Info(); err == nil {
				n += info.Size()
			}
		}
		return nil
	})
	return n
}

// Lives serves one life after the other, each in a directory of its own below
// dir, until ctx ends. The next is furnished while the one before still answers,
// so visitors meet a pause of a moment; nothing of a life outlives it.
func Lives(ctx context.Context, dir string, open func(ctx context.Context, data string) (Life, error), l Limits, log *slog.Logger) error {
	now, data, err := begin(ctx, dir, open)
	if err != nil {
		return err
	}
	for {
		life, cancel := context.WithCancel(ctx)
		var next Life
		var nextData string
		watched := make(chan struct{})
		go func() {
			defer close(watched)
			if next, nextData = awaitNext(life, now, data, dir, open, l, log); next.Serve != nil {
				cancel()
			}
		}()
		err := now.Serve(life)
		cancel()
		<-watched
		if cerr := now.Close(); err == nil {
			err = cerr
		}
		os.RemoveAll(data)
		if err != nil || ctx.Err() != nil {
			if next.Close != nil {
				next.Close()
				os.RemoveAll(nextData)
			}
			return err
		}
		log.Info("the public demonstration starts afresh")
		now, data = next, nextData
	}
}

// awaitNext returns the next life once this one is over, none when ctx ends.
func awaitNext(ctx context.Context, now Life, data, dir string, open func(context.Context, string) (Life, error), l Limits, log *slog.Logger) (Life, string) {
	began := time.Now()
	tick := time.NewTicker(l.Every)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return Life{}, ""
		case <-tick.C:
		}
		if !l.over(now, data, began) {
			continue
		}
		next, nextData, err := begin(ctx, dir, open)
		if err == nil {
			return next, nextData
		}
		if ctx.Err() == nil {
			log.Error("the next life of the demonstration can't be made", "err", err)
		}
	}
}

func begin(ctx context.Context, dir string, open func(context.Context, string) (Life, error)) (Life, string, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return Life{}, "", fmt.Errorf("create directory: %w", err)
	}
	data, err := os.MkdirTemp(dir, "life-")
	if err != nil {
		return Life{}, "", fmt.Errorf("create directory: %w", err)
	}
	life, err := open(ctx, data)
	if err != nil {
		os.RemoveAll(data)
	}
	return life, data, err
}
