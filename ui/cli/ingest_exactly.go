package cli

import (
	"errors"
	"io"
	"sync"
)

// errChanged says that a file became shorter while it was read.
var errChanged = errors.New("file changed while it was sent")

// exactly reads the number of bytes that the request announced: a file that
// grows meanwhile is cut there, one that shrinks is an error of the file.
type exactly struct {
	r    io.Reader
	left int64

	mu  sync.Mutex // the transport may still be reading when the answer is there
	err error
}

func (e *exactly) Read(b []byte) (int, error) {
	if e.left == 0 {
		return 0, io.EOF
	}
	n, err := e.r.Read(b[:min(int64(len(b)), e.left)])
	e.left -= int64(n)
	if errors.Is(err, io.EOF) && e.left > 0 {
		err = errChanged
	}
	if err != nil && !errors.Is(err, io.EOF) {
		e.mu.Lock()
		e.err = err
		e.mu.Unlock()
	}
	return n, err
}

func (e *exactly) failed() error {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.err
}
