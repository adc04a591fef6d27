package vectors

// sumUnit makes integers of what is summed up: their sum is the same in
// whatever order vectors lie.
const sumUnit = 1 << 24

// offer gives a passage its place among the best. Of equally near ones the
// lower ordinal is first, so that an order does not depend on where a vector
// lies.
func (w *walker) offer(similarity float32, ordinal uint32) {
	if ordinal == 0 {
		return // removed meanwhile
	}
	if k := keyOf(similarity, 0) | key(^ordinal); w.best.takes(k) {
		w.best.insert(k)
	}
}

// compare offers all permitted vectors, and sums up their similarities.
func (w *walker) compare(v *view) {
	w.sum, w.summed = 0, 0
	if v.list != nil {
		w.compareList(v.list, true)
		return
	}
	w.compareRuns(v, 0, v.n, false)
}

// compareTail offers the permitted slots from first on that the walk before has
// not seen.
func (w *walker) compareTail(v *view, first uint32) { w.compareRuns(v, first, v.n, true) }

// compareRuns scores runs of neighbours at once.
func (w *walker) compareRuns(v *view, first, end uint32, unseen bool) {
	wanted := func(slot uint32) bool {
		return (v.in == nil || v.in.has(slot)) && !(unseen && w.seen[slot] == w.mark)
	}
	for slot := first; slot < end; slot++ {
		if !wanted(slot) {
			continue
		}
		chunkEnd := min(slot&^(chunkSize-1)+chunkSize, end)
		past := slot + 1
		for past < chunkEnd && wanted(past) {
			past++
		}
		w.compareRun(slot, int(past-slot))
		slot = past - 1
	}
}

// compareRun scores n neighbours in one chunk.
func (w *walker) compareRun(slot uint32, n int) {
	c, i := w.chunks[slot>>chunkBits], int(slot%chunkSize)
	if w.dots == nil {
		w.dots = new([chunkSize]int32)
	}
	dotRows(w.q, c.hi[i*w.body.stride:(i+n)*w.body.stride], w.dots[:n])
	for j := range n {
		w.take(w.dots[j], c.scales[i+j], ordinalIn(c, slot+uint32(j)), true)
	}
}

// compareList scores slots that lie anywhere; offered tells whether they are
// wanted among the best too.
func (w *walker) compareList(slots []uint32, offered bool) {
	l := &w.list
	for len(slots) > 0 {
		l.n = 0
		for _, slot := range slots[:min(gatherMost, len(slots))] {
			l.add(slot, w.body.row(w.chunks, slot))
		}
		slots = slots[l.n:]
		l.dotGather(w.q)
		for i := range l.n {
			slot := l.ids[i]
			c := w.chunks[slot>>chunkBits]
			w.take(l.dots[i], c.scales[slot%chunkSize], ordinalIn(c, slot), offered)
		}
	}
}

// take sums up one vector's similarity and offers it.
func (w *walker) take(dot int32, scale float32, ordinal uint32, offered bool) {
	w.sum += int64(float64(dot) * float64(scale) * sumUnit)
	w.summed++
	if offered {
		w.offer(float32(dot)*scale, ordinal)
	}
}
