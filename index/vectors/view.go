package vectors

import (
	"math/bits"
	"slices"
	"sync"
)

// view is what a permit comes to in a body at one moment.
type view struct {
	permit  *Permit
	body    *body
	version uint64

	n      uint32   // slots looked at
	count  int      // permitted ones
	list   []uint32 // all of them, ascending, where they are few enough to be compared
	whole  bool     // every passage is permitted
	in     bitmap   // by slot; nil if every slot is permitted
	sample []uint32 // of them, if there are more than exactWithin
}

// sampleSize is about how many vectors the mean is taken from, where not from
// all that are permitted. The cosines of passages with a question are spread by
// some 0.1, so that the mean of 256 is right within 0.006.
const sampleSize = 256

// viewsKept is how many permits a set remembers.
const viewsKept = 16

type viewCache struct {
	mu   sync.Mutex
	kept []*view // the one used last at the end
}

func (c *viewCache) find(p *Permit, b *body, version uint64) *view {
	c.mu.Lock()
	defer c.mu.Unlock()
	for i, v := range c.kept {
		if v.permit == p && v.body == b && v.version == version {
			copy(c.kept[i:], c.kept[i+1:])
			c.kept[len(c.kept)-1] = v
			return v
		}
	}
	return nil
}

func (c *viewCache) add(v *view) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.kept = slices.DeleteFunc(c.kept, func(o *view) bool {
		return o.permit == v.permit || o.body != v.body || o.version != v.version
	})
	if len(c.kept) == viewsKept {
		c.kept = slices.Delete(c.kept, 0, 1)
	}
	c.kept = append(c.kept, v)
}

// view works out a permit, or remembers it.
func (s *Set) view(p *Permit) *view {
	s.mu.RLock()
	b, version, n, dead := s.cur.Load(), s.version, uint32(0), 0
	n, dead = b.n.Load(), b.dead()
	s.mu.RUnlock()
	if v := s.views.find(p, b, version); v != nil {
		return v
	}
	v := &view{permit: p, body: b, version: version, n: n}
	if !p.all && p.n < int(n)/8 {
		s.look(v)
	} else {
		v.mark()
	}
	v.draw(s.knobs.exactWithin)
	v.whole = v.count == int(n)-dead
	if v.whole && dead == 0 {
		v.in = nil
	}
	if s.knobs.listed(v.count, int(n)-dead) {
		v.enumerate()
	}
	s.views.add(v)
	return v
}

// look finds the permitted slots of a narrow permit by ordinal.
func (s *Set) look(v *view) {
	v.in = make(bitmap, (v.n+63)/64)
	s.mu.RLock()
	defer s.mu.RUnlock()
	for i, w := range v.permit.words {
		for ; w != 0; w &= w - 1 {
			slot, ok := v.body.slots.get(uint32(i*64 + bits.TrailingZeros64(w)))
			if ok && slot < v.n {
				v.in.add(slot)
				v.count++
			}
		}
	}
}

// mark finds the permitted slots of a wide one by slot.
func (v *view) mark() {
	v.in = make(bitmap, (v.n+63)/64)
	for i, c := range v.body.chunks() {
		first := uint32(i << chunkBits)
		if first >= v.n {
			break
		}
		for slot := first; slot < min(first+chunkSize, v.n); slot++ {
			if o := ordinalIn(c, slot); o != 0 && v.permit.Has(o) {
				v.in.add(slot)
				v.count++
			}
		}
	}
}

// each calls fn for the permitted slots, in ascending order.
func (v *view) each(fn func(slot uint32)) {
	if v.in == nil {
		for slot := range v.n {
			fn(slot)
		}
		return
	}
	for i, w := range v.in {
		for ; w != 0; w &= w - 1 {
			fn(uint32(i*64 + bits.TrailingZeros64(w)))
		}
	}
}

func (v *view) enumerate() {
	v.list = make([]uint32, 0, v.count)
	v.each(func(slot uint32) { v.list = append(v.list, slot) })
}

// draw takes the sample: those whose mixed ordinal is low. Which they are
// depends on nothing but ordinals that are permitted, and not on the order in
// which they came.
func (v *view) draw(exactWithin int) {
	if v.count <= exactWithin {
		return
	}
	limit := uint32(uint64(sampleSize) << 32 / uint64(v.count))
	chunks := v.body.chunks()
	v.each(func(slot uint32) {
		if mixed(ordinalOf(chunks, slot)) < limit {
			v.sample = append(v.sample, slot)
		}
	})
}

// mixed spreads ordinals evenly (the finalizer of Appleby's MurmurHash3).
func mixed(x uint32) uint32 {
	x = (x ^ x>>16) * 0x85ebca6b
	x = (x ^ x>>13) * 0xc2b2ae35
	return x ^ x>>16
}
