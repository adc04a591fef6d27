package extract

import (
	"bytes"
	"encoding/binary"
	"errors"
	"strings"
	"unicode"
	"unicode/utf16"
	"unicode/utf8"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/charmap"
)

var errBinary = errors.New("not a text: holds zero bytes")

// decoded is a text file as UTF-8.
type decoded struct {
	text     string
	guessed  bool // neither UTF-8 nor marked as UTF-16
	replaced int  // bytes or units that stood for no character
}

func (b *builder) warnDecoded(d decoded) {
	if d.guessed {
		b.warn(WarnCharset, 1)
	}
	b.warn(WarnReplaced, d.replaced)
}

// decode tells the encoding of a text: byte order mark, UTF-16 by its zeros,
// UTF-8 by its form, else one of the three 8-bit sets that French exports come
// in (Windows, old Mac, DOS) by the letters it would give. declared is used
// where the form does not decide; nil for none.
func decode(b []byte, declared encoding.Encoding) (decoded, error) {
	switch {
	case bytes.HasPrefix(b, []byte("\xef\xbb\xbf")):
		return decodeUTF8(b[3:]), nil
	case bytes.HasPrefix(b, []byte("\xff\xfe\x00\x00")), bytes.HasPrefix(b, []byte("\x00\x00\xfe\xff")):
		return decodeUTF32(b), nil
	case bytes.HasPrefix(b, []byte("\xff\xfe")):
		return decodeUTF16(b[2:], binary.LittleEndian), nil
	case bytes.HasPrefix(b, []byte("\xfe\xff")):
		return decodeUTF16(b[2:], binary.BigEndian), nil
	}
	if order := zerosOrder(b); order != nil {
		return decodeUTF16(b, order), nil
	}
	if bytes.IndexByte(b, 0) >= 0 {
		return decoded{}, fail(CodeEncoding, errBinary)
	}
	if utf8.Valid(b) {
		return decoded{text: string(b)}, nil
	}
	if declared != nil {
		if s, err := declared.NewDecoder().Bytes(b); err == nil {
			return decoded{text: string(s), replaced: bytes.Count(s, []byte("\ufffd"))}, nil
		}
	}
	if d := decodeUTF8(b); d.replaced*500 < len(b) && multibyte(d.text) > 4*d.replaced {
		return d, nil // UTF-8 with a scar, such as a cut at its end
	}
	return decode8bit(b)
}

func decodeUTF8(b []byte) decoded {
	var s strings.Builder
	s.Grow(len(b))
	n := 0
	for len(b) > 0 {
		r, size := utf8.DecodeRune(b)
		if r == utf8.RuneError && size == 1 {
			n++
		}
		s.WriteRune(r)
		b = b[size:]
	}
	return decoded{text: s.String(), replaced: n}
}

func multibyte(s string) int {
	n := 0
	for _, r := range s {
		if r >= 0x80 && r != utf8.RuneError {
			n++
		}
	}
	return n
}

func decodeUTF16(b []byte, order binary.ByteOrder) decoded {
	units := make([]uint16, len(b)/2)
	for i := range units {
		units[i] = order.Uint16(b[2*i:])
	}
	s := string(utf16.Decode(units))
	return decoded{text: s, replaced: strings.Count(s, "\ufffd") + len(b)%2}
}

func decodeUTF32(b []byte) decoded {
	var order binary.ByteOrder = binary.LittleEndian
	if b[0] == 0 {
		order = binary.BigEndian
	}
	var s strings.Builder
	n := len(b) % 4
	for b = b[4:]; len(b) >= 4; b = b[4:] {
		r := rune(order.Uint32(b))
		if !utf8.ValidRune(r) {
			r, n = utf8.RuneError, n+1
		}
		s.WriteRune(r)
	}
	return decoded{text: s.String(), replaced: n}
}

// zerosOrder recognises UTF-16 without a mark: Latin text has a zero in nearly
// every second byte, always on the same side.
func zerosOrder(b []byte) binary.ByteOrder {
	head := b[:min(len(b), 4096)&^1]
	var even, odd int
	for i := 0; i+1 < len(head); i += 2 {
		if head[i] == 0 {
			even++
		}
		if head[i+1] == 0 {
			odd++
		}
	}
	half := len(head) / 2
	switch {
	case half < 2:
		return nil
	case odd*10 > half*7 && even*20 < half:
		return binary.LittleEndian
	case even*10 > half*7 && odd*20 < half:
		return binary.BigEndian
	}
	return nil
}

// frenchLetters are what an 8-bit French or English text has outside ASCII.
const frenchLetters = "éèêëàâäçîïôöùûüÿœæÉÈÊËÀÂÇÎÏÔÙÛŒ«»’‘“”–—…°€§²£ \u00a0"

func decode8bit(b []byte) (decoded, error) {
	best, bestScore := "", 0
	for i, set := range []*charmap.Charmap{charmap.Windows1252, charmap.Macintosh, charmap.CodePage850} {
		s, err := set.NewDecoder().Bytes(b)
		if err != nil {
			continue
		}
		if score := scoreLetters(string(s)); i == 0 || score > bestScore {
			best, bestScore = string(s), score
		}
	}
	replaced := strings.Count(best, "\ufffd")
	if controls(best)*20 > len(b) || replaced*20 > len(b) {
		return decoded{}, fail(CodeEncoding, errBinary)
	}
	return decoded{text: best, guessed: true, replaced: replaced}, nil
}

func scoreLetters(s string) int {
	score, prev := 0, ' '
	for _, r := range s {
		switch {
		case r < 0x80:
		case r == utf8.RuneError:
			score -= 5
		case strings.ContainsRune(frenchLetters, r):
			score += 2
			if unicode.IsUpper(r) && unicode.IsLower(prev) {
				score -= 4 // "prŽt": a capital inside a word is a wrong table
			}
		default:
			score -= 2
		}
		prev = r
	}
	return score
}

func controls(s string) int {
	n := 0
	for _, r := range s {
		if r < 0x20 && r != '\n' && r != '\r' && r != '\t' && r != '\f' || r == 0x7f {
			n++
		}
	}
	return n
}
