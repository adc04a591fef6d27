package vectors

// The way down to the lowest layer decides which of many clusters a walk gets
// to see: who goes to the nearest link alone (hnswlib does) ends up in another
// cluster for some questions, and none of the true nearest is found. So the
// layer above the lowest, a sixteenth of all, is walked with several candidates,
// and the lowest one is entered at all of them. Measured at a million × 384 in
// 2,000 clusters, width 64: recall@10 is 0.971 without, 0.988 with 8 candidates,
// 0.995 with 32; more find no more.
const (
	entryMost  = 32
	entryShift = 15 // one for so many slots, as an exponent of 2
)

// entryWidth is how many candidates are kept on the layer above the lowest. A
// small graph has few clusters to confuse.
func entryWidth(slots uint32) int { return int(min(max(1, slots>>entryShift), entryMost)) }

// enterAt makes a slot the only start of the next walk.
func (w *walker) enterAt(slot uint32) { w.starts = append(w.starts[:0], w.scoreOne(slot)) }

// enterAll makes all that the last walk has found starts of the next.
func (w *walker) enterAll() {
	w.starts = w.starts[:0]
	for _, k := range w.pool.keys {
		w.starts = append(w.starts, k&^marked)
	}
}

// enterLowest finds where a walk over the lowest layer starts; it returns false
// if this one can't enter.
func (w *walker) enterLowest() bool {
	at, layer, ok := w.descend(1)
	if !ok {
		return false
	}
	w.enterAt(at)
	if layer == 1 {
		w.walk(w.starts, entryWidth(w.n), 1)
		w.enterAll()
	}
	return true
}
