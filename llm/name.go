package llm

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// nameToken is a word as names are looked for: letters only, so that "Jean-Paul" and "l'Oréal" are two.
type nameToken struct {
	form  string // folded
	upper bool   // begins with a capital letter
	tight bool   // nothing but a space, a hyphen or an apostrophe stands between it and the one before
	first bool   // begins a sentence, or what stands behind a colon or an opening quote
}

// honorifics stand before a name and are none.
var honorifics = set("m mm mr mrs ms mme mmes mlle mlles me dr pr prof maitre monsieur madame mademoiselle messieurs mesdames sir lady docteur professeur miss mister")

func nameTokens(text string) []nameToken {
	var out []nameToken
	first, tight := true, false
	for i := 0; i < len(text); {
		r, n := utf8.DecodeRuneInString(text[i:])
		if !unicode.IsLetter(r) {
			switch {
			case strings.ContainsRune(".!?…:;«“\"\n\t|•", r):
				first, tight = first || r != '.' || !afterInitial(out), false
			case !unicode.IsSpace(r) && !strings.ContainsRune("-'’‑", r):
				tight = false
			}
			i += n
			continue
		}
		end := i
		for end < len(text) {
			q, m := utf8.DecodeRuneInString(text[end:])
			if !unicode.IsLetter(q) && !unicode.Is(unicode.Mn, q) {
				break
			}
			end += m
		}
		out = append(out, nameToken{fold(text[i:end]), unicode.IsUpper(r), tight && len(out) > 0, first})
		first, tight = false, true
		i = end
	}
	return out
}

// afterInitial tells whether the last token is an initial or a title, whose period ends nothing.
func afterInitial(ts []nameToken) bool {
	if len(ts) == 0 {
		return false
	}
	t := ts[len(ts)-1]
	return t.upper && (len(t.form) == 1 || honorifics[t.form])
}

// wordlike are endings of common French and English words. A word that opens a sentence has a capital
// letter anyway; with such an ending it is taken for a common word, otherwise for a name, unless the
// sources write it small somewhere.
var wordlike = []string{"tion", "tions", "ment", "ments", "ance", "ances", "ence", "ences", "ite", "ites", "age", "ages", "eur", "eurs", "euse",
	"er", "ers", "ir", "ez", "ant", "ante", "ants", "ive", "if", "ifs", "ible", "able", "ique", "iques", "al", "ale", "aux", "e", "es", "s", "x",
	"ing", "ed", "ly", "ness", "ship", "ful", "less", "ity", "ies", "ee", "ees", "ure", "ures"}

func looksCommon(form string) bool {
	if len(form) < 3 {
		return true
	}
	for _, w := range wordlike {
		if len(form) > len(w)+2 && strings.HasSuffix(form, w) {
			return true
		}
	}
	return false
}

// missingName tells whether the sentence names somebody or something that the passage does not: a name
// whose words do not all occur there, or not next to each other. common tells whether the sources use a
// word in small letters.
func missingName(sentence []nameToken, in []nameToken, common func(form string) bool) bool {
	at := map[string][]int{}
	for i, t := range in {
		at[t.form] = append(at[t.form], i)
	}
	before := -1 // index in sentence of the part of the same name before this one
	for i, t := range sentence {
		if !isName(t) {
			before = -1
			continue
		}
		here := len(at[t.form]) > 0
		if t.first && !here && (starters[t.form] || openers[t.form] || common(t.form) || looksCommon(t.form)) {
			before = -1
			continue
		}
		if !here {
			return true
		}
		if before >= 0 && t.tight && !sentence[before].first && !neighbours(in, at[sentence[before].form], at[t.form]) {
			return true
		}
		if before >= 0 && t.tight && sentence[before].first && namedIn(in, at[sentence[before].form]) && !neighbours(in, at[sentence[before].form], at[t.form]) {
			return true
		}
		before = i
	}
	return false
}

// openers open sentences and carry nothing; they add to starters.
var openers = set(`oui non yes no voici voila selon conformement suivant afin bien meme seul seule seuls seules chacun ceux celui celle ceci cela ca
 when where what which who how why thus hence both most some any only such under unless until upon via per please note according`)

func isName(t nameToken) bool {
	if !t.upper || len(t.form) < 2 || honorifics[t.form] || monthNumber(t.form) > 0 && len(t.form) > 2 {
		return false
	}
	return t.first || !starters[t.form]
}

// namedIn tells whether one of the places is a name there, not only the head of a sentence.
func namedIn(in []nameToken, places []int) bool {
	for _, p := range places {
		if in[p].upper && !in[p].first || in[p].upper && p+1 < len(in) && in[p+1].upper && in[p+1].tight {
			return true
		}
	}
	return false
}

// neighbours tells whether two words stand next to each other somewhere, in either order (DURAND Jean), at
// most two small words apart (Court of Paris).
func neighbours(in []nameToken, a, b []int) bool {
	for _, i := range a {
		for _, j := range b {
			lo, hi := min(i, j), max(i, j)
			if hi == lo || hi-lo > 3 {
				continue
			}
			apart := false
			for k := lo + 1; k < hi; k++ {
				if in[k].upper && len(in[k].form) > 1 && !honorifics[in[k].form] || in[k].form == "et" || in[k].form == "and" || in[k].form == "ou" || in[k].form == "or" {
					apart = true
				}
			}
			if !apart {
				return true
			}
		}
	}
	return false
}

// shouting tells a sentence in capital letters, where they mark no names.
func shouting(ts []nameToken) bool {
	upper := 0
	for _, t := range ts {
		if t.upper {
			upper++
		}
	}
	return len(ts) >= 4 && upper*10 > len(ts)*7
}
