package vectors

import "math"

// key orders slots by nearness in one comparison of integers: the similarity
// above, then the slot, and in the lowest bit a mark of whoever keeps the key.
type key uint64

const marked key = 1

func keyOf(similarity float32, slot uint32) key {
	b := math.Float32bits(similarity)
	if b>>31 != 0 {
		b = ^b
	} else {
		b |= 1 << 31
	}
	return key(b)<<32 | key(slot)<<1
}

func (k key) slot() uint32 { return uint32(k) >> 1 }

func (k key) similarity() float32 {
	b := uint32(k >> 32)
	if b>>31 != 0 {
		return math.Float32frombits(b &^ (1 << 31))
	}
	return math.Float32frombits(^b)
}

// pool holds the nearest of what it is offered, nearest first, at most width.
// Moving some hundred integers is quicker than the branches of a heap.
type pool struct {
	keys  []key
	width int
}

func (p *pool) reset(width int) {
	if cap(p.keys) < width {
		p.keys = make([]key, 0, width)
	}
	p.keys, p.width = p.keys[:0], width
}

func (p *pool) full() bool { return len(p.keys) == p.width }

// takes tells whether a key would find a place.
func (p *pool) takes(k key) bool { return !p.full() || k > p.keys[len(p.keys)-1] }

// insert gives a key that the pool takes its place and returns which.
func (p *pool) insert(k key) int {
	n := len(p.keys)
	if n == p.width {
		n--
	}
	low, high := 0, n
	for low < high {
		if middle := int(uint(low+high) >> 1); p.keys[middle] > k {
			low = middle + 1
		} else {
			high = middle
		}
	}
	p.keys = p.keys[:n+1]
	copy(p.keys[low+1:], p.keys[low:n])
	p.keys[low] = k
	return low
}

// heap gives back the nearest first.
type heap []key

func (h *heap) push(k key) {
	*h = append(*h, k)
	s := *h
	i := len(s) - 1
	for i > 0 {
		parent := (i - 1) / 2
		if s[parent] >= k {
			break
		}
		s[i] = s[parent]
		i = parent
	}
	s[i] = k
}

func (h *heap) pop() key {
	s := *h
	top, last := s[0], s[len(s)-1]
	s = s[:len(s)-1]
	*h = s
	i := 0
	for child := 1; child < len(s); child = 2*i + 1 {
		if child+1 < len(s) && s[child+1] > s[child] {
			child++
		}
		if last >= s[child] {
			break
		}
		s[i] = s[child]
		i = child
	}
	if len(s) > 0 {
		s[i] = last
	}
	return top
}
