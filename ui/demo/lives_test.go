package demo

import (
	"context"
	"errors"
	"log/slog"
	"path/filepath"
	"slices"
	"sync"
	"testing"
	"time"

	"coffre/chain"
	"coffre/store"
)

// troupe opens boxes that serve until they are told to end, and writes down what
// happens.
type troupe struct {
	t      *testing.T
	mu     sync.Mutex
	events []string
	served chan *store.Root
	fail   error // of the next opening
}

func (s *troupe) note(event string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.events = append(s.events, event)
}

func (s *troupe) open(ctx context.Context, data string) (Life, error) {
	if s.fail != nil {
		return Life{}, s.fail
	}
	root, err := store.OpenRoot(data, store.Options{})
	if err != nil {
		return Life{}, err
	}
	if _, err := root.CreateTenant(context.WithoutCancel(ctx), store.System("test"), store.NewTenant{ID: TenantID, Firm: "Firm"}); err != nil {
		return Life{}, err
	}
	s.note("open")
	return Life{
		Root:  root,
		Serve: func(ctx context.Context) error { s.served <- root; <-ctx.Done(); return nil },
		Close: func() error { s.note("close"); return root.Close() },
	}, nil
}

// serving waits for the next life that answers.
func (s *troupe) serving() *store.Root {
	s.t.Helper()
	select {
	case root := <-s.served:
		return root
	case <-time.After(time.Minute):
		s.t.Fatal("no life answers")
		return nil
	}
}

// TestLives: what fills a life ends it; the next is ready before it ends, and
// nothing of any is left.
func TestLives(t *testing.T) {
	s := &troupe{t: t, served: make(chan *store.Root)}
	dir := t.TempDir()
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	ended := make(chan error, 1)
	limits := Limits{Age: time.Hour, Entries: 20, Bytes: 1 << 30, Every: time.Millisecond}
	go func() { ended <- Lives(ctx, dir, s.open, limits, slog.New(slog.DiscardHandler)) }()
	for range 3 {
		tn, release, err := s.serving().Acquire(TenantID)
		if err != nil {
			t.Fatal(err)
		}
		for range 20 {
			if _, err := tn.Record(t.Context(), store.System("test"), chain.Event{Action: chain.SearchQuery}); err != nil {
				t.Fatal(err)
			}
		}
		release()
	}
	s.serving()
	cancel()
	if err := <-ended; err != nil {
		t.Error(err)
	}
	want := []string{"open", "open", "close", "open", "close", "open", "close", "close"}
	if !slices.Equal(s.events, want) {
		t.Errorf("what happened is %v, want %v", s.events, want)
	}
	if left, _ := filepath.Glob(filepath.Join(dir, "life-*")); len(left) > 0 {
		t.Errorf("left behind: %v", left)
	}
}

// TestLivesEndByAgeAndBytes: each limit by itself.
func TestLivesEndByAgeAndBytes(t *testing.T) {
	s := &troupe{t: t}
	dir := t.TempDir()
	life, err := s.open(t.Context(), dir)
	if err != nil {
		t.Fatal(err)
	}
	defer life.Close()
	roomy := Limits{Age: time.Hour, Entries: 20, Bytes: 1 << 30}
	now := time.Now()
	for name, c := range map[string]struct {
		limits Limits
		began  time.Time
		want   bool
	}{
		"young and empty": {roomy, now, false},
		"old":             {roomy, now.Add(-2 * time.Hour), true},
		"large":           {Limits{Age: time.Hour, Entries: 20, Bytes: 1000}, now, true},
		"full":            {Limits{Age: time.Hour, Entries: 1, Bytes: 1 << 30}, now, true},
	} {
		if got := c.limits.over(life, dir, c.began); got != c.want {
			t.Errorf("%s: over is %v", name, got)
		}
	}
}

// TestNoFirstLife: what can't begin says so and leaves nothing.
func TestNoFirstLife(t *testing.T) {
	s := &troupe{t: t, fail: errors.New("no room")}
	dir := t.TempDir()
	if err := Lives(t.Context(), dir, s.open, DefaultLimits, slog.New(slog.DiscardHandler)); !errors.Is(err, s.fail) {
		t.Errorf("%v", err)
	}
	if left, _ := filepath.Glob(filepath.Join(dir, "*")); len(left) > 0 {
		t.Errorf("left behind: %v", left)
	}
}
