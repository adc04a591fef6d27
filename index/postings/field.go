package postings

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"sort"
)

// Field is the words of one field of a segment.
type Field struct {
	lists, words, blocks []byte
	n                    int
}

// Words is how many different ones there are.
func (f *Field) Words() int { return f.n }

func (f *Field) blockCount() int { return len(f.blocks) / 4 }

// List returns the postings of a word, an empty list where it isn't there.
func (f *Field) List(word []byte) (List, error) {
	after := 0
	var damage error
	after = sort.Search(f.blockCount(), func(i int) bool {
		first, err := f.first(i)
		if err != nil {
			damage = err
		}
		return bytes.Compare(first, word) > 0
	})
	if damage != nil || after == 0 {
		return List{}, damage
	}
	c := f.cursor()
	c.seek(after - 1)
	for c.next() {
		switch bytes.Compare(c.word, word) {
		case 0:
			return c.list(), nil
		case 1:
			return List{}, nil
		}
		if c.n%blockWords == 0 {
			break
		}
	}
	return List{}, c.err
}

// first is the first word of a block.
func (f *Field) first(block int) ([]byte, error) {
	at := int(binary.LittleEndian.Uint32(f.blocks[4*block:]))
	if at > len(f.words) {
		return nil, fmt.Errorf("read block of words: %w", ErrDamaged)
	}
	r := reader{b: f.words[at:]}
	r.number() // place in lists
	r.number() // shared
	word := r.bytes(r.number())
	return word, r.err
}

// cursor goes through the words of a field in their order.
type cursor struct {
	f        *Field
	r        reader
	n        int // words read
	word     []byte
	passages uint64
	last     uint32 // number of the last passage
	postings []byte
	place    uint64 // of the next list
	err      error
}

func (f *Field) cursor() cursor { return cursor{f: f, r: reader{b: f.words}} }

// seek makes next read the first word of a block.
func (c *cursor) seek(block int) {
	at := int(binary.LittleEndian.Uint32(c.f.blocks[4*block:]))
	if at > len(c.f.words) {
		c.err = fmt.Errorf("read block of words: %w", ErrDamaged)
		return
	}
	c.r, c.n = reader{b: c.f.words[at:]}, block*blockWords
}

// next reads a word and where its list is. Its word is good until it is called
// again.
func (c *cursor) next() bool {
	if c.err != nil || c.n >= c.f.n {
		return false
	}
	r := &c.r
	if c.n%blockWords == 0 {
		c.place = r.number()
		c.word = c.word[:0]
	}
	shared := r.number()
	if shared > uint64(len(c.word)) {
		c.err = fmt.Errorf("read word: %w", ErrDamaged)
		return false
	}
	c.word = append(c.word[:shared], r.bytes(r.number())...)
	c.passages = r.number()
	c.n++
	if c.passages == 1 {
		before := r.b
		posting := r.number()
		if posting&1 == 0 {
			r.number()
		}
		c.last, c.postings = uint32(posting>>1), before[:len(before)-len(r.b)]
	} else {
		c.last = uint32(r.number())
		size := r.number()
		if c.place+size > uint64(len(c.f.lists)) || c.place+size < c.place {
			c.err = fmt.Errorf("read word: %w", ErrDamaged)
			return false
		}
		c.postings = c.f.lists[c.place : c.place+size]
		c.place += size
	}
	if r.err != nil || c.passages > uint64(len(c.postings)) {
		c.err = fmt.Errorf("read word: %w", ErrDamaged)
		return false
	}
	return true
}

func (c *cursor) list() List { return List{r: reader{b: c.postings}, left: int(c.passages)} }

// List is the postings of a word, by ascending number.
type List struct {
	r      reader
	left   int
	number uint32
}

// Len is how many passages are still to come.
func (l *List) Len() int { return l.left }

// Next returns the number of the next passage and how often it holds the word;
// false at the end, and where the list is damaged (Err).
func (l *List) Next() (number, freq uint32, ok bool) {
	if l.left == 0 {
		return 0, 0, false
	}
	l.left--
	step := l.r.number()
	freq = 1
	if step&1 == 0 {
		freq = uint32(l.r.number())
	}
	l.number += uint32(step >> 1)
	if l.r.err != nil {
		l.left = 0
		return 0, 0, false
	}
	return l.number, freq, true
}

// Err is why Next has ended too early.
func (l *List) Err() error { return l.r.err }

// reader reads numbers from bytes. Its first error stays.
type reader struct {
	b   []byte
	err error
}

func (r *reader) number() uint64 {
	if len(r.b) > 0 && r.b[0] < 0x80 {
		n := uint64(r.b[0])
		r.b = r.b[1:]
		return n
	}
	n, size := binary.Uvarint(r.b)
	if size <= 0 {
		r.b, r.err = nil, fmt.Errorf("read number: %w", ErrDamaged)
		return 0
	}
	r.b = r.b[size:]
	return n
}

func (r *reader) bytes(n uint64) []byte {
	if n > uint64(len(r.b)) {
		r.b, r.err = nil, fmt.Errorf("read bytes: %w", ErrDamaged)
		return nil
	}
	b := r.b[:n]
	r.b = r.b[n:]
	return b
}
