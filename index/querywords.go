package index

import (
	"strings"
	"unicode/utf8"
)

// queryWord is a word of a query and its terms in both languages.
type queryWord struct {
	typed      string
	terms      [2]string // French, English; "" where it is a stop word
	times      float64   // how often the query has it
	lists      [fieldCount]list
	start, end int  // bytes of the query where it stands first
	extra      bool // another form of words that are there too
	compound   bool // spans words that are there too
	demanded   bool // by a phrase
	guess      bool // was taken for another, which may be wrong
	df         int  // permitted passages that hold it in any field
	idf        float64
}

// list is a run of scratch.postings, by ascending number.
type list struct{ from, to int }

// langs are the languages that have fields, in the order of queryWord.terms.
var langs = [2]string{"fr", "en"}

// clip cuts a query to what is read of it.
func clip(text string) string {
	if len(text) <= MaxQueryBytes {
		return text
	}
	cut := MaxQueryBytes
	for cut > 0 && !utf8.RuneStart(text[cut]) {
		cut--
	}
	return text[:cut]
}

// queryWords analyzes a query. Stop words of its language are left out; where
// that isn't known those of either language are, unless nothing would remain.
func queryWords(text, lang string) []queryWord {
	all := analyzeQuery(text)
	kept := make([]queryWord, 0, len(all))
	for _, w := range all {
		stop := w.terms[0] == "" && lang != "en" || w.terms[1] == "" && lang != "fr"
		if !stop {
			kept = append(kept, w)
		}
	}
	if len(kept) == 0 && lang == "" {
		kept = all
	}
	demand(text, kept)
	return kept
}

// analyzeQuery lists the distinct words of a query that are a term in either
// language, in order of their ends.
func analyzeQuery(text string) []queryWord {
	analyzers := [2]*analyzer{newAnalyzer(langs[0]), newAnalyzer(langs[1])}
	var all []queryWord
	at := make(map[[2]string]int)
	eachTerm(text, func(t token) {
		w := queryWord{times: 1, start: t.start, end: t.end, extra: t.extra, compound: t.compound}
		start := t.start
		for i, a := range analyzers {
			term, from := a.term(text, t)
			w.terms[i], start = term, max(start, from)
		}
		if w.terms == [2]string{} {
			return
		}
		if i, ok := at[w.terms]; ok {
			if !t.extra {
				all[i].times++
			}
			return
		}
		if len(all) < MaxQueryWords {
			w.typed = strings.ToValidUTF8(text[start:t.end], "\uFFFD")
			at[w.terms] = len(all)
			all = append(all, w)
		}
	})
	return all
}
