package index

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"unicode"
	"unicode/utf8"

	"github.com/blevesearch/bleve/v2/index/scorch"
	"github.com/blevesearch/vellum/levenshtein"

	"coffre/index/postings"
)

// Correction is a word of a query that no permitted passage holds, and the word
// of permitted passages that was taken for it.
type Correction struct {
	Typed, Taken string
}

// How far a word may be from what was typed (Damerau and Levenshtein's distance,
// neighbours changing places counted once), by letters typed.
const (
	minTypo        = 4 // letters of a word that is corrected at all
	farTypo        = 8 // from here on two mistakes
	sureTypo       = 6 // from here on one mistake leaves no doubt which word was meant
	maxCorrections = 8 // of one query

	// correctedWeight is what a word counts that was taken for another.
	correctedWeight = 0.7

	// fewWords are too few to be sure of a query's language.
	fewWords = 3

	maxNear = 40 // stems whose words are looked at for one correction
)

// fix replaces a word of a query.
type fix struct {
	terms [2]string // what the query has
	lang  int
	taken string // term
	guess bool
}

// correct finds, for the words of a query that no permitted passage holds, the
// nearest ones that one does: never for a number or a code, a phrase's word, or
// a short one. It needs Options.Texts: the index knows stems, and how far they
// are apart says little.
func (ix *Index) correct(ctx context.Context, q Query) (fixes []fix, corrected []Correction, err error) {
	if ix.texts == nil || q.Legs == MeaningLeg {
		return nil, nil, nil
	}
	lang := q.Lang
	if lang != "fr" && lang != "en" {
		lang = DetectLanguage(q.Text)
	}
	unknown, err := ix.unknown(ctx, q, lang)
	for _, u := range unknown {
		var ordinals []uint32
		for _, n := range u.near {
			ordinals = append(ordinals, n.ordinals...)
		}
		slices.Sort(ordinals)
		passages, err := ix.readTexts(ctx, slices.Compact(ordinals))
		if err != nil {
			return nil, nil, err
		}
		if best, word, distance := u.best(passages); best != nil {
			letters := utf8.RuneCountInString(u.word.typed)
			guess := distance > 1 || letters < sureTypo || unicode.IsUpper(firstRune(u.word.typed))
			fixes = append(fixes, fix{terms: u.word.terms, lang: best.lang, taken: best.term, guess: guess})
			corrected = append(corrected, Correction{Typed: u.word.typed, Taken: word})
		}
	}
	return fixes, corrected, err
}

// unknownWord is a word of a query that no permitted passage holds, and stems
// that some do.
type unknownWord struct {
	word queryWord
	near []*completion
}

// unknown looks for such words.
func (ix *Index) unknown(ctx context.Context, q Query, lang string) ([]unknownWord, error) {
	all, words := []unknownWord(nil), []queryWord(nil)
	asked := queryWords(clip(q.Text), lang)
	if len(asked) <= fewWords {
		lang = "" // what is misspelt may look like the other language
	}
	for _, w := range asked {
		if w.correctable() {
			words = append(words, w)
		}
	}
	if len(words) == 0 {
		return nil, ctx.Err()
	}
	err := ix.withRun(ctx, q.Classes, func(r *run, in []*postings.Segment) error {
		for _, w := range words {
			known, err := r.known(&w, in)
			if err != nil {
				return err
			}
			if known || len(all) == maxCorrections {
				continue
			}
			near, err := r.nearStems(&w, lang, in)
			if err != nil {
				return err
			}
			all = append(all, unknownWord{w, near})
		}
		return nil
	})
	return all, err
}

// withRun lets fn look words up on the newest snapshot.
func (ix *Index) withRun(ctx context.Context, classes Classes, fn func(r *run, in []*postings.Segment) error) error {
	ix.mu.RLock()
	defer ix.mu.RUnlock()
	if ix.closed {
		return ErrClosed
	}
	return guard(func() error {
		return ix.withSnapshot(func(s *scorch.IndexSnapshot) error {
			ordinals, _, err := ix.segments.of(s)
			if err != nil {
				return err
			}
			r := &run{ctx: ctx, snapshot: s, ordinals: ordinals, ledger: &ix.ledger, permit: ix.ledger.permit(classes, nil)}
			in, err := r.segmentWords()
			if err != nil {
				return err
			}
			return segmentError(fn(r, in))
		})
	})
}

func firstRune(s string) rune {
	r, _ := utf8.DecodeRuneInString(s)
	return r
}

func (w *queryWord) correctable() bool {
	return !w.extra && !w.compound && !w.demanded && utf8.RuneCountInString(w.typed) >= minTypo &&
		strings.IndexFunc(w.typed, func(r rune) bool { return !unicode.IsLetter(r) && !mark(r) && !apostrophe(r) }) < 0
}

func (w *queryWord) mistakes() int {
	if utf8.RuneCountInString(w.typed) >= farTypo {
		return 2
	}
	return 1
}

