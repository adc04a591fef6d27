package llm

import (
	"context"
	"errors"
	"time"
)

// Provider is a model runtime.
type Provider interface {
	// Chat streams an answer: token is called for each piece, in order, from the calling goroutine; its error
	// ends the chat and is returned. The result is valid as far as it goes even where an error is returned.
	// Errors: ErrUnreachable, ErrModelMissing, ErrModelRemote, ErrPromptCut, ErrTimeout, ErrCancelled,
	// ErrRuntime; test with errors.Is.
	Chat(ctx context.Context, req ChatRequest, token func(string) error) (ChatResult, error)
	// Models lists what the runtime can run on this machine. Errors as Chat's.
	Models(ctx context.Context) ([]Model, error)
}

// Why a runtime did not answer. Messages that come with them never hold a prompt or an answer.
var (
	ErrUnreachable  = errors.New("model runtime not reachable")
	ErrModelMissing = errors.New("model not installed")
	ErrModelRemote  = errors.New("model runs on another machine")
	ErrPromptCut    = errors.New("prompt does not fit the model's context")
	ErrTimeout      = errors.New("model runtime too slow")
	ErrCancelled    = errors.New("answer cancelled")
	ErrRuntime      = errors.New("model runtime failed")
)

// ChatRequest is what a model is asked.
type ChatRequest struct {
	Model       string
	Messages    []Message
	NumCtx      int     // context in tokens, prompt and answer together; 0 means DefaultNumCtx; at most what the model was trained for
	MaxTokens   int     // longest answer in tokens; 0 means DefaultMaxTokens
	Temperature float64 // 0 is the default here: the same passages give the same answer
	Seed        int
}

// Defaults of a ChatRequest, in tokens.
const (
	DefaultNumCtx    = 4096
	DefaultMaxTokens = 600
)

// ChatResult is what a chat was.
type ChatResult struct {
	Model        string
	Digest       string // of the model's files, as the runtime names them
	Text         string
	PromptTokens int           // as the runtime counted them; 0 where it did not say
	AnswerTokens int           // the same
	Estimated    int           // EstimateMessages of the prompt
	Full         bool          // the answer stopped at MaxTokens or at the end of the context
	FirstToken   time.Duration // from the request to the first token
	Took         time.Duration
}

// Model is a model that a runtime has.
type Model struct {
	Name, Digest                     string
	Size                             int64 // bytes
	Modified                         time.Time
	Family, Parameters, Quantization string
	Remote                           bool // the runtime would send the prompt to another machine; Chat refuses it
	Context                          int  // tokens that the model was trained for; 0 unless Find tells it
}
