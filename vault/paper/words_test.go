package paper

import (
	"bytes"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"strconv"
	"strings"
	"testing"

	"golang.org/x/text/unicode/norm"
)

// TestLists: what the encoding rests on.
func TestLists(t *testing.T) {
	for lang, find := range lists {
		l := find()
		begins := map[string]bool{}
		for _, w := range l.words {
			f := fold(w)
			begins[f[:min(told, len(f))]] = true
			if !norm.NFC.IsNormalString(w) || strings.ContainsFunc(f, func(r rune) bool { return r < 'a' || r > 'z' }) {
				t.Errorf("%s: %q is not plain letters", lang, w)
			}
		}
		if len(l.words) != 2048 || len(begins) != 2048 {
			t.Errorf("%s: %d words, %d by their first letters", lang, len(l.words), len(begins))
		}
	}
}

// TestKnown: vectors of BIP 39 for 256 bits (trezor/python-mnemonic, vectors.json).
func TestKnown(t *testing.T) {
	for secret, words := range map[string]string{
		strings.Repeat("00", 32): strings.Repeat("abandon ", 23) + "art",
		strings.Repeat("7f", 32): "legal winner thank year wave sausage worth useful legal winner thank year wave sausage worth useful legal winner thank year wave sausage worth title",
		strings.Repeat("ff", 32): strings.Repeat("zoo ", 23) + "vote",
	} {
		b, _ := hex.DecodeString(secret)
		if got := strings.Join(Words(English, b), " "); got != words {
			t.Errorf("%s: %s", secret, got)
		}
		if got, lang, err := Secret(words); err != nil || lang != English || !bytes.Equal(got, b) {
			t.Errorf("%s: %x %s %v", secret, got, lang, err)
		}
	}
}

// TestReadBack: however a person writes them down.
func TestReadBack(t *testing.T) {
	for _, lang := range []Lang{French, English} {
		for range 50 {
			secret := make([]byte, Size)
			rand.Read(secret)
			words := Words(lang, secret)
			short, numbered := make([]string, Count), ""
			for i, w := range words {
				short[i] = w
				if f := []rune(norm.NFC.String(w)); len(f) > told {
					short[i] = string(f[:told])
				}
				numbered += strconv.Itoa(i+1) + ". " + strings.ToUpper(norm.NFD.String(w)) + "\r\n"
			}
			for _, text := range []string{strings.Join(words, " "), strings.Join(short, ", "), numbered, fold(strings.Join(words, "\n"))} {
				got, in, err := Secret(text)
				if err != nil || in != lang || !bytes.Equal(got, secret) {
					t.Fatalf("%s: %v %s", text, err, in)
				}
			}
		}
	}
}

func TestRefused(t *testing.T) {
	secret := make([]byte, Size)
	words := Words(French, secret)
	with := func(i int, w string) string {
		all := append([]string(nil), words...)
		all[i] = w
		return strings.Join(all, " ")
	}
	for name, c := range map[string]struct {
		text  string
		want  error
		place int
	}{
		"nothing":      {"", ErrCount, 0},
		"one too few":  {strings.Join(words[1:], " "), ErrCount, 0},
		"no word":      {with(6, "coffre-fort"), ErrCount, 0},
		"unknown":      {with(6, "zzzz"), ErrWord, 7},
		"three first":  {with(6, "aba"), ErrWord, 7},
		"too long":     {with(6, words[6]+"x"), ErrWord, 7},
		"another word": {with(6, "zoologie"), ErrSum, 0},
	} {
		_, _, err := Secret(c.text)
		var at *WordError
		if !errors.Is(err, c.want) || errors.As(err, &at) != (c.place > 0) || at != nil && at.Place != c.place {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestSumFinds: of single wrong words, one in 256 passes.
func TestSumFinds(t *testing.T) {
	words := Words(English, bytes.Repeat([]byte{0x5a}, Size))
	passed := 0
	for _, w := range lists[English]().words {
		all := append([]string(nil), words...)
		if all[3] = w; w == words[3] {
			continue
		}
		if _, _, err := Secret(strings.Join(all, " ")); err == nil {
			passed++
		}
	}
	if passed > 24 { // 8 are expected
		t.Errorf("%d of 2047 wrong words were taken", passed)
	}
}

func TestSame(t *testing.T) {
	for _, c := range []struct {
		word, typed string
		want        bool
	}{
		{"éléphant", " ELEP ", true},
		{"éléphant", "elephant", true},
		{"éléphant", "ele", false},
		{"éléphant", "elephants", false},
		{"act", "act", true},
		{"act", "acti", false},
		{"act", "", false},
		{"act", "act act", false},
	} {
		if Same(c.word, c.typed) != c.want {
			t.Errorf("%s %q", c.word, c.typed)
		}
	}
}

// FuzzSecret: what is read is what would be written.
func FuzzSecret(f *testing.F) {
	f.Add(strings.Repeat("abandon ", 23) + "art")
	f.Add(strings.Join(Words(French, make([]byte, Size)), "\t"))
	f.Fuzz(func(t *testing.T, text string) {
		secret, lang, err := Secret(text)
		if err != nil {
			return
		}
		again, in, err := Secret(strings.Join(Words(lang, secret), " "))
		if err != nil || in != lang || !bytes.Equal(again, secret) {
			t.Error(err)
		}
	})
}
