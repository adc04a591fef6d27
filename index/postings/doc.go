// Package postings is the form in which the words of passages lie on disk: a
// segment format for bleve's scorch, which keeps snapshots of segments, deletes
// in them, merges and persists them.
//
// scorch's own format, zap, is made for what its documents may hold (stored
// fields, positions, synonyms, columns): it converts a batch on one processor
// and spends more on it than the analysis of the words does. This one holds what
// BM25 asks for and no more: for each passage its ordinal and the length of each
// field, for each word of a field the passages that hold it and how often. Lists
// of whole segments are joined by copying their bytes.
//
// # Layout
//
// Fixed numbers are little endian, others are varints as in encoding/binary.
// N passages are numbered from 0 in the order of their ordinals in the file.
//
//	magic      8 bytes
//	ordinals   N × 4 bytes
//	lengths    for each field N × 4 bytes, in words
//	fields     one after the other:
//	  lists      postings of words that more than one passage holds
//	  words      sorted by their bytes, in blocks of blockWords
//	  blocks     where each block begins in words, 4 bytes each
//	footer     for each field: where lists, words and blocks begin (8 bytes
//	           each), number of words (8); then N and the number of fields (4 each)
//	sum        CRC-32 (IEEE) of all before it, big endian
//
// A block begins with the place of its first list in lists. A word is written as
// the number of bytes that it shares with the one before it in its block, the
// number of the others, those, and the number of passages that hold it. If that
// is one its posting follows; else the number of the last of them and the length
// of its list, which begins where that of the word before it ends.
//
// A posting is the difference to the passage before it (the first one's number),
// times two, plus one if the word is there once; else how often follows.
package postings

import (
	"errors"
	"math"
)

// ErrDamaged says that a segment is not what this package has written.
var ErrDamaged = errors.New("segment is damaged")

const (
	magic      = "coffrep1"
	blockWords = 16
	sumBytes   = 4
	fieldBytes = 4 * 8 // of the footer, for each field
	tailBytes  = 2 * 4 // of the footer, after the fields
)

// dropped stands for the new number of a passage that a merge leaves out, as
// scorch expects it.
const dropped = math.MaxUint64

// Layout names the fields of a segment. Fields with the same vocabulary share
// the numbers that a Builder gives to words.
type Layout struct {
	Fields       []string
	Vocabularies []int // of each field, from 0
}

func (l Layout) vocabularies() int {
	n := 0
	for _, v := range l.Vocabularies {
		n = max(n, v+1)
	}
	return n
}
