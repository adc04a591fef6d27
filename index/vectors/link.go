package vectors

import (
	"slices"
	"sync/atomic"
)

// allocateLinks makes room for the links of slots up to end. Only the linker
// calls it, before any link leads to them.
func (b *body) allocateLinks(end uint32) {
	for i, c := range b.chunks() {
		if uint32(i<<chunkBits) < end && c.links == nil {
			c.links = newLinks(i)
		}
	}
}

// link brings a slot into the graph, on each layer that it has. Slots may be
// linked side by side.
func (w *walker) link(slot uint32) {
	b, level := w.body, levelOf(slot)
	own := b.at(w.chunks, slot)
	w.begin(own)
	w.scale = own.scale // candidates are compared with each other too
	if b.enter(slot, level, true) {
		return
	}
	if level > 0 && w.enterLowest() { // the lowest layer tells whether there is a twin
		w.walk(w.starts, upperLinks, 0)
		if w.linkTwin(slot, own) {
			return
		}
	}
	layer := 0
	if level == 0 {
		w.enterLowest()
	} else {
		var at uint32
		at, layer, _ = w.descend(level)
		w.enterAt(at)
	}
	for ; layer >= 0; layer-- {
		w.walk(w.starts, buildWidth, layer)
		if level == 0 && w.linkTwin(slot, own) {
			return
		}
		w.enterAll()
		w.chosen = append(w.chosen[:0], w.choose(w.pool.keys, upperLinks)...)
		lock := &b.locks[slot%stripes]
		lock.Lock()
		setList(w.links(slot, layer), w.chosen)
		lock.Unlock()
		for _, s := range w.chosen {
			w.linkBack(s, slot, layer)
		}
	}
	b.enter(slot, level, false)
}

// linkTwin chains a slot to one of the nearest in the pool whose vector is
// equal to its own, and tells whether there is one.
func (w *walker) linkTwin(slot uint32, own Quantized) bool {
	for _, k := range w.pool.keys[:min(4, len(w.pool.keys))] {
		first := k.slot()
		if !w.body.at(w.chunks, first).equals(own) {
			continue
		}
		lock := &w.body.locks[first%stripes]
		lock.Lock()
		defer lock.Unlock()
		from := &w.chunks[first>>chunkBits].links.twin[first%chunkSize]
		atomic.StoreUint32(&w.chunks[slot>>chunkBits].links.twin[slot%chunkSize], *from)
		atomic.StoreUint32(from, slot)
		w.body.twins.Add(1)
		return true
	}
	return false
}

// enter makes a slot the entry if its level is higher than the entry's, or if
// there is none yet, which alone counts with first. It tells whether it did.
func (b *body) enter(slot uint32, level int, first bool) bool {
	if e := b.entry.Load(); e != 0 && (first || int(e>>32) >= level) {
		return false
	}
	b.entering.Lock()
	defer b.entering.Unlock()
	if e := b.entry.Load(); e != 0 && (first || int(e>>32) >= level) {
		return false
	}
	b.entry.Store(uint64(level)<<32 | uint64(slot+1))
	return true
}

// linkBack gives a slot the link to a new one, choosing anew among all where
// its list is full.
func (w *walker) linkBack(slot, to uint32, layer int) {
	lock := &w.body.locks[slot%stripes]
	lock.Lock()
	defer lock.Unlock()
	list := w.links(slot, layer)
	if appendLink(list, to) {
		return
	}
	l := &w.list
	l.n = 0
	for _, s := range list {
		if s < w.n {
			l.add(s, w.body.row(w.chunks, s))
		}
	}
	l.add(to, w.body.row(w.chunks, to))
	own := w.body.at(w.chunks, slot)
	l.dotGather(own.hi)
	w.spare = w.spare[:0]
	for i := range l.n {
		w.spare = append(w.spare, w.keyAt(l, i, own.scale))
	}
	slices.SortFunc(w.spare, func(a, b key) int {
		if a > b {
			return -1
		}
		return 1
	})
	setList(list, w.choose(w.spare, len(list)))
}

// choose takes up to limit of the candidates, which are ordered by their nearness
// to a slot: each that is nearer to the slot than to all chosen before (algorithm
// 4 of the paper), so that links lead out of a cluster too. The result is good
// until the next call.
func (w *walker) choose(candidates []key, limit int) []uint32 {
	kept := &w.kept
	kept.n = 0
	for _, k := range candidates {
		if kept.n == limit {
			break
		}
		s := k.slot()
		row, scale, near := w.body.row(w.chunks, s), w.chunks[s>>chunkBits].scales[s%chunkSize], k.similarity()
		kept.dotGather(row)
		good := true
		for i := range kept.n {
			other := kept.ids[i]
			if float32(kept.dots[i])*w.chunks[other>>chunkBits].scales[other%chunkSize]*scale > near {
				good = false
				break
			}
		}
		if good {
			kept.add(s, row)
		}
	}
	return kept.ids[:kept.n]
}
