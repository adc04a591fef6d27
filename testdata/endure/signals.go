package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"time"
)

// signals kills and stops the program at random moments.
type signals struct {
	cuts
	scratch string
	halt    time.Duration
	random  *rand.Rand
	n       map[string]int
}

// signalsMain sends SIGKILL and SIGSTOP at random moments of backups, trial
// restores, hand-overs of the signing key, new master identities, migrations and
// restores.
func signalsMain(args []string) error {
	fl := flag.NewFlagSet("signals", flag.ExitOnError)
	s := &signals{n: map[string]int{}}
	fl.StringVar(&s.program, "coffre", "", "the program")
	fl.IntVar(&s.points, "points", 30, "signals")
	fl.Uint64Var(&s.seed, "seed", uint64(time.Now().UnixNano()), "of everything random")
	fl.StringVar(&s.upgrades, "upgrades", "testdata/upgrade", "data of earlier formats")
	fl.DurationVar(&s.halt, "stop", 3*time.Second, "how long a stopped box lies still")
	fl.Parse(args)
	s.random = rand.New(rand.NewPCG(s.seed, 4))
	fmt.Printf("signals: seed %d\n", s.seed)
	var err error
	if s.scratch, err = os.MkdirTemp("", "signals-"); err != nil {
		return err
	}
	defer os.RemoveAll(s.scratch)
	begun := time.Now()
	err = errors.Join(s.atWork(), s.migrating(), s.restoring())
	fmt.Printf("signals: %v, %.0f s\n", s.n, time.Since(begun).Seconds())
	return err
}

func (s *signals) upTo(most time.Duration) time.Duration {
	return time.Duration(s.random.Int64N(int64(most)))
}

// atWork kills a box that does everything at once, or stops it for a while.
func (s *signals) atWork() error {
	l := &life{scene: scene{name: "signals", program: s.program, rec: newRecord(), book: &book{}, scratch: s.scratch}}
	if err := l.begin(s.scratch); err != nil {
		return err
	}
	data := filepath.Join(s.scratch, "data")
	for i := range s.points * 3 / 5 {
		b, err := start(s.program, data, l.key)
		if err != nil {
			return fmt.Errorf("after %v: %w", s.n, err)
		}
		if err := l.book.keeps(b, 0); err != nil {
			b.kill()
			return fmt.Errorf("after %v: %w\nthe box said: %s", s.n, err, b.said.String())
		}
		if i%5 == 4 {
			s.n["SIGSTOP at work"]++
			err = s.stopped(l, b)
		} else {
			s.n["SIGKILL at work"]++
			s.killed(l, b)
		}
		if err != nil {
			return fmt.Errorf("after %v: %w\nthe box said: %s", s.n, err, b.said.String())
		}
	}
	fmt.Printf("signals: %v, %d promises\n", l.done, len(l.book.all))
	return nil
}

func (s *signals) killed(l *life, b *box) {
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error)
	go func() { ended <- l.use(ctx, b) }()
	time.Sleep(30*time.Millisecond + s.upTo(1500*time.Millisecond))
	b.kill()
	cancel()
	<-ended
}

// stopped: who waits for the box gets an answer when it goes on, and nothing has
// run out meanwhile.
func (s *signals) stopped(l *life, b *box) error {
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- l.use(ctx, b) }()
	time.Sleep(200*time.Millisecond + s.upTo(time.Second))
	b.cmd.Process.Signal(syscall.SIGSTOP)
	time.Sleep(s.halt)
	b.cmd.Process.Signal(syscall.SIGCONT)
	time.Sleep(time.Second)
	cancel()
	if err := <-ended; err != nil {
		return fmt.Errorf("stopped for %s: %w", s.halt, err)
	}
	return errors.Join(l.book.keeps(b, 0), b.stop())
}

// migrating kills the program while it opens data of an earlier format.
func (s *signals) migrating() error {
	all, err := filepath.Glob(filepath.Join(s.upgrades, "format-*.tgz"))
	if err != nil || len(all) == 0 {
		return fmt.Errorf("no archives of earlier formats in %s: %v", s.upgrades, err)
	}
	for i := range s.points / 5 {
		archive := all[s.random.IntN(len(all))]
		data := filepath.Join(s.scratch, fmt.Sprintf("old-%d", i))
		if err := unpack(archive, data); err != nil {
			return err
		}
		for range 2 {
			s.n["SIGKILL migrating"]++
			killAfter(s.upTo(150*time.Millisecond), s.program, "serve", "--listen", "127.0.0.1:0", "--json", "--data", data)
		}
		sc := scene{program: s.program}
		if err := sc.migrates(data); err != nil {
			return fmt.Errorf("%s, killed: %w", filepath.Base(archive), err)
		}
		os.RemoveAll(data)
	}
	return nil
}

func killAfter(d time.Duration, program string, args ...string) {
	cmd := exec.Command(program, args...)
	if cmd.Start() == nil {
		time.Sleep(d)
		cmd.Process.Kill()
		cmd.Wait()
	}
}

// restoring kills the command that restores, into nothing and over a box.
func (s *signals) restoring() error {
	old, err := makeFirm(s.program, filepath.Join(s.scratch, "firm"), 3)
	if err != nil {
		return err
	}
	present, err := makeFirm(s.program, filepath.Join(s.scratch, "present"), 2)
	if err != nil {
		return err
	}
	for i := range s.points / 5 {
		over := []*firm{nil, present}[i%2]
		dir := filepath.Join(s.scratch, fmt.Sprintf("restore-%d", i))
		args := restoreArgs(old, over, dir)
		if err := os.Mkdir(dir, 0o700); err != nil {
			return err
		}
		if over != nil {
			if err := copyBox(over.data, filepath.Join(dir, "data")); err != nil {
				return err
			}
		}
		s.n["SIGKILL restoring"]++
		killAfter(s.upTo(700*time.Millisecond), s.program, args...)
		sc := scene{program: s.program}
		if err := sc.restores(dir, args, old, over, false); err != nil {
			return fmt.Errorf("restore, killed: %w", err)
		}
		os.RemoveAll(dir)
	}
	return nil
}
