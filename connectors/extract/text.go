package extract

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

func runText(data []byte, o Options) (Text, error) {
	d, err := decode(data, nil)
	if err != nil {
		return Text{}, err
	}
	b := newBuilder(o)
	b.warnDecoded(d)
	title := b.textBlocks(d.text)
	return b.text(FormatText, title, "", CodeEmpty)
}

// textBlocks takes blank lines for the ends of paragraphs and single lines that
// look the part for headings. It returns the first heading that opens the text.
func (b *builder) textBlocks(s string) (title string) {
	for para := range strings.SplitSeq(cleanLines(s), "\n\n") {
		line, rest, more := strings.Cut(para, "\n")
		level := headingLevel(strings.TrimSpace(line))
		if more && (level == 0 || !allCaps(line) || headingLevel(strings.TrimSpace(rest)) > 0) {
			level = 0
		}
		switch {
		case level > 0:
			if len(b.blocks) == 0 {
				title = line
			}
			b.heading(level, line)
			b.splitLines(rest)
		case len(para) > 0:
			b.splitLines(para)
		}
	}
	return title
}

// splitLines adds a paragraph, or where it is very long (a log, a list without
// blank lines) some of its lines at a time, so that no block is without end.
func (b *builder) splitLines(para string) {
	const most = 4000
	for len(para) > most {
		cut := strings.LastIndexByte(para[:most], '\n')
		if cut <= 0 {
			break
		}
		b.add(KindParagraph, 0, para[:cut])
		para = strings.TrimLeft(para[cut:], "\n")
	}
	b.add(KindParagraph, 0, para)
}

// legalWords begin the headings of contracts, laws and reports.
var legalWords = []string{"article", "chapitre", "chapter", "section", "annexe", "appendix", "titre", "title", "partie", "part", "clause", "schedule"}

// headingLevel judges a line that stands alone: 0 is no heading. Numbered ones
// take their level from the number ("3.2 Délais" is 2).
func headingLevel(s string) int {
	n := utf8.RuneCountInString(s)
	if n < 3 || n > 90 || strings.ContainsAny(s[len(s)-1:], ".,;:!?") || !hasText(s) {
		return 0
	}
	first, rest, _ := strings.Cut(s, " ")
	word := strings.ToLower(first)
	for _, w := range legalWords {
		if word == w && rest != "" && (isNumber(strings.Fields(rest)[0])) {
			return 2
		}
	}
	if isNumber(first) && startsUpper(rest) && mostlyLetters(rest) {
		return min(1+strings.Count(strings.TrimRight(first, ".)"), "."), 6)
	}
	if n <= 70 && allCaps(s) {
		return 1
	}
	return 0
}

// isNumber: 4, 4.2, 4), IV, 1er, A.
func isNumber(s string) bool {
	t := strings.TrimRight(s, ".):–-")
	if t == "" || len(t) > 8 {
		return false
	}
	if strings.Trim(t, "IVXLC") == "" || t == "1er" {
		return true
	}
	if len(t) == 1 && t != s && t[0] >= 'A' && t[0] <= 'Z' {
		return true
	}
	if t[0] < '0' || t[0] > '9' || strings.Trim(t, "0123456789.") != "" {
		return false
	}
	for part := range strings.SplitSeq(t, ".") {
		if len(part) > 2 {
			return false // a year, a quantity
		}
	}
	return true
}

func mostlyLetters(s string) bool {
	letters, others := 0, 0
	for _, r := range s {
		if unicode.IsLetter(r) {
			letters++
		} else if r != ' ' {
			others++
		}
	}
	return letters > 4*others
}

func startsUpper(s string) bool {
	r, _ := utf8.DecodeRuneInString(strings.TrimSpace(s))
	return unicode.IsUpper(r)
}

func allCaps(s string) bool {
	upper := 0
	for _, r := range s {
		if unicode.IsLower(r) {
			return false
		}
		if unicode.IsUpper(r) {
			upper++
		}
	}
	return upper >= 4
}
