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
