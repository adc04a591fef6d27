package weights

import (
	"encoding/binary"
	"encoding/json"
	"fmt"
	"math"
)

// Tensors are the arrays of a safetensors file by name, widened to f32.
type Tensors map[string][]float32

// ReadSafetensors reads the F16 and F32 arrays of a file in Hugging Face's
// safetensors format (8 bytes of header length, JSON header, data); arrays of
// other types are left out.
func ReadSafetensors(file []byte) (Tensors, error) {
	if len(file) < 8 {
		return nil, fmt.Errorf("%w: shorter than a safetensors header", ErrFormat)
	}
	n := binary.LittleEndian.Uint64(file)
	if n > uint64(len(file)-8) {
		return nil, fmt.Errorf("%w: cut in the safetensors header", ErrFormat)
	}
	var head map[string]json.RawMessage
	if err := json.Unmarshal(file[8:8+n], &head); err != nil {
		return nil, fmt.Errorf("%w: %v", ErrFormat, err)
	}
	data := file[8+n:]
	out := Tensors{}
	for name, raw := range head {
		if name == "__metadata__" {
			continue
		}
		var t struct {
			Type    string   `json:"dtype"`
			Offsets []uint64 `json:"data_offsets"`
		}
		if err := json.Unmarshal(raw, &t); err != nil {
			return nil, fmt.Errorf("%w: array %q: %v", ErrFormat, name, err)
		}
		if len(t.Offsets) != 2 || t.Offsets[0] > t.Offsets[1] || t.Offsets[1] > uint64(len(data)) {
			return nil, fmt.Errorf("%w: array %q lies outside the file", ErrFormat, name)
		}
		switch part := data[t.Offsets[0]:t.Offsets[1]]; t.Type {
		case "F16":
			out[name] = halves(part)
		case "F32":
			out[name] = floats(string(part))
		}
	}
	return out, nil
}

func halves(b []byte) []float32 {
	out := make([]float32, len(b)/2)
	for i := range out {
		out[i] = half(binary.LittleEndian.Uint16(b[2*i:]))
	}
	return out
}

// half widens an IEEE 754 binary16.
func half(h uint16) float32 {
	sign, exp, frac := uint32(h>>15)<<31, uint32(h>>10)&31, uint32(h)&1023
	switch exp {
	case 0:
		f := float32(frac) / (1 << 24)
		return math.Float32frombits(math.Float32bits(f) | sign)
	case 31:
		return math.Float32frombits(sign | 0x7f800000 | frac<<13)
	}
	return math.Float32frombits(sign | (exp+112)<<23 | frac<<13)
}
