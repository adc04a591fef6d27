package weights

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"testing"
)

var small = Shape{Name: "small", Dim: 32, Heads: 2, Inner: 64, Layers: 1, Positions: 4, Words: 3}

// smallModel is a model of small's shape with telling numbers.
func smallModel(t testing.TB) *Model {
	tensors := Tensors{}
	put := func(name string, n int) {
		a := make([]float32, n)
		for i := range a {
			a[i] = float32(i%97) - 48
		}
		tensors[name] = a
	}
	put("embeddings.word_embeddings.weight", 3*32)
	put("embeddings.position_embeddings.weight", 8*32)
	put("embeddings.token_type_embeddings.weight", 2*32)
	for _, name := range []string{"embeddings.LayerNorm", "encoder.layer.0.attention.output.LayerNorm", "encoder.layer.0.output.LayerNorm"} {
		put(name+".weight", 32)
		put(name+".bias", 32)
	}
	for name, size := range map[string][2]int{"attention.self.query": {32, 32}, "attention.self.key": {32, 32}, "attention.self.value": {32, 32},
		"attention.output.dense": {32, 32}, "intermediate.dense": {32, 64}, "output.dense": {64, 32}} {
		put("encoder.layer.0."+name+".weight", size[0]*size[1])
		put("encoder.layer.0."+name+".bias", size[1])
	}
	m, err := FromBERT(small, tensors, []string{"a", "b", "##c"})
	if err != nil {
		t.Fatal(err)
	}
	return m
}

func TestPanels(t *testing.T) {
	x := smallModel(t).Layers[0].Down
	for o := range x.Out {
		for k := range x.In {
			if got, want := x.F[(o/Panel*x.In+k)*Panel+o%Panel], float32((o*x.In+k)%97)-48; got != want {
				t.Fatalf("weight of output %d for input %d is %v, not %v", o, k, got, want)
			}
		}
	}
}

func TestQuantize(t *testing.T) {
	m, q := smallModel(t), smallModel(t)
	q.Quantize()
	a, b := m.Layers[0].QKV, q.Layers[0].QKV
	for o := range a.Out {
		for k := range a.In {
			at := place(a.In, o, k)
			if d := math.Abs(float64(a.F[at] - float32(b.Q[at])*b.Scale[o])); d > float64(b.Scale[o])/2*1.001 {
				t.Fatalf("weight %v became %v", a.F[at], float32(b.Q[at])*b.Scale[o])
			}
		}
	}
}

func TestWriteThenParse(t *testing.T) {
	m := smallModel(t)
	m.Quantize()
	var out bytes.Buffer
	if err := m.Write(&out); err != nil {
		t.Fatal(err)
	}
	back, err := Parse(out.String())
	if err != nil {
		t.Fatal(err)
	}
	if fmt.Sprint(back) != fmt.Sprint(m) {
		t.Fatal("another model came back")
	}
	if sum, err := Sum(out.String()); err != nil || sum != m.Digest {
		t.Fatalf("sum %s, %v, want %s", sum, err, m.Digest)
	}
	for n := range out.Len() {
		if _, err := Parse(out.String()[:n]); !errors.Is(err, ErrFormat) {
			t.Fatalf("cut at %d: %v", n, err)
		}
	}
}

func TestUnquantizedIsNotWritten(t *testing.T) {
	if err := smallModel(t).Write(&bytes.Buffer{}); err == nil {
		t.Fatal("an f32 model was written")
	}
}

func TestMissingArray(t *testing.T) {
	if _, err := FromBERT(small, Tensors{}, []string{"a", "b", "c"}); !errors.Is(err, ErrFormat) {
		t.Fatal(err)
	}
}

func TestHalf(t *testing.T) {
	for h, want := range map[uint16]float64{0: 0, 0x3c00: 1, 0xc000: -2, 0x3555: 0.333251953125, 0x7bff: 65504, 0x0001: math.Ldexp(1, -24), 0x83ff: -math.Ldexp(1023, -24), 0x7c00: math.Inf(1), 0xfc00: math.Inf(-1)} {
		if got := float64(half(h)); got != want {
			t.Errorf("%#04x is %v, not %v", h, got, want)
		}
	}
	if !math.IsNaN(float64(half(0x7e00))) || !math.Signbit(float64(half(0x8000))) {
		t.Error("NaN or negative zero is wrong")
	}
}

// TestConvertedFile: the committed file is what the converter makes of the original.
func TestConvertedFile(t *testing.T) {
	shared := os.Getenv("COFFRE_SHARED")
	if shared == "" {
		shared = "../../../../shared"
	}
	dir := filepath.Join(shared, "data/models/all-minilm-l6-v2")
	if _, err := os.Stat(dir); err != nil {
		t.Skipf("%s is missing: COFFRE_SHARED names the directory that holds data/models", dir)
	}
	m, err := ReadMiniLM(filepath.Join(dir, "model.safetensors"), filepath.Join(dir, "tokenizer.json"))
	if err != nil {
		t.Fatal(err)
	}
	m.Quantize()
	var out bytes.Buffer
	if err := m.Write(&out); err != nil {
		t.Fatal(err)
	}
	committed, err := os.ReadFile("../assets/minilm.bin")
	if err != nil || !bytes.Equal(out.Bytes(), committed) {
		t.Fatalf("assets/minilm.bin is not what convert makes: %v", err)
	}
}

func FuzzParse(f *testing.F) {
	m := smallModel(f)
	m.Quantize()
	var out bytes.Buffer
	if err := m.Write(&out); err != nil {
		f.Fatal(err)
	}
	f.Add(out.String())
	f.Add(magic + "{}\n")
	f.Fuzz(func(t *testing.T, file string) {
		m, err := Parse(file)
		if err != nil {
			if !errors.Is(err, ErrFormat) {
				t.Fatal(err)
			}
			return
		}
		var out bytes.Buffer
		if err := m.Write(&out); err != nil {
			t.Fatalf("what was read can't be written: %v", err)
		}
	})
}

func FuzzReadSafetensors(f *testing.F) {
	head := []byte(`{"a":{"dtype":"F16","shape":[2],"data_offsets":[0,4]},"b":{"dtype":"F32","shape":[1],"data_offsets":[4,8]},"__metadata__":{"format":"pt"}}`)
	file := binary.LittleEndian.AppendUint64(nil, uint64(len(head)))
	file = append(append(file, head...), 0, 0x3c, 0, 0xc0, 0, 0, 0x80, 0x3f)
	if t, err := ReadSafetensors(file); err != nil || fmt.Sprint(t) != "map[a:[1 -2] b:[1]]" {
		f.Fatal(t, err)
	}
	f.Add(file)
	f.Fuzz(func(t *testing.T, file []byte) {
		if _, err := ReadSafetensors(file); err != nil && !errors.Is(err, ErrFormat) {
			t.Fatal(err)
		}
	})
}

func FuzzReadVocabulary(f *testing.F) {
	f.Add([]byte(`{"model":{"type":"WordPiece","vocab":{"a":0,"##b":1}}}`))
	f.Fuzz(func(t *testing.T, file []byte) {
		words, err := ReadVocabulary(file)
		if err != nil && !errors.Is(err, ErrFormat) {
			t.Fatal(err)
		}
		for _, w := range words {
			if w == "" {
				t.Fatal("an id without a word")
			}
		}
	})
}
