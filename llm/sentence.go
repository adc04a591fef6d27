package llm

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// Kind says what a Span is.
type Kind int

// The kinds of Span. A heading names what follows and is never quoted alone; a row is one line of a
// table or of a CSV file.
const (
	Prose Kind = iota
	Heading
	Row
)

// Span is a sentence, a heading or a table row: bytes [Start,End) of the text it was found in, without
// the white space around it and, for a list item, without its bullet or number.
type Span struct {
	Start, End int
	Kind       Kind
}

// Sentences finds the sentences of a French or English text. Spans ascend, never overlap, are never
// empty and begin and end on UTF-8 characters where the text is valid UTF-8. Lines are read first: a
// blank line, a list item, a heading or a table row ends a sentence; inside a paragraph line ends count
// as spaces.
func Sentences(text string) []Span {
	var out []Span
	lines := splitLines(text)
	for i := 0; i < len(lines); {
		l := lines[i]
		switch {
		case l.shape == lineBlank:
			i++
		case l.shape == lineRow:
			out = append(out, Span{l.start, l.end, Row})
			i++
		case l.shape == lineHeading:
			out = append(out, Span{l.start, l.end, Heading})
			i++
		default:
			j := i + 1
			for j < len(lines) && lines[j].shape == linePlain && !breaksLine(lines, i, j) {
				j++
			}
			out = appendProse(out, text, lines, i, j)
			i = j
		}
	}
	return out
}

// appendProse adds the sentences of the paragraph in lines[i:j].
func appendProse(out []Span, text string, lines []line, i, j int) []Span {
	start, end := lines[i].start, lines[j-1].end
	if j == i+1 && lines[i].shape == linePlain && looksLikeHeading(text[start:end]) && standsAlone(lines, i) {
		return append(out, Span{start, end, Heading})
	}
	for start < end {
		stop := sentenceEnd(text, start, end)
		a, b := trimSpan(text, start, stop)
		if a < b {
			out = appendLong(out, text, a, b)
		}
		start = stop
	}
	return out
}

// longSentence is the length in bytes over which a sentence is cut at semicolons: French articles of law
// and contracts run whole lists in one sentence, and nobody wants to read that as a quote.
const longSentence = 480

func appendLong(out []Span, text string, a, b int) []Span {
	const least = 80
	for b-a > longSentence {
		cut := -1
		for k := a + least; k < b-least; k++ {
			if text[k] == ';' && (text[k+1] == ' ' || text[k+1] == '\n') {
				cut = k + 1
				break
			}
		}
		if cut < 0 {
			break
		}
		out = append(out, Span{a, cut, Prose})
		a, b = trimSpan(text, cut, b)
	}
	if a < b {
		out = append(out, Span{a, b, Prose})
	}
	return out
}

// sentenceEnd returns where the sentence that begins at start ends, at most end.
func sentenceEnd(text string, start, end int) int {
	for i := start; i < end; {
		r, n := utf8.DecodeRuneInString(text[i:end])
		i += n
		if r != '.' && r != '!' && r != '?' && r != '…' {
			continue
		}
		j := closeMarks(text, i, end)
		if j >= end {
			return end
		}
		next, _ := utf8.DecodeRuneInString(text[j:end])
		if !unicode.IsSpace(next) {
			i = j
			continue
		}
		k := j
		for k < end {
			sp, m := utf8.DecodeRuneInString(text[k:end])
			if !unicode.IsSpace(sp) {
				break
			}
			k += m
		}
		// A closing guillemet stands behind a space in French.
		if strings.HasPrefix(text[k:end], "»") {
			i = k
			j = k + len("»")
			if j >= end {
				return end
			}
			if k = skipSpace(text, j, end); k == j {
				continue
			}
		}
		if k >= end {
			return end
		}
		if r == '.' && j == i && !endsAtPeriod(text, start, i-1, k, end) {
			continue
		}
		if startsSentence(text[k:end]) {
			return j
		}
	}
	return end
}

func skipSpace(text string, i, end int) int {
	for i < end {
		r, n := utf8.DecodeRuneInString(text[i:end])
		if !unicode.IsSpace(r) {
			break
		}
		i += n
	}
	return i
}

// closeMarks steps over the terminators, closing quotes and brackets at i.
func closeMarks(text string, i, end int) int {
	for i < end {
		r, n := utf8.DecodeRuneInString(text[i:end])
		if !strings.ContainsRune(".!?…»”’\")]", r) {
			break
		}
		i += n
	}
	return i
}

// startsSentence tells whether a sentence may begin with s: after a terminator, a small letter goes on
// with the same sentence (« Quoi ? » dit-il).
func startsSentence(s string) bool {
	for _, r := range s {
		switch {
		case strings.ContainsRune("«“\"‘'([¿¡-–—•*", r) || unicode.IsSpace(r):
			continue
		default:
			return !unicode.IsLower(r)
		}
	}
	return true
}

func trimSpan(text string, a, b int) (int, int) {
	a = skipSpace(text, a, b)
	for a < b {
		r, n := utf8.DecodeLastRuneInString(text[a:b])
		if !unicode.IsSpace(r) {
			break
		}
		b -= n
	}
	return a, b
}
