package chain

import (
	"unicode/utf16"
	"unicode/utf8"
)

// escape passes over one escape sequence and validates it. Strict reading takes
// only the form that appendString writes.
func (s *scanner) escape() bool {
	if len(s.b)-s.i < 2 {
		return s.fail("string without end")
	}
	if c := s.b[s.i+1]; c != 'u' {
		if longEscape[c] == 0 || s.strict && c == '/' {
			return s.fail("bad escape")
		}
		s.i += 2
		return true
	}
	r, ok := hex4(s.b[s.i:])
	if !ok {
		return s.fail("bad escape")
	}
	if s.strict {
		upper := s.b[s.i+5] >= 'A' && s.b[s.i+5] <= 'F'
		if r >= 0x20 || shortEscape[r] != 0 || upper {
			return s.fail("escape where none is needed")
		}
	}
	if utf16.IsSurrogate(r) {
		low, ok := hex4(s.b[s.i+6:])
		if !ok || utf16.DecodeRune(r, low) == utf8.RuneError {
			return s.fail("lone surrogate")
		}
		s.i += 6
	}
	s.i += 6
	return true
}

// longEscape is the character that the letter after a backslash stands for.
var longEscape = [256]byte{
	'"': '"', '\\': '\\', '/': '/', 'b': '\b', 't': '\t', 'n': '\n', 'f': '\f', 'r': '\r',
}

// hex4 reads \uXXXX at the start of b.
func hex4(b []byte) (rune, bool) {
	if len(b) < 6 || b[0] != '\\' || b[1] != 'u' {
		return 0, false
	}
	var r rune
	for _, c := range b[2:6] {
		if c >= 'A' && c <= 'F' {
			c += 'a' - 'A'
		}
		v := hexValue[c]
		if v > 15 {
			return 0, false
		}
		r = r<<4 | rune(v)
	}
	return r, true
}

// unescape resolves the escapes of a string that the scanner has accepted.
func unescape(raw []byte) []byte {
	out := make([]byte, 0, len(raw))
	for i := 0; i < len(raw); {
		if raw[i] != '\\' {
			out = append(out, raw[i])
			i++
			continue
		}
		r, ok := hex4(raw[i:])
		if !ok {
			out = append(out, longEscape[raw[i+1]])
			i += 2
			continue
		}
		i += 6
		if utf16.IsSurrogate(r) {
			low, _ := hex4(raw[i:])
			r = utf16.DecodeRune(r, low)
			i += 6
		}
		out = utf8.AppendRune(out, r)
	}
	return out
}
