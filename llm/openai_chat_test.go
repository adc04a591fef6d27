package llm

import (
	"context"
	"errors"
	"io"
	"net/http"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

func TestOpenAIStreams(t *testing.T) {
	written := func(text string) http.HandlerFunc {
		return func(w http.ResponseWriter, _ *http.Request) { io.WriteString(w, text) }
	}
	usage := `data: {"choices":[],"usage":{"prompt_tokens":20,"completion_tokens":3}}`
	for _, c := range []struct {
		name string
		chat http.HandlerFunc
		text string
		full bool
		read int
	}{
		{"plain", func(w http.ResponseWriter, _ *http.Request) {
			chunk(w, "Le ")
			chunk(w, "bail")
			chunk(w, ".")
			chunkEnd(w, "stop", 20, 3)
		}, "Le bail.", false, 20},
		{"full", func(w http.ResponseWriter, _ *http.Request) { chunk(w, "Le bail"); chunkEnd(w, "length", 20, 2) }, "Le bail", true, 20},
		{"comments, CR LF, no space", written(": keep-alive\r\n\r\ndata:{\"choices\":[{\"delta\":{\"content\":\"Le \"}}]}\r\n\r\n: ping\r\ndata:{\"choices\":[{\"delta\":{\"content\":\"bail.\"},\"finish_reason\":\"stop\"}]}\r\n\r\n" + usage + "\r\n\r\ndata: [DONE]\r\n\r\n"), "Le bail.", false, 20},
		{"split inside a character", func(w http.ResponseWriter, _ *http.Request) {
			text := "data: {\"choices\":[{\"delta\":{\"content\":\"L'été.\"},\"finish_reason\":\"stop\"}]}\n\n"
			for _, b := range []byte(text) {
				w.Write([]byte{b})
				w.(http.Flusher).Flush()
			}
		}, "L'été.", false, 0},
		{"no [DONE], usage with the last piece", written(`data: {"choices":[{"delta":{"content":"Oui."},"finish_reason":"stop"}],"usage":{"prompt_tokens":7,"completion_tokens":1}}` + "\n\n"), "Oui.", false, 7},
		{"no empty line at the end", written(`data: {"choices":[{"delta":{"content":"Oui."}}]}` + "\n\ndata: [DONE]"), "Oui.", false, 0},
		{"nulls", written(`data: {"choices":[{"delta":{"role":"assistant","content":null},"finish_reason":null}],"usage":null}` + "\n\n" + `data: {"choices":[{"delta":{"content":"Oui."},"finish_reason":"stop"}],"error":null}` + "\n\n"), "Oui.", false, 0},
		{"thoughts apart", written(`data: {"choices":[{"delta":{"reasoning_content":"hm"}}]}` + "\n\n" + `data: {"choices":[{"delta":{"content":"Oui."},"finish_reason":"stop"}]}` + "\n\n"), "Oui.", false, 0},
		{"thoughts inside", func(w http.ResponseWriter, _ *http.Request) {
			for _, p := range []string{"\n<th", "ink>Je ", "pense</thi", "nk>\n", "\nOui", "."} {
				chunk(w, p)
			}
			chunkEnd(w, "stop", 20, 9)
		}, "Oui.", false, 20},
		{"another choice", written(`data: {"choices":[{"index":1,"delta":{"content":"Non."}},{"index":0,"delta":{"content":"Oui."},"finish_reason":"stop"}]}` + "\n\n"), "Oui.", false, 0},
		{"not streamed", func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "application/json; charset=utf-8")
			io.WriteString(w, `{"choices":[{"index":0,"message":{"role":"assistant","content":"Oui."},"finish_reason":"stop"}],"usage":{"prompt_tokens":9,"completion_tokens":2}}`)
		}, "Oui.", false, 9},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := newOpenWire(t)
			s.chat = c.chat
			var got strings.Builder
			res, err := s.runtime(t, OpenAIOptions{}).Chat(t.Context(), chatQuestion, func(p string) error { got.WriteString(p); return nil })
			if err != nil || res.Text != c.text || got.String() != c.text || res.Full != c.full || res.PromptTokens != c.read {
				t.Errorf("%v %+v %q", err, res, got.String())
			}
		})
	}
}

