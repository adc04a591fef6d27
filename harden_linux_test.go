package main

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"
)

// nobody is the account under which a box and its attacker run where the tests
// are root's, whom nothing keeps from reading memory.
const nobody = 65534

// asNobody makes a command run as an ordinary account, where there is a choice.
func asNobody(cmd *exec.Cmd) *exec.Cmd {
	if os.Geteuid() == 0 {
		cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: nobody, Gid: nobody}}
	}
	return cmd
}

// TestAttacker is no test but the attacker of TestMemoryIsClosed: it says which
// ways into another process of the same account are open.
func TestAttacker(t *testing.T) {
	pid, err := strconv.Atoi(os.Getenv("COFFRE_ATTACK"))
	if err != nil {
		t.Skip("it is run by TestMemoryIsClosed")
	}
	runtime.LockOSThread()
	if _, err := os.ReadFile(fmt.Sprintf("/proc/%d/environ", pid)); err == nil {
		fmt.Println("open: environ")
	}
	if f, err := os.Open(fmt.Sprintf("/proc/%d/mem", pid)); err == nil {
		f.Close()
		fmt.Println("open: mem")
	}
	local := make([]byte, 16)
	remote := []unix.RemoteIovec{{Base: 0x400000, Len: len(local)}}
	_, err = unix.ProcessVMReadv(pid, []unix.Iovec{{Base: &local[0], Len: uint64(len(local))}}, remote, 0)
	if err != syscall.EPERM {
		fmt.Println("open: process_vm_readv")
	}
	if syscall.PtraceAttach(pid) == nil {
		fmt.Println("open: ptrace")
		var ws syscall.WaitStatus
		syscall.Wait4(pid, &ws, 0, nil)
		syscall.PtraceDetach(pid)
	}
	fmt.Println("attacked")
}

// attack returns the ways that are open into a process.
func attack(t *testing.T, self string, pid int) (open []string) {
	t.Helper()
	cmd := asNobody(exec.Command(self, "-test.run", "^TestAttacker$", "-test.v"))
	cmd.Dir = filepath.Dir(self)
	cmd.Env = []string{"COFFRE_ATTACK=" + strconv.Itoa(pid), "PATH=/usr/bin:/bin"}
	out, err := cmd.CombinedOutput()
	if err != nil || !bytes.Contains(out, []byte("attacked")) {
		t.Fatalf("attacker: %v\n%s", err, out)
	}
	for line := range strings.Lines(string(out)) {
		if way, ok := strings.CutPrefix(strings.TrimSpace(line), "open: "); ok {
			open = append(open, way)
		}
	}
	return open
}

var noLimit = unix.Rlimit{Cur: unix.RLIM_INFINITY, Max: unix.RLIM_INFINITY}

// allowCores lets what the test starts dump core, if it doesn't refuse itself.
func allowCores(t *testing.T) {
	t.Helper()
	var was unix.Rlimit
	if err := unix.Prlimit(0, unix.RLIMIT_CORE, nil, &was); err != nil {
		t.Fatal(err)
	}
	most := unix.Rlimit{Cur: was.Max, Max: was.Max}
	if err := unix.Prlimit(0, unix.RLIMIT_CORE, &most, nil); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { unix.Prlimit(0, unix.RLIMIT_CORE, &was, nil) })
}

// coresAfter lets a process dump core, whatever it asked for itself, ends it
// with a signal and returns what it left in its directory.
func coresAfter(t *testing.T, cmd *exec.Cmd, s syscall.Signal) (left []string) {
	t.Helper()
	// Where the tests may do that: the limit alone must not be what holds.
	_ = unix.Prlimit(cmd.Process.Pid, unix.RLIMIT_CORE, &noLimit, nil)
	cmd.Process.Signal(s)
	cmd.Wait()
	found, err := filepath.Glob(filepath.Join(cmd.Dir, "core*"))
	if err != nil {
		t.Fatal(err)
	}
	return found
}

func copyFile(t *testing.T, from, to string) string {
	t.Helper()
	in, err := os.Open(from)
	if err != nil {
		t.Fatal(err)
	}
	defer in.Close()
	out, err := os.OpenFile(to, os.O_WRONLY|os.O_CREATE, 0o755)
	if err == nil {
		_, err = io.Copy(out, in)
	}
	if err == nil {
		err = out.Close()
	}
	if err != nil {
		t.Fatal(err)
	}
	return to
}

// ownDir is a directory of the account that asNobody stands for.
func ownDir(t *testing.T) string {
	t.Helper()
	dir, err := os.MkdirTemp("", "coffre-harden-")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	if os.Geteuid() == 0 {
		os.Chown(dir, nobody, nobody)
	}
	os.Chmod(dir, 0o755)
	return dir
}

// TestMemoryIsClosed: of a running box, another process of the same account can
// read no memory, and a crash leaves no core file, even where the limit is lifted
// afterwards. A program that does nothing about it shows that the attack works.
func TestMemoryIsClosed(t *testing.T) {
	path, err := program()
	if err != nil {
		t.Fatal(err)
	}
	allowCores(t)
	dir := ownDir(t)
	own := copyFile(t, path, filepath.Join(dir, "coffre"))
	self := copyFile(t, os.Args[0], filepath.Join(dir, "attacker"))

	idle := asNobody(exec.Command("/bin/sleep", "600"))
	idle.Dir = ownDir(t)
	if err := idle.Start(); err != nil {
		t.Fatal(err)
	}
	defer idle.Process.Kill()
	ways := attack(t, self, idle.Process.Pid)
	if len(ways) == 0 {
		t.Log("this system lets no process read another's, so nothing is shown by a box that can't be read either")
	}
	dumps := len(coresAfter(t, idle, syscall.SIGABRT)) > 0
	if !dumps {
		t.Log("this system writes no core file beside a program (/proc/sys/kernel/core_pattern): only the ways into memory are shown")
	}

	for _, end := range []syscall.Signal{syscall.SIGABRT, syscall.SIGQUIT} {
		cmd := asNobody(exec.Command(own, "serve", "--listen", "127.0.0.1:0", "--data", filepath.Join(ownDir(t), "data")))
		cmd.Dir = ownDir(t)
		cmd.Env = []string{"GOTRACEBACK=crash", "HOME=" + cmd.Dir, "LANG=en_GB.UTF-8"}
		out, err := cmd.StdoutPipe()
		if err == nil {
			err = cmd.Start()
		}
		if err != nil {
			t.Fatal(err)
		}
		if _, err := out.Read(make([]byte, 1)); err != nil { // it says where it is once it serves
			t.Fatal(err)
		}
		if open := attack(t, self, cmd.Process.Pid); len(open) > 0 {
			t.Errorf("open into a box: %v (into any program: %v)", open, ways)
		}
		go io.Copy(io.Discard, out)
		if left := coresAfter(t, cmd, end); len(left) > 0 {
			t.Errorf("%v leaves %v", end, left)
		}
	}
	t.Logf("into any program: %v, core files: %v; into a box: none", ways, dumps)
}
