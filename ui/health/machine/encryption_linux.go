package machine

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
)

// system is where Linux tells about its disks; tests have one of their own.
type system struct {
	sys    string // /sys
	mounts string // /proc/self/mountinfo
	number func(path string) (string, error)
}

const maxLayers = 12

// Encryption reads what lies below dir, through partitions, LVM, RAID, loop
// devices and overlays down to the disks.
func Encryption(dir string) Disk {
	return system{"/sys", "/proc/self/mountinfo", deviceNumber}.below(dir, maxLayers)
}

// deviceNumber is "major:minor" of a device file.
func deviceNumber(path string) (string, error) {
	var st syscall.Stat_t
	if err := syscall.Stat(path, &st); err != nil {
		return "", fmt.Errorf("stat device: %w", err)
	}
	if st.Mode&syscall.S_IFMT != syscall.S_IFBLK {
		return "", fmt.Errorf("stat device: %w", os.ErrInvalid)
	}
	n := uint64(st.Rdev)
	// The layout of Linux's dev_t, as in glibc's gnu_dev_major.
	major := n>>8&0xfff | n>>32&^uint64(0xfff)
	minor := n&0xff | n>>12&^uint64(0xff)
	return fmt.Sprintf("%d:%d", major, minor), nil
}

func (s system) below(dir string, left int) Disk {
	if left == 0 {
		return Disk{State: Unknown, Layer: "deep"}
	}
	real, err := filepath.Abs(dir)
	if err == nil {
		real, err = filepath.EvalSymlinks(real)
	}
	text, rerr := os.ReadFile(s.mounts)
	if err != nil || rerr != nil {
		return Disk{State: Unknown, Layer: "no-mount"}
	}
	m, ok := mountOf(parseMounts(string(text)), real)
	if !ok {
		return Disk{State: Unknown, Layer: "no-mount"}
	}
	d := s.mounted(m, left)
	d.FS = m.kind
	return d
}

func (s system) mounted(m mount, left int) Disk {
	switch {
	case m.kind == "tmpfs" || m.kind == "ramfs":
		return Disk{State: Memory, Layer: m.kind}
	case m.kind == "overlay":
		if upper := m.option("upperdir"); upper != "" {
			if _, err := os.Stat(upper); err == nil {
				return s.below(upper, left-1)
			}
		}
		return Disk{State: Unknown, Layer: m.kind}
	case m.kind == "ecryptfs" || m.kind == "fuse.gocryptfs" || m.kind == "fuse.cryfs" || m.kind == "fuse.encfs":
		return Disk{State: Encrypted, Layer: m.kind}
	}
	var devices []string
	for part := range strings.SplitSeq(m.source, ":") { // bcachefs names all of its own
		if strings.HasPrefix(part, "/dev/") {
			if n, err := s.number(part); err == nil {
				devices = append(devices, n)
			}
		}
	}
	if len(devices) == 0 && !strings.HasPrefix(m.device, "0:") {
		devices = []string{m.device}
	}
	if len(devices) == 0 {
		return Disk{State: Unknown, Layer: m.kind}
	}
	out := s.device(devices[0], left-1)
	for _, n := range s.siblings(m.kind, devices) {
		out = both(out, s.device(n, left-1))
	}
	return out
}

// siblings are the other devices of a file system: those that are named, and for
// btrfs, which names one, those that the kernel lists.
func (s system) siblings(kind string, devices []string) []string {
	if kind != "btrfs" {
		return devices[1:]
	}
	groups, _ := filepath.Glob(filepath.Join(s.sys, "fs/btrfs/*/devices"))
	for _, g := range groups {
		var all []string
		links, _ := filepath.Glob(filepath.Join(g, "*"))
		for _, l := range links {
			all = append(all, word(filepath.Join(l, "dev")))
		}
		if slices.Contains(all, devices[0]) {
			return slices.DeleteFunc(all, func(n string) bool { return n == devices[0] || n == "" })
		}
	}
	return nil
}

// device goes down from one block device.
func (s system) device(number string, left int) Disk {
	at, err := filepath.EvalSymlinks(filepath.Join(s.sys, "dev/block", number))
	if err != nil {
		return Disk{State: Unknown, Layer: "no-device"}
	}
	return s.node(at, left)
}

func (s system) node(at string, left int) Disk {
	if left <= 0 {
		return Disk{State: Unknown, Layer: "deep"}
	}
	if kind := cryptKind(word(filepath.Join(at, "dm/uuid"))); kind != "" {
		return Disk{State: Encrypted, Layer: kind}
	}
	slaves, err := os.ReadDir(filepath.Join(at, "slaves"))
	if err == nil && len(slaves) > 0 {
		var out Disk
		for i, e := range slaves {
			down, err := filepath.EvalSymlinks(filepath.Join(at, "slaves", e.Name()))
			one := Disk{State: Unknown, Layer: "no-device"}
			if err == nil {
				one = s.node(down, left-1)
			}
			if i == 0 {
				out = one
			} else {
				out = both(out, one)
			}
		}
		return out
	}
	if file := word(filepath.Join(at, "loop/backing_file")); file != "" {
		return s.below(filepath.Dir(file), left-1)
	}
	if _, err := os.Stat(filepath.Join(at, "partition")); err == nil {
		return s.node(filepath.Dir(at), left-1)
	}
	if _, err := os.Stat(filepath.Join(at, "dev")); err != nil {
		return Disk{State: Unknown, Layer: "no-device"}
	}
	return Disk{
		State: Plain, Layer: "disk", Devices: []string{filepath.Base(at)},
		FlushFree: word(filepath.Join(at, "queue/write_cache")) == "write through",
	}
}

// cryptKind is the kind of encryption that a device-mapper uuid names, "" for
// none. cryptsetup writes CRYPT-KIND-…; verity and integrity hide nothing.
func cryptKind(uuid string) string {
	rest, ok := strings.CutPrefix(uuid, "CRYPT-")
	kind, _, _ := strings.Cut(rest, "-")
	if !ok || kind == "VERITY" || kind == "INTEGRITY" || kind == "SUBDEV" {
		return ""
	}
	return kind
}

// word is a file's text without space around it, "" where it can't be read.
func word(path string) string {
	b, err := os.ReadFile(path)
	if err != nil {
		return ""
	}
	return strings.TrimSpace(string(b))
}
