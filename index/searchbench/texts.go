package searchbench

import (
	"math"
	"math/rand/v2"
	"sort"
	"strings"

	"coffre/index"
)

const (
	vocabulary   = 60_000 // words of one language
	passagesEach = 10     // passages of a document
	classCount   = 40
	permitted    = 10 // classes of one asker
)

// language is a made-up vocabulary with real function words.
type language struct {
	tag       string
	functions []string
	words     []string
	chances   []float64 // cumulated
}

var (
	frenchFunctions  = strings.Fields("le la les de des du un une et est que qui dans pour pas sur au avec ce il elle ne se par plus sont nous vous cette ou comme mais leur aux")
	englishFunctions = strings.Fields("the of and to in is that for it was on are as with his they at be this from have or by one had not but what all were when we there can an")
)

// newLanguage makes the words, the frequent ones short.
func newLanguage(tag string, functions, onsets, endings []string, seed uint64) *language {
	rnd := rand.New(rand.NewPCG(seed, 1))
	l := &language{tag: tag, functions: functions, words: make([]string, 0, vocabulary), chances: make([]float64, vocabulary)}
	seen := make(map[string]bool, vocabulary)
	vowels := []string{"a", "e", "i", "o", "u", "ai", "ou"}
	for len(l.words) < vocabulary {
		var b strings.Builder
		for range 2 + len(l.words)/20_000 + rnd.IntN(2) {
			b.WriteString(onsets[rnd.IntN(len(onsets))])
			b.WriteString(vowels[rnd.IntN(len(vowels))])
		}
		b.WriteString(endings[rnd.IntN(len(endings))])
		if w := b.String(); !seen[w] {
			seen[w] = true
			l.words = append(l.words, w)
		}
	}
	sum := 0.0
	for i := range l.chances {
		sum += 1 / math.Pow(float64(i)+3.7, 1.05)
		l.chances[i] = sum
	}
	return l
}

func (l *language) word(rnd *rand.Rand) string {
	return l.words[min(vocabulary-1, sort.SearchFloat64s(l.chances, rnd.Float64()*l.chances[vocabulary-1]))]
}

// text draws n words, some 45 in 100 of them function words.
func (l *language) text(rnd *rand.Rand, n int) string {
	var b strings.Builder
	for i := range n {
		switch {
		case i == 0:
		case rnd.IntN(14) == 0:
			b.WriteString(". ")
		default:
			b.WriteByte(' ')
		}
		if rnd.IntN(100) < 45 {
			b.WriteString(l.functions[rnd.IntN(len(l.functions))])
		} else {
			b.WriteString(l.word(rnd))
		}
	}
	b.WriteByte('.')
	return b.String()
}

// library makes passages up, the same ones again for the same ordinals.
type library struct{ french, english *language }

func newLibrary() *library {
	return &library{
		french: newLanguage("fr", frenchFunctions, strings.Fields("b c d f g l m n p r s t v ch tr pr gn qu"),
			strings.Fields("tion ment ique té eur age ance iste que re s t"), 3),
		english: newLanguage("en", englishFunctions, strings.Fields("b c d f g h k l m n p r s t w sh st th"),
			strings.Fields("ing ness tion er ly ed able ment th ck s t"), 5),
	}
}

// languageOf gives two documents in three to French.
func (l *library) languageOf(doc uint32) *language {
	if doc%3 == 0 {
		return l.english
	}
	return l.french
}

// class is a document's: from 1 to classCount.
func class(doc uint32) uint32 { return 1 + doc*2654435761>>8%classCount }

func docOf(ordinal uint32) uint32 { return 1 + (ordinal-1)/passagesEach }

func (l *library) passage(ordinal uint32) index.Passage {
	doc := docOf(ordinal)
	lang := l.languageOf(doc)
	title := lang.text(rand.New(rand.NewPCG(uint64(doc), 7)), 5)
	rnd := rand.New(rand.NewPCG(uint64(ordinal), 11))
	return index.Passage{Ordinal: ordinal, Title: title, Text: lang.text(rnd, 60+rnd.IntN(100)), Lang: lang.tag}
}

// doc is the nth document of an index of so many passages.
func (l *library) doc(n uint32, passages int) index.Doc {
	d := index.Doc{Ordinal: n, Class: class(n)}
	for o := (n-1)*passagesEach + 1; o <= min(n*passagesEach, uint32(passages)); o++ {
		d.Passages = append(d.Passages, l.passage(o))
	}
	return d
}

// question asks for a passage with some of its words, and a few of its own.
func (l *library) question(n, passages int) index.Query {
	rnd := rand.New(rand.NewPCG(uint64(n), 13))
	ordinal := 1 + rnd.Uint32N(uint32(passages))
	lang := l.languageOf(docOf(ordinal))
	held := strings.Fields(strings.ReplaceAll(l.passage(ordinal).Text, ".", ""))
	asked := strings.Fields(strings.ReplaceAll(lang.text(rnd, 3), ".", ""))
	for range 3 + rnd.IntN(8) {
		asked = append(asked, held[rnd.IntN(len(held))])
	}
	q := index.Query{Text: strings.Join(asked, " ") + " ?", Lang: lang.tag, Limit: 10}
	q.Classes.Add(class(docOf(ordinal)))
	for q.Classes.Len() < permitted {
		q.Classes.Add(1 + rnd.Uint32N(classCount))
	}
	return q
}
