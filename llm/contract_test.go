package llm

import (
	"context"
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"
)

// contract is a kind of runtime with ways to bring its server into a state. Every kind has to pass runContract.
type contract struct {
	kind string
	// chat makes a runtime whose server writes pieces and then ends, says nothing more, or breaks off.
	chat func(t *testing.T, o OllamaOptions, pieces []string, then string) backend
	// embed makes a runtime whose server embeds with bge-m3.
	embed func(t *testing.T) backend
	// write sends one piece, and end an end that says how many tokens of the prompt were read.
	down func(t *testing.T) backend
}

const (
	thenEnds    = "ends"
	thenIsFull  = "is full"
	thenSilent  = "is silent"
	thenBreaks  = "breaks off"
	thenIsShort = "has read half of it"
)

func written(pieces []string, then string, piece func(http.ResponseWriter, string), end func(http.ResponseWriter, string, int, int)) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		for _, p := range pieces {
			piece(w, p)
		}
		switch then {
		case thenEnds:
			end(w, "stop", 20, len(pieces))
		case thenIsFull:
			end(w, "length", 20, len(pieces))
		case thenIsShort:
			end(w, "stop", 3, len(pieces))
		case thenSilent:
			<-r.Context().Done()
		case thenBreaks:
			panic(http.ErrAbortHandler)
		}
	}
}

var contracts = []contract{
	{
		KindOllama,
		func(t *testing.T, o OllamaOptions, pieces []string, then string) backend {
			return newWire(t, written(pieces, then, piece, end)).runtime(t, o)
		},
		func(t *testing.T) backend { return newEmbedWire(t).runtime(t, OllamaOptions{}) },
		func(t *testing.T) backend {
			r, err := NewOllama("http://127.0.0.1:1", newTestDialer(), OllamaOptions{})
			if err != nil {
				t.Fatal(err)
			}
			return r
		},
	},
	{
		KindOpenAI,
		func(t *testing.T, o OllamaOptions, pieces []string, then string) backend {
			s := newOpenWire(t)
			s.chat = written(pieces, then, chunk, chunkEnd)
			return s.runtime(t, OpenAIOptions{OllamaOptions: o})
		},
		func(t *testing.T) backend { return newOpenWire(t).runtime(t, OpenAIOptions{}) },
		func(t *testing.T) backend {
			r, err := NewOpenAI("http://127.0.0.1:1", newTestDialer(), OpenAIOptions{})
			if err != nil {
				t.Fatal(err)
			}
			return r
		},
	},
}

func TestContractChat(t *testing.T) {
	for _, k := range contracts {
		for _, c := range []struct {
			pieces []string
			then   string
			text   string
			full   bool
			want   error
		}{
			{[]string{"Le ", "bail", "."}, thenEnds, "Le bail.", false, nil},
			{[]string{"Le bail"}, thenIsFull, "Le bail", true, nil},
			{nil, thenEnds, "", false, nil},
			{[]string{"Le "}, thenBreaks, "Le ", false, ErrRuntime},
			{[]string{"Le "}, thenSilent, "Le ", false, ErrTimeout},
			{[]string{"Oui"}, thenIsShort, "Oui", false, ErrPromptCut},
		} {
			t.Run(k.kind+" "+c.then, func(t *testing.T) {
				o := OllamaOptions{}
				if c.then == thenSilent {
					o.Idle = 300 * time.Millisecond
				}
				var got []string
				res, err := k.chat(t, o, c.pieces, c.then).Chat(t.Context(), chatQuestion, func(p string) error { got = append(got, p); return nil })
				if !errors.Is(err, c.want) || res.Text != c.text || strings.Join(got, "") != c.text || res.Full != c.full || res.Model != "tinyllama" || res.Estimated == 0 {
					t.Errorf("%v %q %+v", err, got, res)
				}
			})
		}
		t.Run(k.kind+" refused and cancelled", func(t *testing.T) {
			full := errors.New("full")
			if _, err := k.chat(t, OllamaOptions{}, []string{"a"}, thenSilent).Chat(t.Context(), chatQuestion, func(string) error { return full }); !errors.Is(err, full) {
				t.Error(err)
			}
			ctx, cancel := context.WithCancel(t.Context())
			res, err := k.chat(t, OllamaOptions{}, []string{"a"}, thenSilent).Chat(ctx, chatQuestion, func(string) error { cancel(); return nil })
			if !errors.Is(err, ErrCancelled) || !errors.Is(err, context.Canceled) || res.Text != "a" {
				t.Error(err)
			}
		})
	}
}

