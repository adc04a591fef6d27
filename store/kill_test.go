package store

import (
	"bufio"
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"coffre/chain"
)

// writeUntilKilled is a child of TestKilledWriter: many goroutines write, and
// each acknowledgement is a line on standard output, after its commit.
func writeUntilKilled(dir string) int {
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
	start, _ := tn.Head()
	for g := range 24 {
		go func() {
			for i := 0; ; i++ {
				key := fmt.Sprintf("k.%d.%d.%d", start, g, i)
				ev := chain.Event{Action: chain.SettingsUpdate, Private: chain.Detail{"key": key}}
				seq, err := tn.Update(context.Background(), System("writer"), ev, func(tx *Tx) error {
					return tx.PutSetting(key, strings.Repeat(key, 1+i%200))
				})
				if err != nil {
					fmt.Fprintln(os.Stderr, err)
					os.Exit(1)
				}
				// One write a line: a pipe takes it whole, or not at all.
				os.Stdout.WriteString(fmt.Sprintf("%s %d\n", key, seq))
			}
		}()
	}
	select {}
}

// TestKilledWriter kills a process amid its commits, again and again on the
// same file: what it acknowledged is there, with the entry that it named.
func TestKilledWriter(t *testing.T) {
	rounds := 5
	if n, err := strconv.Atoi(os.Getenv("COFFRE_KILLS")); err == nil {
		rounds = n
	}
	seed := uint64(time.Now().UnixNano())
	t.Logf("seed %d", seed)
	random := rand.New(rand.NewPCG(seed, 0))
	dir := filepath.Join(t.TempDir(), "data")
	r := newRoot(t, dir, nil)
	if _, err := r.CreateTenant(context.Background(), System("test"), NewTenant{ID: "acme", Firm: "Acme"}); err != nil {
		t.Fatal(err)
	}
	if err := r.Close(); err != nil {
		t.Fatal(err)
	}
	acked := map[string]uint64{}
	for range rounds {
		writeAndKill(t, dir, time.Duration(random.Int64N(int64(600*time.Millisecond))), acked)
		checkAcked(t, dir, acked)
	}
	t.Logf("%d kills, %d acts acknowledged", rounds, len(acked))
}

func writeAndKill(t *testing.T, dir string, after time.Duration, acked map[string]uint64) {
	t.Helper()
	cmd := exec.Command(os.Args[0], "__write", dir)
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	var errout strings.Builder
	cmd.Stderr = &errout
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	var wg sync.WaitGroup
	wg.Go(func() {
		for lines := bufio.NewScanner(out); lines.Scan(); {
			key, n, ok := strings.Cut(lines.Text(), " ")
			seq, err := strconv.ParseUint(n, 10, 64)
			if !ok || err != nil {
				t.Errorf("acknowledgement %q", lines.Text())
			}
			acked[key] = seq
		}
	})
	time.Sleep(after)
	cmd.Process.Kill()
	wg.Wait()
	cmd.Wait()
	if errout.Len() > 0 {
		t.Errorf("the writer says %s", &errout)
	}
}

func checkAcked(t *testing.T, dir string, acked map[string]uint64) {
	t.Helper()
	r, err := OpenRoot(dir, Options{LockTimeout: 5 * time.Second})
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	tn, release, err := r.Acquire("acme")
	if err != nil {
		t.Fatal(err)
	}
	defer release()
	tn.View(func(v *View) error {
		for key, seq := range acked {
			p, err := v.Private(seq)
			if err != nil || p["key"] != key || !strings.HasPrefix(v.Setting(key, ""), key) {
				t.Errorf("%s, acknowledged as %d: entry %v %v, change %.20q", key, seq, p, err, v.Setting(key, ""))
			}
		}
		return nil
	})
	if err := tn.Check(); err != nil {
		t.Error(err)
	}
	(&firm{Tenant: tn}).verifyLive(t)
}
