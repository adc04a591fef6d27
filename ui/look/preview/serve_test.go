package preview

import (
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"coffre/ui/look"
	"coffre/ui/page"
	"coffre/ui/words"
)

var serve = flag.String("serve", "", "address on which TestServe shows the samples until it is stopped")

// TestServe shows every sample under /fr/NAME and /en/NAME, with the real
// policy, and answers the acts that scripts do with invented results.
func TestServe(t *testing.T) {
	if *serve == "" {
		t.Skip("shows the pages in a browser: -serve 127.0.0.1:8099 -timeout 0")
	}
	b := &backend{}
	mux := http.NewServeMux()
	mux.Handle(look.Prefix, look.Handler())
	for _, l := range words.Langs {
		mux.HandleFunc("GET /"+string(l)+"/{name}", b.sample)
		mux.HandleFunc("GET /"+string(l), b.index)
	}
	mux.HandleFunc("POST /ask/stream", b.stream)
	mux.HandleFunc("POST /ask/stop", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusNoContent) })
	mux.HandleFunc("POST /documents", b.upload)
	mux.HandleFunc("GET /documents", b.documents)
	mux.HandleFunc("POST /journal/verify", b.verify)
	mux.HandleFunc("GET /journal/verify", b.verify)
	mux.HandleFunc("POST /settings/runtime/test", b.runtime)
	server := &http.Server{Addr: *serve, ReadHeaderTimeout: time.Second, Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Security-Policy", look.Policy)
		mux.ServeHTTP(w, r)
	})}
	t.Fatal(server.ListenAndServe())
}

// backend remembers what makes the pages move: how often they have asked.
type backend struct {
	mu           sync.Mutex
	lists, polls int
}

func langOf(r *http.Request) words.Lang {
	first, _, _ := strings.Cut(r.URL.Path[1:], "/")
	l, ok := words.Parse(first)
	if !ok && strings.Contains(r.Header.Get("Referer"), "/fr/") {
		l = words.French
	} else if !ok {
		l = words.English
	}
	return l
}

func (b *backend) index(w http.ResponseWriter, r *http.Request) {
	for _, s := range Served(langOf(r), look.System) {
		fmt.Fprintln(w, s.Name)
	}
}

func (b *backend) sample(w http.ResponseWriter, r *http.Request) {
	for _, s := range Served(langOf(r), look.ParseTheme(r.URL.Query().Get("theme"))) {
		if s.Name == r.PathValue("name") {
			w.Header().Set("Content-Type", "text/html; charset=utf-8")
			_ = s.Page.Render(r.Context(), w)
			return
		}
	}
	http.NotFound(w, r)
}

func event(w http.ResponseWriter, name string, data map[string]any) {
	raw, _ := json.Marshal(data)
	fmt.Fprintf(w, "event: %s\ndata: %s\n\n", name, raw)
	w.(http.Flusher).Flush()
	time.Sleep(15 * time.Millisecond)
}

func (b *backend) stream(w http.ResponseWriter, r *http.Request) {
	s := scene{l: langOf(r)}
	if strings.Contains(r.FormValue("question"), "429") {
		w.WriteHeader(http.StatusTooManyRequests)
		_ = page.FaultView(s.l, look.Fault{Code: "busy"}).Render(r.Context(), w)
		return
	}
	w.Header().Set("Content-Type", "text/event-stream")
	answer := s.conversation().Turns[0].Answer
	event(w, page.EventStart, map[string]any{"answer": "live"})
	event(w, page.EventQueue, map[string]any{"position": 2})
	time.Sleep(300 * time.Millisecond)
	event(w, page.EventPassages, map[string]any{"html": html(page.SourceList(s.l, "live", answer))})
	for _, sentence := range answer.Sentences {
		text := sentence.Text
		for _, n := range sentence.Cites {
			text += fmt.Sprintf(" [%d]", n)
		}
		if sentence.Break {
			text = "\n\n" + text
		}
		for _, word := range strings.SplitAfter(text+" [9] ", " ") {
			event(w, page.EventToken, map[string]any{"text": word})
		}
	}
	if strings.Contains(r.FormValue("question"), "cut") {
		return
	}
	event(w, page.EventDone, map[string]any{
		"html": html(page.AnswerView(s.l, "live", answer)), "conversation": "k9",
		"item": html(page.ConversationItem(page.ConversationLink{ID: "k9", Title: r.FormValue("question"), Current: true})),
	})
}

func (b *backend) upload(w http.ResponseWriter, r *http.Request) {
	s := scene{l: langOf(r)}
	file, head, err := r.FormFile("file")
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	_, _ = io.Copy(io.Discard, file)
	result := page.UploadResult{Frame: s.frame(look.Documents, "/documents"), Name: head.Filename, ID: "d99"}
	if strings.HasSuffix(head.Filename, ".exe") {
		result.Fault = &look.Fault{Code: "unsupported", Params: map[string]string{"type": "exe"}}
		w.WriteHeader(http.StatusUnsupportedMediaType)
	} else {
		w.WriteHeader(http.StatusAccepted)
	}
	_ = page.UploadLine(result).Render(r.Context(), w)
}

func (b *backend) documents(w http.ResponseWriter, r *http.Request) {
	b.mu.Lock()
	b.lists++
	asked := b.lists
	b.mu.Unlock()
	v := scene{l: langOf(r)}.documents()
	if asked > 2 {
		v.Rows[0].State = page.Ready
	}
	_ = page.DocumentsPage(v).Render(r.Context(), w)
}

func (b *backend) verify(w http.ResponseWriter, r *http.Request) {
	b.mu.Lock()
	b.polls++
	asked := b.polls
	b.mu.Unlock()
	s := scene{l: langOf(r)}
	v := s.verdict(page.VerifyRunning)
	v.Done, v.Total = uint64(asked%4)*400, 1290
	if asked%4 == 0 {
		v = s.verdict(page.VerifySound)
	}
	_ = page.VerdictView(v).Render(r.Context(), w)
}

func (b *backend) runtime(w http.ResponseWriter, r *http.Request) {
	s := scene{l: langOf(r)}
	_ = page.RuntimeResult(s.l, page.RuntimeStatus{State: page.RuntimeOK, Version: "0.17.4", Models: 3, Elapsed: 4 * time.Millisecond}).Render(r.Context(), w)
}
