package llm

import (
	"context"
	"fmt"

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
	var last api.ChatResponse
	err = r.client.Chat(s.ctx, r.request(req), func(piece api.ChatResponse) error {
		last = piece
		if piece.RemoteHost != "" {
			s.refused = fmt.Errorf("chat: %w", ErrModelRemote)
			return s.refused
		}
		return s.add(piece.Message.Content)
	})
	s.fill(&res)
	res.PromptTokens, res.AnswerTokens = last.PromptEvalCount, last.EvalCount
	res.Full = last.DoneReason == "length"
	switch {
	case s.refused != nil:
		return res, s.refused
	case err != nil || !last.Done && context.Cause(s.ctx) != nil:
		return res, fmt.Errorf("chat: %w", classify(s.ctx, err))
	case !last.Done:
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
