package llm

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

// wire is an HTTP server that speaks as Ollama 0.17.4 does: what stands here was recorded from a real one
// (.ci/ollama.sh), lines shortened.
type wire struct {
	*httptest.Server
	chat  func(w http.ResponseWriter, r *http.Request)
	asked map[string]any // the last chat request
	gone  chan struct{}  // closed when a chat request's client went away
}

const tags = `{"models":[{"name":"tinyllama:latest","model":"tinyllama:latest","modified_at":"2026-11-22T11:39:09.570480157Z","size":322592277,"digest":"e3da4a696eac3c67179895d903a85f700028652afd7ba5cfb34fcfc5f2299062","details":{"parent_model":"","format":"gguf","family":"llama","families":["llama"],"parameter_size":"1.1B","quantization_level":"unknown"}},{"name":"big-cloud:latest","model":"big-cloud:latest","remote_model":"big","remote_host":"https://ollama.com:443","modified_at":"2026-11-22T11:39:09Z","size":384,"digest":"ab","details":{}}]}`

func newWire(t *testing.T, chat func(w http.ResponseWriter, r *http.Request)) *wire {
	s := &wire{chat: chat, gone: make(chan struct{})}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /api/version", func(w http.ResponseWriter, _ *http.Request) { io.WriteString(w, `{"version":"0.17.4"}`) })
	mux.HandleFunc("GET /api/tags", func(w http.ResponseWriter, _ *http.Request) { io.WriteString(w, tags) })
	mux.HandleFunc("POST /api/show", func(w http.ResponseWriter, _ *http.Request) {
		io.WriteString(w, `{"modelfile":"","details":{"family":"llama"},"model_info":{"general.architecture":"llama","general.parameter_count":1100048384,"llama.context_length":2048,"tokenizer.ggml.tokens":null},"capabilities":["completion"],"modified_at":"2026-11-22T11:39:09.57Z"}`)
	})
	mux.HandleFunc("POST /api/chat", func(w http.ResponseWriter, r *http.Request) {
		json.NewDecoder(r.Body).Decode(&s.asked)
		w.Header().Set("Content-Type", "application/x-ndjson")
		s.chat(w, r)
	})
	s.Server = httptest.NewServer(mux)
	t.Cleanup(s.Close)
	return s
}

