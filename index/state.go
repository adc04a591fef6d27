package index

import (
	"encoding/binary"
	"fmt"
	"hash/crc32"
)

// formatVersion changes whenever texts would be indexed differently: another
// analyzer, other fields. An index of another version is rebuilt.
const formatVersion = 3

// state is persisted in the same batch as the passages that it counts.
type state struct {
	applied  uint64
	passages uint64
	words    [fieldCount]uint64
	digest   uint64 // sum of digests of all passages, in any order
}

// stateKey is where scorch keeps the state.
var stateKey = []byte("coffre")

const stateSize = 8*(4+int(fieldCount)) + crc32.Size

func (s state) encode() []byte {
	b := make([]byte, 0, stateSize)
	b = binary.BigEndian.AppendUint64(b, formatVersion)
	b = binary.BigEndian.AppendUint64(b, s.applied)
	b = binary.BigEndian.AppendUint64(b, s.passages)
	for _, n := range s.words {
		b = binary.BigEndian.AppendUint64(b, n)
	}
	b = binary.BigEndian.AppendUint64(b, s.digest)
	return binary.BigEndian.AppendUint32(b, crc32.ChecksumIEEE(b))
}

func decodeState(b []byte) (state, error) {
	if len(b) != stateSize {
		return state{}, fmt.Errorf("state of %d bytes: %w", len(b), ErrCorrupt)
	}
	sum := stateSize - crc32.Size
	if binary.BigEndian.Uint32(b[sum:]) != crc32.ChecksumIEEE(b[:sum]) {
		return state{}, fmt.Errorf("sum of the state does not match: %w", ErrCorrupt)
	}
	if v := binary.BigEndian.Uint64(b); v != formatVersion {
		return state{}, fmt.Errorf("format %d, this program writes %d: %w", v, formatVersion, ErrCorrupt)
	}
	s := state{applied: binary.BigEndian.Uint64(b[8:]), passages: binary.BigEndian.Uint64(b[16:])}
	for f := range s.words {
		s.words[f] = binary.BigEndian.Uint64(b[24+8*f:])
	}
	s.digest = binary.BigEndian.Uint64(b[24+8*int(fieldCount):])
	return s, nil
}

func (s *state) add(ordinal uint32, l lengths) {
	s.passages++
	s.digest += digest(ordinal, l)
	for f, n := range l {
		s.words[f] += uint64(n)
	}
}

func (s *state) subtract(ordinal uint32, l lengths) {
	s.passages--
	s.digest -= digest(ordinal, l)
	for f, n := range l {
		s.words[f] -= uint64(n)
	}
}

// digest mixes a passage's ordinal and lengths (splitmix64's finalizer, Steele
// et al. 2014), so that a sum over passages shows one that is lost, or deleted
// in place of another.
func digest(ordinal uint32, l lengths) uint64 {
	x := uint64(ordinal)
	for _, n := range l {
		x = (x ^ uint64(n)) + 0x9E3779B97F4A7C15
		x = (x ^ x>>30) * 0xBF58476D1CE4E5B9
		x = (x ^ x>>27) * 0x94D049BB133111EB
		x ^= x >> 31
	}
	return x
}
