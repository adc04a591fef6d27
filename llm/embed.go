package llm

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"coffre/index"
)

// Why an embedding can't be had, besides the errors of Provider. Messages that come with them hold no text.
var (
	ErrNoEmbedding  = errors.New("model makes no embeddings")
	ErrModelChanged = errors.New("model has changed since it was chosen")
	ErrBadVector    = errors.New("model runtime returned unusable embeddings")
)

// Embedder embeds by a model of the runtime's. It is safe for concurrent use. Questions go before passages:
// a batch of passages that the runtime is busy with is taken back when a question comes, and sent again
// after it; between batches passages wait while people's answers are being written, within reason.
type Embedder struct {
	runtime EmbedRuntime
	chats   *Queue // of answers; nil where there are none
	model   EmbedModel
	profile embedProfile
	id      string
	size    atomic.Int32 // texts of the next call for passages
	most    atomic.Int32 // texts of a call that the runtime takes
	warming atomic.Bool
	retry   time.Duration // before the first repetition, doubled each time

	mu      sync.Mutex
	checked time.Time // when the runtime last had the model with its digest
	traits  *embedTraits
}

var _ index.Linguist = (*Embedder)(nil)

// NewEmbedder makes an embedder of m in r. Nothing is asked yet, so that it can be made while the runtime is
// down. chats, which may be nil, is the queue of answers that passages make way for.
func NewEmbedder(r EmbedRuntime, chats *Queue, m EmbedModel) (*Embedder, error) {
	if err := m.valid(); err != nil {
		return nil, err
	}
	m.Languages = slices.Clone(m.Languages)
	p, _ := profileOf(m.Name)
	sum := sha256.Sum256([]byte(strings.Join([]string{m.Digest, strconv.Itoa(m.Dim), m.method(), p.query, p.passage}, "\x00")))
	e := &Embedder{
		runtime: r, chats: chats, model: m, profile: p, retry: 250 * time.Millisecond,
		id: m.kind() + "/" + m.Name + "@" + m.Digest[:12] + "/" + hex.EncodeToString(sum[:8]),
	}
	e.size.Store(firstBatch)
	e.most.Store(mostBatch)
	return e, nil
}

// ID names the weights by their digest, and prefixes, preparation and windows.
func (e *Embedder) ID() string { return e.id }

// Dim is the number of components of a vector.
func (e *Embedder) Dim() int { return e.model.Dim }

// Languages are those that the model knows, nil for all.
func (e *Embedder) Languages() []string { return e.model.Languages }

// Model is what the embedder was made of.
func (e *Embedder) Model() EmbedModel { return e.model }

// Embed returns one vector of unit length a text, all with Dim components. A text that the model's context
// can't hold is read in windows, and its vector is their mean by length: nothing is cut off.
//
// What is transient (no connection, a status from 500 on) is tried again a few times. The model is compared with the
// digest it was chosen with, for passages after every batch, so that vectors of other weights are never
// kept under this ID. Errors: ErrUnreachable, ErrTimeout, ErrCancelled, ErrRuntime, ErrModelMissing,
// ErrModelRemote, ErrNoEmbedding, ErrModelChanged, ErrBadVector, ErrPromptCut.
func (e *Embedder) Embed(ctx context.Context, texts []string, query bool) ([][]float32, error) {
	if len(texts) == 0 {
		return nil, ctx.Err()
	}
	out, err := e.embed(ctx, texts, query)
	if err != nil {
		if query && errors.Is(err, ErrTimeout) {
			e.warm(ctx)
		}
		return nil, fmt.Errorf("embed by the runtime: %w", err)
	}
	return out, nil
}

// Ages up to which a comparison of digests holds.
const (
	queryAge   = 15 * time.Second
	passageAge = time.Minute // it is compared again afterwards
)

func (e *Embedder) embed(ctx context.Context, texts []string, query bool) ([][]float32, error) {
	age := passageAge
	if query {
		age = queryAge
	}
	traits, err := e.verify(ctx, age)
	if err != nil {
		return nil, err
	}
	prefix := e.profile.passage
	if query {
		prefix = e.profile.query
	}
	job := newEmbedJob(texts, prefix, traits)
	if query {
		done := e.runtime.embedTurns().ask()
		defer done()
		err = e.askAll(ctx, job)
	} else {
		err = e.passAll(ctx, job)
		if err == nil {
			_, err = e.verify(ctx, 0)
		}
	}
	if err != nil {
		return nil, err
	}
	return job.vectors()
}

// warm lets the runtime load the model for the next question: a load is given up by the runtime when the
// question that wanted it goes away.
func (e *Embedder) warm(ctx context.Context) {
	if !e.warming.CompareAndSwap(false, true) {
		return
	}
	ctx, cancel := context.WithTimeoutCause(context.WithoutCancel(ctx), e.runtime.embedLimits().FirstToken, ErrTimeout)
	go func() {
		defer e.warming.Store(false)
		defer cancel()
		_, _ = e.runtime.embedOnce(ctx, e.model.Name, nil) // the next question shows what came of it
	}()
}
