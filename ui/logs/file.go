package logs

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"
)

// Limits bound the files.
type Limits struct {
	Size  int64         // of one file, bytes
	Age   time.Duration // of one file, from its first line on
	Total int64         // of all files, bytes
	Keep  time.Duration // how long a closed file is kept
}

// Usual are the limits of a box.
var Usual = Limits{Size: 8 << 20, Age: 24 * time.Hour, Total: 64 << 20, Keep: 30 * 24 * time.Hour}

const (
	current = "coffre.log"
	closed  = "coffre-"
	// waiting lines are held until the data directory is this process's.
	waiting = 200
)

// file is an io.Writer of whole lines that turns over.
type file struct {
	limits Limits
	now    func() time.Time

	mu      sync.Mutex
	dir     string
	f       *os.File
	size    int64
	born    time.Time
	pending [][]byte
	ended   bool
	lost    uint64
}

// open begins to write under dir, with the lines that waited.
func (l *file) open(dir string) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.dir = dir
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return fmt.Errorf("create log directory: %w", err)
	}
	if err := l.begin(); err != nil {
		return err
	}
	held := l.pending
	l.pending = nil
	for _, line := range held {
		l.put(line)
	}
	return nil
}

// begin opens the current file at its end.
func (l *file) begin() error {
	path := filepath.Join(l.dir, current)
	f, err := os.OpenFile(path, os.O_APPEND|os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return fmt.Errorf("open log: %w", err)
	}
	info, err := f.Stat()
	if err == nil && info.Mode().Perm() != 0o600 {
		err = f.Chmod(0o600)
	}
	if err != nil {
		f.Close()
		return fmt.Errorf("open log: %w", err)
	}
	l.f, l.size, l.born = f, info.Size(), l.now()
	if l.size > 0 {
		l.born = firstTime(f, info.ModTime())
		last := []byte{0}
		if _, err := f.ReadAt(last, l.size-1); err == nil && last[0] != '\n' {
			l.put([]byte("\n")) // a kill cut the last line off
		}
	}
	return nil
}

// firstTime is when a log's first line was written, or other.
func firstTime(f io.ReaderAt, other time.Time) time.Time {
	head := make([]byte, 4096)
	n, _ := f.ReadAt(head, 0)
	line, _, _ := bytes.Cut(head[:n], []byte("\n"))
	var first struct {
		Time time.Time `json:"time"`
	}
	if json.Unmarshal(line, &first) != nil || first.Time.IsZero() {
		return other
	}
	return first.Time
}

// Write takes one line. It never fails: whoever logs can do nothing about a full
// disk, and what is lost is counted.
func (l *file) Write(line []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	switch {
	case l.ended:
	case l.f == nil && l.dir == "":
		if len(l.pending) < waiting {
			l.pending = append(l.pending, bytes.Clone(line))
		}
	default:
		l.put(line)
	}
	return len(line), nil
}

func (l *file) put(line []byte) {
	age := l.now().Sub(l.born)
	if l.f != nil && l.size > 0 && (l.size+int64(len(line)) > l.limits.Size || age >= l.limits.Age || age < -l.limits.Age) {
		l.turn()
	}
	if l.f == nil && l.begin() != nil {
		l.lost++
		return
	}
	n, err := l.f.Write(line)
	l.size += int64(n)
	if err != nil {
		l.lost++
	}
}

// turn closes the current file under a name with the time, and drops what is too
// much or too old.
func (l *file) turn() {
	l.f.Close()
	l.f = nil
	base := closed + l.now().UTC().Format("20060102T150405Z")
	name := base + ".log"
	for n := 2; ; n++ {
		if _, err := os.Lstat(filepath.Join(l.dir, name)); err != nil {
			break
		}
		name = base + "-" + strconv.Itoa(n) + ".log"
	}
	if err := os.Rename(filepath.Join(l.dir, current), filepath.Join(l.dir, name)); err != nil {
		l.lost++
	}
	l.prune()
}

// prune keeps the newest closed files that fit beside a full current one.
func (l *file) prune() {
	room := l.limits.Total - l.limits.Size
	for _, f := range earlier(l.dir) {
		if room -= f.size; room < 0 || l.now().Sub(f.at) > l.limits.Keep {
			os.Remove(f.path)
		}
	}
}

type closedFile struct {
	path string
	size int64
	at   time.Time
}

// earlier are the closed files of a directory, the newest first.
func earlier(dir string) (out []closedFile) {
	all, _ := os.ReadDir(dir)
	for _, e := range all {
		if !strings.HasPrefix(e.Name(), closed) || !strings.HasSuffix(e.Name(), ".log") {
			continue
		}
		if info, err := e.Info(); err == nil && info.Mode().IsRegular() {
			out = append(out, closedFile{filepath.Join(dir, e.Name()), info.Size(), info.ModTime()})
		}
	}
	slices.SortFunc(out, func(a, b closedFile) int {
		if c := b.at.Compare(a.at); c != 0 {
			return c
		}
		if c := len(b.path) - len(a.path); c != 0 {
			return c // the second of one second
		}
		return strings.Compare(b.path, a.path)
	})
	return out
}

func (l *file) close() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	f := l.f
	l.f, l.ended = nil, true
	if f == nil {
		return nil
	}
	return f.Close()
}

// tail is the end of the log, at most so many bytes of whole lines.
func (l *file) tail(most int64) ([]byte, error) {
	l.mu.Lock()
	dir := l.dir
	l.mu.Unlock()
	if dir == "" {
		return nil, nil
	}
	paths := []string{filepath.Join(dir, current)}
	for _, f := range earlier(dir) {
		paths = append(paths, f.path)
	}
	var out []byte
	for _, path := range paths {
		b, err := endOf(path, most-int64(len(out)))
		if err != nil && !errors.Is(err, os.ErrNotExist) {
			return out, fmt.Errorf("read log: %w", err)
		}
		if out = append(b, out...); int64(len(out)) >= most {
			break
		}
	}
	return out, nil
}

// endOf are the last whole lines of a file, at most so many bytes.
func endOf(path string, most int64) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return nil, err
	}
	from := info.Size() - most
	b, err := io.ReadAll(io.NewSectionReader(f, max(from, 0), info.Size()))
	if from > 0 {
		_, b, _ = bytes.Cut(b, []byte("\n"))
	}
	return b, err
}
