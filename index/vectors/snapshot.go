package vectors

import (
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"math"
	"os"
	"path/filepath"
	"sync/atomic"
	"unsafe"
)

// A snapshot is the linked part of a body as it lies in memory, numbers
// little-endian:
//
//	header  96 bytes: magic 8, version 4, dim 4, chunk size 4, links of a list on
//	        the lowest and on the other layers 4 and 4, slots 4, entry 8 (layer 4,
//	        slot+1 4), stamp 20, SHA-256 of the embedder's id 32, CRC-32C 4
//	block   for each chunk: ordinals 4 each, scales 4, tags 16, slot of the first
//	        vector that is equal to this one 4, first digits, second digits, links of
//	        the lowest layer, links of the other layers, CRC-32C of the number of the
//	        chunk (4 bytes) and all this
//
// A block holds all slots of its chunk, used or not, so that its length follows
// from its number.
const (
	snapshotMagic   = "coffregr"
	snapshotVersion = 1
	headerSize      = 96
)

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// header is what a snapshot begins with.
type header struct {
	dim   int
	n     uint32
	entry uint64
	stamp stamp
	id    [32]byte
}

func (h header) encode() []byte {
	b := make([]byte, headerSize)
	e := binary.LittleEndian
	copy(b, snapshotMagic)
	for i, v := range []uint32{snapshotVersion, uint32(h.dim), chunkSize, lowestLinks, upperLinks, h.n, uint32(h.entry), uint32(h.entry >> 32)} {
		e.PutUint32(b[8+4*i:], v)
	}
	copy(b[40:], h.stamp.file[:])
	e.PutUint64(b[52:], h.stamp.tx)
	copy(b[60:], h.id[:])
	e.PutUint32(b[92:], crc32.Checksum(b[:92], castagnoli))
	return b
}

// decodeHeader reads what encode has written. Errors: ErrCorrupt.
func decodeHeader(b []byte) (h header, err error) {
	e := binary.LittleEndian
	if len(b) != headerSize || string(b[:8]) != snapshotMagic || e.Uint32(b[92:]) != crc32.Checksum(b[:92], castagnoli) {
		return h, fmt.Errorf("header of a snapshot: %w", ErrCorrupt)
	}
	h = header{dim: int(e.Uint32(b[12:])), n: e.Uint32(b[28:]), entry: e.Uint64(b[32:]), id: [32]byte(b[60:92])}
	h.stamp = stamp{file: [12]byte(b[40:]), tx: e.Uint64(b[52:])}
	same := e.Uint32(b[8:]) == snapshotVersion && e.Uint32(b[16:]) == chunkSize &&
		e.Uint32(b[20:]) == lowestLinks && e.Uint32(b[24:]) == upperLinks
	slot, layer, entered := unpackEntry(h.entry)
	if !same || h.dim < 1 || h.dim > MaxDim || h.n == 0 || h.n > 1<<30 || !entered || slot >= h.n || layer != levelOf(slot) {
		return h, fmt.Errorf("a snapshot of another form: %w", ErrCorrupt)
	}
	return h, nil
}

// listsOf is how many lists on upper layers a chunk has.
func listsOf(number int) (lists int) {
	for i := range uint32(chunkSize) {
		lists += levelOf(uint32(number<<chunkBits) + i)
	}
	return lists
}

// blockSize is the length of a chunk's block.
func blockSize(dim, lists int) int {
	return chunkSize*(4+4+16+4+2*stride(dim)+4*lowestLinks) + 4*upperLinks*lists + 4
}

// bytesOf is the memory of digits as bytes.
func bytesOf(v []int8) []byte {
	return unsafe.Slice((*byte)(unsafe.Pointer(unsafe.SliceData(v))), len(v))
}

