package paper

import (
	_ "embed"
	"encoding/json"
	"strings"
	"sync"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

// Lang is the language of a list.
type Lang string

// The languages.
const (
	French  Lang = "fr"
	English Lang = "en"
)

//go:embed french.json
var french []byte

//go:embed english.json
var english []byte

// told is how many letters tell a word from all others of its list.
const told = 4

// list is one language's words, in their order.
type list struct {
	words []string       // composed, with accents
	at    map[string]int // by folded word, and by its first letters
}

var lists = map[Lang]func() list{
	French:  sync.OnceValue(func() list { return read(french) }),
	English: sync.OnceValue(func() list { return read(english) }),
}

// read takes up an embedded list. Its test says that it is whole.
func read(raw []byte) list {
	l := list{at: map[string]int{}}
	if err := json.Unmarshal(raw, &l.words); err != nil {
		panic("embedded word list: " + err.Error())
	}
	for i, w := range l.words {
		l.words[i] = norm.NFC.String(w)
		f := fold(w)
		l.at[f] = i
		for n := told; n < len(f); n++ {
			l.at[f[:n]] = i
		}
	}
	return l
}

// fold is a word as it is looked up: small letters without accents.
func fold(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.Is(unicode.Mn, r) {
			return -1
		}
		return unicode.ToLower(r)
	}, norm.NFKD.String(s))
}
