package vectors

import (
	"math/bits"
	"sync/atomic"
)

// The graph is the hierarchical navigable small world of Malkov and Yashunin
// (arXiv:1603.09320), flat: links are slots in arrays beside the vectors. Its
// numbers are those that hnswlib's users start from.
const (
	upperLinks  = 16 // M: links of a slot on each layer but the lowest
	lowestLinks = 32 // M0: on the lowest layer
	buildWidth  = 200
	maxLevel    = 7

	// none ends a list of links that isn't full.
	none = ^uint32(0)
)

// levelOf is the highest layer of a slot. A layer holds a sixteenth of the one
// below, by the bits of a mixed slot number rather than by chance, so that
// nothing about layers has to be kept.
func levelOf(slot uint32) int {
	x := uint64(slot)*0x9e3779b97f4a7c15 + 0x9e3779b97f4a7c15 // Steele, Lea and Flood, SplitMix64
	x = (x ^ x>>30) * 0xbf58476d1ce4e5b9
	x = (x ^ x>>27) * 0x94d049bb133111eb
	return min(bits.TrailingZeros64(x^x>>31)/4, maxLevel)
}

// links are those of a chunk's slots. Each list is read and written by atomic
// operations, so that searches go beside the linker: what they see of a list
// that is being changed are links that it had before or has now.
type links struct {
	lowest [chunkSize * lowestLinks]uint32
	at     [chunkSize]uint16 // where the upper layers of a slot begin, in lists
	upper  []uint32

	// twin chains the slots whose vectors are equal to that of one in the
	// graph: they have no links. Linked among each other, more of them than
	// a list holds would be an island.
	twin [chunkSize]uint32
}

func newLinks(number int) *links {
	l := blankLinks(number, listsOf(number))
	for i := range l.lowest {
		l.lowest[i] = none
	}
	for i := range l.upper {
		l.upper[i] = none
	}
	return l
}

// blankLinks are those of a chunk with so many lists on upper layers, which are
// still to be filled.
func blankLinks(number, lists int) *links {
	l, n := &links{upper: make([]uint32, lists*upperLinks)}, 0
	for i := range l.at {
		l.at[i], l.twin[i] = uint16(n), none
		n += levelOf(uint32(number<<chunkBits + i))
	}
	return l
}

// list is the links of a slot on a layer that it has.
func (l *links) list(slot uint32, layer int) []uint32 {
	i := int(slot % chunkSize)
	if layer == 0 {
		return l.lowest[i*lowestLinks : (i+1)*lowestLinks : (i+1)*lowestLinks]
	}
	from := (int(l.at[i]) + layer - 1) * upperLinks
	return l.upper[from : from+upperLinks : from+upperLinks]
}

// setList replaces a list.
func setList(list, slots []uint32) {
	for i := range list {
		s := none
		if i < len(slots) {
			s = slots[i]
		}
		atomic.StoreUint32(&list[i], s)
	}
}

// appendLink adds to a list that has room, and tells whether it had. The caller
// holds the slot's lock.
func appendLink(list []uint32, slot uint32) bool {
	for i := range list {
		if list[i] == none {
			atomic.StoreUint32(&list[i], slot)
			return true
		}
	}
	return false
}

// unpackEntry is the layer and slot in body.entry; ok is false while the graph is empty.
func unpackEntry(e uint64) (slot uint32, layer int, ok bool) {
	return uint32(e) - 1, int(e >> 32), e != 0
}
