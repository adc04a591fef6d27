package weights

import (
	"encoding/json"
	"fmt"
)

// FromBERT arranges the arrays of a BERT encoder, named as Hugging Face's
// BertModel names them, for a shape; the result is f32. The pooler and the
// second token type are left out: mean pooling of one text needs neither.
func FromBERT(s Shape, t Tensors, vocab []string) (*Model, error) {
	if err := s.check(); err != nil {
		return nil, err
	}
	if len(vocab) != s.Words {
		return nil, fmt.Errorf("%w: %d words, the shape says %d", ErrFormat, len(vocab), s.Words)
	}
	b := builder{t: t}
	m := &Model{Shape: s, Vocab: vocab, Layers: make([]Layer, s.Layers)}
	m.Words.F = b.array("embeddings.word_embeddings.weight", s.Words*s.Dim)
	m.Positions = b.positions(s)
	m.Embedded = b.norm("embeddings.LayerNorm", s.Dim)
	for i := range m.Layers {
		p := fmt.Sprintf("encoder.layer.%d.", i)
		m.Layers[i] = Layer{
			QKV:              b.matrix(s.Dim, s.Dim, p+"attention.self.query", p+"attention.self.key", p+"attention.self.value"),
			Out:              b.matrix(s.Dim, s.Dim, p+"attention.output.dense"),
			AfterAttention:   b.norm(p+"attention.output.LayerNorm", s.Dim),
			Up:               b.matrix(s.Dim, s.Inner, p+"intermediate.dense"),
			Down:             b.matrix(s.Inner, s.Dim, p+"output.dense"),
			AfterFeedForward: b.norm(p+"output.LayerNorm", s.Dim),
		}
	}
	return m, b.err
}

// builder keeps the first error, so that the list above reads as a list.
type builder struct {
	t   Tensors
	err error
}

// array returns the first n values of an array that has at least as many.
func (b *builder) array(name string, n int) []float32 {
	a := b.t[name]
	if len(a) < n {
		if b.err == nil {
			b.err = fmt.Errorf("%w: array %q has %d values instead of %d", ErrFormat, name, len(a), n)
		}
		return make([]float32, n)
	}
	return a[:n]
}

func (b *builder) norm(name string, n int) Norm {
	return Norm{Gain: b.array(name+".weight", n), Bias: b.array(name+".bias", n)}
}

func (b *builder) positions(s Shape) []float32 {
	kind := b.array("embeddings.token_type_embeddings.weight", s.Dim)
	out := append([]float32(nil), b.array("embeddings.position_embeddings.weight", s.Positions*s.Dim)...)
	for i := range out {
		out[i] += kind[i%s.Dim]
	}
	return out
}

// matrix puts layers of the same input below one another, in panels.
func (b *builder) matrix(in, out int, names ...string) Matrix {
	x := Matrix{In: in, Out: out * len(names), F: make([]float32, in*out*len(names))}
	for i, name := range names {
		w := b.array(name+".weight", in*out)
		for o := range out {
			for k := range in {
				x.F[place(in, i*out+o, k)] = w[o*in+k]
			}
		}
		x.Bias = append(x.Bias, b.array(name+".bias", out)...)
	}
	return x
}

// ReadVocabulary reads the words of a WordPiece model from Hugging Face's
// tokenizer.json, by token id.
func ReadVocabulary(file []byte) ([]string, error) {
	var t struct {
		Model struct {
			Type  string         `json:"type"`
			Vocab map[string]int `json:"vocab"`
		} `json:"model"`
	}
	if err := json.Unmarshal(file, &t); err != nil {
		return nil, fmt.Errorf("%w: %v", ErrFormat, err)
	}
	if t.Model.Type != "WordPiece" {
		return nil, fmt.Errorf("%w: the tokenizer is not WordPiece", ErrFormat)
	}
	out := make([]string, len(t.Model.Vocab))
	for word, id := range t.Model.Vocab {
		if id < 0 || id >= len(out) || out[id] != "" || word == "" {
			return nil, fmt.Errorf("%w: token ids are not 0 to %d", ErrFormat, len(out)-1)
		}
		out[id] = word
	}
	return out, nil
}
