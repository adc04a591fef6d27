package llm

import (
	"regexp"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// facts are the things in a text that must be exactly right: figures with their units, dates, codes.
type facts struct {
	figures []figure
	dates   []date
	codes   []string        // letters and digits mixed, upper-case, separators as "-"
	units   map[string]bool // units that occur, also without a figure
}

var (
	address = regexp.MustCompile(`(?i)(?:https?://|www\.)[^\s<>"»)\]]+|[\w.+-]+@[\w-]+(?:\.[\w-]+)+`)
	token   = regexp.MustCompile(`^[\p{L}\d]+(?:[-/._][\p{L}\d]+)*`)
	clock   = regexp.MustCompile(`(?i)(\d{1,2})[ \x{a0}\x{202f}]?(?:h|:)[ \x{a0}\x{202f}]?([0-5]\d)(?:[ \x{a0}\x{202f}]?([ap])\.?m\b)?|(\d{1,2})[ \x{a0}\x{202f}]?([ap])\.?m\b`)
)

// findFacts reads the facts of a text. lang decides how a numeric date and a lone separator in a number
// are read ("fr": 12/03 is 12 March and 1,234 is a fraction; "en": 1,234 is a thousand).
func findFacts(text, lang string) facts {
	var f facts
	f.units = map[string]bool{}
	b := []byte(text)
	f.dates = findDates(text, lang, b)
	if strings.ContainsAny(text, "@:") || strings.Contains(text, "www.") {
		for _, m := range address.FindAllIndex(b, -1) {
			f.codes = append(f.codes, codeForm(strings.TrimRight(string(b[m[0]:m[1]]), ".,;:")))
			blank(b, m[0], m[1])
		}
	}
	if strings.ContainsAny(text, "0123456789") {
		f.findTimes(b)
	}
	s := string(b)
	for i := 0; i < len(s); {
		r, n := utf8.DecodeRuneInString(s[i:])
		if !unicode.IsLetter(r) && !unicode.IsDigit(r) {
			if u := unitWords[s[i:i+n]]; u != "" {
				f.units[u] = true // "Prix (€)" at the head of a column
			}
			i += n
			continue
		}
		i = f.readToken(s, i, lang)
	}
	for k := range f.figures {
		f.figures[k].near = f.units
	}
	return f
}

// add puts the facts of another sentence of the same passage to f.
func (f *facts) add(x facts) {
	f.figures = append(f.figures, x.figures...)
	f.dates = append(f.dates, x.dates...)
	f.codes = append(f.codes, x.codes...)
}

// readToken reads the token at i, adds what it is and returns where to go on.
func (f *facts) readToken(s string, i int, lang string) int {
	tok := firstToken(s[i:])
	if tok == "" {
		return i + 1
	}
	if fig, end, ok := readNumber(s, i, lang); ok {
		f.figures = append(f.figures, fig)
		if fig.unit != "" {
			f.units[fig.unit] = true
		}
		return end
	}
	if strings.ContainsAny(tok, "0123456789") && strings.IndexFunc(tok, unicode.IsLetter) >= 0 {
		f.codes = append(f.codes, codeForm(tok))
		return i + len(tok)
	}
	if fig, end, ok := readNumberWords(s, i); ok {
		f.figures = append(f.figures, fig)
		if fig.unit != "" {
			f.units[fig.unit] = true
		}
		return end
	}
	w := letters(s[i:])
	if w == "" { // digits that no number is made of, such as other scripts'
		return i + len(tok)
	}
	if u, ok := unitWords[fold(w)]; ok {
		f.units[u] = true
	}
	return i + len(w)
}

// findTimes reads times of day: "9h30", "9:30", "2 pm" are 9:30 and 14 h. A full hour is a figure with
// the unit h, so that "9 h" and "9:00" are one.
func (f *facts) findTimes(b []byte) {
	for _, m := range clock.FindAllSubmatchIndex(b, -1) {
		if m[0] > 0 && (isWordByte(b[m[0]-1]) || b[m[0]-1] == ',' || b[m[0]-1] == '.') || m[1] < len(b) && isWordByte(b[m[1]]) {
			continue
		}
		h, min, half := part(b, m, 2), part(b, m, 4), part(b, m, 6)
		if h == "" {
			h, half = part(b, m, 8), part(b, m, 10)
		}
		hour := atoi(h)
		if (half == "p" || half == "P") && hour < 12 {
			hour += 12
		}
		if min == "" || min == "00" {
			f.figures = append(f.figures, figure{values: []string{decimal(itoa(hour), "", 0)}, unit: "h"})
			f.units["h"] = true
		} else {
			f.codes = append(f.codes, "T"+itoa(hour)+":"+min)
		}
		blank(b, m[0], m[1])
	}
}

// missing returns the Reason for which the facts of a passage do not hold those of a sentence, or "".
func (f facts) missing(in facts) string {
	for _, c := range f.codes {
		if !slices.Contains(in.codes, c) {
			return ReasonNumber
		}
	}
	for _, x := range f.figures {
		if !in.hasFigure(x) {
			return ReasonNumber
		}
	}
	for _, d := range f.dates {
		if !in.hasDate(d) {
			return ReasonDate
		}
	}
	return ""
}

// hasFigure tells whether a figure of the same value occurs with the same unit, or without one where the
// unit stands near it (the head of a column, "10 working days").
func (f facts) hasFigure(x figure) bool {
	for _, y := range f.figures {
		if sameValue(x.values, y.values) && (x.unit == "" || x.unit == y.unit || y.unit == "" && y.near[x.unit]) {
			return true
		}
	}
	if x.unit == "" && len(x.values) == 1 {
		for _, d := range f.dates {
			if d.year > 0 && decimal(itoa(d.year), "", 0) == x.values[0] {
				return true
			}
		}
	}
	return false
}

func (f facts) hasDate(x date) bool {
	for _, y := range f.dates {
		if y.tells(x) {
			return true
		}
	}
	return false
}

func sameValue(a, b []string) bool {
	for _, v := range a {
		if slices.Contains(b, v) {
			return true
		}
	}
	return false
}

func codeForm(s string) string {
	return strings.ToUpper(strings.Map(func(r rune) rune {
		if r == '/' || r == '_' || r == '‑' {
			return '-'
		}
		return r
	}, s))
}

// firstToken returns the word, number or code at the head of s. Most are plain letters.
func firstToken(s string) string {
	w := letters(s)
	if w == s || w != "" && (s[len(w)] == ' ' || s[len(w)] == ',' || s[len(w)] == '\n') {
		return w
	}
	return token.FindString(s)
}

// letters returns the letters at the head of s.
func letters(s string) string {
	for i, r := range s {
		if !unicode.IsLetter(r) {
			return s[:i]
		}
	}
	return s
}

func blank(b []byte, from, to int) {
	for i := from; i < to; i++ {
		b[i] = ' '
	}
}

func part(b []byte, m []int, i int) string {
	if m[i] < 0 {
		return ""
	}
	return string(b[m[i]:m[i+1]])
}

func isWordByte(c byte) bool {
	return c >= '0' && c <= '9' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= 0x80
}
