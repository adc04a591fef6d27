package ui

import (
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

// findRunes is how much of what is looked for in a list counts. The field takes no
// more, and an address that says more finds what its beginning does.
const findRunes = 100

// finder is what somebody looks for in a list by name: every word, anywhere, in
// any order, whatever its case and accents.
type finder struct {
	text  string // as the field shows it
	words []string
}

func newFinder(text string) finder {
	text = strings.TrimSpace(strings.ToValidUTF8(text, ""))
	if all := []rune(text); len(all) > findRunes {
		text = string(all[:findRunes])
	}
	return finder{text, strings.Fields(folded(text))}
}

// in tells whether every word stands in one of the texts.
func (f finder) in(texts ...string) bool {
	if len(f.words) == 0 {
		return true
	}
	all := folded(strings.Join(texts, "\n"))
	for _, w := range f.words {
		if !strings.Contains(all, w) {
			return false
		}
	}
	return true
}

var ligatures = strings.NewReplacer("œ", "oe", "æ", "ae", "ß", "ss", "ø", "o", "ł", "l", "đ", "d", "’", "'")

// folded is how names are compared and put in order: small letters, no accents,
// nothing that can't be seen.
func folded(s string) string {
	var b strings.Builder
	// Capitals are what compatibility forms may decompose to, and small letters what may decompose again.
	for _, r := range norm.NFKD.String(strings.ToLower(norm.NFKD.String(s))) {
		if !unicode.Is(unicode.Mn, r) && !unicode.Is(unicode.Cf, r) {
			b.WriteRune(r)
		}
	}
	return ligatures.Replace(b.String())
}
