package llm

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/ollama/ollama/api"
)

// Chat asks a model. The runtime is told to refuse a prompt that is too long instead of cutting it; in case it is
// too old to know how, the number of tokens that it says it read is compared with the context and with what
// the prompt must at least have: a cut prompt is ErrPromptCut, never an answer from half of the passages.
func (r *Ollama) Chat(ctx context.Context, req ChatRequest, token func(string) error) (ChatResult, error) {
	if req.NumCtx <= 0 {
		req.NumCtx = DefaultNumCtx
	}
	if req.MaxTokens <= 0 {
		req.MaxTokens = DefaultMaxTokens
	}
	res := ChatResult{Model: req.Model, Estimated: EstimateMessages(req.Messages)}
	m, err := r.Find(ctx, req.Model)
	if err != nil {
		return res, fmt.Errorf("chat: %w", err)
	}
	res.Digest = m.Digest
	if m.Context > 0 {
		req.NumCtx = min(req.NumCtx, m.Context)
	}
	s := newStream(ctx, r.o, token)
	defer s.stop()
	err = r.client.Chat(s.ctx, r.request(req), s.receive)
	res.Text, res.FirstToken, res.Took = s.text.String(), s.first, time.Since(s.start)
	res.PromptTokens, res.AnswerTokens = s.last.PromptEvalCount, s.last.EvalCount
	res.Full = s.last.DoneReason == "length"
	switch {
	case s.refused != nil:
		return res, s.refused
	case err != nil || !s.last.Done && context.Cause(s.ctx) != nil:
		return res, fmt.Errorf("chat: %w", classify(s.ctx, err))
	case !s.last.Done:
		// The API client says nothing when the connection breaks inside the stream.
		return res, fmt.Errorf("chat: stream broke off: %w", ErrRuntime)
	case cutPrompt(req, res):
		return res, fmt.Errorf("chat: runtime read %d of about %d tokens in a context of %d: %w", res.PromptTokens, res.Estimated, req.NumCtx, ErrPromptCut)
	}
	return res, nil
}

// cutPrompt tells whether the runtime read less than it was sent. A count of 0 is no count.
func cutPrompt(req ChatRequest, res ChatResult) bool {
	least := 0
	for _, m := range req.Messages {
		least += fewestTokens(m.Content)
	}
	return res.PromptTokens > 0 && (res.PromptTokens >= req.NumCtx || res.PromptTokens < least)
}

func (r *Ollama) request(req ChatRequest) *api.ChatRequest {
	no, keep := false, api.Duration{Duration: r.o.KeepAlive}
	out := &api.ChatRequest{
		Model: req.Model, Truncate: &no, Shift: &no, KeepAlive: &keep,
		Think: &api.ThinkValue{Value: false}, // the box's machines are slow, and thoughts can't be cited
		Options: map[string]any{
			"num_ctx": req.NumCtx, "num_predict": req.MaxTokens, "temperature": req.Temperature, "seed": req.Seed,
		},
	}
	for _, m := range req.Messages {
		out.Messages = append(out.Messages, api.Message{Role: m.Role, Content: m.Content})
	}
	return out
}

// stream receives the pieces of one chat and watches the clock. Only the goroutine that chats touches it,
// but for the timer, which only cancels.
type stream struct {
	ctx     context.Context
	stop    func()
	o       OllamaOptions
	token   func(string) error
	timer   *time.Timer
	start   time.Time
	first   time.Duration
	text    strings.Builder
	last    api.ChatResponse
	refused error // token's error
}

func newStream(ctx context.Context, o OllamaOptions, token func(string) error) *stream {
	ctx, cancel := context.WithCancelCause(ctx)
	ctx, cancelTotal := context.WithTimeoutCause(ctx, o.Total, ErrTimeout)
	s := &stream{ctx: ctx, o: o, token: token, start: time.Now()}
	s.timer = time.AfterFunc(o.FirstToken, func() { cancel(ErrTimeout) })
	s.stop = func() {
		s.timer.Stop()
		cancelTotal()
		cancel(nil)
	}
	return s
}

// receive takes one piece. A thinking model's thoughts count as a sign of life and are dropped.
func (s *stream) receive(piece api.ChatResponse) error {
	s.timer.Reset(s.o.Idle)
	s.last = piece
	if piece.RemoteHost != "" {
		s.refused = fmt.Errorf("chat: %w", ErrModelRemote)
		return s.refused
	}
	if piece.Message.Content == "" {
		return nil
	}
	if s.first == 0 {
		s.first = time.Since(s.start)
	}
	s.text.WriteString(piece.Message.Content)
	if s.token == nil {
		return nil
	}
	if err := s.token(piece.Message.Content); err != nil {
		s.refused = fmt.Errorf("chat: pass token on: %w", err)
		return s.refused
	}
	return nil
}
