package machine

import (
	"context"
	"os/exec"
	"strings"
	"syscall"
	"time"
)

// Encryption asks macOS whether FileVault is on. It speaks of the start volume
// alone, so that another one is Unknown.
func Encryption(dir string) Disk {
	var st syscall.Statfs_t
	if err := syscall.Statfs(dir, &st); err != nil {
		return Disk{State: Unknown, Layer: "no-mount"}
	}
	point, kind := text(st.Mntonname[:]), text(st.Fstypename[:])
	if point != "/" && point != "/System/Volumes/Data" {
		return Disk{State: Unknown, Layer: "other-volume", FS: kind}
	}
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	out, err := exec.CommandContext(ctx, "/usr/bin/fdesetup", "status").Output()
	d := Disk{State: Unknown, Layer: "fdesetup", FS: kind}
	switch {
	case err != nil:
	case strings.Contains(string(out), "FileVault is On."):
		d.State, d.Layer = Encrypted, "FileVault"
	case strings.Contains(string(out), "FileVault is Off."):
		d.State, d.Layer = Plain, "FileVault"
	}
	return d
}

func text(c []int8) string {
	var b strings.Builder
	for _, x := range c {
		if x == 0 {
			break
		}
		b.WriteByte(byte(x))
	}
	return b.String()
}
