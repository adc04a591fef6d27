package backupfile

import (
	"context"
	"errors"
	"hash"
	"io"
)

// copier copies members and hashes them beside that: the other end encrypts or
// decrypts, which takes as long.
type copier struct {
	buf    []byte
	read   chan piece
	hashed chan struct{}
}

type piece struct {
	h hash.Hash
	b []byte
}

// newCopier returns a copier for one goroutine; end ends it.
func newCopier() *copier {
	c := &copier{buf: make([]byte, copyStep), read: make(chan piece), hashed: make(chan struct{})}
	go func() {
		Yield()
		for p := range c.read {
			p.h.Write(p.b)
			c.hashed <- struct{}{}
		}
	}()
	return c
}

func (c *copier) end() { close(c.read) }

// copy copies r to w and into h, and tells how many bytes there were.
func (c *copier) copy(ctx context.Context, w io.Writer, h hash.Hash, r io.Reader) (n int64, err error) {
	for {
		if err := ctx.Err(); err != nil {
			return n, err
		}
		k, rerr := io.ReadFull(r, c.buf)
		if k > 0 {
			c.read <- piece{h, c.buf[:k]}
			_, err = w.Write(c.buf[:k])
			<-c.hashed
			if n += int64(k); err != nil {
				return n, err
			}
		}
		switch {
		case errors.Is(rerr, io.EOF), errors.Is(rerr, io.ErrUnexpectedEOF):
			return n, nil
		case rerr != nil:
			return n, rerr
		}
	}
}
