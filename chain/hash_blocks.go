package chain

import (
	"bytes"
	"crypto/sha256"
	"encoding"
	"encoding/binary"
	"hash"
	"slices"
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
	two   bool // messages are hashed side by side
	lanes [2]lane
	leafs [abreast * leafBytes]byte
	nodes [abreast * nodeBytes]byte
}

const (
	// abreast is how many leaves or nodes are laid out before they are hashed, so
	// that what was just written is not read at once; an even number.
	abreast   = 16
	leafBytes = sha256.BlockSize
	nodeBytes = 2 * sha256.BlockSize

	stateLead = 4 // bytes of the state before the eight words
	padLeast  = 1 + 8
)

func newBlockHasher() *blockHasher {
	d := sha256.New()
	h := &blockHasher{d: d, two: twoLanes && lanesSound}
	h.state, _ = d.(encoding.BinaryAppender)
	for i := range abreast {
		leaf, node := h.leaf(i), h.node(i)
		leaf[1+sha256.Size], node[1+2*sha256.Size], node[0] = 0x80, 0x80, 1
		binary.BigEndian.PutUint64(leaf[leafBytes-8:], 8*(1+sha256.Size))
		binary.BigEndian.PutUint64(node[nodeBytes-8:], 8*(1+2*sha256.Size))
	}
	return h
}

func (h *blockHasher) leaf(i int) []byte { return h.leafs[i*leafBytes:][:leafBytes] }
func (h *blockHasher) node(i int) []byte { return h.nodes[i*nodeBytes:][:nodeBytes] }

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

// appendLeaves appends RFC 6962's leaf hash, as the function of that name, of
// each chain hash.
func (h *blockHasher) appendLeaves(dst, hashes []Hash) []Hash {
	for len(hashes) > 0 {
		n := min(abreast, len(hashes))
		for i := range n {
			copy(h.leaf(i)[1:], hashes[i][:])
		}
		at := len(dst)
		dst = append(dst, hashes[:n]...)
		h.alike(dst[at:], h.leafs[:n*leafBytes], 1+sha256.Size)
		hashes = hashes[n:]
	}
	return dst
}

// foldPerfect is the function of that name.
func (h *blockHasher) foldPerfect(hashes []Hash) Hash {
	for ; len(hashes) > 1; hashes = hashes[:len(hashes)/2] {
		h.halve(hashes)
	}
	return hashes[0]
}

// halve puts the parents of so many pairs of nodes in place of their first half.
func (h *blockHasher) halve(hashes []Hash) {
	for done := 0; done < len(hashes)/2; {
		n := min(abreast, len(hashes)/2-done)
		for i := range n {
			node, at := h.node(i), 2*(done+i)
			copy(node[1:], hashes[at][:])
			copy(node[1+sha256.Size:], hashes[at+1][:])
		}
		h.alike(hashes[done:done+n], h.nodes[:n*nodeBytes], 1+2*sha256.Size)
		done += n
	}
}

// alike hashes len(dst) padded messages of n bytes, one behind the other.
func (h *blockHasher) alike(dst []Hash, messages []byte, n int) {
	if !h.two {
		for i := range dst {
			dst[i] = h.sum(messages[i*padded(n):][:padded(n)], n)
		}
		return
	}
	even := len(dst) &^ 1
	if even > 0 {
		h.evenSums(dst[:even], messages[:even*padded(n)])
	}
	if even < len(dst) {
		dst[even] = h.sum(messages[even*padded(n):], n)
	}
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

// lanesSound tells whether two lanes give what crypto/sha256 gives, which is
// asked once on every processor that has them.
var lanesSound = func() bool {
	if !twoLanes {
		return false
	}
	h := blockHasher{two: true}
	var messages [][]byte
	var want []Hash
	for _, n := range []int{0, 33, 300, 65, 119} {
		m := bytes.Repeat([]byte{0xa5, 7, 0xff}, n)[:n]
		want = append(want, sha256.Sum256(m))
		messages = append(messages, appendPadding(m, n))
	}
	got := make([]Hash, len(want))
	h.sums(got, messages)
	return slices.Equal(got, want)
}()
