package llm

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
)

// chatAnswer reads what a server answers to a chat.
type chatAnswer struct {
	s      *stream
	think  thoughts
	usage  wireUsage
	reason string // "stop", "length", … once the server said so
	done   bool   // [DONE] came
}

type wireUsage struct {
	Prompt int `json:"prompt_tokens"`
	Answer int `json:"completion_tokens"`
}

// wireChunk is a piece of a streamed answer, or a whole one, or an error in its place.
type wireChunk struct {
	Choices []struct {
		Index   int       `json:"index"`
		Delta   wireDelta `json:"delta"`
		Message wireDelta `json:"message"`
		Reason  string    `json:"finish_reason"`
	} `json:"choices"`
	Usage *wireUsage      `json:"usage"`
	Error json.RawMessage `json:"error"`
}

// wireDelta is a piece of an answer, or of thoughts under the names that vLLM, llama.cpp and Ollama have for them.
type wireDelta struct {
	Content   string `json:"content"`
	Thought   string `json:"reasoning_content"`
	Reasoning string `json:"reasoning"`
}

// mostAnswer bounds an answer that comes in one piece, bytes.
const mostAnswer = 4 << 20

// read takes the whole answer in, streamed or not: some gateways don't stream, whatever they are asked.
func (a *chatAnswer) read(ctx context.Context, res *http.Response) error {
	kind, _, _ := mime.ParseMediaType(res.Header.Get("Content-Type"))
	if kind == "application/json" {
		text, err := io.ReadAll(io.LimitReader(res.Body, mostAnswer))
		if err != nil {
			return broken(ctx, err)
		}
		a.done = true
		return a.finish(a.take(text))
	}
	events := newSSEReader(res.Body)
	for {
		e, err := events.next()
		switch {
		case err == io.EOF:
			return a.finish(nil)
		case errors.Is(err, errEventTooLong):
			return fmt.Errorf("%w: an event of more than %d bytes", ErrNotAPI, mostEvent)
		case err != nil:
			return broken(ctx, err)
		}
		if e.Data == "[DONE]" {
			a.done = true
			return a.finish(nil)
		}
		if err := a.event(e); err != nil {
			return err
		}
	}
}

func (a *chatAnswer) event(e sseEvent) error {
	if e.Name == "error" {
		return apiFault{status: http.StatusBadRequest, message: faultMessage([]byte(e.Data))}.inStream()
	}
	return a.take([]byte(e.Data))
}

// take takes one chunk in.
func (a *chatAnswer) take(text []byte) error {
	var c wireChunk
	if err := json.Unmarshal(text, &c); err != nil {
		return fmt.Errorf("%w: its stream holds what is no JSON", ErrRuntime)
	}
	if len(c.Error) > 0 && string(c.Error) != "null" {
		return apiFault{message: faultMessage(text)}.inStream()
	}
	if c.Usage != nil && c.Usage.Prompt >= 0 && c.Usage.Answer >= 0 {
		a.usage = *c.Usage
	}
	for _, choice := range c.Choices {
		if choice.Index != 0 {
			continue
		}
		if choice.Reason != "" {
			a.reason = choice.Reason
		}
		// A first chunk with nothing but a role is no sign of life: the prompt is still to be read.
		if d, m := choice.Delta, choice.Message; d == (wireDelta{}) && m == (wireDelta{}) {
			continue
		}
		if err := a.s.add(a.think.without(choice.Delta.Content + choice.Message.Content)); err != nil {
			return err
		}
	}
	return nil
}

// finish judges an answer that has ended. Without a reason and without [DONE] it broke off.
func (a *chatAnswer) finish(err error) error {
	switch {
	case err != nil:
		return err
	case a.reason == "" && !a.done:
		return fmt.Errorf("stream broke off: %w", ErrRuntime)
	case a.reason == "content_filter":
		return fmt.Errorf("%w: the gateway held the answer back", ErrRuntime)
	}
	return a.s.add(a.think.rest())
}

// inStream classifies an error that came in an answer that had begun: nothing of it is tried again.
func (f apiFault) inStream() error {
	err := f.classify()
	var p passing
	var no *refused
	switch {
	case errors.As(err, &p):
		return p.error
	case errors.As(err, &no), errors.Is(err, errNoRoute), errors.Is(err, errManyTexts):
		return fmt.Errorf("%w: an error in its answer", ErrRuntime)
	}
	return err
}
