package chain

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"unicode/utf8"
)

// MaxInteger is the largest magnitude of an integer in canonical JSON here:
// 2^53-1, the last one that every JSON reader holds exactly.
const MaxInteger = 1<<53 - 1

// maxDepth bounds how deep arrays and objects nest, written or read.
const maxDepth = 64

// ErrNotCanonical is wrapped by every refusal of a value or a text that
// Canonical could not have produced.
var ErrNotCanonical = errors.New("not canonical JSON")

// canonicalBytes are bytes that are canonical JSON already and go out as they
// stand.
type canonicalBytes []byte

// Canonical returns v as RFC 8785 JSON on the restricted schema: strings,
// booleans, integers of at most MaxInteger, slices of those and of any, maps from
// string to any, string or int. Floats, nil, invalid UTF-8 and other types are refused with
// ErrNotCanonical; nothing is normalized.
func Canonical(v any) ([]byte, error) { return appendValue(nil, v, 0) }

func appendValue(b []byte, v any, depth int) ([]byte, error) {
	if depth > maxDepth {
		return nil, fmt.Errorf("%w: nested deeper than %d", ErrNotCanonical, maxDepth)
	}
	switch v := v.(type) {
	case string:
		return appendString(b, v)
	case bool:
		return strconv.AppendBool(b, v), nil
	case int:
		return appendInt(b, int64(v))
	case int32:
		return appendInt(b, int64(v))
	case int64:
		return appendInt(b, v)
	case uint32:
		return appendInt(b, int64(v))
	case uint:
		return appendUint(b, uint64(v))
	case uint64:
		return appendUint(b, v)
	case Hash:
		return appendString(b, v.String())
	case canonicalBytes:
		return append(b, v...), nil
	case map[string]any:
		return appendObject(b, v, depth)
	case map[string]string:
		return appendObject(b, v, depth)
	case map[string]int:
		return appendObject(b, v, depth)
	case []any:
		return appendArray(b, v, depth)
	case []string:
		return appendArray(b, v, depth)
	case []int:
		return appendArray(b, v, depth)
	case []int64:
		return appendArray(b, v, depth)
	case []uint32:
		return appendArray(b, v, depth)
	case []uint64:
		return appendArray(b, v, depth)
	case []map[string]any:
		return appendArray(b, v, depth)
	}
	return nil, fmt.Errorf("%w: a value of type %T", ErrNotCanonical, v)
}

func appendInt(b []byte, n int64) ([]byte, error) {
	if n > MaxInteger || n < -MaxInteger {
		return nil, fmt.Errorf("%w: integer of 2^53 or more", ErrNotCanonical)
	}
	return strconv.AppendInt(b, n, 10), nil
}

func appendUint(b []byte, n uint64) ([]byte, error) {
	if n > MaxInteger {
		return nil, fmt.Errorf("%w: integer of 2^53 or more", ErrNotCanonical)
	}
	return strconv.AppendUint(b, n, 10), nil
}

func appendArray[T any](b []byte, list []T, depth int) ([]byte, error) {
	b = append(b, '[')
	for i, v := range list {
		if i > 0 {
			b = append(b, ',')
		}
		var err error
		if b, err = appendValue(b, v, depth+1); err != nil {
			return nil, err
		}
	}
	return append(b, ']'), nil
}

func appendObject[T any](b []byte, m map[string]T, depth int) ([]byte, error) {
	type member struct {
		name  string
		value T
	}
	var room [16]member
	members := room[:0]
	for k, v := range m {
		members = append(members, member{k, v})
		if len(m) <= len(room) { // few: each goes where it belongs
			for i := len(members) - 1; i > 0 && compareUTF16(members[i-1].name, k) > 0; i-- {
				members[i], members[i-1] = members[i-1], members[i]
			}
		}
	}
	if len(m) > len(room) {
		slices.SortFunc(members, func(x, y member) int { return compareUTF16(x.name, y.name) })
	}
	b = append(b, '{')
	for i := range members {
		if i > 0 {
			b = append(b, ',')
		}
		var err error
		if b, err = appendString(b, members[i].name); err != nil {
			return nil, err
		}
		b = append(b, ':')
		if b, err = appendValue(b, members[i].value, depth+1); err != nil {
			return nil, err
		}
	}
	return append(b, '}'), nil
}

// appendString writes s as RFC 8785, section 3.2.2.2 has it: only the quote,
// the backslash and the control characters are escaped.
func appendString(b []byte, s string) ([]byte, error) {
	start := len(b) + 1
	b = append(append(b, '"'), s...)
	if quickPlain(b, start) == len(b) {
		return append(b, '"'), nil
	}
	b = b[:start]
	if !utf8.ValidString(s) {
		return nil, fmt.Errorf("%w: invalid UTF-8", ErrNotCanonical)
	}
	from := 0
	for i := range len(s) {
		c := s[i]
		if c >= 0x20 && c != '"' && c != '\\' {
			continue
		}
		b = append(b, s[from:i]...)
		from = i + 1
		if short := shortEscape[c]; short != 0 {
			b = append(b, '\\', short)
		} else {
			b = append(b, '\\', 'u', '0', '0', '0'+c>>4, "0123456789abcdef"[c&15])
		}
	}
	b = append(b, s[from:]...)
	return append(b, '"'), nil
}

// shortEscape is the letter after the backslash for characters that have one.
var shortEscape = [256]byte{
	'"': '"', '\\': '\\', '\b': 'b', '\t': 't', '\n': 'n', '\f': 'f', '\r': 'r',
}

// compareUTF16 orders valid UTF-8 strings by their UTF-16 code units, as RFC
// 8785, section 3.2.3 orders keys. That is byte order, except that characters
// beyond the basic plane come before U+E000 to U+FFFF.
func compareUTF16[T string | []byte](a, b T) int {
	for i := range min(len(a), len(b)) {
		x, y := a[i], b[i]
		if x == y {
			continue
		}
		if x >= 0xee && y >= 0xee && (x >= 0xf0) != (y >= 0xf0) {
			x, y = y, x
		}
		return int(x) - int(y)
	}
	return len(a) - len(b)
}
