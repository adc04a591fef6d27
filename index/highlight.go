package index

import (
	"cmp"
	"slices"
	"unicode/utf8"
)

// Range is a part of a text, in bytes.
type Range struct{ Start, End int }

// Highlight returns the parts of a passage for which a query finds it, in order
// and without overlap: words with the same stem, whatever their accents, case
// and article; references, dates and amounts in whatever form; phrases whole. Not what
// the query leaves out.
// textLang is the passage's language, queryLang the one that the query was read
// in (Result.Lang); corrected are words that were taken for others. It is meant
// for texts that are then escaped as text: ranges never split a character.
func Highlight(text, textLang, query, queryLang string, corrected ...Correction) []Range {
	query = clip(Asked(query))
	var phrases [][]exactWord
	for _, p := range Phrases(query) {
		phrases = append(phrases, exactWords(p))
	}
	words := queryWords(query, queryLang)
	for _, c := range corrected {
		words = append(words, queryWords(c.Taken, queryLang)...)
	}
	var found []Range
	in := exactWords(text)
	for _, p := range phrases {
		for _, at := range findPhrase(in, p) {
			found = append(found, Range{at[0], at[1]})
		}
	}
	whole := len(found) > 0
	for i, lang := range langs {
		if textLang == "" || textLang == lang {
			found = append(found, wordRanges(text, lang, i, words, whole)...)
		}
	}
	return joinRanges(found)
}

// wordRanges finds words by their terms in one language; those of phrases only
// where no phrase stands as a whole.
func wordRanges(text, lang string, l int, words []queryWord, whole bool) (found []Range) {
	terms := map[string]bool{}
	for _, w := range words {
		if w.terms[l] != "" && !(whole && w.demanded) {
			terms[w.terms[l]] = true
		}
	}
	a := newAnalyzer(lang)
	eachTerm(text, func(t token) {
		if term, start := a.term(text, t); term != "" && terms[term] {
			found = append(found, Range{start, t.end})
		}
	})
	return found
}

// joinRanges sorts ranges and makes one of those that overlap.
func joinRanges(all []Range) []Range {
	slices.SortFunc(all, func(a, b Range) int { return cmp.Or(cmp.Compare(a.Start, b.Start), cmp.Compare(b.End, a.End)) })
	kept := all[:0]
	for _, r := range all {
		if n := len(kept); n > 0 && r.Start < kept[n-1].End {
			kept[n-1].End = max(kept[n-1].End, r.End)
			continue
		}
		kept = append(kept, r)
	}
	return kept
}

// Window is the part of a text of about size bytes with the most different
// marked words in it, from the beginning of a word to the end of one; the whole
// text if it isn't longer. The first of several equal ones is taken.
func Window(text string, marks []Range, size int) Range {
	if len(text) <= size {
		return Range{0, len(text)}
	}
	best, most := Range{0, size}, -1
	for i := range marks {
		from := marks[i].Start
		seen := map[string]bool{}
		last := marks[i].End
		for _, m := range marks[i:] {
			if m.End-from > size {
				break
			}
			seen[fold(text[m.Start:m.End])] = true
			last = m.End
		}
		if len(seen) > most {
			most = len(seen)
			start := from - max(0, size-(last-from))/2
			start = max(0, min(start, len(text)-size))
			best = Range{start, start + size}
		}
	}
	w := Range{wordBorder(text, best.Start, best.Start > 0), wordBorder(text, best.End, false)}
	if w.End <= w.Start { // no words to begin and end with
		return Range{runeBorder(text, best.Start), runeBorder(text, best.End)}
	}
	return w
}

// wordBorder is the next place from i on where a word begins or, looking back
// for an end, the last one before which a word ends.
func wordBorder(text string, i int, forward bool) int {
	const far = 40 // bytes, in a text without spaces
	at := min(i, len(text))
	for n := 0; n < far; n++ {
		if at <= 0 || at >= len(text) {
			return max(0, min(at, len(text)))
		}
		if text[at-1] == ' ' || text[at-1] == '\n' {
			if !forward {
				at--
			}
			return at
		}
		if forward {
			at++
		} else {
			at--
		}
	}
	return runeBorder(text, i)
}

func runeBorder(text string, at int) int {
	at = min(at, len(text))
	for at > 0 && at < len(text) && !utf8.RuneStart(text[at]) {
		at--
	}
	return at
}
