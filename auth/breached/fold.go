package breached

import (
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

// Fold drops case, accents, spaces and signs, so that "Mot-de-passe 123!" meets
// "motdepasse123". Stem is what is left of a folded word without the digits at its
// ends: people put a year behind the word that they have lost.
func Fold(s string) string {
	var b strings.Builder
	for _, r := range norm.NFKD.String(s) {
		if unicode.IsLetter(r) || unicode.IsDigit(r) {
			b.WriteRune(unicode.ToLower(r))
		}
	}
	return b.String()
}

// Stem of a folded word.
func Stem(w string) string {
	return strings.TrimLeftFunc(strings.TrimRightFunc(w, unicode.IsDigit), unicode.IsDigit)
}

// What a list keeps of a published password: its stem, if that is a word of its
// own; else the whole, if it is long. The rest is too short for a password here.
const (
	leastStem  = 6
	leastWhole = 9
)

// Kept is what the list holds of a password, "" for nothing.
func Kept(password string) string {
	w := Fold(password)
	if s := Stem(w); len(s) >= leastStem {
		return s
	}
	if len(w) >= leastWhole {
		return w
	}
	return ""
}

// Known tells whether a password, whatever its case, accents, signs and the digits
// around it, has been published.
func Known(password string) bool {
	k := Kept(password)
	return k != "" && Contains(k)
}
