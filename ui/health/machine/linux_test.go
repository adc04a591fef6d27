//go:build linux

package machine

import (
	"fmt"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// disks builds a tree as /sys has it: a device by number, its files, and what
// lies below it.
type disks struct {
	t    *testing.T
	sys  string
	node map[string]string
}

func (d *disks) device(number, name, uuid string, below ...string) {
	d.t.Helper()
	at := filepath.Join(d.sys, "devices", name)
	for _, dir := range []string{filepath.Join(at, "slaves"), filepath.Join(at, "dm"), filepath.Join(at, "queue"), filepath.Join(d.sys, "dev/block")} {
		if err := os.MkdirAll(dir, 0o700); err != nil {
			d.t.Fatal(err)
		}
	}
	d.file(filepath.Join(at, "dev"), number)
	if uuid != "" {
		d.file(filepath.Join(at, "dm/uuid"), uuid+"\n")
	}
	for _, b := range below {
		d.link(filepath.Join(d.sys, "devices", b), filepath.Join(at, "slaves", filepath.Base(b)))
	}
	d.link(at, filepath.Join(d.sys, "dev/block", number))
	d.node[name] = number
}

func (d *disks) file(path, text string) {
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		d.t.Fatal(err)
	}
}

func (d *disks) link(to, path string) {
	if err := os.Symlink(to, path); err != nil {
		d.t.Fatal(err)
	}
}

func TestEncryptionLayers(t *testing.T) {
	base, err := filepath.EvalSymlinks(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	d := &disks{t, filepath.Join(base, "sys"), map[string]string{}}
	d.device("8:0", "sda", "")
	d.device("8:1", "sda/sda1", "")
	d.file(filepath.Join(d.sys, "devices/sda/sda1/partition"), "1")
	d.device("8:16", "sdb", "")
	d.file(filepath.Join(d.sys, "devices/sdb/queue/write_cache"), "write through\n")
	d.device("253:0", "dm-0", "CRYPT-LUKS2-0a1b-root", "sda/sda1")
	d.device("253:1", "dm-1", "LVM-abc", "dm-0")
	d.device("253:2", "dm-2", "LVM-def", "sda/sda1")
	d.device("253:3", "dm-3", "CRYPT-VERITY-1-x", "sda/sda1")
	d.device("253:4", "dm-4", "CRYPT-PLAIN-x", "sdb")
	d.device("9:0", "md0", "", "dm-0", "sdb")
	d.device("9:1", "md1", "", "dm-0", "dm-4")
	d.device("7:0", "loop0", "")
	if err := os.MkdirAll(filepath.Join(d.sys, "devices/loop0/loop"), 0o700); err != nil {
		t.Fatal(err)
	}
	crypt := filepath.Join(base, "on-crypt")
	d.file(filepath.Join(d.sys, "devices/loop0/loop/backing_file"), filepath.Join(crypt, "image"))
	for _, dir := range []string{"on-crypt", "data", "sys/fs/btrfs/u/devices"} {
		if err := os.MkdirAll(filepath.Join(base, dir), 0o700); err != nil {
			t.Fatal(err)
		}
	}
	d.link(filepath.Join(d.sys, "devices/dm-0"), filepath.Join(d.sys, "fs/btrfs/u/devices/dm-0"))
	d.link(filepath.Join(d.sys, "devices/sdb"), filepath.Join(d.sys, "fs/btrfs/u/devices/sdb"))

	data := filepath.Join(base, "data")
	for name, c := range map[string]struct{ line, state, layer string }{
		"partition":         {"8:1 / DIR rw - ext4 /dev/none rw", Plain, "disk"},
		"LUKS":              {"253:0 / DIR rw - ext4 /dev/none rw", Encrypted, "LUKS2"},
		"LVM on LUKS":       {"253:1 / DIR rw - ext4 /dev/none rw", Encrypted, "LUKS2"},
		"LVM in clear":      {"253:2 / DIR rw - ext4 /dev/none rw", Plain, "disk"},
		"verity":            {"253:3 / DIR ro - ext4 /dev/none ro", Plain, "disk"},
		"RAID, half clear":  {"9:0 / DIR rw - ext4 /dev/none rw", Plain, "disk"},
		"RAID, both":        {"9:1 / DIR rw - ext4 /dev/none rw", Encrypted, "LUKS2"},
		"loop on LUKS":      {"7:0 / DIR rw - ext4 /dev/none rw", Encrypted, "LUKS2"},
		"btrfs, half clear": {"0:40 / DIR rw - btrfs /dev/dm-0 rw", Plain, "disk"},
		"tmpfs":             {"0:41 / DIR rw - tmpfs tmpfs rw", Memory, "tmpfs"},
		"overlay on LUKS":   {"0:42 / DIR rw - overlay overlay rw,lowerdir=/x,upperdir=" + crypt + ",workdir=/y", Encrypted, "LUKS2"},
		"overlay unseen":    {"0:42 / DIR rw - overlay overlay rw,upperdir=/nowhere/at/all", Unknown, "overlay"},
		"NFS":               {"0:43 / DIR rw - nfs4 nas:/v rw", Unknown, "nfs4"},
		"ZFS":               {"0:44 / DIR rw - zfs pool/data rw", Unknown, "zfs"},
		"gocryptfs":         {"0:45 / DIR rw - fuse.gocryptfs /x rw", Encrypted, "fuse.gocryptfs"},
		"no such device":    {"8:99 / DIR rw - ext4 /dev/none rw", Unknown, "no-device"},
	} {
		mounts := filepath.Join(base, "mountinfo")
		d.file(mounts, "1 0 8:1 / / rw - ext4 /dev/none rw\n2 1 253:0 / "+crypt+" rw - ext4 /dev/none rw\n3 1 "+strings.Replace(c.line, "DIR", data, 1)+"\n")
		s := system{d.sys, mounts, func(path string) (string, error) {
			if n := d.node[filepath.Base(path)]; n != "" {
				return n, nil
			}
			return "", os.ErrNotExist
		}}
		if got := s.below(data, maxLayers); got.State != c.state || got.Layer != c.layer {
			t.Errorf("%s: %+v, want %s %s", name, got, c.state, c.layer)
		}
	}
	if got := (system{d.sys, filepath.Join(base, "none"), deviceNumber}).below(data, maxLayers); got.State != Unknown {
		t.Errorf("without mountinfo: %+v", got)
	}
}

func TestSockets(t *testing.T) {
	text := `  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
   0: 0100007F:20FB 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 4711 1
   1: 0100007F:20FB 0100007F:D431 01 00000000:00000000 00:00000000 00000000     0        0 4712 1
   2: 00000000000000000000000001000000:01BB 00000000000000000000000000000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 4713 1
`
	got := parseSockets(text)
	want := []socket{{netip.MustParseAddrPort("127.0.0.1:8443"), "4711"}, {netip.MustParseAddrPort("[::1]:443"), "4713"}}
	if fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("%v, want %v", got, want)
	}
}

