package llm

import (
	"regexp"
	"strconv"
	"strings"
)

// figure is a number with its unit. It has more than one value only where its text can be read two ways.
type figure struct {
	values []string        // decimal form: digits, "e", exponent
	unit   string          // "" or one of unitWords' values
	near   map[string]bool // units that stand in the same sentence, or anywhere in the table
}

var (
	grouped  = regexp.MustCompile(`^\d{1,3}(?:[ \x{a0}\x{202f}\x{2009}]\d{3})+(?:[.,]\d+)?`)
	commas   = regexp.MustCompile(`^\d{1,3}(?:,\d{3})+(?:\.\d+)?`)
	points   = regexp.MustCompile(`^\d{1,3}(?:\.\d{3})+(?:,\d+)?`)
	apos     = regexp.MustCompile(`^\d{1,3}(?:['’]\d{3})+(?:\.\d+)?`)
	simple   = regexp.MustCompile(`^\d+(?:[.,]\d+)?`)
	ordinal  = regexp.MustCompile(`(?i)^(?:ers?|res?|ère|èmes?|emes?|es?|nde?|st|rd|th)(?:[^\p{L}\d]|$)`)
	scale    = regexp.MustCompile(`(?i)^\)?[ \x{a0}\x{202f}-]*(milliers?|mille|thousand|millions?|milliards?|billions?|trillions?|bn|md|k|m)(?:[ \x{a0}\x{202f}]+(?:de |d['’]|of )?|(€|\$|£)|[^\p{L}\d]|$)`)
	unitTail = regexp.MustCompile(`(?i)^\)?[ \x{a0}\x{202f}-]*(?:\(\d+\)[ \x{a0}\x{202f}]*)?(?:d['’]|de |of )?(%|€|\$|£|pour cent|per ?cent|\p{L}+)`)
)

var scales = map[string]int{
	"millier": 3, "milliers": 3, "mille": 3, "thousand": 3, "k": 3, "million": 6, "millions": 6, "m": 6,
	"milliard": 9, "milliards": 9, "billion": 9, "billions": 9, "bn": 9, "md": 9, "trillion": 12, "trillions": 12,
}

// unitWords brings units to one form. Only those are here whose exchange is a mistake that matters:
// money, shares, time.
var unitWords = unitTable(map[string]string{
	"eur": "€ eur euro euros", "usd": "$ usd dollar dollars", "gbp": "£ gbp pound pounds livre livres sterling", "chf": "chf francs",
	"pct": "% pourcent percent pour per",
	"h":   "h heure heures hour hours hr hrs", "min": "min mn minute minutes", "s": "seconde secondes seconds",
	"day": "j jour jours day days", "week": "semaine semaines week weeks", "month": "mois month months",
	"quarter": "trimestre trimestres quarter quarters", "year": "an ans annee annees year years",
	"night": "nuit nuits night nights",
})

func unitTable(m map[string]string) map[string]string {
	out := map[string]string{}
	for unit, words := range m {
		for _, w := range strings.Fields(words) {
			out[w] = unit
		}
	}
	delete(out, "pour")
	delete(out, "per")
	return out
}

// readNumber reads the number in digits at s[i:], with scale and unit, and returns where it ends.
func readNumber(s string, i int, lang string) (figure, int, bool) {
	if s[i] < '0' || s[i] > '9' {
		return figure{}, 0, false
	}
	rest := s[i:]
	num := simple.FindString(rest)
	for _, form := range []*regexp.Regexp{grouped, commas, points, apos} {
		if m := form.FindString(rest); len(m) > len(num) || m != "" && form != grouped && len(m) == len(num) {
			if len(m) == len(rest) || rest[len(m)] < '0' || rest[len(m)] > '9' {
				num = m
			}
		}
	}
	end := i + len(num)
	after := s[end:]
	if ordinal.MatchString(after) {
		return figure{values: numberValues(num, lang, 0)}, end + len(letters(after)), true
	}
	if w := letters(after); w != "" && unitWords[fold(w)] == "" && scales[strings.ToLower(w)] == 0 {
		return figure{}, 0, false // "4x4": a code
	}
	if len(after) > 1 && (after[0] == '/' || after[0] == '-') && letters(after[1:]) != "" && unitWords[fold(letters(after[1:]))] == "" {
		return figure{}, 0, false // "2024-A", "12/B": a code, but "30-day"
	}
	exp, unit, n := readUnit(after)
	if unit == "" {
		unit = unitBefore(s[:i])
	}
	values := numberValues(num, lang, exp)
	if i > 0 && (s[i-1] == '-' || strings.HasSuffix(s[:i], "−")) && (i == 1 || strings.ContainsRune(" (\n\t", rune(s[max(0, i-2)]))) {
		for k := range values {
			values[k] = "-" + values[k]
		}
	}
	return figure{values: values, unit: unit}, end + n, true
}