func (s *wire) runtime(t *testing.T, o OllamaOptions) *Ollama {
	r, err := NewOllama(s.URL, (&net.Dialer{}).DialContext, o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(r.Close)
	return r
}

func piece(w http.ResponseWriter, text string) {
	fmt.Fprintf(w, `{"model":"tinyllama","created_at":"2026-11-22T11:39:10.472973533Z","message":{"role":"assistant","content":%q},"done":false}`+"\n", text)
	w.(http.Flusher).Flush()
}

func end(w http.ResponseWriter, reason string, prompt, answer int) {
	fmt.Fprintf(w, `{"model":"tinyllama","created_at":"2026-11-22T11:39:10.95Z","message":{"role":"assistant","content":""},"done":true,"done_reason":%q,"total_duration":1333568882,"load_duration":363110926,"prompt_eval_count":%d,"prompt_eval_duration":491389131,"eval_count":%d,"eval_duration":475065112}`+"\n", reason, prompt, answer)
}

var chatQuestion = ChatRequest{Model: "tinyllama", NumCtx: 1024, MaxTokens: 50, Messages: []Message{{"system", "one two three"}, {"user", "four five six"}}}

func TestChatStreams(t *testing.T) {
	s := newWire(t, func(w http.ResponseWriter, _ *http.Request) {
		for _, p := range []string{"Le ", "bail", "."} {
			piece(w, p)
		}
		end(w, "stop", 20, 3)
	})
	var got []string
	res, err := s.runtime(t, OllamaOptions{}).Chat(t.Context(), chatQuestion, func(p string) error { got = append(got, p); return nil })
	if err != nil || res.Text != "Le bail." || len(got) != 3 || res.PromptTokens != 20 || res.AnswerTokens != 3 || res.Full || !strings.HasPrefix(res.Digest, "e3da") {
		t.Fatalf("%v %+v %q", err, res, got)
	}
	o := s.asked["options"].(map[string]any)
	if o["num_ctx"] != 1024.0 || o["num_predict"] != 50.0 || s.asked["truncate"] != false || s.asked["shift"] != false {
		t.Errorf("asked %v", s.asked)
	}
}

func TestChatErrors(t *testing.T) {
	status := func(code int, body string) func(http.ResponseWriter, *http.Request) {
		return func(w http.ResponseWriter, _ *http.Request) {
			w.WriteHeader(code)
			io.WriteString(w, body)
		}
	}
	for _, c := range []struct {
		name string
		chat func(w http.ResponseWriter, r *http.Request)
		want error
	}{
		{"prompt refused", status(400, `{"error":"the input length exceeds the context length"}`), ErrPromptCut},
		{"prompt cut to the context", func(w http.ResponseWriter, _ *http.Request) { piece(w, "Oui"); end(w, "stop", 1024, 1) }, ErrPromptCut},
		{"prompt cut below its words", func(w http.ResponseWriter, _ *http.Request) { piece(w, "Oui"); end(w, "stop", 4, 1) }, ErrPromptCut},
		{"model gone meanwhile", status(404, `{"error":"model 'tinyllama' not found"}`), ErrModelMissing},
		{"no memory", status(500, `{"error":"model requires more system memory (9 GiB) than is available (4 GiB)"}`), ErrRuntime},
		{"page instead of an API", status(200, "<html>hello</html>"), ErrRuntime},
		{"redirect", func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, "http://elsewhere.example/", http.StatusFound)
		}, ErrRuntime},
		{"error in the stream", func(w http.ResponseWriter, _ *http.Request) {
			piece(w, "Le ")
			io.WriteString(w, `{"error":"an error was encountered while running the model: unexpected EOF"}`+"\n")
		}, ErrRuntime},
		{"stream breaks off", func(w http.ResponseWriter, _ *http.Request) {
			piece(w, "Le ")
			panic(http.ErrAbortHandler)
		}, ErrRuntime},
		{"stream ends without its end", func(w http.ResponseWriter, _ *http.Request) { piece(w, "Le ") }, ErrRuntime},
		{"line that is no JSON", func(w http.ResponseWriter, _ *http.Request) { piece(w, "Le "); io.WriteString(w, "{\"mess\n") }, ErrRuntime},
		{"answered from elsewhere", func(w http.ResponseWriter, _ *http.Request) {
			io.WriteString(w, `{"model":"tinyllama","remote_host":"https://ollama.com","message":{"role":"assistant","content":"x"},"done":false}`+"\n")
		}, ErrModelRemote},
	} {
		t.Run(c.name, func(t *testing.T) {
			res, err := newWire(t, c.chat).runtime(t, OllamaOptions{}).Chat(t.Context(), chatQuestion, nil)
			if !errors.Is(err, c.want) {
				t.Errorf("error %v, want %v; result %+v", err, c.want, res)
			}
			if err != nil && (strings.Contains(err.Error(), "four five") || strings.Contains(err.Error(), "html")) {
				t.Errorf("the error tells what was asked or answered: %v", err)
			}
		})
	}
}

