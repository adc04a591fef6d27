package llm

import (
	"context"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"time"
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

// EmbedRuntime is a runtime as an Embedder uses it: an *Ollama or an *OpenAI. Errors are Embedder.Embed's;
// those that may be gone at the next try are marked.
type EmbedRuntime interface {
	embedTurns() *turns
	embedLimits() OllamaOptions
	// embedOnce embeds texts in one call; vectors come as the runtime has them. No texts only load the model.
	embedOnce(ctx context.Context, name string, texts []string) ([][]float32, error)
	// embedSame makes sure that the runtime has m as it was when it was chosen. traits are those of the last
	// time, nil at first.
	embedSame(ctx context.Context, m EmbedModel, traits *embedTraits) (*embedTraits, error)
	// embedLook finds out what a model is; Languages stay open.
	embedLook(ctx context.Context, name string) (EmbedModel, error)
}

// call embeds texts once. Errors as Embed's.
func (e *Embedder) call(ctx context.Context, texts []string) ([][]float32, error) {
	ctx, cancel := context.WithTimeoutCause(ctx, e.runtime.embedLimits().FirstToken, ErrTimeout)
	defer cancel()
	got, err := e.runtime.embedOnce(ctx, e.model.Name, texts)
	if err != nil {
		return nil, err
	}
	if len(got) != len(texts) {
		return nil, fmt.Errorf("%w: %d for %d texts", ErrBadVector, len(got), len(texts))
	}
	for _, v := range got {
		if len(v) != e.model.Dim {
			return nil, fmt.Errorf("%w: %d components, not %d", ErrBadVector, len(v), e.model.Dim)
		}
		if !unit(v) {
			return nil, fmt.Errorf("%w: not finite, or zero", ErrBadVector)
		}
	}
	return got, nil
}

// passing marks an error that may be gone at the next try, not before after where that is set.
type passing struct {
	error
	after time.Duration
}

func (p passing) Unwrap() error { return p.error }

// longestAfter is how long a runtime that asks to be left alone is left so, a call.
const longestAfter = 30 * time.Second

// repeated calls until it works, fails for good or was tried often enough.
func (e *Embedder) repeated(ctx context.Context, texts []string) (got [][]float32, err error) {
	err = e.again(ctx, embedTries, func() (err error) {
		got, err = e.call(ctx, texts)
		return err
	})
	return got, err
}

// again does what may pass up to tries times, with longer and longer pauses.
func (e *Embedder) again(ctx context.Context, tries int, do func() error) error {
	wait := e.retry
	for try := 1; ; try++ {
		err := do()
		var p passing
		if err == nil || !errors.As(err, &p) || try == tries {
			return err
		}
		t := time.NewTimer(max(wait+rand.N(wait/2+1), min(p.after, longestAfter)))
		select {
		case <-t.C:
		case <-ctx.Done():
			t.Stop()
			return classify(ctx, err)
		}
		wait *= 2
	}
}

// askAll embeds a question at once.
func (e *Embedder) askAll(ctx context.Context, job *embedJob) error {
	for {
		part := job.next(int(e.most.Load()))
		if len(part) == 0 {
			return nil
		}
		got, err := e.repeated(ctx, job.texts(part))
		if e.fewer(len(part), err) {
			continue
		}
		if err := job.settle(part, got, err); err != nil {
			return err
		}
	}
}

// passAll embeds passages, call by call, making way for people.
func (e *Embedder) passAll(ctx context.Context, job *embedJob) error {
	for taken := 0; ; {
		part := job.next(int(min(e.size.Load(), e.most.Load())))
		if len(part) == 0 {
			return nil
		}
		err := e.yieldToChats(ctx)
		if err != nil {
			return err
		}
		turn, leave, err := e.runtime.embedTurns().pass(ctx, len(part) > 1 || taken < mostTaken)
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
		if e.fewer(len(part), err) {
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

// fewer takes in that the runtime refuses a call of n texts for their number, and tells whether fewer are to be tried.
func (e *Embedder) fewer(n int, err error) bool {
	if !errors.Is(err, errManyTexts) || n < 2 {
		return false
	}
	e.most.Store(int32(n / 2))
	return true
}

func (e *Embedder) resize(took time.Duration) {
	switch n := e.size.Load(); {
	case took < aimedTook/2:
		e.size.Store(min(2*n, e.most.Load()))
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
