package llm

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// Chat asks a model and streams what it writes. How many tokens the server says it read is compared with the
// context and with what the prompt must at least have, since some (Ollama under /v1, LM Studio) cut a prompt that
// is too long without a word: that is ErrPromptCut. A server that says no count can't be caught at it, which is why
// Runtime counts on a small window where none is known.
//
// A server that has too much to do is asked again twice, as long as nothing was written. Errors as Provider's,
// and ErrKey, ErrKeySecret, ErrBusy, ErrNotAPI, ErrNoChat, ErrWantsTLS.
func (r *OpenAI) Chat(ctx context.Context, req ChatRequest, token func(string) error) (ChatResult, error) {
	if req.NumCtx <= 0 {
		req.NumCtx = DefaultNumCtx
	}
	if req.MaxTokens <= 0 {
		req.MaxTokens = DefaultMaxTokens
	}
	res := ChatResult{Model: req.Model, Estimated: EstimateMessages(req.Messages)}
	s := newStream(ctx, r.o, token)
	defer s.stop()
	a := &chatAnswer{s: s}
	err := r.converse(s.ctx, req, a)
	s.fill(&res)
	res.PromptTokens, res.AnswerTokens, res.Full = a.usage.Prompt, a.usage.Answer, a.reason == "length"
	switch {
	case s.refused != nil:
		return res, s.refused
	case err != nil:
		return res, fmt.Errorf("chat: %w", settled(err))
	case cutPrompt(req, res):
		return res, fmt.Errorf("chat: server read %d of about %d tokens in a context of %d: %w", res.PromptTokens, res.Estimated, req.NumCtx, ErrPromptCut)
	}
	return res, nil
}

// settled takes off what only this package's own repetitions need.
func settled(err error) error {
	if errors.Is(err, errNoRoute) {
		return ErrNoChat
	}
	if errors.Is(err, errManyTexts) {
		return ErrRuntime
	}
	return err
}

// How often a chat is tried while a server is busy, and the longest wait before it is tried again.
const (
	chatTries    = 3
	longestPause = 10 * time.Second
)

// converse sends the request, with less and less in it where the server refuses it, and reads the answer.
func (r *OpenAI) converse(ctx context.Context, req ChatRequest, a *chatAnswer) error {
	level := r.levelOf(req.Model)
	for try := 1; ; {
		res, err := r.ask(ctx, r.base+"/chat/completions", chatLevels[level](req))
		if err == nil {
			r.learn(req.Model, level)
			defer res.Body.Close()
			return a.read(ctx, res)
		}
		var busy passing
		var no *refused
		switch {
		case errors.As(err, &no) && level+1 < len(chatLevels):
			level++
		case errors.As(err, &busy) && errors.Is(err, ErrBusy) && try < chatTries && busy.after <= longestPause:
			if err := pause(ctx, max(busy.after, time.Duration(try)*500*time.Millisecond)); err != nil {
				return err
			}
			try++
		default:
			return err
		}
	}
}

// pause waits, for as long as ctx goes on.
func pause(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return broken(ctx, ctx.Err())
	}
}

func (r *OpenAI) levelOf(model string) int {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.plain[model]
}

func (r *OpenAI) learn(model string, level int) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.plain[model] = level
}

// wireMessage is a message on the wire.
type wireMessage struct {
	Role    string `json:"role"`
	Content string `json:"content"`
}

// chatLevels make the body of a chat, each with less that a server might not know than the one before: LiteLLM
// passes some of it on to those that refuse it, and OpenAI's newer models have another name for the longest
// answer. enable_thinking is for the templates of vLLM, SGLang and llama.cpp; Ollama's word for it is
// reasoning_effort. Others pass over both.
var chatLevels = []func(ChatRequest) map[string]any{
	func(q ChatRequest) map[string]any {
		b := chatBody(q, "max_tokens")
		b["chat_template_kwargs"] = map[string]any{"enable_thinking": false}
		b["stream_options"] = map[string]any{"include_usage": true}
		b["temperature"], b["seed"] = q.Temperature, q.Seed
		return b
	},
	func(q ChatRequest) map[string]any {
		b := chatBody(q, "max_tokens")
		b["stream_options"] = map[string]any{"include_usage": true}
		b["temperature"] = q.Temperature
		return b
	},
	func(q ChatRequest) map[string]any { return chatBody(q, "max_tokens") },
	func(q ChatRequest) map[string]any { return chatBody(q, "max_completion_tokens") },
}

func chatBody(q ChatRequest, most string) map[string]any {
	var ms []wireMessage
	for _, m := range q.Messages {
		ms = append(ms, wireMessage(m))
	}
	return map[string]any{"model": q.Model, "messages": ms, "stream": true, most: q.MaxTokens}
}
