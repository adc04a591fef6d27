// Package breached knows passwords that have been stolen from others and published.
//
// Its rule: it works offline, from a list that is part of the program, and says of
// a word only whether it is probably in it. What is never wrong is "no, I know it";
// one in 65,536 words that nobody has lost is refused too.
package breached

import (
	"crypto/sha256"
	_ "embed"
	"encoding/binary"
	"strings"
	"sync"
)

// The file is a Golomb-coded set (S. W. Golomb, "Run-length encodings", 1966, in
// the form of BIP 158): the words' digests, as numbers below their count times
// 2^rate, in order, each as its distance from the one before: how often 2^rate goes
// into it as ones and a zero, then the rest in rate bits. Before it stands, for
// every block of numbers, the bit at which the first of them begins and the number
// before it.
//
//	"cbp1", count (4 bytes), blocks (4 bytes),
//	blocks × (bit (4 bytes), number before (8 bytes)), the set; all big endian
const (
	magic = "cbp1"
	rate  = 16
	block = 256 // words a block
	head  = len(magic) + 8
	row   = 12
)

//go:embed list.bin
var embedded []byte

var whole = sync.OnceValue(func() set {
	s, ok := open(embedded)
	if !ok {
		panic("breached: list.bin is no list") // compiled in: a test opens it
	}
	return s
})

// set is a list, opened.
type set struct {
	count  uint64
	blocks int
	rows   []byte
	bits   []byte
}

// open takes a file apart. ok is false for what is no list.
func open(file []byte) (s set, ok bool) {
	if len(file) < head || string(file[:len(magic)]) != magic {
		return s, false
	}
	s.count = uint64(binary.BigEndian.Uint32(file[len(magic):]))
	s.blocks = int(binary.BigEndian.Uint32(file[len(magic)+4:]))
	rest := file[head:]
	if s.count == 0 || s.blocks != int((s.count+block-1)/block) || len(rest) < s.blocks*row {
		return s, false
	}
	s.rows, s.bits = rest[:s.blocks*row], rest[s.blocks*row:]
	return s, true
}

// Words is how many the list holds.
func Words() int { return int(whole().count) }

// Contains tells whether a word is, probably, in the list. Case counts; the list
// holds small letters and digits only.
func Contains(word string) bool { return whole().contains(word) }

// place is a word's number in a set of count words: a digest scaled down to them
// (D. Lemire, "Fast random integer generation in an interval", 2019).
func place(word string, count uint64) uint64 {
	sum := sha256.Sum256([]byte(word))
	return mul(binary.BigEndian.Uint64(sum[:]), count<<rate)
}

// mul is the upper half of a product of 64-bit numbers.
func mul(a, b uint64) uint64 {
	ah, al, bh, bl := a>>32, a&0xffffffff, b>>32, b&0xffffffff
	mid := ah*bl + (al*bl)>>32
	low := al*bh + mid&0xffffffff
	return ah*bh + mid>>32 + low>>32
}

func (s set) row(i int) (bit, before uint64) {
	r := s.rows[i*row:]
	return uint64(binary.BigEndian.Uint32(r)), binary.BigEndian.Uint64(r[4:])
}

func (s set) contains(word string) bool {
	if strings.TrimSpace(word) == "" {
		return false
	}
	want := place(word, s.count)
	// The last block that begins with a number of at most want.
	from, to := 0, s.blocks
	for to-from > 1 {
		mid := (from + to) / 2
		if _, before := s.row(mid); before < want {
			from = mid
		} else {
			to = mid
		}
	}
	at, n := s.row(from)
	for range block {
		distance, next, ok := s.read(at)
		if n += distance; !ok || n >= want {
			return ok && n == want
		}
		at = next
	}
	return false
}

// read decodes the distance that begins at a bit. ok is false at the end.
func (s set) read(at uint64) (distance, next uint64, ok bool) {
	end := uint64(len(s.bits)) * 8
	for ; at < end && s.bit(at) == 1; at++ {
		distance += 1 << rate
	}
	at++ // the zero
	if at+rate > end {
		return 0, 0, false
	}
	rest := uint64(0)
	for range rate {
		rest = rest<<1 | s.bit(at)
		at++
	}
	return distance + rest, at, true
}

func (s set) bit(at uint64) uint64 { return uint64(s.bits[at/8]>>(7-at%8)) & 1 }
