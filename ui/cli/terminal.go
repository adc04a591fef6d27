package cli

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"golang.org/x/sys/unix"
)

func isTerminal(f *os.File) bool {
	_, err := unix.IoctlGetTermios(int(f.Fd()), getTermios)
	return err == nil
}

// readHidden reads a line without showing what is typed. The terminal is as
// before when it returns, also where ctx ends it.
func readHidden(ctx context.Context, f *os.File, prompt func()) (string, error) {
	fd := int(f.Fd())
	old, err := unix.IoctlGetTermios(fd, getTermios)
	if err != nil {
		return "", fmt.Errorf("read terminal mode: %w", err)
	}
	quiet := *old
	quiet.Lflag &^= unix.ECHO
	quiet.Lflag |= unix.ICANON | unix.ISIG
	if err := unix.IoctlSetTermios(fd, setTermios, &quiet); err != nil {
		return "", fmt.Errorf("hide typing: %w", err)
	}
	defer unix.IoctlSetTermios(fd, setTermios, old)
	prompt()
	type result struct {
		line string
		err  error
	}
	read := make(chan result, 1)
	go func() {
		line, err := readLine(f)
		read <- result{line, err}
	}()
	select {
	case r := <-read:
		return r.line, r.err
	case <-ctx.Done():
		return "", ctx.Err()
	}
}

// maxPassword bounds what is read as one, bytes.
const maxPassword = 4096

// readLine reads to the end of the line and not a byte further.
func readLine(r io.Reader) (string, error) {
	var b strings.Builder
	one := make([]byte, 1)
	for b.Len() < maxPassword {
		n, err := r.Read(one)
		if n == 1 && one[0] == '\n' {
			break
		}
		b.Write(one[:n])
		if errors.Is(err, io.EOF) && b.Len() > 0 {
			break
		}
		if err != nil {
			return "", fmt.Errorf("read line: %w", err)
		}
	}
	return strings.TrimSuffix(b.String(), "\r"), nil
}

// password comes from --password-file, from two prompts on a terminal, or from
// the first line of stdin.
func (c *Call) password(ctx context.Context) (string, error) {
	if path := c.Flag("password-file"); path != "" {
		f, err := os.Open(path)
		if err != nil {
			return "", fmt.Errorf("open password file: %w", err)
		}
		defer f.Close()
		return c.firstLine(bufio.NewReader(f))
	}
	tty, ok := terminal(c.Stdin)
	if !ok {
		return c.firstLine(c.Stdin)
	}
	var typed [2]string
	for i, key := range []string{"cli.password.prompt", "cli.password.again"} {
		var err error
		typed[i], err = readHidden(ctx, tty, func() { fmt.Fprint(c.Stderr, c.Lang.T(key)+" ") })
		fmt.Fprintln(c.Stderr)
		if errors.Is(err, io.EOF) {
			return "", usage("cli.usage.password")
		}
		if err != nil {
			return "", err
		}
	}
	if typed[0] != typed[1] {
		return "", Fail(ExitFailed, "error.password-mismatch")
	}
	return typed[0], nil
}

func (c *Call) firstLine(r io.Reader) (string, error) {
	line, err := readLine(r)
	if errors.Is(err, io.EOF) || err == nil && line == "" {
		return "", usage("cli.usage.password")
	}
	return line, err
}
