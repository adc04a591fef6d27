package extract

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// keepRune maps a character to what Body holds, or to -1 for nothing.
func keepRune(r rune) rune {
	switch {
	case r == '\n' || r == ' ':
		return r
	case r == '\t' || r == '\v':
		return ' '
	case r == '\r' || r == '\f' || r == 0x85 || r == 0x2028 || r == 0x2029:
		return '\n'
	case r < 0x20 || r >= 0x7f && r < 0xa0:
		return -1
	case r < 0x7f:
		return r
	case r == 0xad || r == 0x200b || r == 0x2060 || r == 0xfeff || r == 0x61c:
		return -1
	case r >= 0x200e && r <= 0x200f, r >= 0x202a && r <= 0x202e, r >= 0x2066 && r <= 0x2069:
		return -1 // direction marks let a text read otherwise than it is
	case r >= 0xe0000 && r <= 0xe007f, r >= 0xfff9 && r <= 0xfffb, r&0xfffe == 0xfffe:
		return -1
	case unicode.Is(unicode.Zs, r):
		return ' '
	}
	return r
}

// cleanLines makes s what Body may hold and keeps its lines; spaces at their
// ends go, more than one blank line in a row becomes one.
func cleanLines(s string) string {
	s = strings.ReplaceAll(s, "\r\n", "\n")
	s = strings.Map(keepRune, strings.ReplaceAll(s, "\t", "    "))
	s = norm.NFC.String(strings.ToValidUTF8(s, string(utf8.RuneError)))
	var b strings.Builder
	b.Grow(len(s))
	blank := 0
	for line := range strings.SplitSeq(s, "\n") {
		line = strings.TrimRight(line, " ")
		if line == "" {
			blank++
			continue
		}
		if b.Len() > 0 {
			b.WriteString("\n\n"[:min(blank+1, 2)])
		}
		blank = 0
		b.WriteString(line)
	}
	return b.String()
}

// cleanInline makes s one line with single spaces.
func cleanInline(s string) string {
	s = strings.Map(keepRune, s)
	return norm.NFC.String(strings.ToValidUTF8(strings.Join(strings.Fields(s), " "), string(utf8.RuneError)))
}

// cleanParagraph keeps the line breaks of s and single spaces inside a line.
func cleanParagraph(s string) string {
	if !strings.ContainsAny(s, "\n\r\f\v\u0085\u2028\u2029") {
		return cleanInline(s)
	}
	var lines []string
	for line := range strings.SplitSeq(strings.Map(keepRune, s), "\n") {
		if line = cleanInline(line); line != "" {
			lines = append(lines, line)
		}
	}
	return strings.Join(lines, "\n")
}
