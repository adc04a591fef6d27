package chain

import (
	"fmt"
	"unicode/utf8"
)

// scanner reads restricted JSON byte by byte and allocates nothing unless it
// fails. Strict, it accepts exactly what Canonical writes; otherwise also white
// space, any order of members and any escape, which the lines around a payload
// may use. Duplicate keys, floats, null, large integers, invalid UTF-8 and lone
// surrogates are refused in both.
type scanner struct {
	b      []byte
	i      int
	strict bool
	err    error
}

// text is the inside of a JSON string; plain means that it holds no escape.
type text struct {
	raw   []byte
	plain bool
}

func (t text) String() string { return string(t.bytes()) }

func (t text) bytes() []byte {
	if t.plain {
		return t.raw
	}
	return unescape(t.raw)
}

func (s *scanner) fail(reason string) bool {
	if s.err == nil {
		s.err = fmt.Errorf("%w: %s at byte %d", ErrNotCanonical, reason, s.i)
	}
	return false
}

func (s *scanner) space() {
	if s.strict {
		return
	}
	for s.i < len(s.b) {
		switch s.b[s.i] {
		case ' ', '\t', '\r', '\n':
			s.i++
		default:
			return
		}
	}
}

func (s *scanner) peek() byte {
	if s.i < len(s.b) {
		return s.b[s.i]
	}
	return 0
}

// take consumes c, with the white space around it that lenient reading allows.
func (s *scanner) take(c byte) bool {
	s.space()
	if s.peek() != c {
		return s.fail("unexpected character")
	}
	s.i++
	s.space()
	return true
}

// end reports whether the text is used up.
func (s *scanner) end() bool {
	s.space()
	if s.err == nil && s.i != len(s.b) {
		return s.fail("text after the value")
	}
	return s.err == nil
}

// next moves to the following element of a list that ends with closing; n is
// the count of elements so far. It returns false at the end or on failure.
func (s *scanner) next(n int, closing byte) bool {
	if s.err != nil {
		return false
	}
	s.space()
	if s.peek() == closing {
		s.i++
		s.space()
		return false
	}
	if n == 0 {
		return true
	}
	return s.take(',')
}

// key reads a member's name and its colon. In strict reading names must rise;
// otherwise the caller checks for duplicates.
func (s *scanner) key(n int, last *text) (text, bool) {
	k, ok := s.str()
	if !ok || !s.take(':') {
		return k, false
	}
	if s.strict && n > 0 && compareUTF16(last.bytes(), k.bytes()) >= 0 {
		return k, s.fail("members out of order or doubled")
	}
	*last = k
	return k, true
}

// skip passes over one value and validates it.
func (s *scanner) skip(depth int) bool {
	if depth > maxDepth {
		return s.fail("nesting too deep")
	}
	switch c := s.peek(); c {
	case '"':
		_, ok := s.str()
		return ok
	case '{':
		return s.skipObject(depth)
	case '[':
		s.take('[')
		for n := 0; s.next(n, ']'); n++ {
			if !s.skip(depth + 1) {
				return false
			}
		}
		return s.err == nil
	case 't', 'f':
		_, ok := s.boolean()
		return ok
	default:
		_, ok := s.integer()
		return ok
	}
}

func (s *scanner) skipObject(depth int) bool {
	s.take('{')
	var last text
	var seen map[string]bool
	for n := 0; s.next(n, '}'); n++ {
		k, ok := s.key(n, &last)
		if !ok {
			return false
		}
		if !s.strict {
			if seen[k.String()] {
				return s.fail("member doubled")
			}
			if seen == nil {
				seen = map[string]bool{}
			}
			seen[k.String()] = true
		}
		if !s.skip(depth + 1) {
			return false
		}
	}
	return s.err == nil
}

func (s *scanner) boolean() (value, ok bool) {
	for _, w := range []string{"true", "false"} {
		if len(s.b)-s.i >= len(w) && string(s.b[s.i:s.i+len(w)]) == w {
			s.i += len(w)
			return w == "true", true
		}
	}
	return false, s.fail("unexpected character")
}

// integer reads -?(0|[1-9][0-9]*) of at most MaxInteger; minus zero is not
// canonical.
func (s *scanner) integer() (int64, bool) {
	start, neg := s.i, false
	if s.peek() == '-' {
		neg = true
		s.i++
	}
	first, n := s.i, int64(0)
	for s.i < len(s.b) && s.b[s.i]-'0' <= 9 {
		n = n*10 + int64(s.b[s.i]-'0')
		if s.i++; n > MaxInteger {
			return 0, s.fail("integer of 2^53 or more")
		}
	}
	switch digits := s.i - first; {
	case digits == 0:
		s.i = start
		if s.peek() == 'n' {
			return 0, s.fail("null")
		}
		return 0, s.fail("unexpected character")
	case s.b[first] == '0' && (digits > 1 || neg):
		return 0, s.fail("number not in its shortest form")
	}
	if c := s.peek(); c == '.' || c == 'e' || c == 'E' {
		return 0, s.fail("number that is no integer")
	}
	if neg {
		n = -n
	}
	return n, true
}

// str reads a string and returns what stands between its quotes.
func (s *scanner) str() (text, bool) {
	if s.peek() != '"' {
		return text{}, s.fail("no string where one belongs")
	}
	s.i++
	start, plain := s.i, true
	for {
		s.i = quickPlain(s.b, s.i)
		c := s.peek()
		switch {
		case s.i >= len(s.b):
			return text{}, s.fail("string without end")
		case c == '"':
			t := text{s.b[start:s.i], plain}
			s.i++
			return t, true
		case c == '\\':
			plain = false
			if !s.escape() {
				return text{}, false
			}
		case c < 0x20:
			return text{}, s.fail("bare control character")
		default:
			_, size := utf8.DecodeRune(s.b[s.i:])
			if size < 2 {
				return text{}, s.fail("invalid UTF-8")
			}
			s.i += size
		}
	}
}
