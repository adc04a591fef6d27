package chain

import "encoding/binary"

var (
	litChainHash = literalOf(`{"chain_hash":"`)
	litPayload   = literalOf(`","payload":`)
)

// quick reads the line of a complete export without private parts as Writer
// writes it, or returns false: then parse decides. l must be zero; after a false
// it holds rubbish.
func (l *line) quick(b []byte) bool {
	from := litChainHash.n + 2*len(l.hash) + litPayload.n
	if len(b) < from || !litChainHash.at(b, 0) || !litPayload.at(b, from-litPayload.n) {
		return false
	}
	if !quickDecode(l.hash[:], b[litChainHash.n:]) {
		return false
	}
	n := l.entry.quick(b[from:])
	if n < 0 || len(b)-from-n > 2 || string(b[from+n:]) != "}\n" {
		return false
	}
	l.payload, l.have = b[from:from+n], lineHash|linePayload
	return true
}

// quickDecode fills dst, whose length is a multiple of 4, from hex digits, eight
// at a time.
func quickDecode(dst, src []byte) bool {
	for i := 0; i < len(dst); i += 4 {
		x := binary.LittleEndian.Uint64(src[2*i:])
		if !hexWord(x) {
			return false
		}
		// A letter has bit 6 set, and its low half is 9 less than its value.
		x = x&(ones*0x0f) + 9*(x>>6&ones)
		x = (x<<4 | x>>8) & 0x00ff00ff00ff00ff
		x = (x | x>>8) & 0x0000ffff0000ffff
		binary.LittleEndian.PutUint32(dst[i:], uint32(x|x>>16))
	}
	return true
}
