package extract

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// pdfBody writes text and remembers which of the page's characters each of its
// characters is.
type pdfBody struct {
	buf       []byte
	runs      []CharRun // of the open page
	next      int       // index that would continue the last run; -1 for none
	pageStart int
}

func newPDFBody() *pdfBody { return &pdfBody{next: -1} }

func (b *pdfBody) len() int              { return len(b.buf) }
func (b *pdfBody) from(start int) string { return string(b.buf[start:]) }
func (b *pdfBody) pageHasText() bool     { return len(b.buf) > b.pageStart }

// put appends a character that is the page's character number char.
func (b *pdfBody) put(r rune, char int) {
	if unicode.Is(unicode.Mn, r) && b.compose(r) {
		return
	}
	at := len(b.buf)
	b.buf = utf8.AppendRune(b.buf, r)
	if char == b.next && len(b.runs) > 0 {
		b.runs[len(b.runs)-1].N++
	} else {
		b.runs = append(b.runs, CharRun{Start: at, Char: char, N: 1})
	}
	b.next = char + 1
}

// compose merges an accent with the letter before it, where Unicode has the two
// as one; they keep the letter's place.
func (b *pdfBody) compose(mark rune) bool {
	if len(b.runs) == 0 || b.next < 0 {
		return false
	}
	base, n := utf8.DecodeLastRune(b.buf)
	whole := []rune(norm.NFC.String(string(base) + string(mark)))
	if len(whole) != 1 {
		return false
	}
	last := &b.runs[len(b.runs)-1]
	char := last.Char + last.N - 1
	if last.N--; last.N == 0 {
		b.runs = b.runs[:len(b.runs)-1]
	}
	b.buf = b.buf[:len(b.buf)-n]
	b.runs = append(b.runs, CharRun{Start: len(b.buf), Char: char, N: 1})
	b.buf = utf8.AppendRune(b.buf, whole[0])
	b.next = -1
	return true
}

// putRunes appends a line's characters, cleaned, with single spaces; the spaces
// among gaps (indexes on the page, in order) part columns.
func (b *pdfBody) putRunes(runes []rune, first int, gaps []int) {
	space := true
	for i, r := range runes {
		if len(gaps) > 0 && gaps[0] == first+i {
			gaps = gaps[1:]
			b.insert(" | ")
			space = true
			continue
		}
		k := pdfRune(r)
		if k < 0 || k == ' ' && space {
			continue
		}
		space = k == ' '
		b.put(k, first+i)
	}
}

// insert appends what stands nowhere on the page.
func (b *pdfBody) insert(s string) {
	b.buf = append(b.buf, s...)
	b.next = -1
}

// trimRight takes white space from the end, not beyond start.
func (b *pdfBody) trimRight(start int) {
	b.cut(start + len(strings.TrimRight(string(b.buf[start:]), " \n")))
}

// dropSeparator undoes the blank line before a block that came out empty.
func (b *pdfBody) dropSeparator() {
	if b.pageHasText() {
		b.cut(len(strings.TrimRight(string(b.buf), "\n")))
	}
}

func (b *pdfBody) cut(to int) {
	for len(b.buf) > to {
		_, n := utf8.DecodeLastRune(b.buf)
		b.buf = b.buf[:len(b.buf)-n]
		if k := len(b.runs) - 1; k >= 0 && b.runs[k].Start+b.bytesOf(b.runs[k]) > len(b.buf) {
			if b.runs[k].N--; b.runs[k].N == 0 {
				b.runs = b.runs[:k]
			}
		}
	}
	b.next = -1
}

// bytesOf is how far a run reaches, given that only characters after the buffer's
// end may be missing from it.
func (b *pdfBody) bytesOf(r CharRun) int {
	at := r.Start
	for range r.N {
		if at >= len(b.buf) {
			return at - r.Start + 1
		}
		_, n := utf8.DecodeRune(b.buf[at:])
		at += n
	}
	return at - r.Start
}

// endPage closes a page: its text ends with a blank line.
func (b *pdfBody) endPage() {
	if b.pageHasText() {
		b.insert("\n\n")
	}
	b.pageStart = len(b.buf)
	b.next = -1
}

func (b *pdfBody) takeRuns() []CharRun {
	runs := b.runs
	b.runs = nil
	return runs
}

// finish takes the blank line from the end of the last page with text.
func (b *pdfBody) finish(pages []Page) string {
	body := strings.TrimRight(string(b.buf), "\n")
	for i := range pages {
		pages[i].Start = min(pages[i].Start, len(body))
		pages[i].End = min(pages[i].End, len(body))
	}
	return body
}
