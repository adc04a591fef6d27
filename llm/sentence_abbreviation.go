package llm

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// titles stand before a name: their period never ends a sentence.
var titles = set("m mm mme mmes mlle mlles me mes dr drs pr prof mr mrs ms st ste sté gen gén col cap capt rev hon sen sgt cdt lt mgr vve")

// beforeNumber are abbreviations only where a number or a code follows: "art. 12", but "l'art. Il …".
var beforeNumber = set("art arts al n no nos nᵒ p pp vol chap fig sec sect para par tel tél ch ann annexe réf ref max min env approx ca av vers ed éd art réf bd blvd")

// midSentence end a sentence nearly never.
var midSentence = set("cf ex vs resp c.-à-d c.à.d e.g i.e eg ie viz adj dept dép fg bd blvd av ave rte arr janv févr avr juil sept oct nov déc jan feb mar apr aug dec mon tue wed thu fri")

// mayEnd end a sentence only where the next word opens one: "Smith Ltd. The firm …".
var mayEnd = set("etc inc ltd co corp jr sr a.m p.m am pm j.-c j.c apr.j.-c u.s u.k u.n s.a s.a.s s.a.r.l bros assoc esq ph.d")

// starters are words that open a sentence and are no surname, so that "Plan B. Le …" ends at its period.
var starters = set(`le la les l un une des ce cet cette ces il elle ils elles on nous vous je son sa ses leur leurs
 en dans pour par sur si à au aux de du d selon toutefois cependant ainsi enfin puis mais or donc car lorsque quand après avant depuis tout toute tous toutes chaque aucun aucune
 the a an this that these those it he she they we you i his her its their our in on at for from by with if when while after before since however thus but and or so as all each every no there here`)

func set(words string) map[string]bool {
	m := map[string]bool{}
	for _, w := range strings.Fields(words) {
		m[w] = true
	}
	return m
}

// endsAtPeriod tells whether the period at text[dot] ends a sentence that began at start; next is where
// the next word begins.
func endsAtPeriod(text string, start, dot, next, end int) bool {
	before := wordBefore(text, start, dot)
	after := wordAfter(text[next:end])
	low := strings.ToLower(before)
	first, _ := utf8.DecodeRuneInString(after)
	switch {
	case before == "":
		return true
	case isDigits(before):
		// "1." at the head of a line is a list number, elsewhere a figure that ends its sentence.
		return skipSpace(text, start, dot) != dot-len(before)
	case titles[low] && (unicode.IsUpper(first) || unicode.IsDigit(first)):
		return false
	case beforeNumber[low] && startsNumber(after):
		return false
	case midSentence[low]:
		return starters[strings.ToLower(after)] && len(low) > 3
	case mayEnd[low], isInitials(before):
		return starters[strings.ToLower(after)]
	}
	return true
}

// wordBefore returns the letters, digits and inner periods and hyphens that end at i.
func wordBefore(text string, start, i int) string {
	j := i
	for j > start {
		r, n := utf8.DecodeLastRuneInString(text[start:j])
		if !unicode.IsLetter(r) && !unicode.IsDigit(r) && r != '.' && r != '-' && r != '°' {
			break
		}
		j -= n
	}
	return strings.TrimLeft(text[j:i], ".-")
}

func wordAfter(s string) string {
	s = strings.TrimLeft(s, "«“\"‘'( \u00a0\u202f")
	for i, r := range s {
		if !unicode.IsLetter(r) && !unicode.IsDigit(r) {
			return s[:i]
		}
	}
	return s
}

// startsNumber tells a number, a roman numeral or a code such as L1234-1.
func startsNumber(w string) bool {
	if w == "" {
		return false
	}
	roman := strings.Trim(w, "IVXLCDM") == ""
	return w[0] >= '0' && w[0] <= '9' || roman || len(w) > 1 && strings.ContainsRune("LRDA", rune(w[0])) && w[1] >= '0' && w[1] <= '9' || len(w) == 1 && strings.ContainsRune("LRDA", rune(w[0]))
}

// isInitials tells "J", "J.-P" and "U.S": capital letters one by one.
func isInitials(w string) bool {
	for _, part := range strings.FieldsFunc(w, func(r rune) bool { return r == '.' || r == '-' }) {
		if utf8.RuneCountInString(part) != 1 {
			return false
		}
		if r, _ := utf8.DecodeRuneInString(part); !unicode.IsUpper(r) {
			return false
		}
	}
	return w != ""
}

func isDigits(s string) bool { return s != "" && strings.Trim(s, "0123456789") == "" }
