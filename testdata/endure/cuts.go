package main

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"
)

// cuts is a run over all scenes.
type cuts struct {
	program    string
	seed       uint64
	points     int
	last       time.Duration
	only, keep string
	upgrades   string // archives of earlier formats
}

// cut is one power cut: what it left, where.
type cut struct {
	at   int
	how  loss
	dir  string
	seed uint64
}

func (c *cuts) all() error {
	scratch, err := os.MkdirTemp("", "powercut-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(scratch)
	if c.wants("migration") {
		kinds := max(2, c.points/100)
		scenes, err := c.migrations(scratch, kinds)
		if err := errors.Join(err, c.each(scenes, c.points/5)); err != nil {
			return err
		}
	}
	if c.wants("restore") {
		scenes, err := c.restorations(scratch)
		if err := errors.Join(err, c.each(scenes, c.points/5)); err != nil {
			return err
		}
	}
	if !c.wants("life") {
		return nil
	}
	l, err := recordLife(c.program, scratch, c.last)
	if err != nil {
		return err
	}
	fmt.Printf("life: %v\n", l.done)
	if err := c.scene(&l.scene, c.points-2*(c.points/5)); err != nil {
		return err
	}
	return c.planted(&l.scene)
}

func (c *cuts) wants(what string) bool { return c.only == "" || c.only == what }

// each shares n cuts among scenes.
func (c *cuts) each(scenes []*scene, n int) error {
	var errs []error
	for _, s := range scenes {
		errs = append(errs, c.scene(s, max(1, n/len(scenes))))
	}
	return errors.Join(errs...)
}

// planted shows that a forgotten sync would be found: the record is replayed as
// if the program had not made it.
func (c *cuts) planted(s *scene) error {
	random := rand.New(rand.NewPCG(c.seed, 2))
	patience = min(patience, 3*time.Second) // what is gone doesn't come
	for _, name := range []string{"store.db", ".incoming-", "files", "keys", "data"} {
		found := errors.New("")
		at := s.after(len(s.rec.ops)/2, random)
		err := s.replay([]int{at}, func(names string) bool { return strings.Contains(names, "/"+name) }, func(at int, p *platter) error {
			one := cut{at: at, how: lost, dir: filepath.Join(s.scratch, "planted-"+name)}
			defer os.RemoveAll(one.dir)
			if err := p.lay(one.dir, s.rec.nodes, one.how, random); err != nil {
				return err
			}
			found = s.survives(one)
			return nil
		})
		if err != nil {
			return err
		}
		if found == nil {
			return fmt.Errorf("%s: %s was not synced, and nobody found it", s.name, name)
		}
		fmt.Printf("%s: not syncing %q is found\n", s.name, name)
	}
	return nil
}

// after is the moment of a promise that was made after at.
func (s *scene) after(at int, random *rand.Rand) int {
	var later []int
	for _, p := range s.book.all {
		if p.at > at {
			later = append(later, p.at)
		}
	}
	return later[random.IntN(len(later))]
}

// scene cuts a recording at n moments and reports what broke.
func (c *cuts) scene(s *scene, n int) error {
	random := rand.New(rand.NewPCG(c.seed, uint64(len(s.name))))
	begun := time.Now()
	var mu sync.Mutex
	var errs []error
	ways := map[loss]int{}
	work := make(chan cut)
	var wg sync.WaitGroup
	for range 2 {
		wg.Go(func() {
			for one := range work {
				err := s.survives(one)
				if err == nil || c.keep == "" {
					os.RemoveAll(one.dir)
				}
				if err != nil {
					err = fmt.Errorf("%s: cut at %d of %d (%s): %w", s.name, one.at, len(s.rec.ops), losses[one.how], err)
					fmt.Println(err)
					mu.Lock()
					errs = append(errs, err)
					mu.Unlock()
				}
			}
		})
	}
	err := s.replay(c.moments(s, n, random), honest, func(at int, p *platter) error {
		one := cut{at: at, how: loss(random.IntN(len(losses))), seed: random.Uint64()}
		ways[one.how]++
		one.dir = filepath.Join(s.scratch, fmt.Sprintf("%s-%d", s.name, at))
		if c.keep != "" {
			one.dir = filepath.Join(c.keep, fmt.Sprintf("%s-%d-%s", s.name, at, losses[one.how]))
		}
		if err := p.lay(one.dir, s.rec.nodes, one.how, rand.New(rand.NewPCG(one.seed, 1))); err != nil {
			return err
		}
		work <- one
		return nil
	})
	close(work)
	wg.Wait()
	fmt.Printf("%s: %d acts on the disk, %d promises, %d cuts (lost %d, torn %d, ordered %d, kept %d), %d failed, %.0f s\n", s.name,
		len(s.rec.ops)-s.rec.base, len(s.book.all), n, ways[lost], ways[torn], ways[ordered], ways[kept], len(errs), time.Since(begun).Seconds())
	if len(errs) > 0 {
		err = errors.Join(err, fmt.Errorf("%s: %d of %d cuts were not survived", s.name, len(errs), n))
	}
	return err
}

// moments are half of them anywhere, half right after something was promised,
// when what was forgotten to be synced is still unsynced.
func (c *cuts) moments(s *scene, n int, random *rand.Rand) []int {
	taken := map[int]bool{}
	for range 50 * n {
		if len(taken) == n {
			break
		}
		at := s.rec.base + random.IntN(len(s.rec.ops)-s.rec.base+1)
		if random.IntN(2) == 0 && len(s.book.all) > 0 {
			at = s.book.all[random.IntN(len(s.book.all))].at
		}
		taken[at] = true
	}
	var out []int
	for at := range taken {
		out = append(out, at)
	}
	slices.Sort(out)
	return out
}

func honest(string) bool { return false }

// replay calls do with the platter at each of the moments, which are in order.
func (s *scene) replay(moments []int, lies func(string) bool, do func(int, *platter) error) error {
	p := newPlatter(lies)
	for i := 0; len(moments) > 0; i++ {
		for len(moments) > 0 && moments[0] == i {
			if err := do(i, p); err != nil {
				return err
			}
			moments = moments[1:]
		}
		if i == len(s.rec.ops) {
			break
		}
		p.take(s.rec.ops[i], i < s.rec.base)
	}
	return nil
}

// survives starts the program on what a cut left and asks for all it promised.
func (s *scene) survives(one cut) error {
	if s.check != nil {
		return s.check(one.dir, one.at)
	}
	data := filepath.Join(one.dir, "data")
	if one.at < s.setUp {
		return s.goesOn(data)
	}
	b, err := start(s.program, data, s.key)
	if err != nil {
		return err
	}
	err = s.book.keeps(b, one.at)
	if end := b.stop(); err == nil {
		err = end
	}
	if err != nil {
		err = fmt.Errorf("%w\nthe box said: %s", err, b.said.String())
	}
	return err
}

// goesOn: what a cut in the set-up leaves is a box, or is made one.
func (s *scene) goesOn(data string) error {
	pw := filepath.Join(s.scratch, "password")
	_, _, initErr := run(s.program, "init", "--firm", "Acme", "--admin", "Ana", "--password-file", pw, "--json", "--data", data)
	out, _, err := run(s.program, "user", "list", "--json", "--data", data)
	if err == nil && out == "" {
		err = errors.New("nobody is in it")
	}
	if err != nil {
		return errors.Join(err, initErr)
	}
	for _, tenant := range []string{"acme", "box"} {
		if _, _, err := run(s.program, "audit", "verify", "--tenant", tenant, "--data", data); err != nil {
			return err
		}
	}
	return nil
}
