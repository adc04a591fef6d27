package chain

import (
	"encoding/binary"
	"math/bits"
	"unicode/utf8"
)

// The quick scanner accepts the canonical JSON that a box writes and nothing
// that the scanner would refuse; where it meets something rare (a \u escape, an
// integer of 16 digits) or wrong it gives up, and the scanner decides. It works
// on an index in a register, which is what makes it quick. A fuzz test holds
// the two against each other.

const (
	ones = 0x0101010101010101
	tops = 0x8080808080808080
)

// quickString returns the index of the quote that ends the string whose inside
// begins at i, or -1; plain says that it holds no escape.
func quickString(b []byte, i int) (end int, plain bool) {
	plain = true
	for {
		i = quickPlain(b, i)
		switch {
		case i >= len(b):
			return -1, false
		case b[i] == '"':
			return i, plain
		case b[i] == '\\':
			// Only \uXXXX has no short form: strict reading knows five letters and two signs.
			if plain = false; i+1 >= len(b) || longEscape[b[i+1]] == 0 || b[i+1] == '/' {
				return -1, false
			}
			i += 2
		default:
			_, size := utf8.DecodeRune(b[i:])
			if size < 2 {
				return -1, false
			}
			i += size
		}
	}
}

// quickPlain returns the index of the first byte from i on that is no ASCII
// which a string holds as it is. A subtraction borrows only above a byte that is
// itself a hit, so the lowest hit is exact.
func quickPlain(b []byte, i int) int {
	for len(b)-i >= 8 {
		x := binary.LittleEndian.Uint64(b[i:])
		quote, slash := x^(ones*'"'), x^(ones*'\\')
		if hit := (x | (x - ones*0x20) | (quote - ones) | (slash - ones)) & tops; hit != 0 {
			return i + bits.TrailingZeros64(hit)/8
		}
		i += 8
	}
	for i < len(b) && b[i] >= 0x20 && b[i] < 0x80 && b[i] != '"' && b[i] != '\\' {
		i++
	}
	return i
}

// quickValue returns the index after the value at i, or -1.
func quickValue(b []byte, i, depth int) int {
	if i >= len(b) || depth > maxDepth {
		return -1
	}
	switch c := b[i]; {
	case c == '"':
		end, _ := quickString(b, i+1)
		return end + min(1, end+1)
	case c == '{':
		return quickObject(b, i, depth)
	case c == '[':
		return quickArray(b, i, depth)
	case c == 't' && len(b)-i >= 4 && string(b[i:i+4]) == "true":
		return i + 4
	case c == 'f' && len(b)-i >= 5 && string(b[i:i+5]) == "false":
		return i + 5
	default:
		_, end := quickInteger(b, i)
		return end
	}
}

func quickArray(b []byte, i, depth int) int {
	if i++; i < len(b) && b[i] == ']' {
		return i + 1
	}
	for {
		if i = quickValue(b, i, depth+1); i < 0 || i >= len(b) {
			return -1
		}
		switch b[i] {
		case ',':
			i++
		case ']':
			return i + 1
		default:
			return -1
		}
	}
}

func quickObject(b []byte, i, depth int) int {
	if i++; i < len(b) && b[i] == '}' {
		return i + 1
	}
	var last []byte
	for {
		if i >= len(b) || b[i] != '"' {
			return -1
		}
		end, plain := quickString(b, i+1)
		if !plain {
			return -1
		}
		key := b[i+1 : end]
		if last != nil && !rising(last, key) || end+1 >= len(b) || b[end+1] != ':' {
			return -1
		}
		last = key
		if i = quickValue(b, end+2, depth+1); i < 0 || i >= len(b) {
			return -1
		}
		switch b[i] {
		case ',':
			i++
		case '}':
			return i + 1
		default:
			return -1
		}
	}
}

// rising reports whether name follows last, as members must. Most differ in
// their first letter.
func rising(last, name []byte) bool {
	if len(last) > 0 && len(name) > 0 && last[0] != name[0] && last[0] < 0xee && name[0] < 0xee {
		return last[0] < name[0]
	}
	return compareUTF16(last, name) < 0
}

// quickInteger reads an integer of at most 15 digits, which is surely below
// 2^53, and returns the index after it, or -1.
func quickInteger(b []byte, i int) (n int64, end int) {
	neg := i < len(b) && b[i] == '-'
	if neg {
		i++
	}
	first := i
	for i < len(b) && b[i]-'0' <= 9 {
		n = n*10 + int64(b[i]-'0')
		if i++; i-first > 15 {
			return 0, -1
		}
	}
	if digits := i - first; digits == 0 || b[first] == '0' && (digits > 1 || neg) {
		return 0, -1
	}
	if i < len(b) && (b[i] == '.' || b[i]|0x20 == 'e') {
		return 0, -1
	}
	if neg {
		n = -n
	}
	return n, i
}

// hexWord reports whether eight bytes are lower-case hex digits.
func hexWord(x uint64) bool {
	digit := (x + ones*(0x80-'0')) &^ (x + ones*(0x80-'9'-1))
	letter := (x + ones*(0x80-'a')) &^ (x + ones*(0x80-'f'-1))
	return x&tops == 0 && (digit|letter)&tops == tops
}

// literal is a text of 8 to 16 bytes that is looked for as two words.
type literal struct {
	head, tail uint64
	n          int
}

func literalOf(s string) literal {
	b := []byte(s)
	return literal{binary.LittleEndian.Uint64(b), binary.LittleEndian.Uint64(b[len(b)-8:]), len(b)}
}

// at reports whether the literal stands at i, which is not negative.
func (l *literal) at(b []byte, i int) bool {
	return len(b)-i >= l.n && binary.LittleEndian.Uint64(b[i:]) == l.head &&
		binary.LittleEndian.Uint64(b[i+l.n-8:]) == l.tail
}
