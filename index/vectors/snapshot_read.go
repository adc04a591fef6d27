package vectors

import (
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"math"
	"os"
	"sync"
	"unsafe"
)

// readSnapshot reads what writeSnapshot has written. No passage has a slot yet:
// which ones still do is for the caller to say (body.hold). Errors: ErrCorrupt
// for anything that isn't whole, of this form and of this embedder; what the file
// system says.
func readSnapshot(path string, id [32]byte, dim int) (b *body, of stamp, err error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, stamp{}, fmt.Errorf("open snapshot: %w", err)
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return nil, stamp{}, fmt.Errorf("open snapshot: %w", err)
	}
	if !info.Mode().IsRegular() {
		return nil, stamp{}, fmt.Errorf("snapshot is no file: %w", ErrCorrupt)
	}
	readAhead(f)
	return decodeSnapshot(f, info.Size(), id, dim)
}

// readHeader reads the beginning of a snapshot.
func readHeader(r io.ReaderAt) (header, error) {
	var b [headerSize]byte
	if _, err := r.ReadAt(b[:], 0); err != nil {
		return header{}, fmt.Errorf("read header of a snapshot: %w", errors.Join(err, ErrCorrupt))
	}
	return decodeHeader(b[:])
}

func decodeSnapshot(r io.ReaderAt, size int64, id [32]byte, dim int) (*body, stamp, error) {
	h, err := readHeader(r)
	if err != nil {
		return nil, stamp{}, err
	}
	if h.id != id || h.dim != dim {
		return nil, stamp{}, fmt.Errorf("snapshot of another embedder: %w", ErrCorrupt)
	}
	number := int((h.n + chunkSize - 1) >> chunkBits)
	if size < int64(number)*int64(blockSize(dim, 0)) {
		return nil, stamp{}, fmt.Errorf("snapshot of %d bytes: %w", size, ErrCorrupt) // before memory is taken for it
	}
	d := decoder{from: r, offsets: make([]int64, number+1), lists: make([]int, number), n: h.n, firsts: make([]uint32, number*chunkSize)}
	d.offsets[0] = headerSize
	for i := range number {
		d.lists[i] = listsOf(i)
		d.offsets[i+1] = d.offsets[i] + int64(blockSize(dim, d.lists[i]))
	}
	if d.offsets[number] != size {
		return nil, stamp{}, fmt.Errorf("snapshot of %d bytes: %w", size, ErrCorrupt)
	}
	d.body = newBody(dim)
	d.body.reserve(number)
	if err := d.all(); err != nil {
		return nil, stamp{}, err
	}
	if err := d.chain(); err != nil {
		return nil, stamp{}, err
	}
	d.body.n.Store(h.n)
	d.body.linked.Store(h.n)
	d.body.entry.Store(h.entry)
	return d.body, h.stamp, nil
}

// decoder fills a body's chunks.
type decoder struct {
	from    io.ReaderAt
	offsets []int64
	lists   []int // on upper layers, by block
	body    *body
	n       uint32
	firsts  []uint32 // by slot: the first one with an equal vector
}

// all decodes the blocks on all processors.
func (d *decoder) all() error {
	jobs := make([]func() error, len(d.lists))
	for i := range jobs {
		jobs[i] = func() error { return d.block(i) }
	}
	if err := sideBySide(jobs); err != nil {
		return fmt.Errorf("read snapshot: %w: %w", ErrCorrupt, err)
	}
	return nil
}

// headOf is the length of what a block has before the digits.
const headOf = (4 + 4 + 16 + 4) * chunkSize

// heads lends memory for it.
var heads = sync.Pool{New: func() any { return new([headOf]byte) }}

