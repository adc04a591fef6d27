package chain

import (
	"crypto/sha256"
	"encoding/binary"
)

// laneState is a digest on its way, in the order in which the SHA extensions
// keep it: f, e, b, a, h, g, d, c.
type laneState [8]uint32

// lane is one of the two messages in work.
type lane struct {
	state laneState
	rest  []byte // of the padded message
	dst   *Hash
}

// laneStart is FIPS 180-4's first state, section 5.3.3.
var laneStart = laneState{0x9b05688c, 0x510e527f, 0xbb67ae85, 0x6a09e667, 0x5be0cd19, 0x1f83d9ab, 0xa54ff53a, 0x3c6ef372}

func (l *lane) begin(dst *Hash, message []byte) { l.state, l.rest, l.dst = laneStart, message, dst }

// end writes the digest.
func (l *lane) end() { l.state.put(l.dst) }

func (s *laneState) put(dst *Hash) {
	for i, at := range [8]int{3, 2, 7, 6, 1, 0, 5, 4} {
		binary.BigEndian.PutUint32(dst[4*i:], s[at])
	}
}

// sums writes SHA-256 of each message, which bears its padding, to dst.
func (h *blockHasher) sums(dst []Hash, messages [][]byte) {
	if !h.two || len(messages) < 2 {
		for i, m := range messages {
			dst[i] = h.sum(m, messageLength(m))
		}
		return
	}
	a, b := &h.lanes[0], &h.lanes[1]
	a.begin(&dst[0], messages[0])
	b.begin(&dst[1], messages[1])
	for next := 2; ; {
		n := min(len(a.rest), len(b.rest))
		twoBlocks(&a.state, &b.state, &a.rest[0], &b.rest[0], n/sha256.BlockSize)
		a.rest, b.rest = a.rest[n:], b.rest[n:]
		for _, l := range [2]*lane{a, b} {
			if len(l.rest) > 0 {
				continue
			}
			l.end()
			if next < len(messages) {
				l.begin(&dst[next], messages[next])
				next++
			}
		}
		if len(a.rest) == 0 || len(b.rest) == 0 {
			break
		}
	}
	for _, l := range [2]*lane{a, b} {
		if len(l.rest) > 0 {
			// The last one has the unit for itself; what it does beside is thrown away.
			other := laneStart
			twoBlocks(&l.state, &other, &l.rest[0], &l.rest[0], len(l.rest)/sha256.BlockSize)
			l.end()
		}
	}
}

// evenSums is sums for an even number of messages of one length, laid out one
// behind the other.
func (h *blockHasher) evenSums(dst []Hash, messages []byte) {
	each := len(messages) / len(dst)
	for i := 0; i < len(dst); i += 2 {
		at := messages[i*each:]
		a, b := laneStart, laneStart
		twoBlocks(&a, &b, &at[0], &at[each], each/sha256.BlockSize)
		a.put(&dst[i])
		b.put(&dst[i+1])
	}
}

// messageLength reads a padded message's length from its padding.
func messageLength(padded []byte) int {
	return int(binary.BigEndian.Uint64(padded[len(padded)-8:]) / 8)
}

// roundConstants are FIPS 180-4's, section 4.2.2.
var roundConstants = [64]uint32{
	0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5,
	0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174,
	0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da,
	0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967,
	0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85,
	0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070,
	0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3,
	0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2,
}
