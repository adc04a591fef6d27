package main

import (
	"context"
	"fmt"
	"io/fs"
	"log/slog"
	"os"

	"coffre/llm"
	"coffre/ui/cli"
	"coffre/ui/demo"
)

// openSample makes the sample firm in a throw-away box.
func openSample(ctx context.Context, log *slog.Logger) (s cli.Sample, err error) {
	if s.Files, err = fs.Sub(sample, "testdata/demo"); err != nil {
		return s, err
	}
	dir, err := os.MkdirTemp("", "coffre-eval-")
	if err != nil {
		return s, fmt.Errorf("create directory: %w", err)
	}
	b, err := openBox(dir, log, nil)
	if err != nil {
		os.RemoveAll(dir)
		return s, err
	}
	release := func() {}
	s.Close = func() error {
		release()
		err := b.close()
		os.RemoveAll(dir)
		return err
	}
	defer func() {
		if err != nil {
			s.Close()
		}
	}()
	if _, err = demo.Seed(ctx, b.root, b.auth, s.Files, "fr"); err != nil {
		return s, err
	}
	b.worker.Wake()
	if err = demo.Wait(ctx, b.root); err != nil {
		return s, err
	}
	s.Asker = llm.NewAsker(b.runtime, log)
	s.Tenant, release, err = b.root.Acquire(demo.TenantID)
	return s, err
}
