// Package index finds passages by their words and by their meaning: BM25 over
// postings that bleve's scorch keeps, the nearest vectors of an embedder, and
// both ranked together.
//
// The room's rule: it holds words, never truth. It knows ordinals, access
// classes and texts, nothing of tenants, people or rights; everything in its
// directory can be rebuilt from the store, and a passage whose document was
// never told to it (Load, SetClass, Apply) is denied.
//
// Disk layout under the directory given to Open:
//
//	words/            scorch: root.bolt and segments (package index/postings), *.zap
//	vectors.db        bbolt: package coffre/index/vectors
//	vectors-*.graph   snapshots of its graphs, which may be deleted
//
// A document's access class is never written there: it lives in memory, is
// told at start by Load and changed by SetClass.
package index

import (
	"context"
	"errors"
)

// ErrCorrupt says that the files can't be used (damaged, missing, or written
// by another version) and that the caller should Repair the directory, open
// again and apply everything from the first change on.
var ErrCorrupt = errors.New("index is damaged or of another version")

// ErrInUse says that another process has the directory open. Nothing is wrong
// with the files.
var ErrInUse = errors.New("index is open in another process")

// ErrOrder is returned by Apply for a change older than the one applied last.
var ErrOrder = errors.New("change is older than the index")

// ErrClosed is returned after Close.
var ErrClosed = errors.New("index is closed")

// Passage is a piece of a document's text as it is indexed.
type Passage struct {
	Ordinal uint32 // the store's, from 1, never reused for another text
	Title   string // title of the document or path of headings, weighs a fifth of the text
	Text    string // UTF-8
	Lang    string // "fr", "en" or "" (unknown: indexed under both)
}

// Doc is the state of a document that Apply brings about: exactly these
// passages, none of its earlier ones.
type Doc struct {
	Ordinal  uint32 // the store's, from 1
	Class    uint32 // used only if none was told for this document before
	Passages []Passage
	Drop     []Span // passages of earlier versions
}

// Span is a run of N passage ordinals from First on.
type Span struct{ First, N uint32 }

// Embedder turns texts into vectors for the vector leg. Its
// implementations are the built-in model (index/embed) and the model runtime
// (llm); package index only ever sees this.
type Embedder interface {
	// ID names weights, tokenizer, pooling and prefix; vectors of different
	// ids are never compared.
	ID() string
	// Dim is the number of components of every vector.
	Dim() int
	// Embed returns one vector a text. query selects the embedder's prefix
	// for questions where it has one.
	Embed(ctx context.Context, texts []string, query bool) ([][]float32, error)
}

// Options of Open. The zero value finds by words alone.
type Options struct {
	// ReadOnly opens an existing index without the lock of a writer; Apply
	// is refused, and nothing is embedded but questions.
	ReadOnly bool
	// Texts returns the passages with these ordinals as Apply was given them,
	// without those that are gone. It is called by the worker that embeds,
	// holding no lock, with at most 400 ordinals. Without it nothing is embedded.
	Texts func(ctx context.Context, ordinals []uint32) ([]Passage, error)
	// Progress, if set, is called after each batch of the worker with how many
	// passages have vectors, of how many. It must not call SetEmbedder or Close.
	Progress func(done, total int)
}
