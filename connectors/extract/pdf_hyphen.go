package extract

import (
	"strings"
	"unicode"
)

// hyphens decides whether a hyphen at a line's end belongs to the word
// (peut-être) or to the line (exem-ple). The document itself is the best
// witness: it may have the word elsewhere within a line.
type hyphens struct {
	joined, hyphened map[string]bool // candidates that were seen so
}

// enclitics follow a hyphen of French spelling, whole words by themselves.
var enclitics = map[string]bool{
	"vous": true, "nous": true, "elle": true, "elles": true, "même": true, "mêmes": true, "être": true,
	"leur": true, "moi": true, "toi": true, "ils": true, "là": true, "ci": true, "dire": true, "vis": true,
}

func newHyphens(pages []*pdfPage) *hyphens {
	h := &hyphens{joined: map[string]bool{}, hyphened: map[string]bool{}}
	for _, p := range pages {
		for i := range p.lines {
			if l := &p.lines[i]; i+1 < len(p.lines) && (l.hyphen >= 0 || endsWithHyphen(p, l)) {
				a, b := aroundHyphen(p, i)
				h.joined[a+b], h.hyphened[a+"-"+b] = false, false
			}
		}
	}
	if len(h.joined) == 0 {
		return h
	}
	for _, p := range pages {
		for i := range p.lines {
			h.witness(p, &p.lines[i])
		}
	}
	return h
}

// witness notes candidates among a line's words, but its last, which may be cut.
func (h *hyphens) witness(p *pdfPage, l *pdfLine) {
	from := l.start
	for i := l.start; i < l.end; i++ {
		if r := p.runes[i]; unicode.IsLetter(r) || r == '-' || r == 0x2010 {
			continue
		}
		h.see(p.runes[from:i])
		from = i + 1
	}
	if l.hyphen < 0 {
		h.see(p.runes[from:l.end])
	}
}

func (h *hyphens) see(word []rune) {
	if len(word) < 4 {
		return
	}
	w := strings.ToLower(strings.ReplaceAll(string(word), "\u2010", "-"))
	if _, ok := h.joined[w]; ok {
		h.joined[w] = true
	}
	if _, ok := h.hyphened[w]; ok {
		h.hyphened[w] = true
	}
}

// keep: the hyphen after line i of a page is part of the word.
func (h *hyphens) keep(p *pdfPage, i, char int) bool {
	if i+1 >= len(p.lines) {
		return true
	}
	a, b := aroundHyphen(p, i)
	switch {
	case a == "" || b == "" || !unicode.IsLower(p.runes[p.lines[i+1].start]):
		return true // 2024-2025, Saint-Étienne
	case h.hyphened[a+"-"+b]:
		return true
	case h.joined[a+b]:
		return false
	}
	return enclitics[b]
}

// aroundHyphen is the letters before the hyphen that ends line i, and those that
// begin the next, in lower case.
func aroundHyphen(p *pdfPage, i int) (string, string) {
	l, n := &p.lines[i], &p.lines[i+1]
	end := l.end
	for end > l.start && (p.runes[end-1] == '-' || p.runes[end-1] == 0x2010 || p.runes[end-1] == 0xad) {
		end--
	}
	from, to := end, n.start
	for from > l.start && unicode.IsLetter(p.runes[from-1]) {
		from--
	}
	for to < n.end && unicode.IsLetter(p.runes[to]) {
		to++
	}
	return strings.ToLower(string(p.runes[from:end])), strings.ToLower(string(p.runes[n.start:to]))
}
