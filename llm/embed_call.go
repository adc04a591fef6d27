package llm

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math"
	"math/rand/v2"
	"net/http"
	"strings"
	"time"

	"github.com/ollama/ollama/api"
)

// What one call holds. A call for passages is sized by the time that the one before took, so that a person
// never waits long for a batch that can't be taken back.
const (
	embedContext = 1024 // tokens of a window, at most
	firstBatch   = 4
	mostBatch    = 32
	mostBytes    = 64 << 10
	aimedTook    = 400 * time.Millisecond
	embedTries   = 4
)

// embedPause is how long passages wait for answers that are being written, a call.
const embedPause = 10 * time.Second

func (e *Embedder) request(texts []string) *api.EmbedRequest {
	no, keep := false, api.Duration{Duration: e.runtime.o.KeepAlive}
	return &api.EmbedRequest{
		Model: e.model.Name, Input: texts, Truncate: &no, KeepAlive: &keep,
		// Encoders read a window in one batch or not at all; the server's own defaults must decide on nothing.
		Options: map[string]any{"num_ctx": embedContext, "num_batch": embedContext},
	}
}

// call embeds texts once. Errors as Embed's.
func (e *Embedder) call(ctx context.Context, texts []string) ([][]float32, error) {
	ctx, cancel := context.WithTimeoutCause(ctx, e.runtime.o.FirstToken, ErrTimeout)
	defer cancel()
	res, err := e.runtime.client.Embed(ctx, e.request(texts))
	if err != nil {
		return nil, classifyEmbed(ctx, err)
	}
	if len(res.Embeddings) != len(texts) {
		return nil, fmt.Errorf("%w: %d for %d texts", ErrBadVector, len(res.Embeddings), len(texts))
	}
	for _, v := range res.Embeddings {
		if len(v) != e.model.Dim {
			return nil, fmt.Errorf("%w: %d components, not %d", ErrBadVector, len(v), e.model.Dim)
		}
		if !unit(v) {
			return nil, fmt.Errorf("%w: not finite, or zero", ErrBadVector)
		}
	}
	return res.Embeddings, nil
}

// passing marks an error that may be gone at the next try.
type passing struct{ error }

func (p passing) Unwrap() error { return p.error }

// classifyEmbed is classify for embeddings; what may pass is marked.
func classifyEmbed(ctx context.Context, err error) error {
	out := classify(ctx, err)
	if ctx.Err() != nil {
		return out
	}
	var status api.StatusError
	switch {
	case errors.As(err, &status):
		low := strings.ToLower(status.ErrorMessage)
		switch {
		case status.StatusCode == http.StatusNotImplemented, strings.Contains(low, "not support embed"), strings.Contains(low, "not support generate embed"):
			return ErrNoEmbedding
		case strings.Contains(low, "nan"), strings.Contains(low, "unsupported value"):
			return fmt.Errorf("%w: not finite", ErrBadVector)
		case errors.Is(out, ErrRuntime) && (status.StatusCode >= 500 || status.StatusCode == http.StatusTooManyRequests):
			return passing{out}
		}
	case errors.Is(out, ErrUnreachable):
		return passing{out}
	case errors.Is(err, io.ErrUnexpectedEOF), errors.Is(err, io.EOF):
		return passing{fmt.Errorf("%w: its answer broke off", ErrRuntime)}
	}
	return out
}

// repeated calls until it works, fails for good or was tried often enough.
func (e *Embedder) repeated(ctx context.Context, texts []string) ([][]float32, error) {
	wait := e.retry
	for try := 1; ; try++ {
		got, err := e.call(ctx, texts)
		var p passing
		if err == nil || !errors.As(err, &p) || try == embedTries {
			return got, err
		}
		t := time.NewTimer(wait + rand.N(wait/2+1))
		select {
		case <-t.C:
		case <-ctx.Done():
			t.Stop()
			return nil, classify(ctx, err)
		}
		wait *= 2
	}
}

// askAll embeds a question at once.
func (e *Embedder) askAll(ctx context.Context, job *embedJob) error {
	for {
		part := job.next(mostBatch)
		if len(part) == 0 {
			return nil
		}
		got, err := e.repeated(ctx, job.texts(part))
		if err := job.settle(part, got, err); err != nil {
			return err
		}
	}
}

// passAll embeds passages, call by call, making way for people.
func (e *Embedder) passAll(ctx context.Context, job *embedJob) error {
	for taken := 0; ; {
		part := job.next(int(e.size.Load()))
		if len(part) == 0 {
			return nil
		}
		err := e.yieldToChats(ctx)
		if err != nil {
			return err
		}
		turn, leave, err := e.runtime.turns.pass(ctx, len(part) > 1 || taken < mostTaken)
		if err != nil {
			return err
		}
		began := time.Now()
		got, err := e.repeated(turn, job.texts(part))
		back := errors.Is(context.Cause(turn), errTakenBack)
		leave()
		if err != nil && back && ctx.Err() == nil {
			if taken++; taken%mostTaken == 0 {
				e.size.Store(max(1, e.size.Load()/2))
			}
			continue
		}
		if err := job.settle(part, got, err); err != nil {
			return err
		}
		taken = 0
		if err == nil {
			e.resize(time.Since(began))
		}
	}
}

// mostTaken is how often a call for passages is taken back before it gets smaller, and in the end goes through.
const mostTaken = 4

func (e *Embedder) resize(took time.Duration) {
	switch n := e.size.Load(); {
	case took < aimedTook/2:
		e.size.Store(min(2*n, mostBatch))
	case took > aimedTook:
		e.size.Store(max(1, n/2))
	}
}

// yieldToChats waits until no answer is being written or waited for, embedPause at most.
func (e *Embedder) yieldToChats(ctx context.Context) error {
	if e.chats == nil {
		return nil
	}
	t := time.NewTicker(50 * time.Millisecond)
	defer t.Stop()
	for end := time.Now().Add(embedPause); time.Now().Before(end); {
		if running, waiting := e.chats.Load(); running+waiting == 0 {
			break
		}
		select {
		case <-t.C:
		case <-ctx.Done():
			return classify(ctx, ctx.Err())
		}
	}
	return nil
}

// unit scales v to unit length; false where that can't be done.
func unit(v []float32) bool {
	var s float64
	for _, x := range v {
		s += float64(x) * float64(x)
	}
	if !(s > 1e-20) || math.IsInf(s, 0) {
		return false
	}
	f := 1 / math.Sqrt(s)
	for i, x := range v {
		v[i] = float32(float64(x) * f)
	}
	return true
}
