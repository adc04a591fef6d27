package chain

import (
	"bufio"
	"errors"
	"fmt"
	"io"
)

const (
	// MaxLine bounds an entry's line in an export, in bytes.
	MaxLine = 16 << 20
	// MaxHeaderLine bounds the header's, which grows by a hand-over a day.
	MaxHeaderLine = 64 << 20
)

// ErrLineTooLong is returned for a header longer than MaxHeaderLine; an entry's
// line longer than MaxLine is the fault line-too-long.
var ErrLineTooLong = errors.New("line too long")

// lineReader reads lines of bounded length in constant memory.
type lineReader struct {
	r   *bufio.Reader
	buf []byte
}

func newLineReader(r io.Reader) *lineReader {
	return &lineReader{r: bufio.NewReaderSize(r, 256<<10)}
}

// next returns the following line with its line feed, if it has one; the slice
// holds until the next call. After the last line it returns io.EOF.
func (l *lineReader) next(limit int) ([]byte, error) {
	l.buf = l.buf[:0]
	for {
		part, err := l.r.ReadSlice('\n')
		if len(l.buf)+len(part) > limit+1 {
			return nil, ErrLineTooLong
		}
		switch {
		case err == nil && len(l.buf) == 0:
			return part, nil
		case err == nil || err == io.EOF && len(l.buf)+len(part) > 0:
			l.buf = append(l.buf, part...)
			return l.buf, nil
		case err == bufio.ErrBufferFull:
			l.buf = append(l.buf, part...)
		case err == io.EOF:
			return nil, io.EOF
		default:
			return nil, fmt.Errorf("read export: %w", err)
		}
	}
}

// line is one parsed line after the header.
type line struct {
	hash, prev Hash
	entry      entry
	payload    []byte
	private    []byte // nil where it is not there
	salt       [32]byte
	proof      []Hash
	have       uint8
}

const (
	lineHash = 1 << iota
	linePayload
	linePrev
	lineProof
	linePrivate
	lineSalt
)

// parse reads an entry's line; l must be zero. An error that wraps ErrPayload or
// ErrNotCanonical while l.payload is set is the payload's own.
func (l *line) parse(b []byte) error {
	s := scanner{b: b}
	s.space()
	if !s.take('{') {
		return s.err
	}
	var last text
	for n := 0; s.next(n, '}'); n++ {
		k, ok := s.key(n, &last)
		if !ok {
			break
		}
		if err := l.member(&s, k.bytes()); err != nil {
			return err
		}
	}
	if !s.end() {
		return s.err
	}
	if l.have&(lineHash|linePayload) != lineHash|linePayload {
		return errLine
	}
	return nil
}

var (
	errLine = errors.New("malformed line")
	// errPayloadBytes marks an error inside a line's payload.
	errPayloadBytes = errors.New("payload")
)

func (l *line) member(s *scanner, name []byte) error {
	var bit uint8
	ok := false
	switch string(name) {
	case "chain_hash":
		bit, ok = lineHash, l.hex(s, l.hash[:])
	case "previous_hash":
		bit, ok = linePrev, l.hex(s, l.prev[:])
	case "salt":
		bit, ok = lineSalt, l.hex(s, l.salt[:])
	case "payload":
		bit = linePayload
		start := s.i
		s.strict = true
		err := l.entry.scan(s)
		s.strict = false
		if err != nil {
			return fmt.Errorf("%w: %w", errPayloadBytes, err)
		}
		l.payload, ok = s.b[start:s.i], true
	case "private":
		bit = linePrivate
		start := s.i
		s.strict = true
		ok = s.skip(0)
		s.strict = false
		l.private = s.b[start:s.i]
	case "proof":
		bit = lineProof
		start := s.i
		if s.skip(0) {
			l.proof, ok = fields{"proof": s.b[start:s.i]}.base64("proof")
		}
	}
	if s.err != nil {
		return s.err
	}
	if !ok || l.have&bit != 0 {
		return errLine
	}
	l.have |= bit
	return nil
}

func (l *line) hex(s *scanner, dst []byte) bool {
	t, ok := s.str()
	return ok && t.plain && decodeHex(dst, t.raw)
}

// checkPrivate checks the commitment where the line discloses a private part.
func (l *line) checkPrivate() bool {
	has := l.have & (linePrivate | lineSalt)
	if has == 0 {
		return true
	}
	var sealed Hash
	return has == linePrivate|lineSalt && decodeHex(sealed[:], l.entry.sealed) &&
		Commit(l.private, l.salt[:]) == sealed
}