func TestOpenAIChatErrors(t *testing.T) {
	for _, c := range []struct {
		name string
		chat http.HandlerFunc
		want error
	}{
		{"vLLM: too long", fault(400, `{"object":"error","message":"This model's maximum context length is 1024 tokens. However, you requested 3000 tokens","type":"BadRequestError","param":null,"code":400}`), ErrPromptCut},
		{"llama.cpp: too long", fault(400, `{"error":{"code":400,"message":"the request exceeds the available context size, try increasing it","type":"exceed_context_size_error","n_prompt_tokens":3000,"n_ctx":1024}}`), ErrPromptCut},
		{"OpenAI: too long", fault(400, `{"error":{"message":"too much","type":"invalid_request_error","param":"messages","code":"context_length_exceeded"}}`), ErrPromptCut},
		{"TGI: too long", fault(422, "{\"error\":\"Input validation error: `inputs` must have less than 1024 tokens. Given: 3000\",\"error_type\":\"validation\"}"), ErrPromptCut},
		{"cut without a word, to the context", func(w http.ResponseWriter, _ *http.Request) { chunk(w, "Oui"); chunkEnd(w, "stop", 1024, 1) }, ErrPromptCut},
		{"cut without a word, below its words", func(w http.ResponseWriter, _ *http.Request) { chunk(w, "Oui"); chunkEnd(w, "stop", 4, 1) }, ErrPromptCut},
		{"wrong key", fault(401, `{"error":{"message":"Authentication Error, sk-…","type":"auth_error","param":"None","code":"401"}}`), ErrKey},
		{"no such model", fault(404, `{"error":{"message":"The model 'x' does not exist.","type":"NotFoundError","code":404}}`), ErrModelMissing},
		{"LiteLLM: no such model", fault(400, `{"error":{"message":"Invalid model name passed in model=x","type":"invalid_request_error","code":"400"}}`), ErrModelMissing},
		{"model that embeds", fault(400, `{"error":{"message":"The model does not support Chat Completions API","type":"BadRequestError","code":400}}`), ErrNoChat},
		{"server that embeds", fault(404, `{"detail":"Not Found"}`), ErrNoChat},
		{"https wanted", func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "text/plain")
			w.WriteHeader(400)
			io.WriteString(w, "Client sent an HTTP request to an HTTPS server.\n")
		}, ErrWantsTLS},
		{"proxy's page", func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "text/html")
			w.WriteHeader(502)
			io.WriteString(w, "<html>502 model context length not found</html>")
		}, ErrRuntime},
		{"page instead of an API", func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "text/html; charset=utf-8")
			io.WriteString(w, "<html>hello</html>")
		}, ErrNotAPI},
		{"redirect", func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, "http://elsewhere.example/", http.StatusTemporaryRedirect)
		}, ErrNotAPI},
		{"error in the stream", func(w http.ResponseWriter, _ *http.Request) {
			chunk(w, "Le ")
			io.WriteString(w, `data: {"error":{"message":"EngineCore encountered an issue","type":"InternalServerError","code":500}}`+"\n\ndata: [DONE]\n\n")
		}, ErrRuntime},
		{"llama.cpp's old error field", func(w http.ResponseWriter, _ *http.Request) {
			io.WriteString(w, `error: {"code":500,"message":"context size has been exceeded","type":"server_error"}`+"\n\n")
		}, ErrPromptCut},
		{"stream breaks off", func(w http.ResponseWriter, _ *http.Request) { chunk(w, "Le "); panic(http.ErrAbortHandler) }, ErrRuntime},
		{"stream ends without its end", func(w http.ResponseWriter, _ *http.Request) { chunk(w, "Le ") }, ErrRuntime},
		{"piece that is no JSON", func(w http.ResponseWriter, _ *http.Request) { chunk(w, "Le "); io.WriteString(w, "data: {\"cho\n\n") }, ErrRuntime},
		{"piece without end", func(w http.ResponseWriter, _ *http.Request) {
			io.WriteString(w, "data: "+strings.Repeat("four five ", 200_000))
		}, ErrNotAPI},
		{"held back", func(w http.ResponseWriter, _ *http.Request) { chunk(w, "Le "); chunkEnd(w, "content_filter", 20, 1) }, ErrRuntime},
		{"busy for long", func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Retry-After", "3600")
			w.WriteHeader(429)
		}, ErrBusy},
		{"refused whatever is left out", fault(422, `{"detail":[{"loc":["body"],"msg":"four five six","type":"value_error"}]}`), ErrRuntime},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := newOpenWire(t)
			s.chat = c.chat
			res, err := s.runtime(t, OpenAIOptions{}).Chat(t.Context(), chatQuestion, nil)
			if !errors.Is(err, c.want) || CodeOf(err) == "" {
				t.Errorf("error %v, want %v; result %+v", err, c.want, res)
			}
			if err != nil && (strings.Contains(err.Error(), "four five") || strings.Contains(err.Error(), "html") || strings.Contains(err.Error(), "sk-")) {
				t.Errorf("the error tells what was asked or answered: %v", err)
			}
		})
	}
}