func TestContractModels(t *testing.T) {
	for _, k := range contracts {
		t.Run(k.kind, func(t *testing.T) {
			r := k.chat(t, OllamaOptions{}, nil, thenEnds)
			if ms, err := r.Models(t.Context()); err != nil || len(ms) != 2 || ms[0].Name == "" {
				t.Errorf("%v %+v", err, ms)
			}
			if m, err := r.Find(t.Context(), "tinyllama"); err != nil || m.Context == 0 {
				t.Errorf("%v %+v", err, m)
			}
			if _, err := r.Find(t.Context(), "absent"); !errors.Is(err, ErrModelMissing) {
				t.Error(err)
			}
			if r.kind() != k.kind {
				t.Error(r.kind())
			}
			down := k.down(t)
			if _, err := down.Models(t.Context()); !errors.Is(err, ErrUnreachable) {
				t.Error(err)
			}
			if _, err := down.Chat(t.Context(), chatQuestion, nil); !errors.Is(err, ErrUnreachable) {
				t.Error(err)
			}
			if _, err := Probe(t.Context(), down, "bge-m3"); !errors.Is(err, ErrUnreachable) {
				t.Error(err)
			}
		})
	}
}

func TestContractEmbeds(t *testing.T) {
	for _, k := range contracts {
		t.Run(k.kind, func(t *testing.T) {
			r := k.embed(t)
			p, err := Probe(t.Context(), r, "bge-m3")
			if err != nil || p.Dim != wireDim || p.kind() != k.kind || !p.Known || !strings.HasPrefix(p.Value(), k.kind+":bge-m3") {
				t.Fatalf("%v %+v", err, p)
			}
			stored := p.Settings()
			m, ok, err := ChosenEmbedModel(func(name, _ string) string { return stored[name] })
			if !ok || err != nil {
				t.Fatal(ok, err)
			}
			e, err := NewEmbedder(r, nil, m)
			if err != nil {
				t.Fatal(err)
			}
			if name, ok := EmbedderModel(e.ID()); !ok || name != p.Name {
				t.Error(name, e.ID())
			}
			texts := []string{"un", "", "trois mots ici", strings.Repeat("mot ", 2000)}
			all, err := e.Embed(t.Context(), texts, false)
			if err != nil || len(all) != len(texts) {
				t.Fatal(err)
			}
			for i, text := range texts {
				one, err := e.Embed(t.Context(), []string{text}, true)
				if err != nil || len(one[0]) != wireDim || cosine(one[0], all[i]) < 0.9999 {
					t.Errorf("%v: text %d is %v alone, %v among others", err, i, one, all[i])
				}
			}
			if _, err := Probe(t.Context(), r, "absent"); !errors.Is(err, ErrModelMissing) {
				t.Error(err)
			}
		})
	}
}

// What an address is, where the settings leave it open.
func TestContractDetects(t *testing.T) {
	own, other := newWire(t, nil), newOpenWire(t)
	locked := newOpenWire(t)
	locked.Config.Handler = fault(401, `{"error":{"message":"No api key passed in."}}`)
	web := newOpenWire(t)
	web.Config.Handler = http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/html")
		io.WriteString(w, "<html>router</html>")
	})
	rt := NewRuntime(newTestDialer(), 1, nil)
	for _, c := range []struct{ url, kind, code string }{
		{own.URL, KindOllama, ""}, {other.URL, KindOpenAI, ""}, {other.URL + "/v1", KindOpenAI, ""}, {own.URL + "/v1/", KindOpenAI, ""},
		{locked.URL, KindOpenAI, ""}, {web.URL, "", "runtime-not-api"}, {"http://127.0.0.1:1", "", "runtime-unreachable"},
	} {
		p, err := rt.reach(t.Context(), location{url: c.url, kind: KindAuto})
		if CodeOf(err) != c.code || c.kind != "" && (p == nil || p.kind() != c.kind) {
			t.Errorf("%s: %v %v, want %s %s", c.url, p, err, c.kind, c.code)
		}
	}
	if p, err := rt.reach(t.Context(), location{}); p != nil || err != nil {
		t.Errorf("nothing configured: %v %v", p, err)
	}
}
