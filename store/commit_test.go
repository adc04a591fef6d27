package store

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"

	"coffre/chain"
)

// TestActsKeepApart: acts and their memory are used again and again by whoever
// comes. Beside acts that fail, panic or are given up, each entry is its own
// author's: number, request, detail and private part.
func TestActsKeepApart(t *testing.T) {
	f := newFirm(t)
	fails := errors.New("fails")
	var mu sync.Mutex
	entered := map[uint64]string{}
	var wg sync.WaitGroup
	for w := range 24 {
		wg.Go(func() {
			for i := range 60 {
				name := fmt.Sprintf("w%d.%d", w, i)
				seq, want, err := f.actOfKind(i+w, name, fails)
				if !errors.Is(err, want) && (want != errPanicked || err == nil) {
					t.Errorf("%s: %v, want %v", name, err, want)
				}
				if err != nil {
					continue
				}
				mu.Lock()
				if other := entered[seq]; other != "" {
					t.Errorf("entry %d is %s's and %s's", seq, other, name)
				}
				entered[seq] = name
				mu.Unlock()
			}
		})
	}
	wg.Wait()
	err := f.View(func(v *View) error {
		for seq, name := range entered {
			e, err := v.entry(seq)
			if err != nil || e.Seq != seq || e.Request != name || e.Session != strings.Repeat(name, len(name)*40) {
				t.Errorf("%s was told %d, which is %s's: %v", name, seq, e.Request, err)
			}
			if p, err := v.Private(seq); err != nil || p["key"] != name {
				t.Errorf("%s has the private part %v, %v", name, p, err)
			}
		}
		return nil
	})
	if err != nil || len(entered) != 24*60/3 {
		t.Errorf("%d acts entered, %v", len(entered), err)
	}
	f.verifyLive(t)
}

var errPanicked = errors.New("any error: the act panicked")

// actOfKind acts in one of six ways, of which two succeed.
func (f *firm) actOfKind(kind int, name string, fails error) (seq uint64, want, err error) {
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	ev := chain.Event{
		Action: chain.SettingsUpdate, Request: name, Session: strings.Repeat(name, len(name)*40),
		Private: chain.Detail{"key": name},
	}
	fn := func(tx *Tx) error { return tx.PutSetting(name, name) }
	switch kind % 6 {
	case 0:
	case 1:
		seq, err = f.Record(ctx, System("x"), ev)
		return seq, nil, err
	case 2:
		want, fn = fails, func(tx *Tx) error { tx.PutSetting(name, "undone"); return fails }
	case 3:
		want, fn = errPanicked, func(*Tx) error { panic(name) }
	case 4:
		cancel()
		want = context.Canceled
	case 5:
		ev.Action = "planet.move"
		_, err = f.Record(ctx, System("x"), ev)
		return 0, chain.ErrAction, err
	}
	seq, err = f.Update(ctx, System("x"), ev, fn)
	return seq, want, err
}
