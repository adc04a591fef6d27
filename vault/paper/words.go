package paper

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"math/big"
	"strings"
	"unicode"
)

const (
	// Size is a secret's length in bytes.
	Size = 32
	// Count is how many words write it.
	Count = 24

	bits = 11 // of a word
)

// Errors of Secret. ErrWord carries the place of the word: see WordError.
var (
	ErrCount = errors.New("not 24 words")
	ErrWord  = errors.New("not a word of the list")
	ErrSum   = errors.New("the words don't fit together")
)

// WordError says which word is on no list, from 1. It never holds the word.
type WordError struct{ Place int }

func (e *WordError) Error() string { return fmt.Sprintf("word %d: %v", e.Place, ErrWord) }

// Unwrap is ErrWord.
func (e *WordError) Unwrap() error { return ErrWord }

// Words writes a secret of Size bytes in the words of lang, English where there
// is no such list. It panics on any other length.
func Words(lang Lang, secret []byte) []string {
	if len(secret) != Size {
		panic("a paper secret has 32 bytes")
	}
	find, ok := lists[lang]
	if !ok {
		find = lists[English]
	}
	l, sum := find(), sha256.Sum256(secret)
	n := new(big.Int).SetBytes(append(append(make([]byte, 0, Size+1), secret...), sum[0]))
	out, mask := make([]string, Count), big.NewInt(1<<bits-1)
	for i := Count - 1; i >= 0; i-- {
		out[i] = l.words[new(big.Int).And(n, mask).Int64()]
		n.Rsh(n, bits)
	}
	return out
}

// Secret reads words back: in either language, in small or capital letters, with
// or without accents, whole or by their first four letters or more, with numbers,
// points and line ends between them. Errors: ErrCount, *WordError, and ErrSum
// where all words exist and one is not the one that was written down (255 such
// faults of 256 are found).
func Secret(text string) ([]byte, Lang, error) {
	typed := Split(text)
	if len(typed) != Count {
		return nil, "", ErrCount
	}
	fault, known := 0, false
	var secret []byte
	var in Lang
	for _, lang := range []Lang{French, English} {
		got, place := value(lists[lang](), typed)
		switch {
		case place > 0:
			fault = max(fault, place) // the list that reads furthest is the one that was meant
			continue
		case got == nil:
			known = true
			continue
		case secret != nil:
			return nil, "", ErrSum // both lists read it: never seen, and not to be guessed
		}
		secret, in = got, lang
	}
	switch {
	case secret != nil:
		return secret, in, nil
	case known:
		return nil, "", ErrSum
	}
	return nil, "", &WordError{fault}
}

// value is the secret that words of l write: nil where the sum is wrong, and the
// place of the first word that isn't on it.
func value(l list, typed []string) (secret []byte, place int) {
	n := new(big.Int)
	for i, w := range typed {
		at, ok := l.at[w]
		if !ok {
			return nil, i + 1
		}
		n.Or(n.Lsh(n, bits), big.NewInt(int64(at)))
	}
	all := n.FillBytes(make([]byte, Size+1))
	sum := sha256.Sum256(all[:Size])
	if sum[0] != all[Size] {
		return nil, 0
	}
	return all[:Size], 0
}

// Split takes words out of what somebody typed or scanned, folded: without
// capitals, accents, numbers and punctuation.
func Split(text string) []string {
	return strings.FieldsFunc(fold(text), func(r rune) bool { return !unicode.IsLetter(r) })
}

// Same tells whether typed names the word, by its first four letters or more.
func Same(word, typed string) bool {
	got := Split(typed)
	if len(got) != 1 {
		return false
	}
	want := fold(word)
	return got[0] == want || len(got[0]) >= told && strings.HasPrefix(want, got[0])
}
