package extract

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"
)

// Command is the first argument that makes the program an extraction child.
// main.go must hand it to ChildMain before anything else is set up.
const Command = "__extract"

// Request names one file. File, if not nil, is read instead of Path; its
// offset doesn't matter and it stays open. Name is what its owner calls it.
type Request struct {
	Path, Name string
	File       *os.File
	Options    Options
}

// Result is a text and what it cost.
type Result struct {
	Text   Text
	Took   time.Duration
	Memory int64 // most bytes resident in the child, 0 where the system doesn't say
}

// Extract runs the extraction of one file in a child process: this program
// started again with Command, without environment, with no descriptors but the
// file and its pipes, with limits on memory, time and output. Errors are *Error
// where the file is to blame, which includes a child that crashed, ran out of
// memory or of time; ctx's error; or else a failure of this machine, after
// which trying again makes sense.
func Extract(ctx context.Context, req Request) (Result, error) {
	o := req.Options.withDefaults()
	f, size, err := openFile(req.Path, req.File, o)
	if err != nil {
		return Result{}, err
	}
	if req.File == nil {
		defer f.Close()
	}
	began := time.Now()
	a, body, err := runChild(ctx, order{Name: req.Name, Size: size, Options: o}, f, o.MaxText)
	if err != nil {
		return Result{}, err
	}
	a.Text.Body = string(body)
	if err := a.Text.Validate(); err != nil {
		return Result{}, fail(CodeCorrupt, err)
	}
	if extractors[a.Text.Format] == "" {
		return Result{}, fail(CodeCorrupt, errors.New("answer without a format"))
	}
	return Result{Text: a.Text, Took: time.Since(began), Memory: max(a.Memory, 0)}, nil
}

// openFile opens path, unless f is open already, and refuses what no child need
// look at.
func openFile(path string, f *os.File, o Options) (_ *os.File, size int64, err error) {
	ours := f == nil
	if ours {
		if f, err = os.Open(path); err != nil {
			return nil, 0, fmt.Errorf("open file: %w", err)
		}
	}
	st, err := f.Stat()
	switch {
	case err != nil:
		err = fmt.Errorf("stat file: %w", err)
	case !st.Mode().IsRegular():
		err = fail(CodeUnsupported, errors.New("not a regular file"))
	case st.Size() == 0:
		err = fail(CodeEmpty, nil)
	case st.Size() > o.MaxFile:
		err = fail(CodeTooLarge, fmt.Errorf("%d bytes", st.Size()))
	default:
		return f, st.Size(), nil
	}
	if ours {
		f.Close()
	}
	return nil, 0, err
}

// Warm compiles PDFium into the cache directory, so that the first PDF need not
// wait for it (about 5 s of CPU). With a filled cache it takes a tenth of a second.
func Warm(ctx context.Context, o Options) error {
	null, err := os.Open(os.DevNull)
	if err != nil {
		return fmt.Errorf("open null device: %w", err)
	}
	defer null.Close()
	_, _, err = runChild(ctx, order{Warm: true, Options: o.withDefaults()}, null, 0)
	return err
}

// runChild starts a child, waits, and judges how it ended. maxBody is how many
// bytes may follow the answer.
func runChild(ctx context.Context, ord order, f *os.File, maxBody int64) (a answer, body []byte, err error) {
	if err := prepareCache(ord.Options.CacheDir); err != nil {
		return a, nil, err
	}
	limited, cancel := context.WithTimeout(ctx, ord.Options.Timeout)
	defer cancel()
	c, err := startChild(limited, ord, f)
	if err != nil {
		return a, nil, err
	}
	stop := watchMemory(c.cmd.Process, ord.Options.Memory)
	a, body, readErr := readAnswer(c.stdout, maxBody)
	if readErr != nil {
		c.cmd.Cancel() // nothing more is wanted of it
	}
	c.stdin.Close()
	waitErr := c.cmd.Wait()
	tooFat := stop()
	switch {
	case ctx.Err() != nil:
		return a, nil, ctx.Err()
	case readErr == nil:
		return a, body, nil
	case limited.Err() != nil:
		return a, nil, fail(CodeTimeout, limited.Err())
	case tooFat:
		return a, nil, fail(CodeMemory, errors.New("resident memory over the limit"))
	case CodeOf(readErr) != "":
		return a, nil, readErr
	}
	var machine *machineError
	if errors.As(readErr, &machine) {
		return a, nil, fmt.Errorf("work in child: %w", machine)
	}
	return a, nil, verdict(c.cmd.ProcessState, waitErr, c.stderr.String(), ord.Options)
}

