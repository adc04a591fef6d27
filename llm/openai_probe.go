package llm

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"strconv"
	"strings"
)

// embedWindows are the sizes of window that a model is tried with, in tokens, largest first: a little under what
// models are trained for, since two marks and what is estimated too low must fit besides.
var embedWindows = []int{1000, 500, 250, 120, 60}

// Cosines of what must be the same vector, and of what must not be.
const (
	sameVector  = 0.999
	otherVector = 0.9999
)

func (r *OpenAI) embedLook(ctx context.Context, name string) (m EmbedModel, err error) {
	if _, err = r.Find(ctx, name); err != nil {
		return m, err
	}
	m = EmbedModel{Kind: KindOpenAI, Name: name}
	if m.Dim, err = dimension(ctx, r, name); err != nil {
		return m, err
	}
	if m.Sample, err = r.sample(ctx, name); err != nil {
		return m, err
	}
	if m.Window, err = r.window(ctx, name); err != nil {
		return m, err
	}
	sum := sha256.Sum256([]byte(strings.Join([]string{name, strconv.Itoa(m.Dim), m.Sample}, "\x00")))
	m.Digest = hex.EncodeToString(sum[:])
	return m, nil
}

// sample makes sure that a model gives a text one vector, alone and among others in any order, and another text
// another, and returns what to recognize it by.
func (r *OpenAI) sample(ctx context.Context, name string) (string, error) {
	ctx, cancel := context.WithTimeoutCause(ctx, r.o.FirstToken, ErrTimeout)
	defer cancel()
	const other = "The quick brown fox."
	alone, err := r.embedOnce(ctx, name, []string{sampleText})
	if err != nil {
		return "", err
	}
	among, err := r.embedOnce(ctx, name, []string{other, sampleText, "x"})
	if err != nil {
		return "", err
	}
	for _, v := range [][]float32{alone[0], among[0], among[1]} {
		if len(v) != len(alone[0]) || !unit(v) {
			return "", fmt.Errorf("%w: not finite, zero, or of another length", ErrBadVector)
		}
	}
	if cosine(alone[0], among[1]) < sameVector {
		return "", fmt.Errorf("%w: one text, two vectors", ErrBadVector)
	}
	if cosine(alone[0], among[0]) > otherVector {
		return "", fmt.Errorf("%w: two texts, one vector", ErrBadVector)
	}
	return sampleOf(alone[0]), nil
}

// window is the largest of embedWindows whose end a model still reads. Some servers cut texts without a word (Ollama
// under /v1, Infinity, LM Studio, TEI with auto-truncate); then texts that differ only at their end have one vector.
func (r *OpenAI) window(ctx context.Context, name string) (int, error) {
	for _, n := range embedWindows {
		reads, err := r.reads(ctx, name, n)
		if err != nil {
			return 0, err
		}
		if reads {
			return n, nil
		}
	}
	return 0, fmt.Errorf("%w: it does not read %d tokens", ErrBadVector, embedWindows[len(embedWindows)-1])
}

// reads tells whether a model reads the end of a text of n tokens. Words of one letter are one token each in every
// vocabulary met. One of the texts is sent twice, so that what is noise is known.
func (r *OpenAI) reads(ctx context.Context, name string, n int) (bool, error) {
	ctx, cancel := context.WithTimeoutCause(ctx, r.o.FirstToken, ErrTimeout)
	defer cancel()
	const end = 8
	head := strings.Repeat("a ", n-end)
	texts := []string{head + strings.Repeat("b ", end-1) + "b", head + strings.Repeat("z ", end-1) + "z"}
	got, err := r.embedOnce(ctx, name, append(texts, texts[0]))
	var p passing
	switch {
	case errors.Is(err, ErrPromptCut), errors.Is(err, errManyTexts):
		return false, nil
	case err != nil && errors.Is(err, ErrRuntime) && !errors.As(err, &p):
		return false, nil // refused, in words that aren't known
	case err != nil:
		return false, err
	}
	for _, v := range got {
		if len(v) != len(got[0]) || !unit(v) {
			return false, fmt.Errorf("%w: not finite, or zero", ErrBadVector)
		}
	}
	noise, change := 1-cosine(got[0], got[2]), 1-cosine(got[0], got[1])
	return change > 4*noise+1e-9, nil
}

// cosine of two vectors of unit length.
func cosine(a, b []float32) float64 {
	var dot float64
	for i := range a {
		dot += float64(a[i]) * float64(b[i])
	}
	return dot
}
