package chain

import (
	"bytes"
	"encoding/json"
	"errors"
	"reflect"
	"strings"
	"testing"

	"github.com/gowebpki/jcs"
)

func TestCanonical(t *testing.T) {
	for _, c := range []struct {
		name string
		in   any
		want string
	}{
		{"empty object", map[string]any{}, `{}`},
		{"keys by UTF-16", map[string]any{"€": 1, "\r": 2, "\ufb33": 3, "1": 4, "😀": 5, "\u0080": 6, "ö": 7},
			"{\"\\r\":2,\"1\":4,\"\u0080\":6,\"ö\":7,\"€\":1,\"😀\":5,\"\ufb33\":3}"},
		{"escapes", "\"\\\b\t\n\f\r\x00\x1f/\x7f\u2028<&>", "\"\\\"\\\\\\b\\t\\n\\f\\r\\u0000\\u001f/\x7f\u2028<&>\""},
		{"numbers", []any{0, -1, int64(MaxInteger), int64(-MaxInteger), uint64(7), uint32(8)},
			`[0,-1,9007199254740991,-9007199254740991,7,8]`},
		{"nested", map[string]any{"b": []string{"x"}, "a": map[string]any{"c": true}}, `{"a":{"c":true},"b":["x"]}`},
	} {
		got, err := Canonical(c.in)
		if err != nil || string(got) != c.want {
			t.Errorf("%s: %s, %v, want %s", c.name, got, err, c.want)
			continue
		}
		back, err := ParseCanonical(got)
		if err != nil {
			t.Errorf("%s: its own output is refused: %v", c.name, err)
			continue
		}
		again, err := Canonical(back)
		if err != nil || !bytes.Equal(again, got) {
			t.Errorf("%s: written, read and written: %s, %v", c.name, again, err)
		}
	}
}

func TestCanonicalRefuses(t *testing.T) {
	deep := any("x")
	for range maxDepth + 1 {
		deep = []any{deep}
	}
	for name, v := range map[string]any{
		"float": 1.0, "nil": nil, "2^53": int64(1 << 53), "-2^53": int64(-1 << 53),
		"uint of 2^53": uint64(1 << 53), "invalid UTF-8": "a\xff", "surrogate in UTF-8": "\xed\xa0\x80",
		"bad key": map[string]any{"\xff": 1}, "nil inside": []any{nil}, "struct": struct{}{}, "too deep": deep,
	} {
		if b, err := Canonical(v); !errors.Is(err, ErrNotCanonical) {
			t.Errorf("%s: %q, %v", name, b, err)
		}
	}
}

var notCanonical = map[string]string{
	"empty": ``, "space": `{"a": 1}`, "space at the end": `{} `, "float": `1.0`, "exponent": `1e3`,
	"minus zero": `-0`, "leading zero": `01`, "null": `null`, "2^53": `9007199254740992`,
	"huge": `99999999999999999999999999`, "minus alone": `-`, "plus": `+1`,
	"out of order": `{"b":1,"a":2}`, "doubled": `{"a":1,"a":2}`, "doubled in disguise": `{"a":1,"\u0061":2}`,
	"needless escape": `"\u0061"`, "upper-case escape": `"\u001F"`, "long escape": `"\u000a"`,
	"escaped slash": `"\/"`, "bare control": "\"\n\"", "lone high": `"\ud800"`, "lone low": `"\udc00"`,
	"escaped pair": `"\ud83d\ude00"`, "invalid UTF-8": "\"\xff\"", "overlong": "\"\xc0\x80\"",
	"surrogate bytes": "\"\xed\xa0\x80\"", "no end": `"a`, "open array": `[1,`, "comma": `[1,]`,
	"two values": `1 2`, "bad word": `trie`, "BOM": "\ufeff{}", "single quotes": `{'a':1}`, "colon": `{"a",1}`,
	"too deep": strings.Repeat("[", maxDepth+2) + strings.Repeat("]", maxDepth+2),
}

func TestParseCanonicalRefuses(t *testing.T) {
	for name, text := range notCanonical {
		if v, err := ParseCanonical([]byte(text)); !errors.Is(err, ErrNotCanonical) {
			t.Errorf("%s: %#v, %v", name, v, err)
		}
		if err := checkCanonical([]byte(text)); !errors.Is(err, ErrNotCanonical) {
			t.Errorf("%s: the checker takes it: %v", name, err)
		}
	}
}

// FuzzCanonical holds the two readers and the encoder against each other, and
// the encoder against an implementation by others.
func FuzzCanonical(f *testing.F) {
	for _, text := range notCanonical {
		f.Add([]byte(text))
	}
	f.Add([]byte(vectorPayload1))
	f.Add([]byte(vectorPayload2))
	f.Add([]byte("{\"\\r\":2,\"1\":4,\"ö\":7,\"€\":1,\"😀\":5,\"\ufb33\":3}"))
	f.Fuzz(func(t *testing.T, b []byte) {
		v, err := ParseCanonical(b)
		if check := checkCanonical(b); (check == nil) != (err == nil) {
			t.Fatalf("reader says %v, checker %v", err, check)
		}
		if err == nil {
			if again, err := Canonical(v); err != nil || !bytes.Equal(again, b) {
				t.Fatalf("accepted %q is written %q, %v", b, again, err)
			}
		}
		// Whatever the lenient reader takes, others must canonicalize to the same.
		s := scanner{b: b}
		s.space()
		v = s.value(0)
		if !s.end() {
			return
		}
		ours, err := Canonical(v)
		if err != nil {
			t.Fatalf("what was read can't be written: %v", err)
		}
		if !json.Valid(b) {
			t.Fatalf("accepted %q, which is not JSON", b)
		}
		theirs, err := jcs.Transform(b)
		if err != nil {
			// Theirs takes only objects and arrays at the top.
			theirs, err = jcs.Transform(append(append([]byte{'['}, b...), ']'))
			ours = append(append([]byte{'['}, ours...), ']')
		}
		if err != nil || !bytes.Equal(ours, theirs) {
			t.Fatalf("%q: ours %q, theirs %q, %v", b, ours, theirs, err)
		}
		back, err := ParseCanonical(ours)
		if err != nil || s.err == nil && ours[0] != '[' && !reflect.DeepEqual(back, v) {
			t.Fatalf("%q comes back as %#v, %v", ours, back, err)
		}
	})
}
