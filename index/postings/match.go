package postings

import (
	"bytes"
	"fmt"
	"sort"
)

// Automaton accepts words byte by byte, as those of vellum do.
type Automaton interface {
	Start() int
	IsMatch(state int) bool
	CanMatch(state int) bool
	Accept(state int, b byte) int
}

// Match calls fn for the words with a prefix that an automaton accepts (nil:
// all), in their order, with their postings, until it fails. It passes over
// blocks in which no word can be accepted.
func (f *Field) Match(a Automaton, prefix string, fn func(word string, l List) error) error {
	c := f.cursor()
	start := []byte(prefix)
	if err := c.seekTo(start); err != nil {
		return err
	}
	m := matcher{a: a}
	for c.next() {
		if !bytes.HasPrefix(c.word, start) {
			if bytes.Compare(c.word, start) > 0 {
				break
			}
			continue
		}
		accepted, dead := m.accept(c.word)
		if accepted {
			if err := fn(string(c.word), c.list()); err != nil {
				return err
			}
		}
		if dead == 0 {
			continue
		}
		// no word that begins with these bytes is accepted: go to the first that doesn't
		if err := c.skip(m.after(dead)); err != nil {
			return err
		}
	}
	return c.err
}

// matcher remembers the states after each byte of the word before.
type matcher struct {
	a      Automaton
	word   []byte
	states []int // after so many bytes; may be fewer than word has
}

// accept tells whether a word is accepted, and if not how many of its bytes no
// accepted word begins with, 0 for none.
func (m *matcher) accept(word []byte) (accepted bool, dead int) {
	if m.a == nil {
		return true, 0
	}
	if m.states == nil {
		m.states = append(m.states, m.a.Start())
	}
	same := 0
	for same < min(len(word), len(m.word), len(m.states)-1) && word[same] == m.word[same] {
		same++
	}
	m.word, m.states = append(m.word[:0], word...), m.states[:same+1]
	for i := same; i < len(word); i++ {
		next := m.a.Accept(m.states[i], word[i])
		if !m.a.CanMatch(next) {
			return false, i + 1
		}
		m.states = append(m.states, next)
	}
	return m.a.IsMatch(m.states[len(word)]), 0
}

// after is the least word that doesn't begin with the first n bytes of the last
// one and comes after it, nil for none.
func (m *matcher) after(n int) []byte {
	w := bytes.Clone(m.word[:n])
	for len(w) > 0 && w[len(w)-1] == 0xFF {
		w = w[:len(w)-1]
	}
	if len(w) > 0 {
		w[len(w)-1]++
	}
	return w
}

// seekTo makes next read the block in which a word would stand.
func (c *cursor) seekTo(word []byte) error {
	after := sort.Search(c.f.blockCount(), func(i int) bool {
		first, err := c.f.first(i)
		if err != nil {
			c.err = err
		}
		return bytes.Compare(first, word) > 0
	})
	if after > 0 && c.err == nil {
		c.seek(after - 1)
	}
	return c.err
}

// skip goes on at the block in which a word would stand, if that is a later one.
func (c *cursor) skip(word []byte) error {
	block := (c.n + blockWords - 1) / blockWords // the next one
	if len(word) == 0 || block >= c.f.blockCount() {
		return c.err
	}
	first, err := c.f.first(block)
	if err != nil || bytes.Compare(first, word) > 0 {
		return err
	}
	if err := c.seekTo(word); err == nil && c.n < block*blockWords {
		c.err = fmt.Errorf("look for a word: %w", ErrDamaged) // blocks out of order: never back
	}
	return c.err
}
