package demo

import (
	"context"
	"io/fs"
	"log/slog"
	"sync"

	"coffre/auth"
	"coffre/llm/trial"
	"coffre/store"
)

// Box is a box that main.go has opened for the sample firm.
type Box struct {
	Root *store.Root
	Auth *auth.Service
	Wake func() // the ingest worker
	// Trials puts the list of test questions.
	Trials *trial.Runner
	// Listen answers on addr until ctx ends; ready is told where, once it does.
	Listen func(ctx context.Context, addr string, ready func(url, addr string) error) error
	Close  func() error
}

// Run is a demonstration with what its lives share.
type Run struct {
	Dir    string // the data directory; a public one's lives lie below it
	Addr   string // "" is 127.0.0.1:8443, or a free port
	Lang   string
	Public bool // for visitors: one life after the other
	Files  fs.FS
	Log    *slog.Logger
	Open   func(data string) (Box, error)
	// Tell says once where the first life answers, and whom it let in.
	Tell func(url, key string, accounts []Account) error

	told bool
}

// Serve furnishes and serves until ctx ends.
func (r *Run) Serve(ctx context.Context) error {
	if r.Addr == "" {
		r.Addr = FreeAddress("127.0.0.1:8443")
	}
	if r.Public {
		return Lives(ctx, r.Dir, r.begin, DefaultLimits, r.Log)
	}
	life, err := r.begin(ctx, r.Dir)
	if err != nil {
		return err
	}
	defer life.Close()
	return life.Serve(ctx)
}

func (r *Run) begin(ctx context.Context, data string) (Life, error) {
	b, err := r.Open(data)
	if err != nil {
		return Life{}, err
	}
	accounts, key, err := Furnish(ctx, b.Root, b.Auth, b.Wake, r.Files, r.Lang)
	if err != nil {
		b.Close()
		return Life{}, err
	}
	if err := listTrials(ctx, b.Root, b.Trials, r.Files); err != nil {
		b.Close()
		return Life{}, err
	}
	again, stop := context.WithCancel(ctx)
	var ended sync.WaitGroup
	ended.Go(func() {
		if err := againOnceEmbedded(again, b.Root, b.Trials); err != nil && again.Err() == nil {
			r.Log.Error("test questions of the demonstration", "err", err)
		}
	})
	end := func() error {
		stop()
		ended.Wait()
		return b.Close()
	}
	serve := func(ctx context.Context) error {
		return b.Listen(ctx, r.Addr, func(url, addr string) error {
			r.Addr = addr // a later life answers at the same
			if r.told {
				return nil
			}
			r.told = true
			return r.Tell(url, key, accounts)
		})
	}
	return Life{Root: b.Root, Serve: serve, Close: end}, nil
}
