package index

import (
	"encoding/binary"
	"fmt"
	"slices"
)

// formatVersion changes whenever texts would be indexed differently: another
// analyzer, other fields. An index of another version is rebuilt.
const formatVersion = 1

// state is persisted in the same batch as the passages that it counts.
type state struct {
	applied  uint64
	passages uint64
	words    [fieldCount]uint64
}

// stateKey is where scorch keeps the state.
var stateKey = []byte("coffre")

const stateSize = 8 * (3 + int(fieldCount))

func (s state) encode() []byte {
	b := make([]byte, 0, stateSize)
	b = binary.BigEndian.AppendUint64(b, formatVersion)
	b = binary.BigEndian.AppendUint64(b, s.applied)
	b = binary.BigEndian.AppendUint64(b, s.passages)
	for _, n := range s.words {
		b = binary.BigEndian.AppendUint64(b, n)
	}
	return b
}

func decodeState(b []byte) (state, error) {
	if len(b) != stateSize {
		return state{}, fmt.Errorf("state of %d bytes: %w", len(b), ErrCorrupt)
	}
	b = slices.Clone(b)
	if v := binary.BigEndian.Uint64(b); v != formatVersion {
		return state{}, fmt.Errorf("format %d, this program writes %d: %w", v, formatVersion, ErrCorrupt)
	}
	s := state{applied: binary.BigEndian.Uint64(b[8:]), passages: binary.BigEndian.Uint64(b[16:])}
	for f := range s.words {
		s.words[f] = binary.BigEndian.Uint64(b[24+8*f:])
	}
	return s, nil
}

func (s *state) add(l lengths) {
	s.passages++
	for f, n := range l {
		s.words[f] += uint64(n)
	}
}

func (s *state) subtract(l lengths) {
	s.passages--
	for f, n := range l {
		s.words[f] -= uint64(n)
	}
}
