package breached

import (
	"encoding/binary"
	"slices"
)

// Encode makes a list of words, each of which counts once.
func Encode(words []string) []byte {
	words = slices.Clone(words)
	slices.Sort(words)
	words = slices.Compact(words)
	count := uint64(len(words))
	places := make([]uint64, 0, count)
	for _, w := range words {
		places = append(places, place(w, count))
	}
	slices.Sort(places)
	blocks := (len(places) + block - 1) / block
	out := append([]byte(magic), make([]byte, 8)...)
	binary.BigEndian.PutUint32(out[len(magic):], uint32(count))
	binary.BigEndian.PutUint32(out[len(magic)+4:], uint32(blocks))
	var b bits
	before := uint64(0)
	for i, p := range places {
		if i%block == 0 {
			out = binary.BigEndian.AppendUint32(out, uint32(b.n))
			out = binary.BigEndian.AppendUint64(out, before)
		}
		b.put(p - before)
		before = p
	}
	return append(out, b.bytes...)
}

type bits struct {
	bytes []byte
	n     uint64
}

func (b *bits) put(distance uint64) {
	for range distance >> rate {
		b.add(1)
	}
	b.add(0)
	for i := rate - 1; i >= 0; i-- {
		b.add(byte(distance>>i) & 1)
	}
}

func (b *bits) add(bit byte) {
	if b.n%8 == 0 {
		b.bytes = append(b.bytes, 0)
	}
	b.bytes[b.n/8] |= bit << (7 - b.n%8)
	b.n++
}
