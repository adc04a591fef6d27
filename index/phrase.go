package index

import (
	"context"
	"fmt"
	"slices"
	"strings"
)

// quotes are the marks that open and close a phrase.
var quotes = map[rune]rune{'"': '"', '“': '”', '„': '“', '«': '»', '‟': '”', '＂': '＂'}

// quoted yields the parts of a query that stand in quotation marks, as byte
// ranges without the marks. A mark that isn't closed opens nothing.
func quoted(text string) (parts [][2]int) {
	open, closing := -1, rune(0)
	for i, r := range text {
		end := i + len(string(r))
		switch {
		case open >= 0 && (r == closing || closing == '“' && r == '”'):
			parts = append(parts, [2]int{open, i})
			open = -1
		case open < 0 && quotes[r] != 0:
			open, closing = end, quotes[r]
		}
	}
	return parts
}

// maxAround is how many words may stand around phrases. In a longer text
// quotation marks are what they are in prose: a name, a doubt, a citation.
const maxAround = 20

// Phrases lists what a query demands word for word, as typed.
func Phrases(query string) (out []string) {
	text := clip(query)
	parts := quoted(text)
	around := len(exactWords(text))
	for _, p := range parts {
		around -= len(exactWords(text[p[0]:p[1]]))
	}
	if len(parts) == 0 || around > maxAround {
		return nil
	}
	for _, p := range parts {
		if len(exactWords(text[p[0]:p[1]])) > 0 {
			out = append(out, strings.TrimSpace(text[p[0]:p[1]]))
		}
	}
	return out
}

// exactWord is a word as phrases compare it: folded, not stemmed.
type exactWord struct {
	term       string
	start, end int
}

// exactWords are the words of a text, an elided article one of its own.
func exactWords(text string) (words []exactWord) {
	tokenize(text, func(t token) {
		if t.compound {
			return
		}
		if i := strings.IndexByte(t.term, '\''); i > 0 && elided[t.term[:i]] && i+1 < len(t.term) && !t.exact {
			for at, r := range text[t.start:t.end] {
				if apostrophe(r) {
					cut := t.start + at + len(string(r))
					words = append(words, exactWord{t.term[:i], t.start, cut}, exactWord{t.term[i+1:], cut, t.end})
					return
				}
			}
		}
		words = append(words, exactWord{t.term, t.start, t.end})
	})
	return words
}

// findPhrase returns where a phrase stands in a text's words, as ranges of bytes.
func findPhrase(words, phrase []exactWord) (at [][2]int) {
	same := func(a, b exactWord) bool { return a.term == b.term }
	for i := 0; len(phrase) > 0 && i+len(phrase) <= len(words); i++ {
		if slices.EqualFunc(words[i:i+len(phrase)], phrase, same) {
			at = append(at, [2]int{words[i].start, words[i+len(phrase)-1].end})
			i += len(phrase) - 1
		}
	}
	return at
}

// demand marks the words of a query that its phrases hold. One that is a stop
// word in either language isn't in every index, and only looked for in the text.
func demand(text string, words []queryWord) {
	var demanded []queryWord
	for _, p := range Phrases(text) {
		demanded = append(demanded, analyzeQuery(p)...)
	}
	for _, d := range demanded {
		for i := range words {
			if w := &words[i]; w.terms == d.terms && !w.extra && !d.compound && d.terms[0] != "" && d.terms[1] != "" {
				w.demanded = true
			}
		}
	}
}

// insist leaves out the passages that lack a demanded word.
func (r *run) insist() {
	for i := range r.words {
		w := &r.words[i]
		if !w.demanded {
			continue
		}
		clear(r.mem.has)
		if r.mem.has == nil {
			r.mem.has = make(map[uint32]bool)
		}
		for f := range fieldCount {
			for _, p := range r.list(w, f) {
				r.mem.has[p.number] = true
			}
		}
		for _, n := range r.mem.touched {
			if !r.mem.has[n] {
				r.mem.verdict[n] = unwanted
			}
		}
	}
}

// maxVerified is how many passages, those with the best scores first, are read
// for the phrases of one query.
const maxVerified = 5000

// searchExactly finds the passages that hold every phrase of a query. Words
// decide alone: a text that says the same otherwise is not what was asked for.
func (ix *Index) searchExactly(ctx context.Context, q Query) (Result, error) {
	exact := q
	exact.Legs, exact.depth = WordsLeg, maxVerified
	found, err := ix.searchLegs(ctx, exact)
	if err != nil || len(found.Hits) == 0 {
		return found, err
	}
	found.Hits, err = ix.holding(ctx, found.Hits, Phrases(q.Text), limitOf(q.Limit))
	if err != nil {
		return Result{Lang: found.Lang, Meaning: MeaningNone}, fmt.Errorf("search: %w", err)
	}
	return found, nil
}

// holding reads the passages of hits and keeps up to limit that hold every
// phrase in their text or in their title.
func (ix *Index) holding(ctx context.Context, hits []Hit, phrases []string, limit int) ([]Hit, error) {
	if ix.texts == nil {
		return hits[:min(limit, len(hits))], nil
	}
	wanted := make([][]exactWord, len(phrases))
	for i, p := range phrases {
		wanted[i] = exactWords(p)
	}
	var kept []Hit
	for len(hits) > 0 && len(kept) < limit {
		batch := hits[:min(len(hits), max(50, min(readBatch, 2*limit)))]
		hits = hits[len(batch):]
		passages, err := ix.textsOf(ctx, batch)
		if err != nil {
			return nil, err
		}
		for _, h := range batch {
			if p, ok := passages[h.Ordinal]; ok && len(kept) < limit && holds(p, wanted) {
				kept = append(kept, h)
			}
		}
	}
	for i := range kept {
		kept[i].BM25Rank = i + 1
	}
	return kept, nil
}

func (ix *Index) textsOf(ctx context.Context, hits []Hit) (map[uint32]Passage, error) {
	ordinals := make([]uint32, len(hits))
	for i, h := range hits {
		ordinals[i] = h.Ordinal
	}
	return ix.readTexts(ctx, ordinals)
}

// readTexts reads passages, no more than Options.Texts takes.
func (ix *Index) readTexts(ctx context.Context, ordinals []uint32) (map[uint32]Passage, error) {
	if ix.texts == nil || len(ordinals) == 0 {
		return nil, nil
	}
	passages, err := ix.texts(ctx, ordinals)
	if err != nil {
		return nil, fmt.Errorf("read passages: %w", err)
	}
	byOrdinal := make(map[uint32]Passage, len(passages))
	for _, p := range passages {
		byOrdinal[p.Ordinal] = p
	}
	return byOrdinal, nil
}

func holds(p Passage, phrases [][]exactWord) bool {
	text, title := exactWords(p.Text), exactWords(p.Title)
	for _, phrase := range phrases {
		if len(findPhrase(text, phrase)) == 0 && len(findPhrase(title, phrase)) == 0 {
			return false
		}
	}
	return true
}

// withoutQuotes is a query whose phrases demand nothing.
func withoutQuotes(text string) string {
	return strings.Map(func(r rune) rune {
		if quotes[r] != 0 || r == '”' || r == '»' {
			return ' '
		}
		return r
	}, text)
}
