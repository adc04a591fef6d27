package postings

import (
	"fmt"
	"os"
	"sync/atomic"
	"syscall"

	segment "github.com/blevesearch/scorch_segment_api/v2"
)

// Memory is a segment that is on no disk yet.
type Memory struct{ Segment }

// Persist writes it to a file and returns when it is on the disk.
func (m *Memory) Persist(path string) error {
	return writeFile(path, func(f *os.File) error {
		if _, err := f.Write(m.data); err != nil {
			return fmt.Errorf("write segment: %w", err)
		}
		return nil
	})
}

// file is a segment whose file is mapped.
type file struct {
	Segment
	path string
}

// Path is that of the file.
func (f *file) Path() string { return f.path }

func openFile(path string, l Layout) (*file, error) {
	data, err := mapped(path)
	if err != nil {
		return nil, err
	}
	s, err := parse(data, l)
	if err != nil {
		_ = syscall.Munmap(data)
		return nil, err
	}
	s.refs.release = func() error { return syscall.Munmap(data) }
	return &file{Segment: *s, path: path}, nil
}

func mapped(path string) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("open segment: %w", err)
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return nil, fmt.Errorf("open segment: %w", err)
	}
	if info.Size() == 0 {
		return nil, fmt.Errorf("open segment: %w", ErrDamaged)
	}
	data, err := syscall.Mmap(int(f.Fd()), 0, int(info.Size()), syscall.PROT_READ, syscall.MAP_SHARED)
	if err != nil {
		return nil, fmt.Errorf("map segment: %w", err)
	}
	return data, nil
}

// Of returns what is in a segment of scorch's, nil if that is of another format.
func Of(s segment.Segment) *Segment {
	switch s := s.(type) {
	case *Memory:
		return &s.Segment
	case *file:
		return &s.Segment
	}
	return nil
}

// references counts who uses a segment; it is released with the last of them.
type references struct {
	n       atomic.Int64
	release func() error // nil: nothing to do
}
