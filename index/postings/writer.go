package postings

import (
	"bufio"
	"encoding/binary"
	"fmt"
	"hash"
	"hash/crc32"
	"io"
	"math"
)

// writer writes the parts of a segment one after the other and sums them. Its
// first error stays.
type writer struct {
	out    *bufio.Writer
	sum    hash.Hash32
	at     uint64
	footer []byte
	fields int
	err    error
}

const writeBytes = 256 << 10 // written to the file at once

func newWriter(to io.Writer) *writer {
	w := &writer{sum: crc32.NewIEEE()}
	w.out = bufio.NewWriterSize(io.MultiWriter(to, w.sum), writeBytes)
	return w
}

func (w *writer) write(b []byte) {
	if w.err == nil {
		_, w.err = w.out.Write(b)
		w.at += uint64(len(b))
	}
}

// numbers writes fixed ones.
func (w *writer) numbers(all []uint32) {
	var b [4]byte
	for _, n := range all {
		binary.LittleEndian.PutUint32(b[:], n)
		w.write(b[:])
	}
}

func (w *writer) begin(ordinals []uint32) {
	w.write([]byte(magic))
	w.numbers(ordinals)
}

// end writes the footer and the sum.
func (w *writer) end(passages int) error {
	w.footer = binary.LittleEndian.AppendUint32(w.footer, uint32(passages))
	w.write(binary.LittleEndian.AppendUint32(w.footer, uint32(w.fields)))
	if w.err == nil {
		w.err = w.out.Flush()
	}
	w.write(binary.BigEndian.AppendUint32(nil, w.sum.Sum32()))
	if w.err == nil {
		w.err = w.out.Flush()
	}
	if w.err != nil {
		return fmt.Errorf("write segment: %w", w.err)
	}
	return nil
}

// fieldWriter writes one field, whose words come in their order.
type fieldWriter struct {
	*writer
	begin    uint64
	words    []byte
	blocks   []byte
	n        int
	previous []byte
}

func newFieldWriter(w *writer) *fieldWriter { return &fieldWriter{writer: w, begin: w.at} }

// add writes a word, the number of passages that hold it, the last of them, and
// its postings.
func (f *fieldWriter) add(word []byte, passages int, last uint32, list []byte) {
	shared := 0
	if f.n%blockWords == 0 {
		if len(f.words) > math.MaxUint32 {
			f.err = fmt.Errorf("%d bytes of words: too many", len(f.words))
			return
		}
		f.blocks = binary.LittleEndian.AppendUint32(f.blocks, uint32(len(f.words)))
		f.words = binary.AppendUvarint(f.words, f.at-f.begin)
	} else {
		for shared < min(len(word), len(f.previous)) && word[shared] == f.previous[shared] {
			shared++
		}
	}
	f.n++
	f.previous = append(f.previous[:0], word...)
	f.words = binary.AppendUvarint(f.words, uint64(shared))
	f.words = binary.AppendUvarint(f.words, uint64(len(word)-shared))
	f.words = append(f.words, word[shared:]...)
	f.words = binary.AppendUvarint(f.words, uint64(passages))
	if passages == 1 {
		f.words = append(f.words, list...)
		return
	}
	f.words = binary.AppendUvarint(f.words, uint64(last))
	f.words = binary.AppendUvarint(f.words, uint64(len(list)))
	f.write(list)
}

func (f *fieldWriter) end() {
	words := f.at
	f.write(f.words)
	blocks := f.at
	f.write(f.blocks)
	for _, n := range []uint64{f.begin, words, blocks, uint64(f.n)} {
		f.footer = binary.LittleEndian.AppendUint64(f.footer, n)
	}
	f.fields++
}

// appendPosting writes a posting; step is the difference to the one before it.
func appendPosting(list []byte, step, freq uint32) []byte {
	if freq == 1 {
		return binary.AppendUvarint(list, uint64(step)<<1|1)
	}
	return binary.AppendUvarint(binary.AppendUvarint(list, uint64(step)<<1), uint64(freq))
}
