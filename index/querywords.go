package index

import (
	"strings"
	"unicode/utf8"
)

// queryWord is a word of a query and its terms in the languages searched.
type queryWord struct {
	typed string
	terms [2]string // French, English; "" where it is a stop word or not asked
	times float64   // how often the query has it
	lists [fieldCount]list
	df    int // permitted passages that hold it in any field searched
	idf   float64
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

// queryWords analyzes a query for one language, or for both where lang is "".
// A word that is a stop word of either language is then left out, unless
// nothing would remain.
func queryWords(text, lang string) []queryWord {
	var analyzers [2]*analyzer
	for i, l := range langs {
		if lang == "" || lang == l {
			analyzers[i] = newAnalyzer(l)
		}
	}
	all, both := make([]queryWord, 0, 16), 0
	at := make(map[[2]string]int)
	tokenize(text, func(t token) {
		w := queryWord{times: 1}
		start, known := t.start, 0
		for i, a := range analyzers {
			if a == nil {
				continue
			}
			term, from := a.term(text, t)
			if w.terms[i] = term; term != "" {
				known++
				start = max(start, from)
			}
		}
		if known == 0 {
			return
		}
		if i, ok := at[w.terms]; ok {
			all[i].times++
			return
		}
		if len(all) == MaxQueryWords {
			return
		}
		if known == 2 {
			both++
		}
		w.typed = strings.ToValidUTF8(text[start:t.end], "\uFFFD")
		at[w.terms] = len(all)
		all = append(all, w)
	})
	if lang != "" || both == 0 || both == len(all) {
		return all
	}
	kept := all[:0]
	for _, w := range all {
		if w.terms[0] != "" && w.terms[1] != "" {
			kept = append(kept, w)
		}
	}
	return kept
}
