package backupfile

import (
	"context"
	"errors"
	"hash"
	"io"
	"sync/atomic"
)

// copier copies members in three steps that go on at once, each on a thread of
// its own: one reads, from the disk or through decryption, one hashes, and the
// caller writes, through encryption or to the disk.
type copier struct {
	jobs   chan *job
	read   chan *piece
	toHash chan *piece
	free   chan *piece
}

// job is a member that is being copied.
type job struct {
	r      io.Reader
	h      hash.Hash
	halted atomic.Bool   // whoever writes has had enough
	hashed chan struct{} // closed once h has all of it
}

// piece is some of a job. Its memory is free again once it was both hashed and
// written.
type piece struct {
	job  *job
	b    []byte
	err  error // at the job's last piece, io.EOF at its end
	uses atomic.Int32
}

// copyPieces is how many pieces of copyStep bytes there are: a step may be so far
// before the next.
const copyPieces = 4

var errHalted = errors.New("copying was halted")

// newCopier returns a copier for one goroutine; end ends it.
func newCopier() *copier {
	c := &copier{jobs: make(chan *job), read: make(chan *piece, copyPieces), toHash: make(chan *piece, copyPieces), free: make(chan *piece, copyPieces)}
	for range copyPieces {
		c.free <- &piece{b: make([]byte, copyStep)}
	}
	go c.reading()
	go c.hashing()
	return c
}

func (c *copier) end() { close(c.jobs) }

func (c *copier) reading() {
	Yield()
	defer close(c.toHash)
	for j := range c.jobs {
		for over := false; !over; {
			p := <-c.free
			k, err := 0, errHalted
			if !j.halted.Load() {
				k, err = io.ReadFull(j.r, p.b[:copyStep])
			}
			if errors.Is(err, io.ErrUnexpectedEOF) {
				err = io.EOF // whether the member is whole is the caller's to see
			}
			p.job, p.b, p.err, over = j, p.b[:k], err, err != nil
			p.uses.Store(2)
			c.toHash <- p
			c.read <- p
		}
	}
}

func (c *copier) hashing() {
	Yield()
	for p := range c.toHash {
		p.job.h.Write(p.b)
		if p.err != nil {
			close(p.job.hashed)
		}
		c.used(p)
	}
}

func (c *copier) used(p *piece) {
	if p.uses.Add(-1) == 0 {
		c.free <- p
	}
}

// copy copies r to w and into h, and tells how many bytes there were.
func (c *copier) copy(ctx context.Context, w io.Writer, h hash.Hash, r io.Reader) (n int64, err error) {
	j := &job{r: r, h: h, hashed: make(chan struct{})}
	c.jobs <- j
	for over := false; !over; {
		p := <-c.read
		if over = p.err != nil; err == nil {
			err = c.write(ctx, w, p)
			n += int64(len(p.b))
		}
		if err != nil {
			j.halted.Store(true)
		}
		c.used(p)
	}
	<-j.hashed
	return n, err
}

func (c *copier) write(ctx context.Context, w io.Writer, p *piece) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	if len(p.b) > 0 {
		if _, err := w.Write(p.b); err != nil {
			return err
		}
	}
	if errors.Is(p.err, io.EOF) {
		return nil
	}
	return p.err
}
