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
	"coffre/index/vectors"
)

// The settings of an embedder that runs in the runtime: what Probe found when it was chosen. Its name is
// part of SettingEmbedder. Languages are tags parted by commas, "*" for all.
const (
	SettingEmbedDigest    = "embed.digest"
	SettingEmbedDim       = "embed.dim"
	SettingEmbedLanguages = "embed.languages"
)

// EmbedOllama begins the value of SettingEmbedder where the runtime embeds; the model's name follows.
const EmbedOllama = "ollama:"

// Why an embedding can't be had, besides the errors of Provider. Messages that come with them hold no text.
var (
	ErrNoEmbedding  = errors.New("model makes no embeddings")
	ErrModelChanged = errors.New("model has changed since it was chosen")
	ErrBadVector    = errors.New("model runtime returned unusable embeddings")
)

// embedMethod names what besides the weights and prefixes decides on a vector; a change of preparation or
// windows needs another one.
const embedMethod = "bert-text-prepared windows-1024-halved mean-by-length l2 v1"

// EmbedModel is an embedding model as it was when it was chosen: enough to make an Embedder while the
// runtime is down.
type EmbedModel struct {
	Name      string
	Digest    string   // of the model's files, hexadecimal, as the runtime names them
	Dim       int      // components of a vector
	Languages []string // tags as index.Passage.Lang has them; nil for all
}

// Settings are the settings to store for m.
func (m EmbedModel) Settings() map[string]string {
	languages := "*"
	if m.Languages != nil {
		languages = strings.Join(m.Languages, ",")
	}
	return map[string]string{
		SettingEmbedder: EmbedOllama + m.Name, SettingEmbedDigest: m.Digest,
		SettingEmbedDim: strconv.Itoa(m.Dim), SettingEmbedLanguages: languages,
	}
}

// ChosenEmbedModel reads what Settings stored; get is store.View's Setting. ok is false where the settings
// choose no model of the runtime's.
func ChosenEmbedModel(get func(name, def string) string) (m EmbedModel, ok bool, err error) {
	name, ok := strings.CutPrefix(get(SettingEmbedder, ""), EmbedOllama)
	if !ok {
		return m, false, nil
	}
	m = EmbedModel{Name: name, Digest: get(SettingEmbedDigest, "")}
	if m.Dim, err = strconv.Atoi(get(SettingEmbedDim, "")); err != nil {
		return m, true, errors.New("read embedder's settings: no number of components")
	}
	switch languages := get(SettingEmbedLanguages, "*"); languages {
	case "*":
	case "":
		m.Languages = []string{}
	default:
		m.Languages = strings.Split(languages, ",")
	}
	return m, true, m.valid()
}

func (m EmbedModel) valid() error {
	switch _, err := hex.DecodeString(m.Digest); {
	case m.Name == "" || len(m.Name) > 256:
		return errors.New("choose embedder: no name of a model")
	case err != nil || len(m.Digest) < 32 || len(m.Digest) > 128:
		return errors.New("choose embedder: no digest of a model")
	case m.Dim < 1 || m.Dim > vectors.MaxDim:
		return fmt.Errorf("choose embedder: %d components, want 1 to %d", m.Dim, vectors.MaxDim)
	case cloudName(m.Name):
		return fmt.Errorf("choose embedder: %w", ErrModelRemote)
	}
	return nil
}

// Embedder embeds by a model of the runtime's. It is safe for concurrent use. Questions go before passages:
// a batch of passages that the runtime is busy with is taken back when a question comes, and sent again
// after it; between batches passages wait while people's answers are being written, within reason.
type Embedder struct {
	runtime *Ollama
	chats   *Queue // of answers; nil where there are none
	model   EmbedModel
	profile embedProfile
	id      string
	size    atomic.Int32 // texts of the next call for passages
	warming atomic.Bool
	retry   time.Duration // before the first repetition, doubled each time

	mu      sync.Mutex
	checked time.Time // when the runtime last had the model with its digest
	traits  *embedTraits
}

var _ index.Linguist = (*Embedder)(nil)

// NewEmbedder makes an embedder of m in r. Nothing is asked yet, so that it can be made while the runtime is
// down. chats, which may be nil, is the queue of answers that passages make way for.
func NewEmbedder(r *Ollama, chats *Queue, m EmbedModel) (*Embedder, error) {
	if err := m.valid(); err != nil {
		return nil, err
	}
	m.Languages = slices.Clone(m.Languages)
	p, _ := profileOf(m.Name)
	sum := sha256.Sum256([]byte(strings.Join([]string{m.Digest, strconv.Itoa(m.Dim), embedMethod, p.query, p.passage}, "\x00")))
	e := &Embedder{
		runtime: r, chats: chats, model: m, profile: p, retry: 250 * time.Millisecond,
		id: "ollama/" + m.Name + "@" + m.Digest[:12] + "/" + hex.EncodeToString(sum[:8]),
	}
	e.size.Store(firstBatch)
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
		done := e.runtime.turns.ask()
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
	ctx, cancel := context.WithTimeoutCause(context.WithoutCancel(ctx), e.runtime.o.FirstToken, ErrTimeout)
	go func() {
		defer e.warming.Store(false)
		defer cancel()
		_, _ = e.runtime.client.Embed(ctx, e.request([]string{})) // the next question shows what came of it
	}()
}