// known tells whether a permitted passage holds a word.
func (r *run) known(w *queryWord, in []*postings.Segment) (bool, error) {
	for s := range in {
		for f := range fieldCount {
			if w.terms[f%2] == "" {
				continue
			}
			found := false
			list, err := in[s].Field(int(f)).List([]byte(w.terms[f%2]))
			if err == nil {
				err = r.eachPermitted(s, list, func(uint32) bool {
					found = true
					return false
				})
			}
			if found || err != nil {
				return found, err
			}
		}
	}
	return false, nil
}

// nearStems lists stems of permitted passages that a beginning of the word is
// near, in the language of the query if it is known.
func (r *run) nearStems(w *queryWord, lang string, in []*postings.Segment) ([]*completion, error) {
	word := fold(w.typed)
	if i := strings.IndexByte(word, '\''); i >= 0 {
		word = word[i+1:]
	}
	automata, err := automataOf(word, w.mistakes())
	if err != nil || word == "" {
		return nil, err
	}
	first := word[:utf8.RuneLen(firstRune(word))]
	found := map[completionKey]*completion{}
	for s := range in {
		for l := range langs {
			if lang != "" && lang != langs[l] {
				continue
			}
			for _, a := range automata {
				err := r.countStems(s, l, in[s], a, first, found)
				if err != nil {
					return nil, fmt.Errorf("look up a word: %w", err)
				}
			}
		}
	}
	return mostFrequent(found, maxNear), nil
}

// builders of automata that accept what is one or two mistakes away.
var builders = sync.OnceValues(func() (b [3]*levenshtein.LevenshteinAutomatonBuilder, err error) {
	for k := 1; k < len(b) && err == nil; k++ {
		b[k], err = levenshtein.NewLevenshteinAutomatonBuilder(uint8(k), true)
	}
	return b, err
})

// automataOf accept what is near the beginnings of a word that may be its stem.
func automataOf(word string, mistakes int) (all []postings.Automaton, err error) {
	b, err := builders()
	if err != nil {
		return nil, err
	}
	runes := []rune(word)
	for cut := 0; cut <= shorterStem && len(runes)-cut >= minPrefix; cut++ {
		a, err := b[mistakes].BuildDfa(string(runes[:len(runes)-cut]), uint8(mistakes))
		if err != nil {
			return nil, err
		}
		all = append(all, a)
	}
	return all, nil
}

// best is the stem whose word is nearest to what was typed, of those the most
// frequent one, with the word.
func (u *unknownWord) best(passages map[uint32]Passage) (best *completion, word string, distance int) {
	typed := []rune(fold(u.word.typed))
	distance = u.word.mistakes() + 1
	for _, n := range u.near { // the most frequent first
		for _, written := range n.written(passages) {
			if d := mistakesBetween(typed, []rune(fold(written)), distance); d < distance {
				best, word, distance = n, written, d
			}
		}
	}
	return best, word, distance
}

// mistakesBetween is the number of letters that are wrong, missing, too many, or
// two in each other's place; limit if it is no less.
func mistakesBetween(a, b []rune, limit int) int {
	if len(a)-len(b) >= limit || len(b)-len(a) >= limit {
		return limit
	}
	before, row, next := make([]int, len(b)+1), make([]int, len(b)+1), make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := 1; i <= len(a); i++ {
		next[0] = i
		for j := 1; j <= len(b); j++ {
			cost := 1
			if a[i-1] == b[j-1] {
				cost = 0
			}
			next[j] = min(row[j]+1, next[j-1]+1, row[j-1]+cost)
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				next[j] = min(next[j], before[j-2]+1)
			}
		}
		before, row, next = row, next, before
	}
	return min(row[len(b)], limit)
}

// fixed puts the words that were taken into a query.
func fixed(words []queryWord, fixes []fix) []queryWord {
	for _, x := range fixes {
		i := slices.IndexFunc(words, func(w queryWord) bool { return w.terms == x.terms })
		if i < 0 {
			continue
		}
		w := &words[i]
		w.terms, w.guess = [2]string{}, x.guess
		w.terms[x.lang] = x.taken
		w.times *= correctedWeight
	}
	return words
}

// tell puts the words that were taken for those that were typed.
func (r *Result) tell(corrected []Correction) {
	r.Corrected = corrected
	for _, c := range corrected {
		for _, h := range r.Hits {
			if at := slices.Index(h.Matched, c.Typed); at >= 0 {
				h.Matched[at] = c.Taken
			}
		}
	}
}

func mostFrequent(found map[completionKey]*completion, limit int) []*completion {
	all := make([]*completion, 0, len(found))
	for _, c := range found {
		all = append(all, c)
	}
	slices.SortFunc(all, func(a, b *completion) int {
		return cmp.Or(cmp.Compare(b.df, a.df), cmp.Compare(a.term, b.term), cmp.Compare(a.lang, b.lang))
	})
	return all[:min(limit, len(all))]
}
