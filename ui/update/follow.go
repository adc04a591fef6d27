package update

import (
	"context"
	"errors"
	"fmt"
	"os"
	"sync/atomic"
	"syscall"
	"time"

	"coffre/store"
	"coffre/vault/release"
)

// followed is set for a program that runs in another's place, so that a release
// which tells a wrong version of itself doesn't run for ever.
const followed = "COFFRE_FOLLOWED"

// Follow is called before a command opens a data directory: it ends what is left
// of an update, and runs the program that the data are at in place of this one
// where that is newer. It returns where this is the right one. patient waits for a
// box that is about to end. Errors: those of Perform; Corrupt "update-program".
func (b *Box) Follow(ctx context.Context, patient bool) error {
	st, err := b.read()
	if err != nil || !b.mine() {
		return err
	}
	if st.Phase == Asked || st.unsafe() {
		if err := b.finish(ctx, patient); err != nil {
			return err
		}
		if st, err = b.read(); err != nil {
			return err
		}
	}
	if st.Current == "" || !release.Newer(st.Current, b.Version) || os.Getenv(followed) == st.Current {
		return nil
	}
	if err := b.whole(st.Current); err != nil {
		return err
	}
	if err := os.Setenv(followed, st.Current); err != nil {
		return fmt.Errorf("set environment: %w", err)
	}
	return runInstead(b.program(st.Current))
}

// finish performs what is left, or waits for whoever does.
func (b *Box) finish(ctx context.Context, patient bool) error {
	wait := time.Duration(0)
	if patient {
		wait = holdFor
	}
	for {
		err := b.Perform(ctx, wait)
		st, rerr := b.read()
		switch code := store.AsError(err).Code; {
		case err == nil:
			return rerr
		case code == "in-use" && st.Phase == Asked && !patient:
			return nil // the box still answers
		case code != "update-busy":
			return err
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(200 * time.Millisecond):
		}
	}
}

// mine tells whether the updates belong to this account: root must not run what a
// service's account can write, nor leave files there that are root's.
func (b *Box) mine() bool {
	st, err := os.Stat(b.path())
	if err != nil {
		return false
	}
	sys, ok := st.Sys().(*syscall.Stat_t)
	return ok && int(sys.Uid) == os.Geteuid()
}

// runInstead replaces this process; it returns only where that fails.
func runInstead(path string) error {
	if err := syscall.Exec(path, append([]string{path}, os.Args[1:]...), os.Environ()); err != nil {
		return fmt.Errorf("run program: %w", err)
	}
	return nil
}

// Serve runs a box, and once more where an update asks for it: restart, which run
// gets, ends it, and this program begins again in the same process, at Follow.
func Serve(ctx context.Context, run func(ctx context.Context, restart func()) error) error {
	inner, end := context.WithCancel(ctx)
	defer end()
	var again atomic.Bool
	err := run(inner, func() { again.Store(true); end() })
	if !again.Load() || ctx.Err() != nil {
		return err
	}
	path, perr := os.Executable()
	if err := errors.Join(err, perr); err != nil {
		return err
	}
	return runInstead(path)
}