// child is a started process with its ends of the pipes.
type child struct {
	cmd    *exec.Cmd
	stdin  io.WriteCloser
	stdout io.ReadCloser
	stderr *tail
}

func startChild(ctx context.Context, ord order, f *os.File) (*child, error) {
	sealInherited()
	self, err := executable()
	if err != nil {
		return nil, err
	}
	line, err := json.Marshal(ord)
	if err != nil {
		return nil, fmt.Errorf("encode order: %w", err)
	}
	if len(os.Args) > 1 && os.Args[1] == Command {
		return nil, errChild
	}
	cmd := exec.CommandContext(ctx, self, Command)
	cmd.Dir = "/"
	cmd.Env = []string{
		"GOMAXPROCS=2", "GOTRACEBACK=none",
		fmt.Sprintf("GOMEMLIMIT=%d", ord.Options.Memory/4*3),
	}
	cmd.ExtraFiles = []*os.File{f}
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	cmd.WaitDelay = 5 * time.Second
	c := &child{cmd: cmd, stderr: &tail{}}
	cmd.Stderr = c.stderr
	if c.stdin, err = cmd.StdinPipe(); err != nil {
		return nil, fmt.Errorf("make pipe: %w", err)
	}
	if c.stdout, err = cmd.StdoutPipe(); err != nil {
		return nil, fmt.Errorf("make pipe: %w", err)
	}
	if err := cmd.Start(); err != nil {
		return nil, fmt.Errorf("start child: %w", err)
	}
	// The pipe stays open: the child ends when it closes, as it does when we die.
	if _, err := c.stdin.Write(append(line, '\n')); err != nil {
		cmd.Cancel()
		c.stdin.Close()
		cmd.Wait()
		return nil, fmt.Errorf("send order: %w", err)
	}
	return c, nil
}

// sealInherited keeps descriptors that whoever started coffre left open from
// reaching children; Go closes its own by itself.
var sealInherited = sync.OnceFunc(func() {
	entries, err := os.ReadDir("/dev/fd")
	if err != nil {
		return
	}
	for _, e := range entries {
		if fd, err := strconv.Atoi(e.Name()); err == nil && fd > 2 {
			syscall.CloseOnExec(fd)
		}
	}
})

// errChild: a program that doesn't know the command, such as a test's without its TestMain, would begin anew in
// each child, and each of those start the next.
var errChild = errors.New("a child that extracts starts no other")

// executable prefers the running image to its path, where an update may have
// put another version by now.
func executable() (string, error) {
	const image = "/proc/self/exe"
	if _, err := os.Stat(image); err == nil {
		return image, nil
	}
	self, err := os.Executable()
	if err != nil {
		return "", fmt.Errorf("find own program: %w", err)
	}
	return self, nil
}

// verdict says why a child gave no answer. Its last words are looked at for
// what kind of end it was and go no further: they may hold a document's text.
func verdict(st *os.ProcessState, waitErr error, words string, o Options) error {
	for _, mark := range []string{"out of memory", "cannot allocate memory", "memory limit"} {
		if strings.Contains(words, mark) {
			return fail(CodeMemory, waitErr)
		}
	}
	ws, ok := st.Sys().(syscall.WaitStatus)
	if ok && ws.Signaled() && ws.Signal() == syscall.SIGKILL {
		if st.UserTime()+st.SystemTime() >= cpuLimit(o)-time.Second {
			return fail(CodeTimeout, waitErr)
		}
		return fail(CodeMemory, waitErr) // the kernel's own choice, for want of memory
	}
	return fail(CodeCorrupt, waitErr)
}

// cpuLimit leaves room for the collector beside the parser.
func cpuLimit(o Options) time.Duration { return 2*o.Timeout + time.Second }

// tail keeps the first bytes written to it.
type tail struct{ buf bytes.Buffer }

func (t *tail) Write(b []byte) (int, error) {
	if room := 4096 - t.buf.Len(); room > 0 {
		t.buf.Write(b[:min(room, len(b))])
	}
	return len(b), nil
}

func (t *tail) String() string { return t.buf.String() }