func TestChatUnknownModels(t *testing.T) {
	r := newWire(t, func(http.ResponseWriter, *http.Request) { t.Error("asked") }).runtime(t, OllamaOptions{})
	for name, want := range map[string]error{"other": ErrModelMissing, "big-cloud": ErrModelRemote} {
		req := chatQuestion
		req.Model = name
		if _, err := r.Chat(t.Context(), req, nil); !errors.Is(err, want) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if v, err := r.Version(t.Context()); v != "0.17.4" || err != nil {
		t.Errorf("%q %v", v, err)
	}
	if ms, err := r.Models(t.Context()); err != nil || len(ms) != 2 || ms[0].Remote || !ms[1].Remote || ms[0].Size != 322592277 {
		t.Errorf("%+v %v", ms, err)
	}
}

// The runtime lowers a context that the model was not trained for in silence: the box asks for no more.
func TestChatContext(t *testing.T) {
	s := newWire(t, func(w http.ResponseWriter, _ *http.Request) { piece(w, "Oui"); end(w, "stop", 2048, 1) })
	req := chatQuestion
	req.NumCtx = 32768
	if _, err := s.runtime(t, OllamaOptions{}).Chat(t.Context(), req, nil); !errors.Is(err, ErrPromptCut) {
		t.Error(err)
	}
	if o := s.asked["options"].(map[string]any); o["num_ctx"] != 2048.0 {
		t.Errorf("asked for a context of %v", o["num_ctx"])
	}
}

func TestChatFullAnswer(t *testing.T) {
	s := newWire(t, func(w http.ResponseWriter, _ *http.Request) { piece(w, "Le"); end(w, "length", 20, 50) })
	if res, err := s.runtime(t, OllamaOptions{}).Chat(t.Context(), chatQuestion, nil); err != nil || !res.Full {
		t.Errorf("%+v %v", res, err)
	}
}

func TestChatTimeouts(t *testing.T) {
	silent := func(before int) func(w http.ResponseWriter, r *http.Request) {
		return func(w http.ResponseWriter, r *http.Request) {
			for range before {
				piece(w, "a")
			}
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
			res, err := newWire(t, silent(c.before)).runtime(t, c.o).Chat(t.Context(), chatQuestion, nil)
			if !errors.Is(err, ErrTimeout) || len(res.Text) != c.before {
				t.Errorf("%v %+v", err, res)
			}
		})
	}
}

// A reader who leaves ends the request at once, so that the runtime stops working for him.
func TestChatCancelled(t *testing.T) {
	s := newWire(t, nil)
	s.chat = func(w http.ResponseWriter, r *http.Request) {
		piece(w, "a")
		<-r.Context().Done()
		close(s.gone)
	}
	ctx, cancel := context.WithCancel(t.Context())
	res, err := s.runtime(t, OllamaOptions{}).Chat(ctx, chatQuestion, func(string) error { cancel(); return nil })
	if !errors.Is(err, ErrCancelled) || !errors.Is(err, context.Canceled) || res.Text != "a" {
		t.Errorf("%v %+v", err, res)
	}
	<-s.gone
}

func TestChatReaderRefuses(t *testing.T) {
	full := errors.New("full")
	s := newWire(t, func(w http.ResponseWriter, r *http.Request) { piece(w, "a"); <-r.Context().Done() })
	if _, err := s.runtime(t, OllamaOptions{}).Chat(t.Context(), chatQuestion, func(string) error { return full }); !errors.Is(err, full) {
		t.Error(err)
	}
}

func TestOllamaConnects(t *testing.T) {
	for _, bad := range []string{"", "127.0.0.1:11434", "ftp://x", "http://", "http://u:p@x", "http://ollama.com", "https://api.ollama.com", "http://x?y", "http://x\x00"} {
		if _, err := NewOllama(bad, (&net.Dialer{}).DialContext, OllamaOptions{}); err == nil {
			t.Errorf("%q was taken", bad)
		}
	}
	t.Setenv("OLLAMA_HOST", "http://127.0.0.1:1")
	t.Setenv("HTTP_PROXY", "http://127.0.0.1:1")
	s := newWire(t, nil)
	var dials atomic.Int32
	r, err := NewOllama(s.URL, func(ctx context.Context, network, address string) (net.Conn, error) {
		dials.Add(1)
		return (&net.Dialer{}).DialContext(ctx, network, address)
	}, OllamaOptions{})
	if err != nil {
		t.Fatal(err)
	}
	if _, err = r.Version(t.Context()); err != nil || dials.Load() != 1 {
		t.Errorf("%v after %d dials", err, dials.Load())
	}
	refused := errors.New("egress refused")
	r, _ = NewOllama(s.URL, func(context.Context, string, string) (net.Conn, error) { return nil, refused }, OllamaOptions{})
	if _, err = r.Chat(t.Context(), chatQuestion, nil); !errors.Is(err, ErrUnreachable) || !errors.Is(err, refused) {
		t.Error(err)
	}
}
