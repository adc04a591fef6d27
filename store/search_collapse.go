package store

import (
	"hash/fnv"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Also is another document that holds nearly the same text as a hit.
type Also struct {
	DocumentID, Version, Title string
	Page                       int
	Start, End                 int // bytes of that version's text
}

// Two passages of different documents say the same if they share leastShared of
// their runs of three words (Broder, "On the Resemblance and Containment of
// Documents", 1997) and every figure and every word with a capital: forms that
// differ in an amount or a name are what people look for, not duplicates.
const (
	leastShared = 0.9
	runLength   = 3
)

// collapse keeps the best of hits that say the same; the documents of the
// others are named with it. Hits come best first, all of them readable.
func collapse(hits []SearchHit) []SearchHit {
	prints := make([]*print, len(hits))
	var kept []int
	for i := range hits {
		prints[i] = printOf(hits[i].Text)
		same := slices.IndexFunc(kept, func(k int) bool {
			return hits[k].DocumentID != hits[i].DocumentID && prints[k].like(prints[i])
		})
		if same < 0 {
			kept = append(kept, i)
			continue
		}
		hits[kept[same]].add(hits[i])
	}
	out := make([]SearchHit, len(kept))
	for i, k := range kept {
		out[i] = hits[k]
	}
	return out
}

// add names a document once.
func (h *SearchHit) add(o SearchHit) {
	if o.DocumentID == h.DocumentID || slices.ContainsFunc(h.Also, func(a Also) bool { return a.DocumentID == o.DocumentID }) {
		return
	}
	h.Also = append(h.Also, Also{o.DocumentID, o.Version, o.Title, o.Page, o.Start, o.End})
}

// print is what two texts are compared by; its sets are made when they are
// needed.
type print struct {
	text  string
	read  bool
	runs  map[uint64]bool
	marks map[string]bool // words with a digit or a capital
}

func printOf(text string) *print { return &print{text: strings.TrimSpace(text)} }

func (p *print) like(o *print) bool {
	if p.text == o.text {
		return p.text != ""
	}
	short, long := min(len(p.text), len(o.text)), max(len(p.text), len(o.text))
	if float64(short) < 0.8*float64(long) {
		return false
	}
	p.fill()
	o.fill()
	if len(p.runs) == 0 || len(p.marks) != len(o.marks) {
		return false
	}
	for w := range p.marks {
		if !o.marks[w] {
			return false
		}
	}
	shared := 0
	for r := range p.runs {
		if o.runs[r] {
			shared++
		}
	}
	return float64(shared) >= leastShared*float64(len(p.runs)+len(o.runs)-shared)
}

func (p *print) fill() {
	if p.read {
		return
	}
	p.read, p.runs, p.marks = true, map[uint64]bool{}, map[string]bool{}
	words := strings.FieldsFunc(p.text, func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) })
	for i, w := range words {
		first, _ := utf8.DecodeRuneInString(w)
		if unicode.IsUpper(first) || strings.ContainsAny(w, "0123456789") {
			p.marks[w] = true
		}
		if i+runLength <= len(words) {
			h := fnv.New64a()
			for _, x := range words[i : i+runLength] {
				h.Write([]byte(strings.ToLower(x)))
				h.Write([]byte{0})
			}
			p.runs[h.Sum64()] = true
		}
	}
}
