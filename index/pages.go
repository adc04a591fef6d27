package index

import "iter"

// pages is an array by ordinal that takes memory only where ordinals are used.
// The zero value is empty.
type pages[T any] struct{ page []*[pageSize]T }

const (
	pageBits = 10
	pageSize = 1 << pageBits
)

// get returns the value at an ordinal, the zero value where none was set.
func (p *pages[T]) get(ordinal uint32) T {
	n := ordinal >> pageBits
	if int(n) >= len(p.page) || p.page[n] == nil {
		var zero T
		return zero
	}
	return p.page[n][ordinal%pageSize]
}

// peek returns the place of an ordinal, nil where no memory was taken for it.
func (p *pages[T]) peek(ordinal uint32) *T {
	n := ordinal >> pageBits
	if int(n) >= len(p.page) || p.page[n] == nil {
		return nil
	}
	return &p.page[n][ordinal%pageSize]
}

// at returns the place of an ordinal, making room for it.
func (p *pages[T]) at(ordinal uint32) *T {
	n := int(ordinal >> pageBits)
	if n >= len(p.page) {
		p.page = append(p.page, make([]*[pageSize]T, n+1-len(p.page))...)
	}
	if p.page[n] == nil {
		p.page[n] = new([pageSize]T)
	}
	return &p.page[n][ordinal%pageSize]
}

// size is one more than the highest ordinal that there may be a value at.
func (p *pages[T]) size() int { return len(p.page) << pageBits }

// all yields every place that memory was taken for, in ascending order.
func (p *pages[T]) all() iter.Seq2[uint32, *T] {
	return func(yield func(uint32, *T) bool) {
		for n, page := range p.page {
			if page == nil {
				continue
			}
			for i := range page {
				if !yield(uint32(n<<pageBits+i), &page[i]) {
					return
				}
			}
		}
	}
}
