package wayback

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"syscall"
	"testing"
)

func TestMain(m *testing.M) {
	if len(os.Args) > 3 && os.Args[1] == "__killed" {
		n, _ := strconv.Atoi(os.Args[3])
		killPoint = func(string) {
			if n--; n < 0 {
				syscall.Kill(os.Getpid(), syscall.SIGKILL)
				select {}
			}
		}
		data := os.Args[2]
		Return(data, data+"/updates/before", data+"/updates/failed", []string{"box.db", "keys", "tenants"})
		os.Exit(0)
	}
	os.Exit(m.Run())
}

func put(t *testing.T, data string, files map[string]string) {
	t.Helper()
	for name, text := range files {
		path := filepath.Join(data, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
}

// tree is every file of a data directory with its text and mode.
func tree(t *testing.T, data string) map[string]string {
	t.Helper()
	out := map[string]string{}
	if err := walk(data, func(rel string, e fs.DirEntry) error {
		if e.IsDir() {
			return nil
		}
		st, err := e.Info()
		if err != nil {
			return err
		}
		b, err := os.ReadFile(filepath.Join(data, rel))
		out[rel] = fmt.Sprintf("%v %s", st.Mode(), b)
		return err
	}); err != nil {
		t.Fatal(err)
	}
	return out
}

func same(t *testing.T, got, want map[string]string) {
	t.Helper()
	if fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("got  %v\nwant %v", got, want)
	}
}

var before = map[string]string{
	"box.db": "box", "keys/master.age": "key", "tenants/acme/store.db": "truth", "tenants/acme/files/abc": "original",
	"tenants/acme/index/root.bolt": "index", "cache/x": "cache", "updates/programs/1/coffre": "program",
}

func taken(t *testing.T) (data string, was map[string]string) {
	t.Helper()
	data = t.TempDir()
	put(t, data, before)
	os.Chmod(filepath.Join(data, "tenants/acme/files/abc"), 0o400)
	was = tree(t, data)
	if err := Take(context.Background(), data, data+"/updates/before"); err != nil {
		t.Fatal(err)
	}
	return data, was
}

func spoil(t *testing.T, data string) {
	t.Helper()
	put(t, data, map[string]string{"box.db": "migrated", "tenants/acme/store.db": "migrated", "tenants/new/store.db": "new", "extra": "new"})
	os.RemoveAll(filepath.Join(data, "keys"))
	os.Remove(filepath.Join(data, "tenants/acme/files/abc"))
}

func TestThereAndBack(t *testing.T) {
	data, was := taken(t)
	same(t, tree(t, data+"/updates/before"), was)
	if n, err := Size(data); err != nil || n != int64(len("box")+len("key")+len("truth")+len("index")) {
		t.Errorf("%d bytes, %v", n, err)
	}
	a, _ := os.Stat(filepath.Join(data, "tenants/acme/files/abc"))
	b, _ := os.Stat(filepath.Join(data, "updates/before/tenants/acme/files/abc"))
	if !os.SameFile(a, b) {
		t.Error("an original was copied")
	}
	spoil(t, data)
	if err := Return(data, data+"/updates/before", data+"/updates/failed", []string{"box.db", "keys", "tenants"}); err != nil {
		t.Fatal(err)
	}
	same(t, tree(t, data), was)
	for _, name := range []string{"cache/x", "updates/programs/1/coffre"} {
		if _, err := os.Stat(filepath.Join(data, name)); err != nil {
			t.Error(err)
		}
	}
	if _, err := os.Stat(data + "/updates/failed"); err == nil {
		t.Error("what failed stays")
	}
}

// TestKilledReturn kills it at every step, several times over, and lets it end.
func TestKilledReturn(t *testing.T) {
	for n := range 6 {
		data, was := taken(t)
		spoil(t, data)
		for again := n; again >= 0; again = again - 1 - rand.IntN(2) {
			cmd := exec.Command(os.Args[0], "__killed", data, strconv.Itoa(again))
			cmd.Run()
		}
		if out, err := exec.Command(os.Args[0], "__killed", data, "1000").CombinedOutput(); err != nil {
			t.Fatalf("%v %s", err, out)
		}
		same(t, tree(t, data), was)
	}
}

func TestTakeAgainLeavesNothingOld(t *testing.T) {
	data, _ := taken(t)
	os.Remove(filepath.Join(data, "box.db"))
	if err := Take(context.Background(), data, data+"/updates/before"); err != nil {
		t.Fatal(err)
	}
	same(t, tree(t, data+"/updates/before"), tree(t, data))
}

// TestALinkIsRefused: what lies behind one would not come back.
func TestALinkIsRefused(t *testing.T) {
	data := t.TempDir()
	put(t, data, before)
	if err := os.Symlink(t.TempDir(), filepath.Join(data, "elsewhere")); err != nil {
		t.Fatal(err)
	}
	if err := Take(context.Background(), data, data+"/updates/before"); !errors.Is(err, ErrLink) {
		t.Errorf("%v", err)
	}
}
