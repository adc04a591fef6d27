package store

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"sync/atomic"
	"syscall"
	"testing"

	"coffre/chain"
)

// tank is a disk whose room a test sets.
type tank struct{ free atomic.Uint64 }

func (d *tank) read(string) (free, total uint64, err error) { return d.free.Load(), 100 << 30, nil }

// look makes the next question read the disk again.
func (d *tank) look(r *Root, free uint64) {
	d.free.Store(free)
	r.ForgetRoom()
}

func reserveBox(t *testing.T) (*Root, *Tenant, *tank) {
	t.Helper()
	d := &tank{}
	d.free.Store(50 << 30)
	r, err := OpenRoot(t.TempDir(), Options{Disk: d.read})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { r.Close() })
	if _, err := r.CreateTenant(context.Background(), Operator("test").Actor, NewTenant{ID: "alpha", Firm: "Alpha"}); err != nil {
		t.Fatal(err)
	}
	a, release, err := r.Acquire("alpha")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(release)
	return r, a, d
}

func reserveEntries(t *testing.T, a *Tenant) (n int) {
	t.Helper()
	seq, _ := a.Head()
	for i := uint64(1); i <= seq; i++ {
		err := a.View(func(v *View) error {
			e, err := v.Entry(i)
			if err == nil && e.Action == chain.BoxReserve {
				n++
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	return n
}

// TestReserve: below the reserve what is large is refused until there is a tenth
// more, and beginning and end are one entry each.
func TestReserve(t *testing.T) {
	r, a, d := reserveBox(t)
	const reserve = 2 << 30 // 2 % of 100 GiB
	for i, c := range []struct {
		free    uint64
		low     bool
		entries int
	}{
		{50 << 30, false, 0},
		{reserve, false, 0},
		{reserve - 1, true, 1},
		{reserve - 1, true, 1},
		{reserve + 1, true, 1}, // not yet a tenth more
		{reserve + reserve/10 - 1, true, 1},
		{reserve + reserve/10, false, 2},
		{reserve, false, 2},
		{0, true, 3},
	} {
		d.look(r, c.free)
		err := r.RoomFor(a)
		if (err != nil) != c.low || err != nil && AsError(err).Code != "disk-reserve" {
			t.Errorf("%d: %d free: %v", i, c.free, err)
		}
		r.enterRooms(context.Background())
		if n := reserveEntries(t, a); n != c.entries {
			t.Errorf("%d: %d free: %d entries, want %d", i, c.free, n, c.entries)
		}
	}
	// What has been entered holds over a restart: the end is entered, too.
	r.rooms.mu.Lock()
	r.rooms.low = nil
	r.rooms.mu.Unlock()
	d.look(r, reserve+1)
	if room, err := r.Room(a); err != nil || !room.Low {
		t.Errorf("after a restart: %+v, %v", room, err)
	}
}

func TestReserveSetting(t *testing.T) {
	r, a, d := reserveBox(t)
	for value, want := range map[string]bool{"": true, "1": true, "4096": true, "0": false, "-1": false, "x": false, "1e3": false, "104857601": false} {
		if ValidReserve(value) != want {
			t.Errorf("%q", value)
		}
	}
	ev := chain.Event{Action: chain.SettingsUpdate}
	if _, err := a.Update(context.Background(), Operator("test").Actor, ev, func(tx *Tx) error { return tx.PutSetting(SettingReserve, "10240") }); err != nil {
		t.Fatal(err)
	}
	d.look(r, 9<<30)
	if room, err := r.Room(a); err != nil || room.Reserve != 10<<30 || !room.Low {
		t.Errorf("%+v, %v", room, err)
	}
}

// smallDisk mounts a tmpfs of so many bytes.
func smallDisk(t *testing.T, size int) string {
	t.Helper()
	if runtime.GOOS != "linux" || os.Getuid() != 0 {
		t.Skip("a small disk needs Linux and root: run as root, or in a user namespace that may mount")
	}
	dir := t.TempDir()
	if out, err := mountSmall(dir, size); err != nil {
		t.Skipf("a small disk can't be mounted here: %v %s", err, out)
	}
	t.Cleanup(func() { unmountSmall(dir) })
	return dir
}

// TestFullDiskLosesNothing fills a real disk under a tenant that is written to:
// every act that was acknowledged is there once there is room again.
func TestFullDiskLosesNothing(t *testing.T) {
	dir := smallDisk(t, 24<<20)
	ctx := context.Background()
	r, err := OpenRoot(filepath.Join(dir, "data"), Options{})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := r.CreateTenant(ctx, Operator("test").Actor, NewTenant{ID: "alpha", Firm: "Alpha"}); err != nil {
		t.Fatal(err)
	}
	a, release, err := r.Acquire("alpha")
	if err != nil {
		t.Fatal(err)
	}
	ballast := filepath.Join(dir, "ballast")
	fillDisk(t, ballast)
	told, refused := uint64(0), error(nil)
	for i := range 20_000 {
		ev := chain.Event{Action: chain.SettingsUpdate}
		seq, err := a.Update(ctx, Operator("test").Actor, ev, func(tx *Tx) error {
			return tx.PutSetting(fmt.Sprintf("test.%d", i), string(make([]byte, 4000)))
		})
		if err != nil {
			refused = err
			break
		}
		told = seq
	}
	if refused == nil {
		t.Fatal("the disk was never full")
	}
	t.Logf("acknowledged up to %d, then: %v", told, refused)
	release()
	r.Close()
	if err := os.Remove(ballast); err != nil {
		t.Fatal(err)
	}
	if r, err = OpenRoot(filepath.Join(dir, "data"), Options{}); err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	a, release, err = r.Acquire("alpha")
	if err != nil {
		t.Fatal(err)
	}
	defer release()
	if seq, _ := a.Head(); seq < told {
		t.Errorf("entry %d was acknowledged, the chain ends at %d", told, seq)
	}
	if err := a.Check(); err != nil {
		t.Error(err)
	}
}

// fillDisk leaves about a megabyte free.
func fillDisk(t *testing.T, path string) {
	t.Helper()
	f, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	block := make([]byte, 64<<10)
	for {
		free, _, err := DiskSpace(filepath.Dir(path))
		if err != nil {
			t.Fatal(err)
		}
		if free < 1<<20 {
			return
		}
		if _, err := f.Write(block); err != nil && !errors.Is(err, syscall.ENOSPC) {
			t.Fatal(err)
		}
	}
}