func FuzzSockets(f *testing.F) {
	f.Add("0: 0100007F:20FB 00000000:0000 0A 0 0 0 0 0 4711")
	f.Fuzz(func(t *testing.T, text string) {
		for _, s := range parseSockets(text) {
			if !s.at.IsValid() {
				t.Errorf("%v", s)
			}
		}
	})
}

func FuzzMounts(f *testing.F) {
	f.Add(`22 27 0:21 / /a\040b rw,relatime - overlay overlay rw,upperdir=/x`)
	f.Fuzz(func(t *testing.T, text string) {
		all := parseMounts(text)
		for _, m := range all {
			m.option("upperdir")
		}
		mountOf(all, "/a b/c")
	})
}

func TestLooseModes(t *testing.T) {
	dir := t.TempDir()
	os.Chmod(dir, 0o700)
	for name, mode := range map[string]os.FileMode{"good": 0o600, "loose": 0o640, "public": 0o644} {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, nil, mode); err != nil {
			t.Fatal(err)
		}
		os.Chmod(path, mode)
	}
	got, seen, err := LooseModes(dir, os.Getuid(), func(rel string) bool { return rel == "public" })
	if err != nil || seen != 4 || len(got) != 1 || got[0].Path != "loose" || got[0].Foreign {
		t.Errorf("%+v, %d, %v", got, seen, err)
	}
	if got, _, _ := LooseModes(dir, os.Getuid()+1, func(string) bool { return true }); len(got) != 4 || !got[0].Foreign {
		t.Errorf("of another user: %+v", got)
	}
}

func TestReadHere(t *testing.T) {
	if took, err := SyncTime(t.TempDir()); err != nil || took <= 0 {
		t.Errorf("%v, %v", took, err)
	}
	if _, err := SyncTime("/proc"); err == nil {
		t.Error("a sync where nothing can be written")
	}
	if open, most, err := OpenFiles(); err != nil || open == 0 || most == 0 {
		t.Errorf("%d of %d, %v", open, most, err)
	}
	if _, err := Listening(); err != nil {
		t.Error(err)
	}
}
