package index

import (
	"container/heap"
	"sort"
)

// candidate is a passage that may become a hit.
type candidate struct {
	score   float64
	number  uint32
	ordinal uint32
	doc     uint32
}

// before orders candidates: higher score first, then lower ordinal, so that
// the order does not depend on how segments were merged.
func (c candidate) before(o candidate) bool {
	if c.score != o.score {
		return c.score > o.score
	}
	return c.ordinal < o.ordinal
}

// topK keeps the best candidates offered, in a heap whose root is the worst.
type topK struct {
	limit int
	kept  worstFirst
}

type worstFirst []candidate

func (h worstFirst) Len() int           { return len(h) }
func (h worstFirst) Less(i, j int) bool { return h[j].before(h[i]) }
func (h worstFirst) Swap(i, j int)      { h[i], h[j] = h[j], h[i] }
func (h *worstFirst) Push(x any)        { *h = append(*h, x.(candidate)) }
func (h *worstFirst) Pop() any {
	old := *h
	last := old[len(old)-1]
	*h = old[:len(old)-1]
	return last
}

func (t *topK) full() bool       { return len(t.kept) >= t.limit }
func (t *topK) worst() candidate { return t.kept[0] }

func (t *topK) offer(c candidate) {
	switch {
	case !t.full():
		heap.Push(&t.kept, c)
	case c.before(t.worst()):
		t.kept[0] = c
		heap.Fix(&t.kept, 0)
	}
}

// sorted returns the kept candidates, best first.
func (t *topK) sorted() []candidate {
	sort.Slice(t.kept, func(i, j int) bool { return t.kept[i].before(t.kept[j]) })
	return t.kept
}
