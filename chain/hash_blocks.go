package chain

import (
	"bytes"
	"crypto/sha256"
	"encoding"
	"encoding/binary"
	"hash"
)

// blockHasher hashes messages that already bear SHA-256's padding (FIPS 180-4,
// section 5.1.1), so that nothing is copied and no digest object is made: the
// blocks go in whole, and the result is read from the state that the digest
// gives for being resumed. A verification hashes three times an entry, and most
// of these messages are one or two blocks long. Where a build of Go keeps its
// state in another form, statesKnown is false and the padding is cut off again.
type blockHasher struct {
	d     hash.Hash
	state encoding.BinaryAppender
	out   [160]byte
	leaf  [sha256.BlockSize]byte
	node  [2 * sha256.BlockSize]byte
}

const (
	stateLead = 4 // bytes of the state before the eight words
	padLeast  = 1 + 8
)

func newBlockHasher() *blockHasher {
	d := sha256.New()
	h := &blockHasher{d: d}
	h.state, _ = d.(encoding.BinaryAppender)
	h.leaf[1+sha256.Size], h.node[1+2*sha256.Size] = 0x80, 0x80
	h.node[0] = 1
	binary.BigEndian.PutUint64(h.leaf[len(h.leaf)-8:], 8*(1+sha256.Size))
	binary.BigEndian.PutUint64(h.node[len(h.node)-8:], 8*(1+2*sha256.Size))
	return h
}

// sum returns SHA-256 of the first n bytes of b, which is padded.
func (h *blockHasher) sum(b []byte, n int) Hash {
	if !statesKnown {
		return sha256.Sum256(b[:n])
	}
	h.d.Reset()
	h.d.Write(b)
	state, _ := h.state.AppendBinary(h.out[:0])
	return Hash(state[stateLead : stateLead+sha256.Size])
}

// leafHash is RFC 6962's, as the function of that name.
func (h *blockHasher) leafHash(chainHash *Hash) Hash {
	copy(h.leaf[1:], chainHash[:])
	return h.sum(h.leaf[:], 1+sha256.Size)
}

// foldPerfect is the function of that name.
func (h *blockHasher) foldPerfect(hashes []Hash) Hash {
	for n := len(hashes); n > 1; n /= 2 {
		for i := range n / 2 {
			copy(h.node[1:], hashes[2*i][:])
			copy(h.node[1+sha256.Size:], hashes[2*i+1][:])
			hashes[i] = h.sum(h.node[:], 1+2*sha256.Size)
		}
	}
	return hashes[0]
}

// padded returns how many bytes a message of n takes with its padding.
func padded(n int) int { return (n + padLeast + sha256.BlockSize - 1) &^ (sha256.BlockSize - 1) }

var padding = [sha256.BlockSize + padLeast]byte{0x80}

// appendPadding pads the message of n bytes at the end of b.
func appendPadding(b []byte, n int) []byte {
	b = append(b, padding[:padded(n)-n]...)
	binary.BigEndian.PutUint64(b[len(b)-8:], uint64(n)*8)
	return b
}

// statesKnown tells whether the state of this build's digest is as expected.
var statesKnown = func() bool {
	d := sha256.New()
	a, ok := d.(encoding.BinaryAppender)
	if !ok {
		return false
	}
	for _, n := range []int{0, 33, 65, 300} {
		message := bytes.Repeat([]byte{0xa5, 7}, n)[:n]
		d.Reset()
		d.Write(appendPadding(bytes.Clone(message), n))
		state, err := a.AppendBinary(nil)
		want := sha256.Sum256(message)
		if err != nil || len(state) < stateLead+len(want) || !bytes.Equal(state[stateLead:stateLead+len(want)], want[:]) {
			return false
		}
	}
	return true
}()
