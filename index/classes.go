package index

import "math/bits"

// Classes is a set of access classes. Class 0 (deleted, nobody) is never in it.
// The zero value is the empty set, which permits nothing.
type Classes struct{ words []uint64 }

// NewClasses returns the set of the given classes.
func NewClasses(classes ...uint32) Classes {
	var c Classes
	for _, class := range classes {
		c.Add(class)
	}
	return c
}

// Add puts a class into the set; adding 0 does nothing.
func (c *Classes) Add(class uint32) {
	if class == 0 {
		return
	}
	w := int(class / 64)
	if w >= len(c.words) {
		c.words = append(c.words, make([]uint64, w+1-len(c.words))...)
	}
	c.words[w] |= 1 << (class % 64)
}

// Has tells whether a class is in the set.
func (c Classes) Has(class uint32) bool {
	w := int(class / 64)
	return w < len(c.words) && c.words[w]&(1<<(class%64)) != 0
}

// Len is the number of classes in the set.
func (c Classes) Len() int {
	n := 0
	for _, w := range c.words {
		n += bits.OnesCount64(w)
	}
	return n
}

// List returns the classes in ascending order.
func (c Classes) List() (out []uint32) {
	c.each(func(class uint32) { out = append(out, class) })
	return out
}

// each calls fn for every class of the set, in ascending order.
func (c Classes) each(fn func(class uint32)) {
	for i, w := range c.words {
		for ; w != 0; w &= w - 1 {
			fn(uint32(i*64 + bits.TrailingZeros64(w)))
		}
	}
}
