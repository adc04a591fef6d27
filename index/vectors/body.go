package vectors

import (
	"sync"
	"sync/atomic"
)

// chunkSize is how many vectors lie one after the other in memory. Chunks let
// a body grow without copying what is there, beside searches.
const (
	chunkBits = 10
	chunkSize = 1 << chunkBits
)

// chunk holds the vectors of chunkSize slots, each row padded to the stride.
type chunk struct {
	hi, lo   []int8
	scales   [chunkSize]float32
	ordinals [chunkSize]uint32 // atomic; 0 for a slot that nobody has (any more)
	tags     [chunkSize]tag
	links    *links // nil until the linker comes by
}

// tag is the beginning of the SHA-256 of a text, by which a snapshot's vector is
// told from that of another text. All zero says that it isn't known.
type tag [16]byte

// body is the vectors of a set in the order in which they came, and the graph
// over them. Slots are written once: who replaces a vector gives up its slot
// and takes a new one. So searches and the linker read without a lock what lies
// below n; only one goroutine at a time adds or removes (Set.mu).
type body struct {
	dim, stride int
	dir         atomic.Pointer[[]*chunk] // grows by copy
	n           atomic.Uint32            // slots in use
	linked      atomic.Uint32            // slots that the graph has: the first ones
	entry       atomic.Uint64            // where searches enter the graph: level<<32 | slot+1
	twins       atomic.Uint32            // slots in chains
	entering    sync.Mutex               // held to change entry
	locks       [stripes]sync.Mutex      // of slots' links

	// guarded by Set.mu
	slots slotPages
	live  int
}

// stripes is how many locks slots share.
const stripes = 1024

func newBody(dim int) *body {
	b := &body{dim: dim, stride: stride(dim)}
	b.dir.Store(new([]*chunk))
	return b
}

// chunks lists what there is for slots below the n that was read before.
func (b *body) chunks() []*chunk { return *b.dir.Load() }

// grow makes room for a slot.
func (b *body) grow(slot uint32) *chunk {
	chunks := b.chunks()
	for int(slot>>chunkBits) >= len(chunks) {
		both := make([]int8, 2*chunkSize*b.stride)
		c := &chunk{hi: both[: len(both)/2 : len(both)/2], lo: both[len(both)/2:]}
		chunks = append(chunks[:len(chunks):len(chunks)], c)
	}
	b.dir.Store(&chunks)
	return chunks[slot>>chunkBits]
}

// reserve makes room for so many chunks in one piece, in large pages where the
// system has them: taking 200,000 small ones for a million vectors takes longer
// than reading what goes there.
func (b *body) reserve(number int) {
	each := chunkSize * b.stride
	all := make([]int8, 2*each*number)
	largePages(bytesOf(all))
	chunks := make([]*chunk, number)
	for i := range chunks {
		both := all[2*each*i : 2*each*(i+1) : 2*each*(i+1)]
		chunks[i] = &chunk{hi: both[:each:each], lo: both[each:]}
	}
	b.dir.Store(&chunks)
}

// add puts a vector into the next slot. The caller holds Set.mu.
func (b *body) add(ordinal uint32, q Quantized) {
	slot := b.n.Load()
	c, i := b.grow(slot), int(slot%chunkSize)
	copy(c.hi[i*b.stride:][:b.stride], q.hi)
	copy(c.lo[i*b.stride:][:b.stride], q.lo)
	c.scales[i], c.tags[i] = q.scale, q.tag
	atomic.StoreUint32(&c.ordinals[i], ordinal)
	b.slots.set(ordinal, slot+1)
	b.live++
	b.n.Store(slot + 1)
}

// remove gives up a passage's slot, if it has one. The caller holds Set.mu.
func (b *body) remove(ordinal uint32) bool {
	slot, ok := b.slots.get(ordinal)
	if !ok {
		return false
	}
	b.slots.set(ordinal, 0)
	atomic.StoreUint32(&b.chunks()[slot>>chunkBits].ordinals[slot%chunkSize], 0)
	b.live--
	return true
}

// dead is the number of slots given up. The caller holds Set.mu.
func (b *body) dead() int { return int(b.n.Load()) - b.live }

// row is the first digits of a slot's vector.
func (b *body) row(chunks []*chunk, slot uint32) []int8 {
	from := int(slot%chunkSize) * b.stride
	return chunks[slot>>chunkBits].hi[from : from+b.stride : from+b.stride]
}

// at is the vector in a slot, in the body's own memory.
func (b *body) at(chunks []*chunk, slot uint32) Quantized {
	c, from := chunks[slot>>chunkBits], int(slot%chunkSize)*b.stride
	return Quantized{
		dim: b.dim, scale: c.scales[slot%chunkSize], tag: c.tags[slot%chunkSize],
		hi: c.hi[from : from+b.stride], lo: c.lo[from : from+b.stride],
	}
}

// ordinalOf is the passage in a slot, 0 if it was given up.
func ordinalOf(chunks []*chunk, slot uint32) uint32 {
	return ordinalIn(chunks[slot>>chunkBits], slot)
}

func ordinalIn(c *chunk, slot uint32) uint32 { return atomic.LoadUint32(&c.ordinals[slot%chunkSize]) }

// slotPages is an array of slot+1 by ordinal that takes memory only where
// ordinals are used.
type slotPages [][]uint32

func (p slotPages) get(ordinal uint32) (slot uint32, ok bool) {
	if n := int(ordinal >> chunkBits); n < len(p) && p[n] != nil {
		slot = p[n][ordinal%chunkSize]
	}
	return slot - 1, slot != 0
}

func (p *slotPages) set(ordinal, slot uint32) {
	n := int(ordinal >> chunkBits)
	if n >= len(*p) {
		*p = append(*p, make([][]uint32, n+1-len(*p))...)
	}
	if (*p)[n] == nil {
		(*p)[n] = make([]uint32, chunkSize)
	}
	(*p)[n][ordinal%chunkSize] = slot
}
