package postings

import (
	"bytes"
	"slices"
	"strings"
)

// Word is the number that a Builder has given to a word of a vocabulary.
type Word uint32

// maxVocabulary is how many words of all vocabularies together a Builder
// remembers from one segment to the next.
const maxVocabulary = 1 << 17

// Builder collects the words of passages for one segment. It belongs to one
// goroutine.
type Builder struct {
	layout       Layout
	ordinals     []uint32
	vocabularies []vocabulary
	fields       []collected
	size         int // of the last segment, bytes
}

type vocabulary struct {
	words map[string]Word
	texts []string
}

// collected is what a field has so far.
type collected struct {
	entries []entry
	begins  []uint32 // of each passage, in entries
	lengths []uint32
	at      []uint32 // by word: one more than its place in entries, in the last passage that held it
}

type entry struct {
	word Word
	freq uint32
}

// NewBuilder returns one for segments of a layout.
func NewBuilder(l Layout) *Builder {
	b := &Builder{layout: l, vocabularies: make([]vocabulary, l.vocabularies()), fields: make([]collected, len(l.Fields))}
	b.forget()
	return b
}

func (b *Builder) forget() {
	for i := range b.vocabularies {
		b.vocabularies[i] = vocabulary{words: make(map[string]Word)}
	}
	for i := range b.fields {
		b.fields[i].at = nil
	}
}

// Reset begins another segment. Numbers of words stay what they were, unless it
// returns true: then there were too many of them to be kept.
func (b *Builder) Reset() (forgot bool) {
	known := 0
	for _, v := range b.vocabularies {
		known += len(v.texts)
	}
	if known > maxVocabulary {
		b.forget()
	}
	b.ordinals = b.ordinals[:0]
	for i := range b.fields {
		c := &b.fields[i]
		c.entries, c.begins, c.lengths = c.entries[:0], c.begins[:0], c.lengths[:0]
		clear(c.at)
	}
	return known > maxVocabulary
}

// Word numbers a word of a vocabulary.
func (b *Builder) Word(vocabulary int, text string) Word {
	v := &b.vocabularies[vocabulary]
	w, ok := v.words[text]
	if !ok {
		text = strings.Clone(text)
		w = Word(len(v.texts))
		v.words[text], v.texts = w, append(v.texts, text)
	}
	return w
}

// Passage begins the passage with an ordinal, which must not be there already.
func (b *Builder) Passage(ordinal uint32) {
	b.ordinals = append(b.ordinals, ordinal)
	for i := range b.fields {
		c := &b.fields[i]
		c.begins, c.lengths = append(c.begins, uint32(len(c.entries))), append(c.lengths, 0)
	}
}

// Add counts a word into a field of the last passage. It doesn't count into the
// field's length.
func (b *Builder) Add(field int, w Word) {
	c := &b.fields[field]
	if int(w) >= len(c.at) {
		c.at = append(c.at, make([]uint32, int(w)+1-len(c.at)+len(c.at)/2)...)
	}
	begin := c.begins[len(c.begins)-1]
	if at := c.at[w]; at > begin {
		c.entries[at-1].freq++
		return
	}
	c.entries = append(c.entries, entry{w, 1})
	c.at[w] = uint32(len(c.entries))
}

// Lengthen adds to the length of a field of the last passage.
func (b *Builder) Lengthen(field, words int) {
	l := b.fields[field].lengths
	l[len(l)-1] += uint32(words)
}

// Len is the number of passages.
func (b *Builder) Len() int { return len(b.ordinals) }

// Segment returns a segment of the passages, in memory.
func (b *Builder) Segment() (*Memory, error) {
	var image bytes.Buffer
	image.Grow(b.size + b.size/8)
	w := newWriter(&image)
	w.begin(b.ordinals)
	for i := range b.fields {
		w.numbers(b.fields[i].lengths)
	}
	sorted := make([][]Word, len(b.vocabularies))
	for f := range b.fields {
		v := b.layout.Vocabularies[f]
		if sorted[v] == nil {
			sorted[v] = b.sorted(v)
		}
		b.writeField(w, f, sorted[v])
	}
	if err := w.end(len(b.ordinals)); err != nil {
		return nil, err
	}
	b.size = image.Len()
	s, err := parse(image.Bytes(), b.layout)
	if err != nil {
		return nil, err
	}
	return &Memory{*s}, nil
}

// sorted lists the words of a vocabulary that a field holds.
func (b *Builder) sorted(vocabulary int) []Word {
	texts := b.vocabularies[vocabulary].texts
	used := make([]bool, len(texts))
	words := make([]Word, 0, len(texts)/2)
	for f, v := range b.layout.Vocabularies {
		if v != vocabulary {
			continue
		}
		for _, e := range b.fields[f].entries {
			if !used[e.word] {
				used[e.word] = true
				words = append(words, e.word)
			}
		}
	}
	slices.SortFunc(words, func(x, y Word) int { return strings.Compare(texts[x], texts[y]) })
	return words
}

type found struct{ number, freq uint32 }

// writeField writes the lists of a field, of words in their order.
func (b *Builder) writeField(w *writer, field int, words []Word) {
	c, texts := &b.fields[field], b.vocabularies[b.layout.Vocabularies[field]].texts
	ends := make([]uint32, len(texts)+1) // by word, where its list ends
	for _, e := range c.entries {
		ends[e.word+1]++
	}
	for i := range ends[1:] {
		ends[i+1] += ends[i]
	}
	starts := slices.Clone(ends[:len(texts)])
	lists := make([]found, len(c.entries))
	for n, begin := range c.begins {
		end := len(c.entries)
		if n+1 < len(c.begins) {
			end = int(c.begins[n+1])
		}
		for _, e := range c.entries[begin:end] {
			lists[starts[e.word]] = found{uint32(n), e.freq}
			starts[e.word]++
		}
	}
	out := newFieldWriter(w)
	var list []byte
	for _, word := range words {
		of := lists[ends[word]:ends[word+1]]
		if len(of) == 0 {
			continue
		}
		list = list[:0]
		before := uint32(0)
		for _, p := range of {
			list = appendPosting(list, p.number-before, p.freq)
			before = p.number
		}
		out.add([]byte(texts[word]), len(of), before, list)
	}
	out.end()
}
