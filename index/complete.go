package index

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"coffre/index/postings"
)

// Limits of Complete.
const (
	minPrefix      = 3  // letters that must have been typed
	maxCompletions = 10 // that are returned
	shorterStem    = 6  // letters by which a stem may be shorter than what was typed of its word
	samplesEach    = 3  // passages read for a stem, to see how its words are written
)

// Complete returns whole words for the last word of a text that is being typed,
// as passages that the asker may read have them, the most frequent first. A word
// that stands only in what the asker may not read isn't among them. It needs
// Options.Texts, without which it finds nothing. Errors: as Search's.
func (ix *Index) Complete(ctx context.Context, classes Classes, text string, limit int) ([]string, error) {
	prefix := fold(LastWord(text))
	if utf8.RuneCountInString(prefix) < minPrefix || classes.Len() == 0 || ix.texts == nil {
		return nil, ctx.Err()
	}
	limit = min(max(limit, 1), maxCompletions)
	var stems []*completion
	err := ix.withRun(ctx, classes, func(r *run, in []*postings.Segment) (err error) {
		stems, err = r.stems(prefix, in, 3*limit)
		return err
	})
	var passages map[uint32]Passage
	if err == nil {
		var ordinals []uint32
		for _, s := range stems {
			ordinals = append(ordinals, s.ordinals...)
		}
		slices.Sort(ordinals)
		passages, err = ix.readTexts(ctx, slices.Compact(ordinals))
	}
	if err != nil {
		return nil, fmt.Errorf("complete a word: %w", err)
	}
	return spell(stems, passages, prefix, limit), nil
}

// LastWord is the word that a text ends in, without an elided article; "" if it
// doesn't end in a letter or the word holds a digit.
func LastWord(text string) string {
	text, last := clip(text), ""
	a := newAnalyzer("fr")
	tokenize(text, func(t token) {
		if last = ""; t.end == len(text) && !t.exact {
			_, start := a.term(text, t)
			last = text[start:]
		}
	})
	return last
}

// completion is a stem of permitted passages.
type completion struct {
	lang     int
	term     string
	df       int
	upTo     int      // segments that are counted in df
	ordinals []uint32 // the first ones that hold it
}

type completionKey struct {
	lang int
	term string
}

// stems lists the most frequent stems that may be of words with a prefix: those
// that begin with it, and those that it begins with.
func (r *run) stems(prefix string, in []*postings.Segment, limit int) ([]*completion, error) {
	found := map[completionKey]*completion{}
	for s := range in {
		for lang := range langs {
			if err := r.ctx.Err(); err != nil {
				return nil, err
			}
			for cut := 1; cut <= shorterStem && len(prefix)-cut >= minPrefix; cut++ {
				if err := r.countStem(s, lang, in[s], prefix[:len(prefix)-cut], found); err != nil {
					return nil, err
				}
			}
			if err := r.countStems(s, lang, in[s], nil, prefix, found); err != nil {
				return nil, err
			}
		}
	}
	return mostFrequent(found, limit), nil
}

// countStems counts the stems of a segment that an automaton accepts (nil: any)
// and that begin with a prefix.
func (r *run) countStems(seg, lang int, in *postings.Segment, a postings.Automaton, prefix string, found map[completionKey]*completion) error {
	return in.Field(lang).Match(a, prefix, func(term string, list postings.List) error {
		if strings.ContainsFunc(term, unicode.IsDigit) {
			return nil
		}
		return r.countList(seg, lang, list, term, found)
	})
}

// countStem adds what a segment has of a stem, once.
func (r *run) countStem(seg, lang int, in *postings.Segment, term string, found map[completionKey]*completion) error {
	list, err := in.Field(lang).List([]byte(term))
	if err != nil {
		return err
	}
	return r.countList(seg, lang, list, term, found)
}

func (r *run) countList(seg, lang int, list postings.List, term string, found map[completionKey]*completion) error {
	key := completionKey{lang, term}
	c := found[key]
	if c != nil && c.upTo == seg+1 {
		return nil
	}
	n, ordinals := 0, []uint32(nil)
	err := r.eachPermitted(seg, list, func(ordinal uint32) bool {
		n++
		ordinals = append(ordinals, ordinal)
		return true
	})
	if err != nil || n == 0 {
		return err
	}
	if c == nil {
		c = &completion{lang: lang, term: term}
		found[key] = c
	}
	c.df += n
	c.upTo = seg + 1
	c.ordinals = append(c.ordinals, ordinals...)
	slices.Sort(c.ordinals)
	c.ordinals = c.ordinals[:min(samplesEach, len(c.ordinals))]
	return nil
}

// eachPermitted calls fn for the permitted passages of a segment's list, until it
// returns false.
func (r *run) eachPermitted(seg int, list postings.List, fn func(ordinal uint32) bool) error {
	ordinals, deleted := r.ordinals[seg], r.snapshot.Segments()[seg].Deleted()
	for {
		n, _, ok := list.Next()
		if !ok {
			return list.Err()
		}
		if int(n) >= len(ordinals) {
			return fmt.Errorf("passage out of range: %w", ErrCorrupt)
		}
		if deleted != nil && deleted.Contains(n) {
			continue
		}
		if ordinal := ordinals[n]; r.permit.Has(ordinal) && !fn(ordinal) {
			return nil
		}
	}
}

// written are the words of a stem, as its passages have them, in lower case:
// the most frequent first.
func (c *completion) written(passages map[uint32]Passage) []string {
	counts := map[string]int{}
	for _, o := range c.ordinals {
		p := passages[o]
		for _, text := range []string{p.Text, p.Title} {
			for _, w := range Words(text, langs[c.lang]) {
				if w.Term == c.term {
					counts[strings.ToLower(text[w.Start:w.End])]++
				}
			}
		}
	}
	words := make([]string, 0, len(counts))
	for w := range counts {
		words = append(words, w)
	}
	slices.SortFunc(words, func(a, b string) int {
		if counts[a] != counts[b] {
			return counts[b] - counts[a]
		}
		return strings.Compare(a, b)
	})
	return words
}

// spell turns stems into words with the prefix, each once.
func spell(stems []*completion, passages map[uint32]Passage, prefix string, limit int) (words []string) {
	seen := map[string]bool{prefix: true}
	for _, s := range stems {
		for _, w := range s.written(passages) {
			folded := fold(w)
			if !strings.HasPrefix(folded, prefix) || seen[folded] || len(words) == limit {
				continue
			}
			seen[folded] = true
			words = append(words, w)
			break
		}
	}
	return words
}
