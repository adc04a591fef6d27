package llm

import (
	"bufio"
	"bytes"
	"errors"
	"io"
	"strings"
)

// sseEvent is one server-sent event; Name is "" for most.
type sseEvent struct{ Name, Data string }

// sseReader reads server-sent events (html.spec.whatwg.org, section 9.2.6: "Interpreting an event stream"): lines
// end in LF, CR LF or CR, comments begin with a colon and are passed over, several data lines are one event. Other
// than there, an event that the end of the stream cuts off before its empty line counts: servers forget
// it behind [DONE]. A field "error", which llama.cpp sent before 2025, is data of an event of that name.
type sseReader struct {
	in    *bufio.Reader
	most  int  // bytes of an event
	begun bool // the first line is behind
	skip  bool // a LF that comes next belongs to the CR before it
}

// errEventTooLong ends a stream whose event has no end.
var errEventTooLong = errors.New("event too long")

// mostEvent bounds an event, bytes.
const mostEvent = 1 << 20

func newSSEReader(r io.Reader) *sseReader {
	return &sseReader{in: bufio.NewReaderSize(r, 16<<10), most: mostEvent}
}

// next returns the next event that has data. Errors: io.EOF at the end, errEventTooLong, the reader's.
func (s *sseReader) next() (sseEvent, error) {
	var e sseEvent
	var data []string
	size := 0
	for {
		line, err := s.line(s.most - size)
		if err != nil && (err != io.EOF || line == "") {
			if err == io.EOF && len(data) > 0 {
				e.Data = strings.Join(data, "\n")
				return e, nil
			}
			return e, err
		}
		if line == "" {
			if len(data) > 0 {
				e.Data = strings.Join(data, "\n")
				return e, nil
			}
			e, size = sseEvent{}, 0
			continue
		}
		size += len(line)
		name, value, _ := strings.Cut(line, ":")
		value = strings.TrimPrefix(value, " ")
		switch name {
		case "data":
			data = append(data, value)
		case "event":
			e.Name = value
		case "error":
			e.Name, data = "error", append(data, value)
		}
	}
}

// line reads a line without its end, of at most most bytes. The end of the stream may come with a last line.
func (s *sseReader) line(most int) (string, error) {
	var out []byte
	for {
		c, err := s.in.ReadByte()
		if err != nil {
			return s.first(out), err
		}
		if s.skip {
			if s.skip = false; c == '\n' {
				continue
			}
		}
		switch {
		case c == '\n':
			return s.first(out), nil
		case c == '\r':
			s.skip = true
			return s.first(out), nil
		case len(out) >= most:
			return "", errEventTooLong
		}
		out = append(out, c)
	}
}

// first takes a byte order mark off the first line.
func (s *sseReader) first(line []byte) string {
	if !s.begun {
		s.begun = true
		line = bytes.TrimPrefix(line, []byte("\xef\xbb\xbf"))
	}
	return string(line)
}
