package store

import (
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"coffre/chain"
)

// rotateUntilKilled is a child of TestKilledHandover: it does so many steps of a
// hand-over and kills itself, or with "all" hands over again and again. Each
// checkpoint that left is a line, quoted, on standard output.
func rotateUntilKilled(dir, steps string) int {
	r, err := OpenRoot(dir, Options{LockTimeout: 10 * time.Second})
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	tn, _, err := r.Acquire("acme")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	say := func() {
		_, note := tn.Head()
		os.Stdout.WriteString(strconv.Quote(note) + "\n")
	}
	say()
	if n, err := strconv.Atoi(steps); err == nil {
		h, err := tn.newRotation(context.Background(), System("test"))
		for _, step := range h.steps()[:n] {
			if err == nil {
				err = step()
			}
		}
		if err != nil {
			fmt.Fprintln(os.Stderr, err)
			return 1
		}
		say()
		syscall.Kill(os.Getpid(), syscall.SIGKILL)
		select {}
	}
	for {
		_, err := tn.RotateKey(context.Background(), System("test"))
		if err == nil {
			_, err = tn.Record(context.Background(), System("test"), chain.Event{Action: chain.BoxStart})
		}
		if err != nil {
			fmt.Fprintln(os.Stderr, err)
			return 1
		}
		say()
	}
}

// rotateAndKill runs the child, kills it after a while if it is given one, and
// returns the checkpoints that it let out.
func rotateAndKill(t *testing.T, dir, steps string, after time.Duration) (notes []string) {
	t.Helper()
	cmd := exec.Command(os.Args[0], "__rotate", dir, steps)
	var out, errout strings.Builder
	cmd.Stdout, cmd.Stderr = &out, &errout
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	if after > 0 {
		time.Sleep(after)
		cmd.Process.Kill()
	}
	cmd.Wait()
	if errout.Len() > 0 {
		t.Errorf("the child says %s", &errout)
	}
	lines := strings.Split(out.String(), "\n")
	for _, l := range lines[:len(lines)-1] { // what follows the last line end was cut
		note, err := strconv.Unquote(l)
		if err != nil {
			t.Fatal(err)
		}
		notes = append(notes, note)
	}
	return notes
}

// afterKill opens what a kill left: the tenant opens, every checkpoint that left
// it is in its chain, which is authentic by the first key, one key file is left
// and signs, and the keys go on.
func afterKill(t *testing.T, dir string, notes []string) (handovers int) {
	t.Helper()
	r := newRoot(t, dir, nil)
	defer r.Close()
	tn, release, err := r.Acquire("acme")
	if err != nil {
		t.Fatal(err)
	}
	defer release()
	f := &firm{Tenant: tn, root: r}
	_, note := tn.Head()
	oneKey(t, r.keys(), "acme", note)
	first, _ := f.firstKey(t)
	rep, err := tn.Verify(t.Context(), System("test"), VerifyRequest{FirstKey: first, Checkpoints: notes}, "")
	if err != nil || !rep.OK || !rep.Authentic {
		t.Errorf("%+v %v", rep, err)
	}
	if err := tn.Check(); err != nil {
		t.Error(err)
	}
	f.rotate(t, 1)
	return rep.Handovers
}

func dataDir(t *testing.T) string {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "data")
	r := newRoot(t, dir, nil)
	newTenant(t, r, "acme")
	if err := r.Close(); err != nil {
		t.Fatal(err)
	}
	return dir
}

// TestKilledHandover kills a process after each step of a hand-over.
func TestKilledHandover(t *testing.T) {
	dir, want := dataDir(t), 0
	for n := range len((&rotation{t: &Tenant{}}).steps()) + 1 {
		notes := rotateAndKill(t, dir, strconv.Itoa(n), 0)
		if n >= 2 {
			want++ // its entry is committed
		}
		if got := afterKill(t, dir, notes); got != want {
			t.Errorf("killed after step %d: %d hand-overs, want %d", n, got, want)
		}
		want++ // afterKill's own
	}
}

// TestHandoverCutShort: a kill in the middle of a step that writes leaves a torn
// key file.
func TestHandoverCutShort(t *testing.T) {
	for name, tear := range map[string]func(keys string) error{
		"next half written": func(keys string) error {
			return os.WriteFile(nextSignerPath(keys, "acme"), []byte("PRIVATE+KEY+coff"), 0o600)
		},
		"next empty": func(keys string) error { return os.WriteFile(nextSignerPath(keys, "acme"), nil, 0o600) },
	} {
		t.Run(name, func(t *testing.T) {
			dir := dataDir(t)
			if err := tear(filepath.Join(dir, "keys")); err != nil {
				t.Fatal(err)
			}
			afterKill(t, dir, nil)
		})
	}
	t.Run("old half overwritten", func(t *testing.T) {
		dir := dataDir(t)
		notes := rotateAndKill(t, dir, "3", 0)
		f, err := os.OpenFile(signerPath(filepath.Join(dir, "keys"), "acme"), os.O_WRONLY, 0)
		if err != nil {
			t.Fatal(err)
		}
		f.Write(make([]byte, 40))
		f.Close()
		if got := afterKill(t, dir, notes); got != 1 {
			t.Errorf("%d hand-overs", got)
		}
	})
}

// TestKilledHandovers kills a process that hands over all the time, at moments
// that nobody chose.
func TestKilledHandovers(t *testing.T) {
	rounds := 6
	if n, err := strconv.Atoi(os.Getenv("COFFRE_KILLS")); err == nil {
		rounds = n
	}
	seed := uint64(time.Now().UnixNano())
	t.Logf("seed %d", seed)
	random := rand.New(rand.NewPCG(seed, 0))
	dir, got := dataDir(t), 0
	for range rounds {
		notes := rotateAndKill(t, dir, "all", 20*time.Millisecond+time.Duration(random.Int64N(int64(400*time.Millisecond))))
		got = afterKill(t, dir, notes)
	}
	t.Logf("%d kills, %d hand-overs", rounds, got)
}

// TestHandoverSurvivesHeader: after a hand-over no header page leads back to a
// state that only the destroyed key could sign for.
func TestHandoverSurvivesHeader(t *testing.T) {
	for page := range 2 {
		dir := dataDir(t)
		rotateAndKill(t, dir, "5", 0)
		path := TenantDB(dir, "acme")
		b, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		b[page*os.Getpagesize()+metaChecksum-1] ^= 1
		if err := os.WriteFile(path, b, 0o600); err != nil {
			t.Fatal(err)
		}
		r := newRoot(t, dir, nil)
		tn, release, err := r.Acquire("acme")
		if err != nil {
			t.Errorf("header page %d damaged: %v", page, err)
		} else {
			if n, err := tn.RotateKey(t.Context(), System("test")); err != nil {
				t.Errorf("hand-over %d: %v", n, err)
			}
			release()
		}
		r.Close()
	}
}
