package inbox

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"
	"time"

	"coffre/chain"
	"coffre/store"
)

// takeUntilKilled is a child of TestKilled: it looks at the folder of the firm in a
// data directory, and ends itself at a step.
func takeUntilKilled(dir, tenant, step string) int {
	root, err := store.OpenRoot(dir, store.Options{LockTimeout: 10 * time.Second})
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	killPoint = func(s string) {
		if s == step {
			syscall.Kill(os.Getpid(), syscall.SIGKILL)
			select {}
		}
	}
	k := New(options(root))
	k.pace = quickPace
	k.mu.Lock()
	w := k.watcherOf(tenant)
	k.mu.Unlock()
	for range 3 {
		w.once(context.Background())
	}
	root.Close()
	return 0
}

// TestKilled ends the process at each step of taking, removing and refusing a file:
// afterwards there is each document once, and each file where it belongs.
func TestKilled(t *testing.T) {
	for _, keep := range []string{store.InboxMove, store.InboxRemove} {
		for _, step := range []string{"inbox-received", "inbox-added", "inbox-renamed", "inbox-moved", "inbox-refused", "inbox-aside"} {
			t.Run(keep+" "+step, func(t *testing.T) {
				o := newOffice(t)
				o.plan.Keep = keep
				o.set()
				o.put("a.txt", "bail")
				o.put("b.txt", "autre")
				o.put("photo.jpg", "\xff\xd8\xff\xe0 jfif")
				dir := o.root.Dir
				o.reopen(t, func() {
					for n := range 5 { // a step before the commit is never passed
						cmd := exec.Command(os.Args[0], "__inbox", dir, o.ID, step)
						out, err := cmd.CombinedOutput()
						if err == nil && n == 0 {
							t.Errorf("nothing comes to %s", step)
						}
						if err == nil {
							return // nothing is left to be killed over
						}
						if len(out) > 0 {
							t.Fatalf("the child says %s", out)
						}
					}
				})
				o.look(3)
				o.want("documents", o.documents(o.open), []string{"a.txt", "b.txt"})
				lies := []string{"coffre-pris/DAY/a.txt", "coffre-pris/DAY/b.txt"}
				if keep == store.InboxRemove {
					lies = nil
				}
				o.want("files", o.lies(), append(lies, "coffre-refus/photo.jpg", "coffre-refus/photo.jpg.txt"))
				if n := o.entries(chain.DocumentRefuse); n != 1 {
					t.Errorf("refused %d times", n)
				}
			})
		}
	}
}

// reopen closes the box while others work on its data.
func (o *office) reopen(t *testing.T, work func()) {
	t.Helper()
	dir := o.root.Dir
	mustDo(t, o.root.Close())
	o.again = true
	work()
	root, err := store.OpenRoot(dir, store.Options{LockTimeout: 10 * time.Second})
	mustDo(t, err)
	t.Cleanup(func() { root.Close() })
	tn, release, err := root.Acquire(o.ID)
	mustDo(t, err)
	t.Cleanup(func() {
		if err := tn.Check(); err != nil {
			t.Errorf("invariants: %v", err)
		}
		release()
	})
	o.root, o.Tenant, o.k = root, tn, New(options(root))
	o.k.pace = quickPace
}

// TestRun: the keeper looks by itself, takes up a change at once, and ends.
func TestRun(t *testing.T) {
	o := newOffice(t)
	ctx, stop := context.WithCancel(context.Background())
	ended := make(chan struct{})
	go func() { o.k.Run(ctx); close(ended) }()
	o.set()
	o.put("a.txt", "bail")
	for until := time.Now().Add(20 * time.Second); len(o.documents(o.open)) == 0; time.Sleep(5 * time.Millisecond) {
		if time.Now().After(until) {
			t.Fatal("nothing came")
		}
	}
	stop()
	<-ended
	if all := strings.Join(o.lies(), " "); strings.Contains(all, ".going") {
		t.Error(all)
	}
}
