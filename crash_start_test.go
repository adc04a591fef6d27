package main

import (
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"
)

func passwordFile(t *testing.T) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "password")
	if err := os.WriteFile(path, []byte("velours-cadastre-93-tuile\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// TestKilledFirstStart kills the first start and the set-up at random moments:
// whatever is there then, the next one goes on from it.
func TestKilledFirstStart(t *testing.T) {
	random, pw := seeded(t), passwordFile(t)
	for i := range max(2, count(t, "COFFRE_KILLS", 8)/2) {
		dir := filepath.Join(t.TempDir(), "data")
		for range 3 {
			cmd := coffre(t, "serve", "--listen", "127.0.0.1:0", "--data", dir)
			if i%2 == 1 {
				cmd = coffre(t, "init", "--firm", "Acme", "--admin", "Ana", "--password-file", pw, "--data", dir)
			}
			if err := cmd.Start(); err != nil {
				t.Fatal(err)
			}
			time.Sleep(time.Duration(random.Int64N(int64(300 * time.Millisecond))))
			cmd.Process.Kill()
			cmd.Wait()
		}
		// A set-up that was whole before its kill is not made twice.
		o := command(t, "init", "--firm", "Acme", "--admin", "Ana", "--password-file", pw, "--data", dir)
		if o.code != 0 && (o.code != 1 || i%2 == 0) {
			t.Errorf("init after the kills: %+v", o)
		}
		if o := command(t, "user", "list", "--data", dir); o.code != 0 || !strings.Contains(o.out, "ana") {
			t.Errorf("user list: %+v", o)
		}
		for _, tenant := range []string{"acme", "box"} {
			if o := command(t, "audit", "verify", "--tenant", tenant, "--data", dir); o.code != 0 {
				t.Errorf("audit verify of %s: %+v", tenant, o)
			}
		}
		left, _ := filepath.Glob(filepath.Join(dir, "keys", ".*"))
		if len(left) > 3 { // one a kill at most, and never read
			t.Errorf("left in keys: %v", left)
		}
	}
}

// TestTwoFirstStarts: of several set-ups at once in one directory, one makes
// the box and its keys, the others are told to wait or that it is made.
func TestTwoFirstStarts(t *testing.T) {
	pw := passwordFile(t)
	dir := filepath.Join(t.TempDir(), "data")
	if _, err := program(); err != nil {
		t.Fatal(err)
	}
	var wg sync.WaitGroup
	codes := make([]int, 4)
	for i := range codes {
		wg.Go(func() {
			codes[i] = command(t, "init", "--firm", "Acme", "--admin", "Ana", "--password-file", pw, "--data", dir).code
		})
	}
	wg.Wait()
	made := 0
	for _, code := range codes {
		if code == 0 {
			made++
		} else if code != 1 && code != 4 {
			t.Errorf("exit codes %v", codes)
		}
	}
	if made != 1 {
		t.Errorf("%d of 4 set-ups made the box", made)
	}
	for _, tenant := range []string{"acme", "box"} {
		if o := command(t, "audit", "verify", "--tenant", tenant, "--data", dir); o.code != 0 {
			t.Errorf("audit verify of %s: %+v", tenant, o)
		}
	}
}
