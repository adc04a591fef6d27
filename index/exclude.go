package index

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"coffre/index/postings"
	"coffre/index/vectors"
)

// exclusion is a part of a query that passages must not hold: a word, or a
// phrase in quotation marks.
type exclusion struct {
	text       string
	start, end int // bytes of the query, the minus included
	phrase     bool
}

// Excluded lists what a query leaves out, as typed: contrat -bail, contrat
// -"bail commercial".
func Excluded(query string) (out []string) {
	for _, x := range exclusions(clip(query)) {
		out = append(out, x.text)
	}
	return out
}

// exclusions finds what follows a minus at the beginning of a word. A minus
// before a number is the number's own, one that another closes (-comme ici-) is
// a dash, and a text of some length or without any other word excludes nothing.
func exclusions(text string) (all []exclusion) {
	words := len(exactWords(text))
	phrases, dash := quoted(text), lastDash(text)
	for i := 0; i < len(text); i++ {
		if x, ok := exclusionAt(text, i, phrases, dash); ok {
			words -= len(exactWords(x.text))
			all = append(all, x)
			i = x.end - 1
		}
	}
	if words <= 0 || words > maxAround {
		return nil
	}
	return all
}

func exclusionAt(text string, i int, phrases [][2]int, dash int) (x exclusion, ok bool) {
	size := len("-")
	if text[i] != '-' {
		if size = len("−"); !strings.HasPrefix(text[i:], "−") {
			return x, false
		}
	}
	before, _ := utf8.DecodeLastRuneInString(text[:i])
	after, afterSize := utf8.DecodeRuneInString(text[i+size:])
	inside := slices.ContainsFunc(phrases, func(p [2]int) bool { return i >= p[0] && i < p[1] })
	if inside || i > 0 && !unicode.IsSpace(before) {
		return x, false
	}
	if quotes[after] != 0 {
		for _, p := range phrases {
			if p[0] == i+size+afterSize {
				_, closing := utf8.DecodeRuneInString(text[p[1]:])
				x = exclusion{strings.TrimSpace(text[p[0]:p[1]]), i, p[1] + closing, true}
				return x, len(exactWords(x.text)) > 0
			}
		}
		return x, false
	}
	end := len(text)
	if at := strings.IndexFunc(text[i+size:], unicode.IsSpace); at >= 0 {
		end = i + size + at
	}
	x = exclusion{text: strings.TrimRight(text[i+size:end], ".,;:!?)"), start: i, end: end}
	return x, unicode.IsLetter(after) && dash <= i
}

// lastDash is where the last word that ends in a minus does, -1 for none.
func lastDash(text string) int {
	for end := len(text); end > 0; {
		word := strings.TrimRightFunc(text[:end], func(r rune) bool { return unicode.IsSpace(r) || strings.ContainsRune(".,;:!?)", r) })
		if before, found := strings.CutSuffix(word, "-"); found && before != "" {
			if r, _ := utf8.DecodeLastRuneInString(before); !unicode.IsSpace(r) {
				return len(before)
			}
		}
		end = strings.LastIndexFunc(word, unicode.IsSpace)
	}
	return -1
}

// withoutExclusions is a query without what it leaves out; the rest stays where
// it is.
func withoutExclusions(text string, all []exclusion) string {
	b := []byte(text)
	for _, x := range all {
		for i := x.start; i < x.end; i++ {
			b[i] = ' '
		}
	}
	return string(b)
}

// Asked is a query without what it leaves out.
func Asked(query string) string {
	return withoutExclusions(query, exclusions(clip(query)))
}

// excluded lists the permitted passages that hold an excluded word: in any field
// of a language the word's term in that language.
func (r *run) excluded(all []exclusion) (map[uint32]bool, error) {
	in, err := r.segmentWords()
	if err != nil {
		return nil, err
	}
	out := make(map[uint32]bool)
	for _, x := range all {
		if x.phrase && len(exactWords(x.text)) > 1 {
			continue // only its words are in the index: its hits are read
		}
		var holding map[uint32]bool // every word so far
		for _, w := range wordsOf(x) {
			held, err := r.passagesWith(&w, in)
			if err != nil {
				return nil, segmentError(err)
			}
			for o := range held {
				if holding != nil && !holding[o] {
					delete(held, o)
				}
			}
			holding = held
		}
		for o := range holding {
			out[o] = true
		}
	}
	return out, nil
}

// wordsOf are the words that a passage must hold, all of them, to hold an
// exclusion; a reference is one in all its forms.
func wordsOf(x exclusion) (words []queryWord) {
	for _, w := range analyzeQuery(x.text) {
		switch {
		case w.extra && w.start == 0 && w.end == len(x.text):
			return []queryWord{w}
		case !w.extra && !w.compound:
			words = append(words, w)
		}
	}
	return words
}

func (r *run) passagesWith(w *queryWord, in []*postings.Segment) (map[uint32]bool, error) {
	held := make(map[uint32]bool)
	for s := range in {
		for f := range fieldCount {
			if w.terms[f%2] == "" {
				continue
			}
			list, err := in[s].Field(int(f)).List([]byte(w.terms[f%2]))
			if err == nil {
				err = r.eachPermitted(s, list, func(ordinal uint32) bool {
					held[ordinal] = true
					return true
				})
			}
			if err != nil {
				return nil, err
			}
		}
	}
	return held, nil
}

// leaveOut takes passages from what the search may find. What they hold still
// counts in the statistics, which are those of all that the asker may read.
func (r *run) leaveOut(q Query) error {
	if len(q.without) == 0 {
		return nil
	}
	out, err := r.excluded(q.without)
	if err != nil {
		return err
	}
	r.out = out
	for _, n := range r.mem.touched {
		if out[r.ordinalOf(n)] {
			r.mem.verdict[n] = unwanted
		}
	}
	return nil
}

// but is a permit without some passages.
func but(p *vectors.Permit, out map[uint32]bool, g *ledger) *vectors.Permit {
	rest := new(vectors.Permit)
	for ordinal := range g.passages.all() {
		if p.Has(ordinal) && !out[ordinal] {
			rest.Add(ordinal)
		}
	}
	return rest
}

// withoutPhrases reads the passages of hits and leaves out those that hold an
// excluded phrase. Without Options.Texts it leaves out none that isn't sure.
func (ix *Index) withoutPhrases(ctx context.Context, all []exclusion, limit int, found Result) (Result, error) {
	var phrases [][]exactWord
	for _, x := range all {
		if words := exactWords(x.text); x.phrase && len(words) > 1 {
			phrases = append(phrases, words)
		}
	}
	if len(phrases) == 0 || ix.texts == nil {
		return found, nil
	}
	hits, kept := found.Hits, []Hit(nil)
	for len(hits) > 0 && len(kept) < limit {
		batch := hits[:min(len(hits), readBatch)]
		hits = hits[len(batch):]
		passages, err := ix.textsOf(ctx, batch)
		if err != nil {
			return Result{Lang: found.Lang, Meaning: MeaningNone}, fmt.Errorf("search: %w", err)
		}
		for _, h := range batch {
			p, ok := passages[h.Ordinal]
			held := slices.ContainsFunc(phrases, func(phrase []exactWord) bool { return holds(p, [][]exactWord{phrase}) })
			if ok && !held && len(kept) < limit {
				kept = append(kept, h)
			}
		}
	}
	found.Hits = kept
	return found, nil
}
