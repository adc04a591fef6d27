package backupfile

import (
	"crypto/sha256"
	"hash"
)

// Sum is a writer that takes the SHA-256 of what is written to it beside the
// writing, on a thread of its own that stands behind others (see Yield): neither
// encryption nor the disk needs to wait for it.
type Sum struct {
	h    hash.Hash
	b    []byte // what is not handed over yet, up to copyStep
	full chan []byte
	free chan []byte
	done chan struct{}
}

// sumPieces is how many pieces of copyStep bytes there are. Handing over less at a
// time would cost more than hashing: each wakes a thread.
const sumPieces = 4

// NewSum returns a Sum, which must be ended.
func NewSum() *Sum {
	s := &Sum{h: sha256.New(), full: make(chan []byte, sumPieces), free: make(chan []byte, sumPieces), done: make(chan struct{})}
	for range sumPieces {
		s.free <- make([]byte, 0, copyStep)
	}
	s.b = <-s.free
	go func() {
		Yield()
		defer close(s.done)
		for b := range s.full {
			s.h.Write(b)
			s.free <- b[:0]
		}
	}()
	return s
}

// Write implements io.Writer; it copies b and never fails.
func (s *Sum) Write(b []byte) (n int, err error) {
	n = len(b)
	for len(b) > 0 {
		k := min(len(b), copyStep-len(s.b))
		s.b, b = append(s.b, b[:k]...), b[k:]
		if len(s.b) == copyStep {
			s.full <- s.b
			s.b = <-s.free
		}
	}
	return n, nil
}

// End waits for what was written and returns its SHA-256, 32 bytes. It is called
// once, and nothing is written after it.
func (s *Sum) End() []byte {
	s.full <- s.b
	close(s.full)
	<-s.done
	return s.h.Sum(nil)
}
