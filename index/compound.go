package index

import (
	"strings"
	"unicode/utf8"
)

// compounds gathers neighbouring tokens into references (FAC-2026-0117,
// 12/03/2026) and grouped numbers (1 234,56). The zero value is ready.
type compounds struct {
	parts []token
	group bool // the parts are groups of three digits with spaces between
}

const (
	maxCompoundParts = 8
	maxCompoundBytes = 64
)

// add takes the next token of text; if the compound before it ends there, it
// is emitted.
func (c *compounds) add(text string, t token, emit func(token)) {
	if len(c.parts) == 0 {
		c.parts = append(c.parts, t)
		return
	}
	last := c.parts[len(c.parts)-1]
	gap := text[last.end:t.start]
	if gap == " " && len(c.parts) == 1 && !(last.exact && t.exact) { // words, mostly
		c.parts[0] = t
		return
	}
	asGroup := last.exact && t.exact && spaceOf(gap) && groupAfter(text, last, t, len(c.parts) == 1)
	fits := len(c.parts) < maxCompoundParts && t.end-c.parts[0].start <= maxCompoundBytes
	switch {
	case fits && asGroup && (len(c.parts) == 1 || c.group):
		c.group = true
	case fits && hyphenOf(gap) && !c.group:
	default:
		c.flush(text, emit)
	}
	c.parts = append(c.parts, t)
}

// flush emits the gathered compound, if there is one, and forgets it.
func (c *compounds) flush(text string, emit func(token)) {
	parts := c.parts
	defer func() { c.parts, c.group = c.parts[:0], false }()
	if len(parts) < 2 {
		return
	}
	exact := false
	for _, p := range parts {
		exact = exact || p.exact
	}
	if !exact {
		return
	}
	sep := "-"
	if c.group {
		sep = ""
	}
	terms := make([]string, len(parts))
	for i, p := range parts {
		terms[i] = p.term
	}
	emit(token{
		start: parts[0].start, end: parts[len(parts)-1].end,
		term: strings.Join(terms, sep), exact: true, compound: true,
	})
}

// spaceOf tells a single space of any width that typography puts into numbers.
func spaceOf(gap string) bool {
	switch gap {
	case " ", "\u00a0", "\u202f", "\u2009", "'", "’":
		return true
	}
	return false
}

// hyphenOf tells the separators within references and dates.
func hyphenOf(gap string) bool {
	switch gap {
	case "-", "/", "_", ".", "\u2010", "\u2011", "\u2013":
		return true
	}
	return false
}

// groupAfter tells whether t continues a number grouped by threes: 1 234,56.
func groupAfter(text string, last, t token, first bool) bool {
	head := text[last.start:last.end]
	if !allDigits(head) || len(head) > 3 || !first && len(head) != 3 {
		return false
	}
	whole, _, _ := strings.Cut(strings.ReplaceAll(text[t.start:t.end], ".", ","), ",")
	return len(whole) == 3 && allDigits(whole)
}

func allDigits(s string) bool {
	for i := 0; i < len(s); i++ {
		if s[i] < '0' || s[i] > '9' {
			return false
		}
	}
	return s != ""
}

// number writes a token of digits in one way: 1.234,56 and 1,234.56 become
// 1234.56; 12.03.2026 becomes 12-03-2026; anything else stays.
func number(t string) string {
	if !strings.ContainsAny(t, ".,") || t[0] >= utf8.RuneSelf {
		return t
	}
	dots, commas := strings.Count(t, "."), strings.Count(t, ",")
	switch {
	case dots > 0 && commas > 0:
		decimal := strings.LastIndexAny(t, ".,")
		whole := strings.NewReplacer(".", "", ",", "").Replace(t[:decimal])
		return whole + "." + t[decimal+1:]
	case dots+commas == 1:
		return strings.ReplaceAll(t, ",", ".")
	}
	parts := strings.FieldsFunc(t, func(r rune) bool { return r == '.' || r == ',' })
	for _, p := range parts[1:] {
		if len(p) != 3 {
			return strings.Join(parts, "-")
		}
	}
	return strings.Join(parts, "")
}

// withoutDots joins the letters of an abbreviation such as s.a.r.l if every
// part is a single letter.
func withoutDots(t string) string {
	for _, p := range strings.Split(t, ".") {
		if utf8.RuneCountInString(p) != 1 {
			return t
		}
	}
	return strings.ReplaceAll(t, ".", "")
}
