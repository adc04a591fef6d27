package llm

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"math"
)

var _ EmbedRuntime = (*OpenAI)(nil)

func (r *OpenAI) embedTurns() *turns         { return &r.turns }
func (r *OpenAI) embedLimits() OllamaOptions { return r.o }

// wireEmbeddings is POST /v1/embeddings' answer.
type wireEmbeddings struct {
	Data []struct {
		Index     *int            `json:"index"`
		Embedding json.RawMessage `json:"embedding"`
	} `json:"data"`
	Usage wireUsage       `json:"usage"`
	Error json.RawMessage `json:"error"`
}

// mostEmbeddings bounds an answer, bytes: 32 vectors of 8192 components take 4 to 6 MB.
const mostEmbeddings = 32 << 20

func (r *OpenAI) embedOnce(ctx context.Context, name string, texts []string) ([][]float32, error) {
	if len(texts) == 0 {
		texts = []string{"."} // nothing to embed is an error to most
	}
	var out wireEmbeddings
	err := r.decode(ctx, r.base+"/embeddings", map[string]any{"model": name, "input": texts, "encoding_format": "float"}, &out, mostEmbeddings)
	var no *refused
	if errors.As(err, &no) { // a parameter that it doesn't know, or a text that it won't have
		err = r.decode(ctx, r.base+"/embeddings", map[string]any{"model": name, "input": texts}, &out, mostEmbeddings)
	}
	switch {
	case errors.Is(err, errNoRoute):
		return nil, ErrNoEmbedding
	case err != nil:
		return nil, err
	case len(out.Error) > 0 && string(out.Error) != "null":
		return nil, apiFault{message: faultMessage(out.Error)}.inStream()
	}
	least := 0
	for _, text := range texts {
		least += fewestTokens(text)
	}
	if out.Usage.Prompt > 0 && out.Usage.Prompt < least {
		return nil, ErrPromptCut // it read less than the words that it was sent
	}
	return out.inOrder(len(texts))
}

// inOrder puts n vectors in the order of their texts, which the wire promises by index alone.
func (w wireEmbeddings) inOrder(n int) ([][]float32, error) {
	if len(w.Data) != n {
		return nil, fmt.Errorf("%w: %d for %d texts", ErrBadVector, len(w.Data), n)
	}
	out := make([][]float32, n)
	for _, d := range w.Data {
		if d.Index == nil && n == 1 {
			d.Index = new(int)
		}
		if d.Index == nil || *d.Index < 0 || *d.Index >= n || out[*d.Index] != nil {
			return nil, fmt.Errorf("%w: not numbered", ErrBadVector)
		}
		v, err := wireVectorOf(d.Embedding)
		if err != nil {
			return nil, err
		}
		out[*d.Index] = v
	}
	return out, nil
}

// wireVectorOf reads a list of numbers, or base64 of little-endian float32. Servers write null for what is no number.
func wireVectorOf(text json.RawMessage) ([]float32, error) {
	text = bytes.TrimSpace(text)
	if len(text) > 0 && text[0] == '"' {
		var raw []byte
		if err := json.Unmarshal(text, &raw); err != nil || len(raw) == 0 || len(raw)%4 != 0 {
			return nil, fmt.Errorf("%w: not base64 of numbers", ErrBadVector)
		}
		v := make([]float32, len(raw)/4)
		for i := range v {
			v[i] = math.Float32frombits(binary.LittleEndian.Uint32(raw[4*i:]))
		}
		return v, nil
	}
	var v []float32
	if err := json.Unmarshal(text, &v); err != nil || len(v) == 0 || bytes.Contains(text, []byte("null")) {
		return nil, fmt.Errorf("%w: not a list of numbers", ErrBadVector)
	}
	return v, nil
}

// sampleText is embedded to recognize a model by: both languages, capitals, accents, figures and signs, so that a
// change of tokenizer shows too.
const sampleText = "Le loyer annuel de 12 500,50 € est payable d'avance, à Sète. Invoice FAC-2026-0117: twenty-five SCREWS, net 30 days."

// Of a model is remembered sampleSize components of sampleText's vector, evenly spread. It is the same as long
// as their cosine is at least sameSample: other batches and processors change the sixth digit, other weights leave
// a cosine that is normally distributed around 0 with a deviation of 0.125, or, for a new training of the same
// model, clearly under it.
const (
	sampleSize = 64
	sameSample = 0.995
)

// sampleOf packs components into 8 bits each, in base64.
func sampleOf(v []float32) string {
	n := min(sampleSize, len(v))
	part := make([]float32, n)
	var top float64
	for i := range part {
		part[i] = v[i*len(v)/n]
		top = max(top, math.Abs(float64(part[i])))
	}
	out := make([]byte, n)
	for i, x := range part {
		if top > 0 {
			out[i] = byte(int8(math.Round(float64(x) / top * 127)))
		}
	}
	return base64.StdEncoding.EncodeToString(out)
}

// alike tells whether two samples are of one model.
func alike(a, b string) bool {
	x, errX := base64.StdEncoding.DecodeString(a)
	y, errY := base64.StdEncoding.DecodeString(b)
	if errX != nil || errY != nil || len(x) != len(y) || len(x) == 0 {
		return false
	}
	var dot, xx, yy float64
	for i := range x {
		p, q := float64(int8(x[i])), float64(int8(y[i]))
		dot, xx, yy = dot+p*q, xx+p*p, yy+q*q
	}
	return dot > 0 && dot*dot >= sameSample*sameSample*xx*yy
}

// embedSame embeds sampleText: such servers tell no digest of a model.
func (r *OpenAI) embedSame(ctx context.Context, m EmbedModel, _ *embedTraits) (*embedTraits, error) {
	ctx, cancel := context.WithTimeoutCause(ctx, r.o.FirstToken, ErrTimeout)
	defer cancel()
	got, err := r.embedOnce(ctx, m.Name, []string{sampleText})
	switch {
	case err != nil:
		return nil, err
	case len(got[0]) != m.Dim || !alike(sampleOf(got[0]), m.Sample):
		return nil, ErrModelChanged
	}
	return &embedTraits{context: m.Window, strict: true}, nil
}