// readUnit reads scale and unit behind a number and returns how many bytes they take.
func readUnit(after string) (exp int, unit string, n int) {
	if m := scale.FindStringSubmatchIndex(after); m != nil {
		word := strings.ToLower(after[m[2]:m[3]])
		tight := m[4] >= 0
		// "5 m" is five metres and "5 k" nothing: one letter is a scale only before a currency sign.
		if len(word) > 1 || tight || word == "k" && m[2] == 0 {
			exp, n = scales[word], m[3]
			after = after[n:]
		}
	}
	if m := unitTail.FindStringSubmatchIndex(after); m != nil {
		word := strings.ToLower(after[m[2]:m[3]])
		if word == "pour cent" || word == "per cent" {
			word = "%"
		}
		if u := unitWords[fold(word)]; u != "" {
			return exp, u, n + m[3]
		}
	}
	return exp, "", n
}

var currencyBefore = regexp.MustCompile(`(?i)(€|\$|£|EUR|USD|GBP|CHF)[ \x{a0}\x{202f}]?$`)

func unitBefore(s string) string {
	if len(s) > 8 {
		s = s[len(s)-8:]
	}
	if m := currencyBefore.FindString(s); m != "" {
		return unitWords[strings.ToLower(strings.Trim(m, " \u00a0\u202f"))]
	}
	return ""
}

// numberValues reads the digits and separators of one number.
func numberValues(num, lang string, exp int) []string {
	clean := strings.NewReplacer(" ", "", "\u00a0", "", "\u202f", "", "\u2009", "", "'", "", "’", "").Replace(num)
	comma, point := strings.Count(clean, ","), strings.Count(clean, ".")
	spaced := clean != num
	switch {
	case comma+point == 0:
		return []string{decimal(clean, "", exp)}
	case comma > 0 && point > 0, comma > 1, point > 1:
		sep := strings.LastIndexAny(clean, ",.")
		if comma > 1 && point == 0 || point > 1 && comma == 0 {
			return []string{decimal(strip(clean), "", exp)}
		}
		return []string{decimal(strip(clean[:sep]), clean[sep+1:], exp)}
	}
	sep := strings.IndexAny(clean, ",.")
	fraction := decimal(clean[:sep], clean[sep+1:], exp)
	if spaced || len(clean)-sep-1 != 3 || sep > 3 || clean[0] == '0' {
		return []string{fraction}
	}
	thousand := decimal(strip(clean), "", exp)
	switch {
	case comma > 0 && lang == "en":
		return []string{thousand}
	case comma > 0 && lang == "fr", point > 0 && lang == "en":
		return []string{fraction}
	}
	return []string{thousand, fraction}
}

func strip(s string) string { return strings.NewReplacer(",", "", ".", "").Replace(s) }

// decimal is the one form of a number: 1200 × 10^3 is "12e5".
func decimal(whole, fraction string, exp int) string {
	digits := strings.TrimLeft(whole+fraction, "0")
	exp -= len(fraction)
	short := strings.TrimRight(digits, "0")
	if short == "" {
		return "0"
	}
	return short + "e" + strconv.Itoa(exp+len(digits)-len(short))
}

func itoa(n int) string { return strconv.Itoa(n) }

// atoi reads at most nine digits; callers give it what a pattern matched.
func atoi(s string) int {
	n, _ := strconv.Atoi(s)
	return n
}
