package llm

import (
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"
)

type lineShape int

const (
	linePlain lineShape = iota
	lineBlank
	lineItem
	lineRow
	lineHeading
)

// line is one line of a text without its surrounding space, and for items without the bullet.
type line struct {
	start, end int
	shape      lineShape
	terminated bool // ends with . ! ? … : or ;
	upper      bool // begins with a capital letter, a digit or an opening quote
	keyed      bool // "Date : 12 mars"
	runes      int
}

var (
	bullet    = regexp.MustCompile(`^(?:[-*•–—▪◦‣·●○]|\(?(?:\d{1,2}|[a-zA-Z])[.)]|\([ivx]{1,4}\))[ \t\x{a0}]+`)
	hashes    = regexp.MustCompile(`^#{1,6}[ \t]+`)
	rule      = regexp.MustCompile(`^[|\s:=+_*—–-]*$`)
	numbering = regexp.MustCompile(`(?i)^(?:article|art\.|chapitre|chapter|section|annexe|annex|titre|title|partie|part)?[ \x{a0}]*[\dIVX]+(?:\.\d+)*[.)]?[ \x{a0}]`)
	amount    = regexp.MustCompile(`[€$£%]|\d[.,]\d|\p{L}[ \x{a0}](?:\d{1,3}|\d{5,})$`)
	keyValue  = regexp.MustCompile(`^[\p{L}][\p{L}\p{N} '’°/()-]{1,38}[ \x{a0}\x{202f}]?:[ \t\x{a0}]+\S`)
)

func splitLines(text string) []line {
	var out []line
	for at := 0; at < len(text); {
		stop := strings.IndexAny(text[at:], "\n\f\u2028")
		next := len(text)
		if stop >= 0 {
			_, n := utf8.DecodeRuneInString(text[at+stop:])
			next = at + stop + n
			stop += at
		} else {
			stop = len(text)
		}
		a, b := trimSpan(text, at, stop)
		out = append(out, shapeLine(text, a, b))
		at = next
	}
	return out
}

func shapeLine(text string, a, b int) line {
	s := text[a:b]
	l := line{start: a, end: b, runes: utf8.RuneCountInString(s)}
	switch {
	case rule.MatchString(s):
		l.shape = lineBlank
		return l
	case hashes.MatchString(s):
		l.shape = lineHeading
		l.start += len(hashes.FindString(s))
		return l
	case isRow(s):
		l.shape = lineRow
		return l
	}
	if m := bullet.FindString(s); m != "" && len(m) < len(s) && !isInitialName(s) {
		l.shape = lineItem
		l.start += len(m)
		s = s[len(m):]
	}
	last, _ := utf8.DecodeLastRuneInString(strings.TrimRight(s, "»”’\")] \u00a0\u202f"))
	l.terminated = strings.ContainsRune(".!?…:;", last)
	first, _ := utf8.DecodeRuneInString(strings.TrimLeft(s, "«“\"( \u00a0\u202f"))
	l.upper = unicode.IsUpper(first) || unicode.IsDigit(first)
	l.keyed = keyValue.MatchString(s)
	return l
}

// isInitialName tells "A. Dupont" at the head of a line from the list mark "A. ".
func isInitialName(s string) bool {
	return len(s) > 3 && s[1] == '.' && unicode.IsUpper(rune(s[0])) && !starters[strings.ToLower(wordAfter(s[2:]))] &&
		unicode.IsUpper([]rune(wordAfter(s[2:]) + " ")[0])
}

// isRow tells a line of a table: cells between tabs or bars, or at least three short cells between
// semicolons or tight commas, as a CSV file has them.
func isRow(s string) bool {
	if strings.Contains(s, "\t") || strings.HasPrefix(s, "|") || strings.Count(s, " | ") > 0 {
		return true
	}
	if n := strings.Count(s, ";"); n >= 2 && len(s)/(n+1) < 40 && !strings.Contains(s, ". ") && !strings.HasSuffix(s, ".") {
		return !strings.Contains(s, "; ") || !strings.Contains(s, " ; ") && strings.Count(s, " ") < 4*n
	}
	n := strings.Count(s, ",") - strings.Count(s, ", ")
	return n >= 2 && strings.Count(s, ", ") == 0 && strings.Count(s, " ") <= 2*n
}

// breaksLine tells whether lines[j] begins something new although no blank line stands before it.
// lines[i] is where the paragraph began.
func breaksLine(lines []line, i, j int) bool {
	prev, cur := lines[j-1], lines[j]
	if !cur.upper {
		return false
	}
	if cur.keyed || prev.keyed && !prev.terminated {
		return true
	}
	if prev.terminated {
		return false // the sentence ends there anyway
	}
	longest := 0
	for k := max(i, j-20); k < min(len(lines), j+20) && lines[k].shape == linePlain; k++ {
		longest = max(longest, lines[k].runes)
	}
	return prev.runes*10 < longest*6 && prev.runes < 70
}

// standsAlone tells whether line i is a paragraph of its own, or the first line over one.
func standsAlone(lines []line, i int) bool {
	return i == 0 || lines[i-1].shape != linePlain || lines[i-1].terminated || lines[i-1].shape == lineBlank || i+1 == len(lines) || lines[i+1].shape != linePlain
}

// looksLikeHeading tells a short line without an end mark from a sentence. "Délai : 30 jours" is a fact.
func looksLikeHeading(s string) bool {
	last, _ := utf8.DecodeLastRuneInString(s)
	if strings.ContainsRune(".!?…;»\"”)", last) || keyValue.MatchString(s) || amount.MatchString(numbering.ReplaceAllString(s, "")) {
		return false
	}
	if last == ':' {
		return utf8.RuneCountInString(s) <= 60
	}
	return len(strings.Fields(s)) <= 12 && utf8.RuneCountInString(s) <= 90
}
