package picture

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"time"

	"coffre/connectors/extract"
)

// flight is a child at work, and everybody who waits for it. It ends early when
// nobody does any more: somebody who scrolls through a long document leaves
// most of its pages before they are drawn.
type flight struct {
	cancel  context.CancelFunc
	waiting int // under Store.mu
	done    chan struct{}
	made    map[string][]byte // by name
	err     error
}

// job is what one child draws.
type job struct {
	file   File
	pages  []int
	width  int
	layout bool
}

func jobFor(f File, n, width int) job {
	if width > ThumbWidth {
		return job{f, []int{n}, width, true}
	}
	j := job{file: f, width: width}
	for p := (n-1)/thumbs*thumbs + 1; p <= f.Pages && len(j.pages) < thumbs; p++ {
		j.pages = append(j.pages, p)
	}
	return j
}

func (j job) key() string {
	return fmt.Sprint(j.file.Tenant, " ", j.file.SHA256, " ", j.pages[0], " ", len(j.pages), " ", j.width)
}

// draw joins the flight that draws a page, or begins it. A page in a batch that
// fails is tried alone, since another may be to blame.
func (s *Store) draw(ctx context.Context, f File, n, width int) (map[string][]byte, error) {
	made, err := s.join(ctx, jobFor(f, n, width))
	if extract.CodeOf(err) != "" && width <= ThumbWidth {
		return s.join(ctx, job{file: f, pages: []int{n}, width: width})
	}
	return made, err
}

func (s *Store) join(ctx context.Context, j job) (map[string][]byte, error) {
	key := j.key()
	s.mu.Lock()
	if s.ended {
		s.mu.Unlock()
		return nil, context.Canceled
	}
	if err := s.faults.get(key); err != nil {
		s.mu.Unlock()
		return nil, err
	}
	fl := s.flights[key]
	if fl == nil {
		fl = s.begin(key, j)
	}
	fl.waiting++
	s.mu.Unlock()
	defer s.leave(key, fl)
	select {
	case <-fl.done:
		return fl.made, fl.err
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// begin is called under mu.
func (s *Store) begin(key string, j job) *flight {
	ctx, cancel := context.WithCancel(context.Background())
	fl := &flight{cancel: cancel, done: make(chan struct{})}
	s.flights[key] = fl
	s.wg.Go(func() {
		defer cancel()
		fl.made, fl.err = s.carryOut(ctx, j)
		s.mu.Lock()
		if s.flights[key] == fl {
			delete(s.flights, key)
		}
		if extract.CodeOf(fl.err) != "" {
			s.faults.put(key, fl.err)
		}
		s.mu.Unlock()
		close(fl.done)
	})
	return fl
}

func (s *Store) leave(key string, fl *flight) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if fl.waiting--; fl.waiting == 0 {
		fl.cancel()
		if s.flights[key] == fl {
			delete(s.flights, key) // whoever comes now begins anew
		}
	}
}

func (s *Store) carryOut(ctx context.Context, j job) (map[string][]byte, error) {
	select {
	case s.slots <- struct{}{}:
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	defer func() { <-s.slots }()
	views, err := extract.Render(ctx, extract.RenderRequest{Path: j.file.Path, Pages: j.pages, Width: j.width, Layout: j.layout, Options: s.o.Extract})
	if err != nil {
		return nil, err
	}
	stem, err := s.stem(j.file)
	if err != nil {
		return nil, err
	}
	made := map[string][]byte{}
	for _, v := range views {
		page := stem + "-" + strconv.Itoa(v.Page)
		made[page+"-"+strconv.Itoa(j.width)+".png"] = v.PNG
		if v.Layout == nil {
			continue
		}
		raw, err := json.Marshal(v.Layout)
		if err != nil {
			return nil, fmt.Errorf("encode layout: %w", err)
		}
		made[page+".json"] = raw
	}
	for name, raw := range made {
		if err := s.keep.write(name, raw); err != nil {
			s.o.Log.Warn("a drawn page can't be kept", "err", err)
			break
		}
	}
	return made, nil
}

// faults remembers files that can't be drawn, for a while: the next look at a
// page that took its time and gave nothing shall not take as long.
type faults struct{ all map[string]fault }

type fault struct {
	err   error
	until time.Time
}

const (
	faultTime = 10 * time.Minute
	maxFaults = 1000
)

func (f *faults) get(key string) error {
	if x, ok := f.all[key]; ok && time.Now().Before(x.until) {
		return x.err
	}
	return nil
}

func (f *faults) put(key string, err error) {
	if f.all == nil || len(f.all) >= maxFaults {
		f.all = map[string]fault{}
	}
	var e *extract.Error
	if errors.As(err, &e) {
		f.all[key] = fault{&extract.Error{Code: e.Code}, time.Now().Add(faultTime)}
	}
}
