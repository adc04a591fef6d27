package vault

import (
	"bytes"
	"errors"
)

// Bech32 (BIP 173) is how age writes keys. It is decoded here, into bytes that
// can be wiped, because a string can't.

const bech32Alphabet = "qpzry9x8gf2tvdw0s3jn54khce6mua7l"

var errBech32 = errors.New("not bech32")

func bech32Polymod(sum uint32, v byte) uint32 {
	top := sum >> 25
	sum = (sum&0x1ffffff)<<5 ^ uint32(v)
	for i, g := range [5]uint32{0x3b6a57b2, 0x26508e6d, 0x1ea119fa, 0x3d4233dd, 0x2a1462b3} {
		if top>>i&1 == 1 {
			sum ^= g
		}
	}
	return sum
}

func bech32Prefix(hrp string) uint32 {
	sum := uint32(1)
	for i := range len(hrp) {
		sum = bech32Polymod(sum, hrp[i]>>5)
	}
	sum = bech32Polymod(sum, 0)
	for i := range len(hrp) {
		sum = bech32Polymod(sum, hrp[i]&31)
	}
	return sum
}

// bech32Encode writes data, in lower case, after the human-readable part hrp,
// which is in lower case.
func bech32Encode(hrp string, data []byte) []byte {
	out := make([]byte, 0, len(hrp)+1+(len(data)*8+4)/5+6)
	out = append(append(out, hrp...), '1')
	sum, acc, bits := bech32Prefix(hrp), uint32(0), 0
	put := func(v byte) {
		sum = bech32Polymod(sum, v)
		out = append(out, bech32Alphabet[v])
	}
	for _, b := range data {
		acc, bits = acc<<8|uint32(b), bits+8
		for ; bits >= 5; bits -= 5 {
			put(byte(acc >> (bits - 5) & 31))
		}
		acc &= 1<<bits - 1
	}
	if bits > 0 {
		put(byte(acc << (5 - bits) & 31))
	}
	for range 6 {
		sum = bech32Polymod(sum, 0)
	}
	sum ^= 1
	for i := range 6 {
		out = append(out, bech32Alphabet[sum>>(5*(5-i))&31])
	}
	return out
}

// bech32Decode reads a text of one case with the human-readable part hrp, given
// in lower case. The result is at most as long as the text; errBech32 otherwise.
func bech32Decode(hrp string, text []byte) ([]byte, error) {
	lower := bytes.ToLower(text)
	defer clear(lower)
	upper := bytes.ToUpper(text)
	defer clear(upper)
	if !bytes.Equal(text, lower) && !bytes.Equal(text, upper) {
		return nil, errBech32
	}
	if len(lower) < len(hrp)+7 || string(lower[:len(hrp)]) != hrp || lower[len(hrp)] != '1' {
		return nil, errBech32
	}
	rest := lower[len(hrp)+1:]
	out := make([]byte, 0, len(rest)*5/8)
	sum, acc, bits := bech32Prefix(hrp), uint32(0), 0
	for i, c := range rest {
		v := bytes.IndexByte([]byte(bech32Alphabet), c)
		if v < 0 {
			clear(out)
			return nil, errBech32
		}
		sum = bech32Polymod(sum, byte(v))
		if i >= len(rest)-6 {
			continue
		}
		acc, bits = acc<<5|uint32(v), bits+5
		if bits >= 8 {
			bits -= 8
			out = append(out, byte(acc>>bits))
			acc &= 1<<bits - 1
		}
	}
	if sum != 1 || bits >= 5 || acc != 0 {
		clear(out)
		return nil, errBech32
	}
	return out, nil
}
