package index

import (
	"encoding/binary"
	"fmt"

	"github.com/blevesearch/bleve/v2/document"
	api "github.com/blevesearch/bleve_index_api"
)

// field numbers the four places where a passage's words are kept.
type field int

const (
	bodyFR field = iota
	bodyEN
	titleFR
	titleEN
	fieldCount
)

var fieldNames = [fieldCount]string{"body_fr", "body_en", "title_fr", "title_en"}

var fieldLangs = [fieldCount]string{"fr", "en", "fr", "en"}

// lengthTerm stands once in every field of every passage, so that the lengths
// of all passages can be read from one postings list when a segment is opened.
// No text yields it.
const lengthTerm = "\x00"

// lengths are the numbers of words in each field of one passage.
type lengths [fieldCount]uint32

// indexedField is a field whose words are known already: scorch has nothing to
// analyze, stores nothing and keeps no positions.
type indexedField struct {
	name   string
	length int
	terms  api.TokenFrequencies
	spare  []api.TokenFreq // for further terms
}

func (f *indexedField) Name() string                      { return f.name }
func (f *indexedField) Value() []byte                     { return nil }
func (f *indexedField) ArrayPositions() []uint64          { return nil }
func (f *indexedField) EncodedFieldType() byte            { return 't' }
func (f *indexedField) Analyze()                          {}
func (f *indexedField) Options() api.FieldIndexingOptions { return api.IndexField }
func (f *indexedField) AnalyzedLength() int               { return f.length }
func (f *indexedField) Size() int                         { return 64 + 64*len(f.terms) }
func (f *indexedField) NumPlainTextBytes() uint64         { return 0 }
func (f *indexedField) AnalyzedTokenFrequencies() api.TokenFrequencies {
	return f.terms
}

// passageDocument builds what scorch indexes for a passage. The title is part
// of the body, and once more a field of its own: measured, both are needed.
func passageDocument(p Passage, analyzers map[string]*analyzer) (*document.Document, lengths) {
	d := document.NewDocument(passageID(p.Ordinal))
	var l lengths
	for f := range fieldCount {
		if p.Lang != "" && p.Lang != fieldLangs[f] {
			continue
		}
		a := analyzers[fieldLangs[f]]
		var indexed *indexedField
		if f == bodyFR || f == bodyEN {
			indexed = newIndexedField(fieldNames[f], a, p.Title, p.Text)
		} else {
			indexed = newIndexedField(fieldNames[f], a, p.Title)
		}
		if indexed.length > 0 {
			l[f] = uint32(indexed.length)
			d.AddField(indexed)
		}
	}
	return d, l
}

// newIndexedField counts the words of texts. A compound is findable but does
// not count towards the length: its parts do.
func newIndexedField(name string, a *analyzer, texts ...string) *indexedField {
	size := 0
	for _, text := range texts {
		size += len(text)
	}
	f := &indexedField{name: name, terms: make(api.TokenFrequencies, size/16)}
	for _, text := range texts {
		end := 0
		eachTerm(text, func(t token) {
			term, _ := a.term(text, t)
			if term == "" {
				return
			}
			if t.start >= end && !t.extra {
				f.length++
				end = t.end
			}
			f.count(term)
		})
	}
	if f.length > 0 {
		f.count(lengthTerm)
	}
	return f
}

func (f *indexedField) count(term string) {
	known := f.terms[term]
	if known == nil {
		if len(f.spare) == 0 {
			f.spare = make([]api.TokenFreq, 8+len(f.terms)/2)
		}
		known, f.spare = &f.spare[0], f.spare[1:]
		f.terms[term] = known // zap writes the key: a Term in it would be a copy for nothing
	}
	known.SetFrequency(known.Frequency() + 1)
}

// passageID is a passage's id in scorch: its ordinal, four bytes big endian.
func passageID(ordinal uint32) string {
	var id [4]byte
	binary.BigEndian.PutUint32(id[:], ordinal)
	return string(id[:])
}

// ordinalOf reads a passage's id.
func ordinalOf(id []byte) (uint32, error) {
	if len(id) != 4 {
		return 0, fmt.Errorf("read passage id of %d bytes: %w", len(id), ErrCorrupt)
	}
	return binary.BigEndian.Uint32(id), nil
}
