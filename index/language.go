package index

import (
	"strconv"
	"strings"
	"sync"
	"unicode/utf8"
)

// DetectLanguage tells "fr" from "en", and says "" where a text gives too
// little evidence (a name, a number, one word of both languages) or reads like
// a third language. It looks at function words, accents and three-letter
// sequences of the first 4 KiB.
func DetectLanguage(text string) string {
	var e evidence
	e.read(sample(text))
	return e.verdict()
}

const (
	sampleBytes = 4096

	// evidence needed to decide, in the units of trigramTable
	enough = 10
	// a word's trigrams together count at most this much either way
	wordCap = 10
	// what a function word and an accented letter of one language alone count
	functionWord = 16
	accent       = 8
)

// sample is the beginning of a text that is looked at.
func sample(text string) string {
	if len(text) <= sampleBytes {
		return text
	}
	cut := sampleBytes
	for cut > 0 && !utf8.RuneStart(text[cut]) {
		cut--
	}
	return text[:cut]
}

// evidence for French where score is positive, for English where negative.
type evidence struct {
	score   int
	words   int
	french  int // function words
	english int
	foreign int
}

func (e *evidence) read(text string) {
	tokenize(text, func(t token) {
		if t.exact {
			return
		}
		e.words++
		raw := text[t.start:t.end]
		word := t.term
		if i := strings.IndexByte(word, '\''); i > 0 {
			if elided[word[:i]] {
				e.score += functionWord
				e.french++
				word = word[i+1:]
			} else if word[i:] == "'s" || word[i:] == "'t" {
				e.score -= functionWord
				e.english++
				word = word[:i]
			}
		}
		e.word(word, raw)
	})
}

func (e *evidence) word(word, raw string) {
	switch functionWords()[strings.ToLower(raw)] {
	case french:
		e.score += functionWord
		e.french++
	case english:
		e.score -= functionWord
		e.english++
	case foreign:
		e.foreign++
	case either:
		return
	default:
		e.score += max(-wordCap, min(wordCap, trigramScore(word)))
	}
	for _, r := range raw {
		if r >= utf8.RuneSelf && strings.ContainsRune("éèêëàâçùûîïôœÉÈÊÀÂÇÙÛÎÔŒ\u0301\u0300\u0302\u0327", r) {
			e.score += accent
			break
		}
	}
}

// verdict weighs the evidence. In a text of some length a language shows by
// its function words; where those of others are as many, none is named.
func (e *evidence) verdict() string {
	if e.foreign > max(e.french, e.english) || e.words >= 12 && e.foreign*2 > max(e.french, e.english) {
		return ""
	}
	need := enough
	if e.words > 12 {
		need = enough + (e.words - 12)
	}
	switch {
	case e.score >= need:
		return "fr"
	case e.score <= -need:
		return "en"
	}
	return ""
}

// trigramScore adds up the weights of a folded word's trigrams.
func trigramScore(word string) int {
	weights := trigramWeights()
	edged := "_" + word + "_"
	sum := 0
	for i := 0; i+3 <= len(edged); i++ {
		sum += int(weights[edged[i:i+3]])
	}
	return sum
}

var trigramWeights = sync.OnceValue(func() map[string]int8 {
	weights := make(map[string]int8, 1024)
	for line := range strings.Lines(trigramTable) {
		cols := strings.Fields(line)
		if len(cols) == 0 {
			continue
		}
		w, _ := strconv.Atoi(cols[0]) // a constant of ours, tested
		for _, trigram := range cols[1:] {
			weights[trigram] = int8(w)
		}
	}
	return weights
})