// writeSnapshot writes the linked slots of a body to path, which holds the old
// content or the new one whole, whenever the machine stops. Vectors may come and
// go meanwhile.
func (b *body) writeSnapshot(path string, id [32]byte) (err error) {
	n, entry := b.linked.Load(), b.entry.Load()
	if slot, _, _ := unpackEntry(entry); slot >= n {
		return fmt.Errorf("write snapshot: the entry isn't linked yet")
	}
	f, err := os.CreateTemp(filepath.Dir(path), filepath.Base(path)+".*")
	if err != nil {
		return fmt.Errorf("write snapshot: %w", err)
	}
	defer func() {
		if err != nil {
			f.Close()
			os.Remove(f.Name())
			err = fmt.Errorf("write snapshot: %w", err)
		}
	}()
	if _, err = f.Write(header{dim: b.dim, n: n, entry: entry, id: id}.encode()); err != nil {
		return err
	}
	chunks, firsts := b.chunks(), b.firstTwins(n)
	var block []byte
	for i := 0; i<<chunkBits < int(n); i++ {
		block = appendBlock(block[:0], chunks[i], i, n, firsts)
		if _, err = f.Write(block); err != nil {
			return err
		}
	}
	if err = f.Sync(); err != nil {
		return err
	}
	if err = f.Close(); err != nil {
		return err
	}
	if err = os.Rename(f.Name(), path); err != nil {
		return err
	}
	return syncDir(filepath.Dir(path))
}

func syncDir(path string) error {
	d, err := os.Open(path)
	if err != nil {
		return err
	}
	defer d.Close()
	return d.Sync()
}

// firstTwins says of each slot in a chain of equal vectors which one is first.
func (b *body) firstTwins(n uint32) map[uint32]uint32 {
	chunks := b.chunks()
	next := func(slot uint32) uint32 {
		return atomic.LoadUint32(&chunks[slot>>chunkBits].links.twin[slot%chunkSize])
	}
	firsts, follows := map[uint32]uint32{}, map[uint32]bool{}
	for slot := range n {
		if t := next(slot); t != none {
			follows[t] = true
		}
	}
	for slot := range n {
		if follows[slot] {
			continue
		}
		for t := next(slot); t != none; t = next(t) {
			if t < n {
				firsts[t] = slot
			}
		}
	}
	return firsts
}

// appendBlock encodes a chunk. Links to slots that aren't in the snapshot are
// left out.
func appendBlock(out []byte, c *chunk, number int, n uint32, firsts map[uint32]uint32) []byte {
	e := binary.LittleEndian
	for i := range c.ordinals {
		o := uint32(0)
		if uint32(number<<chunkBits+i) < n {
			o = atomic.LoadUint32(&c.ordinals[i])
		}
		out = e.AppendUint32(out, o)
	}
	used := min(chunkSize, int(n)-number<<chunkBits) // beyond, somebody may be writing
	for i := range used {
		out = e.AppendUint32(out, math.Float32bits(c.scales[i]))
	}
	out = append(out, make([]byte, 4*(chunkSize-used))...)
	for i := range used {
		out = append(out, c.tags[i][:]...)
	}
	out = append(out, make([]byte, 16*(chunkSize-used))...)
	for i := range uint32(chunkSize) {
		first, ok := firsts[uint32(number<<chunkBits)+i]
		if !ok {
			first = none
		}
		out = e.AppendUint32(out, first)
	}
	for _, digits := range [][]int8{c.hi, c.lo} {
		end := used * (len(digits) / chunkSize)
		out = append(out, bytesOf(digits[:end])...)
		out = append(out, make([]byte, len(digits)-end)...)
	}
	out = appendLists(out, c.links.lowest[:], lowestLinks, n)
	out = appendLists(out, c.links.upper, upperLinks, n)
	return e.AppendUint32(out, blockSum(number, out))
}

func appendLists(out []byte, all []uint32, length int, n uint32) []byte {
	for ; len(all) > 0; all = all[length:] {
		kept := 0
		for i := range length {
			if s := atomic.LoadUint32(&all[i]); s < n {
				out = binary.LittleEndian.AppendUint32(out, s)
				kept++
			}
		}
		for ; kept < length; kept++ {
			out = binary.LittleEndian.AppendUint32(out, none)
		}
	}
	return out
}

func blockSum(number int, block []byte) uint32 {
	var at [4]byte
	binary.LittleEndian.PutUint32(at[:], uint32(number))
	return crc32.Update(crc32.Checksum(at[:], castagnoli), castagnoli, block)
}
