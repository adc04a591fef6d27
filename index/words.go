package index

import (
	"strings"
	"sync"

	"github.com/blevesearch/bleve/v2/analysis"
	"github.com/blevesearch/bleve/v2/analysis/lang/en"
	"github.com/blevesearch/bleve/v2/analysis/lang/fr"
	"github.com/blevesearch/bleve/v2/analysis/token/porter"
)

// Word is a term of a text and the bytes that it came from.
type Word struct {
	Term       string // as indexed: folded, lower-case, stemmed
	Start, End int    // byte offsets into the text, End exclusive
}

// Words returns the terms of a text as the index of its language sees them, in
// order of their ends: French without elided articles, stop words and endings,
// English without possessives, stop words and endings, and for "" every word,
// unstemmed. A reference or grouped number comes after its parts as one more
// word that spans them. Offsets are those of the text as given, whatever its
// accents are made of.
func Words(text, lang string) []Word {
	words := make([]Word, 0, len(text)/8+1)
	a := newAnalyzer(lang)
	tokenize(text, func(t token) {
		if term, start := a.term(text, t); term != "" {
			words = append(words, Word{Term: term, Start: start, End: t.end})
		}
	})
	return words
}

// analyzer turns tokens of one language into terms. It remembers the words it
// has seen, so it belongs to one goroutine.
type analyzer struct {
	lang  string
	known map[string]string
}

// maxKnown bounds what an analyzer remembers.
const maxKnown = 1 << 16

func newAnalyzer(lang string) *analyzer {
	return &analyzer{lang: lang, known: make(map[string]string)}
}

// term returns the term of a token of text, "" for a stop word, and the byte
// offset at which the word itself begins (after an elided article).
func (a *analyzer) term(text string, t token) (string, int) {
	if t.exact {
		return t.term, t.start
	}
	word, start := t.term, t.start
	if i := strings.IndexByte(word, '\''); i >= 0 {
		word, start = a.apostrophe(text, t, i)
	}
	if a.lang == "" {
		return word, start
	}
	if term, ok := a.known[word]; ok {
		return term, start
	}
	term := stem(word, a.lang)
	if len(a.known) < maxKnown {
		a.known[word] = term
	}
	return term, start
}

// apostrophe takes away what a language hangs on a word with an apostrophe:
// the elided article before it, the possessive s after it.
func (a *analyzer) apostrophe(text string, t token, i int) (string, int) {
	if a.lang == "en" {
		return strings.TrimSuffix(t.term, "'s"), t.start
	}
	if !elided[t.term[:i]] || i+1 == len(t.term) {
		return t.term, t.start
	}
	for at, r := range text[t.start:t.end] {
		if apostrophe(r) {
			return t.term[i+1:], t.start + at + len(string(r))
		}
	}
	return t.term, t.start
}

// elided are the French words that lose their vowel before another one.
var elided = map[string]bool{
	"l": true, "d": true, "j": true, "m": true, "t": true, "s": true, "n": true,
	"c": true, "qu": true, "jusqu": true, "lorsqu": true, "puisqu": true,
	"quoiqu": true, "presqu": true,
}

// stem returns the stem of a folded word, "" for a stop word.
func stem(word, lang string) string {
	if stopWords(lang)[word] {
		return ""
	}
	stream := analysis.TokenStream{{Term: []byte(word)}}
	switch lang {
	case "fr":
		stream = frenchStemmer.Filter(stream)
	case "en":
		stream = englishStemmer.Filter(stream)
	}
	return string(stream[0].Term)
}

var (
	frenchStemmer  = fr.NewFrenchLightStemmerFilter()
	englishStemmer = porter.NewPorterStemmer()
)

var (
	frenchStops  = sync.OnceValue(func() map[string]bool { return foldStops(fr.FrenchStopWords, "ete") })
	englishStops = sync.OnceValue(func() map[string]bool { return foldStops(en.EnglishStopWords) })
)

// stopWords returns the folded stop words of a language.
func stopWords(lang string) map[string]bool {
	switch lang {
	case "fr":
		return frenchStops()
	case "en":
		return englishStops()
	}
	return nil
}

// foldStops folds bleve's list as texts are folded; except are words that
// folding would take along (été, the season).
func foldStops(list []byte, except ...string) map[string]bool {
	tokens := analysis.NewTokenMap()
	_ = tokens.LoadBytes(list) // reads a constant, fails on I/O only
	stops := make(map[string]bool, len(tokens))
	for word := range tokens {
		stops[fold(word)] = true
	}
	for _, word := range except {
		delete(stops, word)
	}
	return stops
}
