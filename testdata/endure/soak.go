package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"sync/atomic"
	"time"
)

// soak is a day of a firm's use. The clock is the machine's own: what is cut out
// are the pauses between acts, not the acts, so that a day of a firm that does
// acts of them takes as long as the box needs for so many. What happens by the
// hour and by the night (backups, verification, a new signing key, people signing
// in anew) happens after each twenty-fourth of them.
type soak struct {
	program  string
	box      *box
	firm     *firm
	staff    []*person
	acts, at int
	hands    int
	samples  []sample
	done     atomic.Int64
	times    times
}

// sample is what a box held after so many acts.
type sample struct {
	acts                 int
	anonymous, data      float64 // MB
	descriptors, threads int
}

func soakMain(args []string) error {
	fl := flag.NewFlagSet("soak", flag.ExitOnError)
	s := &soak{times: times{all: map[string][]time.Duration{}}}
	fl.StringVar(&s.program, "coffre", "", "the program")
	people := fl.Int("people", 200, "people of the firm")
	fl.IntVar(&s.acts, "acts", 60, "what each of them does in a day")
	fl.IntVar(&s.hands, "hands", 8, "how many act at any moment")
	fl.Parse(args)
	scratch, err := os.MkdirTemp("", "soak-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(scratch)
	if s.firm, err = makeFirm(s.program, filepath.Join(scratch, "firm"), 30); err != nil {
		return err
	}
	if s.box, err = start(s.program, s.firm.data, s.firm.key); err != nil {
		return err
	}
	if s.staff, err = crew(s.box, *people, 2); err == nil {
		err = s.day()
	}
	if err != nil {
		s.box.kill()
		return fmt.Errorf("%w\nthe box said: %s", err, s.box.said.String())
	}
	return errors.Join(s.trend(), s.firm.holds(s.box), s.box.stop())
}

// day is twenty-four hours, each a part of the acts and then its chores.
func (s *soak) day() error {
	begun, total := time.Now(), s.acts*len(s.staff)
	fmt.Printf("soak: %d people, %d acts in 24 hours, load %s\n", len(s.staff), total, load())
	for hour := range 24 {
		if err := s.hour(total/24, uint64(hour)); err != nil {
			return fmt.Errorf("hour %d: %w", hour, err)
		}
		if err := s.chores(hour); err != nil {
			return fmt.Errorf("chores of hour %d: %w", hour, err)
		}
		s.samples = append(s.samples, s.look())
		last := s.samples[hour]
		fmt.Printf("hour %2d: %6d acts, %4.0f MB anonymous, %3d descriptors, %2d threads, %5.1f MB of data\n", hour, last.acts, last.anonymous, last.descriptors, last.threads, last.data)
	}
	fmt.Printf("soak: %d acts in %.0f s, %v\n", s.done.Load(), time.Since(begun).Seconds(), s.times.figures())
	return nil
}

func (s *soak) hour(acts int, n uint64) error {
	var wg sync.WaitGroup
	errs := make(chan error, s.hands)
	next := make(chan *person)
	for range s.hands {
		wg.Go(func() {
			for p := range next {
				what, took, err := p.act(context.Background())
				if err != nil {
					select {
					case errs <- fmt.Errorf("%s: %w", what, err):
					default:
					}
					continue
				}
				s.done.Add(1)
				s.times.add(what, took)
			}
		})
	}
	random := rand.New(rand.NewPCG(n, 5))
	// Nobody does two things at once: a shuffled round of everybody at a time.
	for left := acts; left > 0; {
		for _, i := range random.Perm(len(s.staff))[:min(left, len(s.staff))] {
			next <- s.staff[i]
			left--
		}
	}
	close(next)
	wg.Wait()
	close(errs)
	return <-errs
}

// chores are what a box does by the hour and by the night, and what an
// administrator looks at.
func (s *soak) chores(hour int) error {
	b, ctx := s.box, context.Background()
	errs := []error{
		b.get("/health", nil), b.get("/audit/entries?limit=100", nil), b.get("/jobs", nil), b.get("/documents?limit=1000", nil),
	}
	if hour%6 == 5 {
		errs = append(errs,
			b.send(ctx, "POST", "/audit/keys", map[string]any{}, nil),
			b.send(ctx, "POST", "/audit/verify", map[string]any{}, nil),
			b.get("/audit/export", nil),
			b.call(ctx, "POST", "/backups", "", nil, nil),
			b.send(ctx, "POST", "/backups/drill", map[string]any{}, nil))
	}
	return errors.Join(errs...)
}

// look waits until the index has followed, and reads what the box holds.
func (s *soak) look() sample {
	time.Sleep(300 * time.Millisecond)
	s.box.client.CloseIdleConnections()
	for _, p := range s.staff {
		p.box.client.CloseIdleConnections()
	}
	time.Sleep(200 * time.Millisecond)
	return sample{int(s.done.Load()), s.box.anonymous(), diskMB(s.box.data), s.box.descriptors(), int(s.box.status("Threads"))}
}

// trend compares the last six hours with six in the first half: what grows with
// time and not with what is kept is a leak.
func (s *soak) trend() error {
	mean := func(from, to int, of func(sample) float64) (m float64) {
		for _, x := range s.samples[from:to] {
			m += of(x) / float64(to-from)
		}
		return m
	}
	early := func(of func(sample) float64) float64 { return mean(6, 12, of) }
	late := func(of func(sample) float64) float64 { return mean(18, 24, of) }
	memory := func(x sample) float64 { return x.anonymous }
	files := func(x sample) float64 { return float64(x.descriptors) }
	threads := func(x sample) float64 { return float64(x.threads) }
	growth := func(a, b int) float64 {
		return 1000 * (s.samples[b].data - s.samples[a].data) / float64(s.samples[b].acts-s.samples[a].acts)
	}
	fmt.Printf("soak: hours 7 to 12, then 19 to 24: %.0f, %.0f MB; %.0f, %.0f descriptors; %.0f, %.0f threads; %.2f, %.2f kB of data an act\n",
		early(memory), late(memory), early(files), late(files), early(threads), late(threads), growth(5, 11), growth(17, 23))
	parts := diskParts(s.box.data)
	for _, name := range slices.Sorted(maps.Keys(parts)) {
		fmt.Printf("soak: %7.2f MB in %s\n", parts[name], name)
	}
	var errs []error
	if late(memory) > 1.25*early(memory)+20 {
		errs = append(errs, errors.New("memory grows"))
	}
	if late(files) > early(files)+12 {
		errs = append(errs, errors.New("open files grow"))
	}
	if late(threads) > early(threads)+8 {
		errs = append(errs, errors.New("threads grow"))
	}
	if growth(17, 23) > 2*growth(5, 11)+1 {
		errs = append(errs, errors.New("an act takes more room than before"))
	}
	return errors.Join(errs...)
}