// block decodes a chunk: digits and links, which are most of it, are read to
// where they stay. Nothing that it takes can lead a search out of the graph,
// whoever wrote it.
func (d *decoder) block(number int) error {
	c, at := d.body.chunks()[number], d.offsets[number]
	head := heads.Get().(*[headOf]byte)
	defer heads.Put(head)
	c.links = blankLinks(number, d.lists[number])
	sum := blockSum(number, nil)
	for _, part := range [][]byte{head[:], bytesOf(c.hi), bytesOf(c.lo), numberBytes(c.links.lowest[:]), numberBytes(c.links.upper)} {
		if _, err := d.from.ReadAt(part, at); err != nil {
			return fmt.Errorf("block %d: %w", number, err)
		}
		at += int64(len(part))
		sum = crc32.Update(sum, castagnoli, part)
	}
	var end [4]byte
	if _, err := d.from.ReadAt(end[:], at); err != nil && !errors.Is(err, io.EOF) {
		return fmt.Errorf("block %d: %w", number, err)
	}
	if binary.LittleEndian.Uint32(end[:]) != sum {
		return fmt.Errorf("sum of block %d", number)
	}
	fromLittle(c.links.lowest[:])
	fromLittle(c.links.upper)
	if err := d.head(c, number, head[:]); err != nil {
		return err
	}
	return d.checkLinks(c.links, number)
}

// head decodes what comes before the digits.
func (d *decoder) head(c *chunk, number int, b []byte) error {
	e := binary.LittleEndian
	for i := range chunkSize {
		c.ordinals[i] = e.Uint32(b[4*i:])
		c.scales[i] = math.Float32frombits(e.Uint32(b[4*chunkSize+4*i:]))
		copy(c.tags[i][:], b[8*chunkSize+16*i:])
		d.firsts[number<<chunkBits+i] = e.Uint32(b[24*chunkSize+4*i:])
		used := uint32(number<<chunkBits+i) < d.n
		if used && !(c.scales[i] > 0 && c.scales[i] < 1) || !used && c.ordinals[i] != 0 {
			return fmt.Errorf("scale in block %d", number)
		}
	}
	return nil
}

// checkLinks refuses links that lead nowhere, or to slots that don't have their
// layer.
func (d *decoder) checkLinks(l *links, number int) error {
	check := func(list []uint32, layer int) error {
		for _, s := range list {
			if s >= d.n && s != none || layer > 0 && s != none && levelOf(s) < layer {
				return fmt.Errorf("link in block %d", number)
			}
		}
		return nil
	}
	if err := check(l.lowest[:], 0); err != nil {
		return err
	}
	for i := range uint32(chunkSize) {
		slot := uint32(number<<chunkBits) + i
		for layer := 1; layer <= levelOf(slot); layer++ {
			if err := check(l.list(slot, layer), layer); err != nil {
				return err
			}
		}
	}
	return nil
}

// numberBytes is the memory of numbers as bytes.
func numberBytes(v []uint32) []byte {
	return unsafe.Slice((*byte)(unsafe.Pointer(unsafe.SliceData(v))), 4*len(v))
}

// sameOrder tells that this machine's numbers lie in memory as in a snapshot.
var sameOrder = binary.NativeEndian.Uint16([]byte{1, 0}) == 1

// fromLittle makes numbers of what was read into their place.
func fromLittle(v []uint32) {
	if !sameOrder {
		for i := range v {
			v[i] = binary.LittleEndian.Uint32(numberBytes(v[i : i+1]))
		}
	}
}

// chain makes chains of equal vectors. A first one follows nobody, so that no
// chain goes in a circle.
func (d *decoder) chain() error {
	chunks := d.body.chunks()
	for slot, first := range d.firsts {
		if first == none {
			continue
		}
		if uint32(slot) >= d.n || first >= d.n || d.firsts[first] != none {
			return fmt.Errorf("chain in a snapshot: %w", ErrCorrupt)
		}
		from := &chunks[first>>chunkBits].links.twin[first%chunkSize]
		chunks[slot>>chunkBits].links.twin[slot%chunkSize] = *from
		*from = uint32(slot)
		d.body.twins.Add(1)
	}
	return nil
}
