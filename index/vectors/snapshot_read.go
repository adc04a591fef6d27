package vectors

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"os"
	"syscall"
	"unsafe"
)

// readSnapshot reads what writeSnapshot has written. No passage has a slot yet:
// which ones still do is for the caller to say (body.hold). The file is mapped
// while it is read. Errors: ErrCorrupt for anything that isn't whole, of this
// form and of this embedder; what the file system says.
func readSnapshot(path string, id [32]byte, dim int) (b *body, err error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("open snapshot: %w", err)
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return nil, fmt.Errorf("open snapshot: %w", err)
	}
	if info.Size() < headerSize || !info.Mode().IsRegular() {
		return nil, fmt.Errorf("snapshot of %d bytes: %w", info.Size(), ErrCorrupt)
	}
	data, err := syscall.Mmap(int(f.Fd()), 0, int(info.Size()), syscall.PROT_READ, syscall.MAP_SHARED)
	if err != nil {
		return nil, fmt.Errorf("map snapshot: %w", err)
	}
	err = guard(func() error {
		b, err = decodeSnapshot(data, id, dim)
		return err
	})
	return b, errors.Join(err, syscall.Munmap(data))
}

func decodeSnapshot(data []byte, id [32]byte, dim int) (*body, error) {
	if len(data) < headerSize {
		return nil, fmt.Errorf("snapshot of %d bytes: %w", len(data), ErrCorrupt)
	}
	size := int64(len(data))
	h, err := decodeHeader(data[:headerSize])
	if err != nil {
		return nil, err
	}
	if h.id != id || h.dim != dim {
		return nil, fmt.Errorf("snapshot of another embedder: %w", ErrCorrupt)
	}
	number := int((h.n + chunkSize - 1) >> chunkBits)
	if size < int64(number)*int64(blockSize(dim, 0)) {
		return nil, fmt.Errorf("snapshot of %d bytes: %w", size, ErrCorrupt) // before memory is taken for it
	}
	offsets := make([]int64, number+1)
	offsets[0] = headerSize
	for i := range number {
		offsets[i+1] = offsets[i] + int64(blockSize(dim, listsOf(i)))
	}
	if offsets[number] != size {
		return nil, fmt.Errorf("snapshot of %d bytes: %w", size, ErrCorrupt)
	}
	b := newBody(dim)
	b.grow(h.n - 1)
	d := decoder{data: data, offsets: offsets, body: b, n: h.n, firsts: make([]uint32, number*chunkSize)}
	if err := d.all(); err != nil {
		return nil, err
	}
	if err := d.chain(); err != nil {
		return nil, err
	}
	b.n.Store(h.n)
	b.linked.Store(h.n)
	b.entry.Store(h.entry)
	return b, nil
}

// decoder fills a body's chunks.
type decoder struct {
	data    []byte
	offsets []int64
	body    *body
	n       uint32
	firsts  []uint32 // by slot: the first one with an equal vector
}

// all decodes the blocks on all processors.
func (d *decoder) all() error {
	jobs := make([]func() error, len(d.offsets)-1)
	for i := range jobs {
		jobs[i] = func() error { // guarded each by itself: a fault is the goroutine's
			return guard(func() error { return d.block(i, d.data[d.offsets[i]:d.offsets[i+1]]) })
		}
	}
	if err := sideBySide(jobs); err != nil {
		return fmt.Errorf("read snapshot: %w: %w", ErrCorrupt, err)
	}
	return nil
}

// block decodes a chunk. Nothing that it takes can lead a search out of the
// graph, whoever wrote it.
func (d *decoder) block(number int, b []byte) error {
	e, c := binary.LittleEndian, d.body.chunks()[number]
	body := b[:len(b)-4]
	if e.Uint32(b[len(body):]) != blockSum(number, body) {
		return fmt.Errorf("sum of block %d", number)
	}
	cut := func(n int) []byte {
		part := body[:n]
		body = body[n:]
		return part
	}
	for i, part := 0, cut(4*chunkSize); i < chunkSize; i++ {
		c.ordinals[i] = e.Uint32(part[4*i:])
	}
	for i, part := 0, cut(4*chunkSize); i < chunkSize; i++ {
		c.scales[i] = math.Float32frombits(e.Uint32(part[4*i:]))
		used := uint32(number<<chunkBits+i) < d.n
		if used && !(c.scales[i] > 0 && c.scales[i] < 1) || !used && c.ordinals[i] != 0 {
			return fmt.Errorf("scale in block %d", number)
		}
	}
	for i, part := 0, cut(16*chunkSize); i < chunkSize; i++ {
		copy(c.tags[i][:], part[16*i:])
	}
	for i, part := 0, cut(4*chunkSize); i < chunkSize; i++ {
		d.firsts[number<<chunkBits+i] = e.Uint32(part[4*i:])
	}
	copy(bytesOf(c.hi), cut(len(c.hi)))
	copy(bytesOf(c.lo), cut(len(c.lo)))
	c.links = newLinks(number)
	return d.lists(c.links, number, body)
}

// lists decodes links. Those of a layer lead to slots that have it.
func (d *decoder) lists(l *links, number int, b []byte) error {
	read := func(into []uint32, layer int) error {
		copyNumbers(into, b)
		for _, s := range into {
			if s >= d.n && s != none || layer > 0 && s != none && levelOf(s) < layer {
				return fmt.Errorf("link in block %d", number)
			}
		}
		b = b[4*len(into):]
		return nil
	}
	if err := read(l.lowest[:], 0); err != nil {
		return err
	}
	for i := range uint32(chunkSize) {
		slot := uint32(number<<chunkBits) + i
		for layer := 1; layer <= levelOf(slot); layer++ {
			if err := read(l.list(slot, layer), layer); err != nil {
				return err
			}
		}
	}
	return nil
}

// sameOrder tells that this machine's numbers lie in memory as in a snapshot.
var sameOrder = binary.NativeEndian.Uint16([]byte{1, 0}) == 1

// copyNumbers decodes len(into) numbers. In a mapped snapshot all of them are
// aligned.
func copyNumbers(into []uint32, b []byte) {
	b = b[:4*len(into)]
	if sameOrder && len(b) > 0 && uintptr(unsafe.Pointer(&b[0]))%4 == 0 {
		copy(into, unsafe.Slice((*uint32)(unsafe.Pointer(&b[0])), len(into)))
		return
	}
	for i := range into {
		into[i] = binary.LittleEndian.Uint32(b[4*i:])
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
