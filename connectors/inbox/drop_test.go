package inbox

import (
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"testing"
)

// drop runs the test again as nobody: the administrator of a machine may write
// everywhere.
func drop(t *testing.T) {
	dir, err := os.MkdirTemp("", "inbox-nobody-")
	mustDo(t, err)
	t.Cleanup(func() { os.RemoveAll(dir) })
	mustDo(t, os.Chmod(dir, 0o777))
	program := filepath.Join(dir, "test")
	b, err := os.ReadFile(os.Args[0])
	mustDo(t, err)
	mustDo(t, os.WriteFile(program, b, 0o755))
	cmd := exec.Command(program, "-test.run", "^"+t.Name()+"$", "-test.v")
	cmd.Dir, cmd.Env = dir, []string{"TMPDIR=" + dir, "HOME=" + dir}
	cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: 65534, Gid: 65534}}
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Errorf("as nobody: %v\n%s", err, out)
	}
}