// A server that doesn't know a parameter is asked with less, and remembered.
func TestOpenAIAsksForLess(t *testing.T) {
	s := newOpenWire(t)
	s.chat = func(w http.ResponseWriter, r *http.Request) {
		in := s.last()
		for _, name := range []string{"chat_template_kwargs", "seed", "stream_options", "temperature", "max_tokens"} {
			if _, has := in[name]; has {
				fault(400, `{"error":{"message":"Unrecognized request argument supplied: `+name+`","type":"invalid_request_error"}}`)(w, r)
				return
			}
		}
		chunk(w, "Oui.")
		chunkEnd(w, "stop", 20, 1)
	}
	r := s.runtime(t, OpenAIOptions{})
	for range 2 {
		if res, err := r.Chat(t.Context(), chatQuestion, nil); err != nil || res.Text != "Oui." {
			t.Fatalf("%v %+v", err, res)
		}
	}
	if len(s.asked) != len(chatLevels)+1 || s.last()["max_completion_tokens"] != 50.0 {
		t.Errorf("asked %d times, at last %v", len(s.asked), s.last())
	}
}

func TestOpenAIWaitsWhileBusy(t *testing.T) {
	s := newOpenWire(t)
	var calls atomic.Int32
	s.chat = func(w http.ResponseWriter, _ *http.Request) {
		if calls.Add(1) < 3 {
			w.Header().Set("Retry-After", "0.01")
			w.WriteHeader(http.StatusServiceUnavailable)
			io.WriteString(w, `{"error":{"code":503,"message":"Loading model","type":"unavailable_error"}}`)
			return
		}
		chunk(w, "Oui.")
		chunkEnd(w, "stop", 20, 1)
	}
	if res, err := s.runtime(t, OpenAIOptions{}).Chat(t.Context(), chatQuestion, nil); err != nil || res.Text != "Oui." {
		t.Errorf("%v %+v", err, res)
	}
	calls.Store(-100)
	if _, err := s.runtime(t, OpenAIOptions{}).Chat(t.Context(), chatQuestion, nil); !errors.Is(err, ErrBusy) || calls.Load() != -100+chatTries {
		t.Errorf("%v after %d tries", err, calls.Load()+100)
	}
}

func TestOpenAIChatTimeouts(t *testing.T) {
	silent := func(before int) http.HandlerFunc {
		return func(w http.ResponseWriter, r *http.Request) {
			for range before {
				chunk(w, "a")
			}
			io.WriteString(w, ": ping\n\n")
			w.(http.Flusher).Flush()
			<-r.Context().Done()
		}
	}
	for _, c := range []struct {
		name   string
		before int
		o      OllamaOptions
	}{
		{"no first token", 0, OllamaOptions{FirstToken: 30 * time.Millisecond}},
		{"silence", 2, OllamaOptions{Idle: 30 * time.Millisecond}},
		{"too long in all", 1, OllamaOptions{Total: 60 * time.Millisecond}},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := newOpenWire(t)
			s.chat = silent(c.before)
			res, err := s.runtime(t, OpenAIOptions{OllamaOptions: c.o}).Chat(t.Context(), chatQuestion, nil)
			if !errors.Is(err, ErrTimeout) || len(res.Text) > c.before {
				t.Errorf("%v %+v", err, res)
			}
		})
	}
}

// A reader who leaves closes the connection, so that the server stops working for him.
func TestOpenAIChatCancelled(t *testing.T) {
	s := newOpenWire(t)
	gone := make(chan struct{})
	s.chat = func(w http.ResponseWriter, r *http.Request) { chunk(w, "a"); <-r.Context().Done(); close(gone) }
	ctx, cancel := context.WithCancel(t.Context())
	res, err := s.runtime(t, OpenAIOptions{}).Chat(ctx, chatQuestion, func(string) error { cancel(); return nil })
	if !errors.Is(err, ErrCancelled) || !errors.Is(err, context.Canceled) || res.Text != "a" {
		t.Errorf("%v %+v", err, res)
	}
	<-gone
}

func TestOpenAIAddresses(t *testing.T) {
	s := newOpenWire(t)
	for _, c := range []struct{ base, want string }{
		{"", "/v1/models"}, {"/", "/v1/models"}, {"/v1", "/v1/models"}, {"/v1/", "/v1/models"}, {"/llm/v1", "/llm/v1/models"}, {"/llm", "/llm/v1/models"}, {"/api/v3", "/api/v3/models"},
	} {
		r, err := NewOpenAI(s.URL+c.base, newTestDialer(), OpenAIOptions{})
		if err != nil {
			t.Fatal(err)
		}
		r.Models(t.Context())
		if !slices.Contains(s.paths, c.want) {
			t.Errorf("%q: asked %q", c.base, s.paths)
		}
		s.paths = nil
		r.Close()
	}
	for _, bad := range []string{"", "127.0.0.1:8000", "ftp://x", "http://", "http://u:p@x", "http://x?y", "http://x#y", "http://x\x00"} {
		if _, err := NewOpenAI(bad, newTestDialer(), OpenAIOptions{}); err == nil {
			t.Errorf("%q was taken", bad)
		}
	}
}
