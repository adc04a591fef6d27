package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

// life is the recorded life of a box: set up, used, backed up, its keys handed
// over, by people who remember what they were told.
type life struct {
	scene
	firstKey string
	n        atomic.Int64
	mu       sync.Mutex
	done     map[string]int // acts by kind
}

func (l *life) count(act string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.done == nil {
		l.done = map[string]int{}
	}
	l.done[act]++
}

// scene is what a recording and its promises are of.
type scene struct {
	name    string
	program string
	rec     *record
	book    *book
	key     string // of the API; "" before the set-up ended
	setUp   int    // the moment at which it had ended
	scratch string
	check   func(dir string, at int) error // what a cut at a moment left in dir; nil: everything promised
}

const password = "velours-cadastre-93-tuile\n"

// recordLife runs a box for so long on a recording disk.
func recordLife(program, scratch string, last time.Duration) (*life, error) {
	l := &life{scene: scene{name: "life", program: program, rec: newRecord(), book: &book{}, scratch: scratch}}
	mount := filepath.Join(scratch, "mount")
	end, err := newDisk(l.rec).mounted(mount)
	if err != nil {
		return nil, fmt.Errorf("mount: %w", err)
	}
	defer end()
	if err := l.begin(mount); err != nil {
		return nil, err
	}
	b, err := start(program, filepath.Join(mount, "data"), l.key)
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(context.Background(), last)
	defer cancel()
	if err := l.use(ctx, b); err != nil {
		b.kill()
		return nil, fmt.Errorf("%w\nthe box said: %s", err, b.said.String())
	}
	return l, b.stop()
}

// begin is the set-up; when the command ends it is promised.
func (l *life) begin(mount string) error {
	pw := filepath.Join(l.scratch, "password")
	if err := os.WriteFile(pw, []byte(password), 0o600); err != nil {
		return err
	}
	out, said, err := run(l.program, "init", "--firm", "Acme", "--admin", "Ana", "--password-file", pw, "--json", "--data", filepath.Join(mount, "data"))
	if err != nil {
		return err
	}
	var made struct {
		APIKey string `json:"api_key"`
	}
	if err := json.Unmarshal([]byte(out), &made); err != nil {
		return err
	}
	l.key, l.setUp = made.APIKey, l.rec.now()
	for line := range strings.Lines(said) {
		if k := strings.TrimSpace(line); l.firstKey == "" && strings.HasPrefix(k, "coffre.audit/acme/") {
			l.firstKey = k
		}
	}
	l.book.add(promise{at: l.setUp, what: "set-up", seen: func(p *probe) { p.firstKey = l.firstKey }})
	return nil
}

// use lets several people at it until ctx ends.
func (l *life) use(ctx context.Context, b *box) error {
	collection, err := b.collection()
	if err != nil {
		return err
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	acts := map[string]func(context.Context, *box) error{
		"upload":   func(ctx context.Context, b *box) error { return l.upload(ctx, b, collection) },
		"upload 2": func(ctx context.Context, b *box) error { return l.upload(ctx, b, collection) },
		"ask":      l.ask, "new master": l.rekey, "set": l.set, "account": l.account, "hand over": l.handOver, "backup": l.backUp,
		"backup to a file": l.backUpToFile, "drill": l.drill, "checkpoint": l.checkpoint,
	}
	var wg sync.WaitGroup
	errs := make(chan error, len(acts))
	for name, act := range acts {
		wg.Go(func() {
			for ctx.Err() == nil {
				if err := act(ctx, b); err != nil {
					var no *refusal
					if errors.As(err, &no) && no.status == 409 { // another backup is under way
						sleep(ctx, 20*time.Millisecond)
						continue
					}
					if ctx.Err() == nil {
						errs <- fmt.Errorf("%s: %w", name, err)
						cancel()
					}
					return
				}
				l.count(name)
				sleep(ctx, pause[name])
			}
		})
	}
	wg.Wait()
	close(errs)
	return <-errs
}

// pause keeps what writes much from filling the record.
var pause = map[string]time.Duration{
	"upload": 40 * time.Millisecond, "upload 2": 90 * time.Millisecond, "ask": 30 * time.Millisecond, "set": 50 * time.Millisecond,
	"account": 400 * time.Millisecond, "hand over": 700 * time.Millisecond, "new master": time.Second, "backup": 300 * time.Millisecond,
	"backup to a file": 500 * time.Millisecond, "drill": 2 * time.Second, "checkpoint": 20 * time.Millisecond,
}
