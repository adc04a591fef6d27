package vault

import (
	"errors"
	"unicode/utf16"
	"unicode/utf8"
)

// ErrSecretText: what should hold a value as text doesn't, or too much of it.
var ErrSecretText = errors.New("secret is not a text of a fair length")

// UnmarshalJSON reads the value from a JSON string into bytes that Wipe reaches,
// which a Go string isn't. ErrSecretText for anything else, and for more than
// MaxSecret bytes.
func (s *Secret) UnmarshalJSON(text []byte) error {
	value, err := unquote(text)
	if err != nil {
		return err
	}
	s.Wipe() // of a member that was there twice
	*s = NewSecret(value)
	return nil
}

var escapes = map[byte]byte{'"': '"', '\\': '\\', '/': '/', 'b': '\b', 'f': '\f', 'n': '\n', 'r': '\r', 't': '\t'}

// unquote decodes a JSON string (RFC 8259, section 7). Lone halves of surrogate
// pairs are refused rather than replaced: the value would be another one.
func unquote(text []byte) ([]byte, error) {
	if len(text) < 2 || text[0] != '"' || text[len(text)-1] != '"' {
		return nil, ErrSecretText
	}
	text = text[1 : len(text)-1]
	out := make([]byte, 0, min(len(text), MaxSecret)) // never grown: a copy would be left behind
	bad := func() ([]byte, error) {
		clear(out[:cap(out)])
		return nil, ErrSecretText
	}
	for len(text) > 0 {
		var next []byte
		var sign [utf8.UTFMax]byte
		c := text[0]
		switch {
		case c == '"' || c < ' ':
			return bad()
		case c != '\\':
			r, n := utf8.DecodeRune(text)
			if r == utf8.RuneError && n == 1 {
				return bad()
			}
			next, text = text[:n], text[n:]
		case len(text) > 1 && text[1] == 'u':
			r, n := escapedRune(text)
			if n == 0 {
				return bad()
			}
			next, text = sign[:utf8.EncodeRune(sign[:], r)], text[n:]
		case len(text) > 1 && escapes[text[1]] != 0:
			sign[0] = escapes[text[1]]
			next, text = sign[:1], text[2:]
		default:
			return bad()
		}
		if len(out)+len(next) > cap(out) {
			return bad()
		}
		out = append(out, next...)
	}
	return out, nil
}

// escapedRune reads \uXXXX, or two of them where they are a pair; n is the bytes
// read, 0 where they are none.
func escapedRune(text []byte) (r rune, n int) {
	r, ok := hex4(text)
	if !ok {
		return 0, 0
	}
	if !utf16.IsSurrogate(r) {
		return r, 6
	}
	low, ok := hex4(text[6:])
	if r = utf16.DecodeRune(r, low); !ok || r == utf8.RuneError {
		return 0, 0
	}
	return r, 12
}

func hex4(text []byte) (r rune, ok bool) {
	if len(text) < 6 || text[0] != '\\' || text[1] != 'u' {
		return 0, false
	}
	for _, c := range text[2:6] {
		d := unhex(c)
		if d < 0 {
			return 0, false
		}
		r = r<<4 | rune(d)
	}
	return r, true
}

func unhex(c byte) int {
	switch {
	case c >= '0' && c <= '9':
		return int(c - '0')
	case c >= 'a' && c <= 'f':
		return int(c-'a') + 10
	case c >= 'A' && c <= 'F':
		return int(c-'A') + 10
	}
	return -1
}

// ReadForm takes one field out of the bytes of a form (application/x-www-form-
// urlencoded, WHATWG URL standard, section 5) into a Secret, and overwrites it
// there with nothing, so that what parses the rest makes no copy. ok is false
// where the field is missing; ErrSecretText where it is malformed or too long.
func ReadForm(form []byte, field string) (s Secret, ok bool, err error) {
	for at := 0; at <= len(form); {
		end := at
		for end < len(form) && form[end] != '&' {
			end++
		}
		if name := len(field); end-at > name && string(form[at:at+name]) == field && form[at+name] == '=' {
			raw := form[at+name+1 : end]
			value, err := unescape(raw)
			for i := range form[at:end] {
				form[at+i] = '&' // an empty pair
			}
			if err != nil {
				return Secret{}, true, err
			}
			return NewSecret(value), true, nil
		}
		at = end + 1
	}
	return Secret{}, false, nil
}

func unescape(raw []byte) ([]byte, error) {
	out := make([]byte, 0, min(len(raw), MaxSecret))
	for i := 0; i < len(raw); i++ {
		c := raw[i]
		switch {
		case c == '+':
			c = ' '
		case c == '%':
			if i+2 >= len(raw) || unhex(raw[i+1]) < 0 || unhex(raw[i+2]) < 0 {
				clear(out[:cap(out)])
				return nil, ErrSecretText
			}
			c = byte(unhex(raw[i+1])<<4 | unhex(raw[i+2]))
			i += 2
		}
		if len(out) == cap(out) {
			clear(out)
			return nil, ErrSecretText
		}
		out = append(out, c)
	}
	return out, nil
}
