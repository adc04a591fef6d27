package vectors

import "math/bits"

// Permit is a set of passages by ordinal: those that a search may find. It
// must not change once a search has been given it, and is best kept for the
// next ones, because a Set remembers what it has worked out for it.
type Permit struct {
	words []uint64
	n     int
	all   bool
}

// Everything permits all passages.
func Everything() *Permit { return everything }

var everything = &Permit{all: true}

// Add permits a passage.
func (p *Permit) Add(ordinal uint32) { p.AddSpan(ordinal, 1) }

// AddSpan permits n passages from first on.
func (p *Permit) AddSpan(first, n uint32) {
	end := min(uint64(first)+uint64(n), 1<<32)
	if last := int((end + 63) / 64); last > len(p.words) {
		p.words = append(p.words, make([]uint64, last-len(p.words))...)
	}
	for o := uint64(first); o < end; {
		w, from := o/64, o%64
		to := min(64, from+end-o)
		mask := ^uint64(0) << from
		if to < 64 {
			mask &= 1<<to - 1
		}
		p.n += bits.OnesCount64(mask &^ p.words[w])
		p.words[w] |= mask
		o += to - from
	}
}

// Has tells whether a passage is permitted.
func (p *Permit) Has(ordinal uint32) bool {
	if p.all {
		return true
	}
	w := int(ordinal / 64)
	return w < len(p.words) && p.words[w]&(1<<(ordinal%64)) != 0
}

// Len is how many passages are permitted, those without a vector included; of
// Everything it is 0.
func (p *Permit) Len() int { return p.n }
