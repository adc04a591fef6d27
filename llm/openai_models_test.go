package llm

import (
	"context"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

func TestOpenAIModels(t *testing.T) {
	for _, c := range []struct {
		name, models string
		extra        map[string]string
		ask          string
		context      int
		want         error
	}{
		{"vLLM tells", openModels, nil, "tinyllama", 1024, nil},
		{"nobody tells", openModels, nil, "bge-m3", 0, nil},
		{"llama.cpp", `{"data":[{"id":"m","meta":{"n_ctx_train":131072}}]}`, map[string]string{"/props": `{"default_generation_settings":{"n_ctx":4096}}`}, "m", 4096, nil},
		{"TGI", `{"data":[{"id":"m"}]}`, map[string]string{"/info": `{"model_id":"m","max_total_tokens":2048,"max_input_tokens":1024}`}, "m", 2048, nil},
		{"LM Studio", `{"data":[{"id":"m"},{"id":"n"}]}`, map[string]string{"/api/v0/models": `{"data":[{"id":"m","max_context_length":131072,"loaded_context_length":8000}]}`}, "m", 8000, nil},
		{"LiteLLM", `{"data":[{"id":"m"}]}`, map[string]string{"/model/info": `{"data":[{"model_name":"m","model_info":{"max_input_tokens":16000,"max_tokens":null}}]}`}, "m", 16000, nil},
		{"not there", openModels, nil, "absent", 0, ErrModelMissing},
		{"pattern", `{"data":[{"id":"openai/*"}]}`, nil, "openai/any", 0, nil},
		{"TEI has no list", "", map[string]string{"/info": `{"model_id":"BAAI/bge-m3","max_input_length":8192}`}, "BAAI/bge-m3", 8192, nil},
		{"odd numbers", `{"data":[{"id":"m","max_model_len":"many","context_length":-1}]}`, nil, "m", 0, nil},
		{"tagged", `{"data":[{"id":"m:latest"}]}`, nil, "m", 0, nil},
		{"no JSON", `hello`, nil, "m", 0, ErrNotAPI},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := newOpenWire(t)
			s.models = c.models
			if c.extra != nil {
				s.extra = c.extra
			}
			m, err := s.runtime(t, OpenAIOptions{}).Find(t.Context(), c.ask)
			if !errors.Is(err, c.want) || m.Context != c.context {
				t.Errorf("%v %+v", err, m)
			}
		})
	}
	s := newOpenWire(t)
	s.Config.Handler = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Query().Get("after") {
		case "":
			io.WriteString(w, `{"data":[{"id":"a"},{"id":"b"}],"has_more":true,"last_id":"b"}`)
		case "b":
			io.WriteString(w, `{"data":[{"id":"c"}],"has_more":true,"last_id":"c"}`)
		default:
			io.WriteString(w, `{"data":[{"id":"c"}],"has_more":true,"last_id":"c"}`)
		}
	})
	if ms, err := s.runtime(t, OpenAIOptions{}).Models(t.Context()); err != nil || len(ms) != 3 {
		t.Errorf("pages: %v %+v", err, ms)
	}
	web := httptest.NewServer(http.NotFoundHandler())
	defer web.Close()
	r, _ := NewOpenAI(web.URL, newTestDialer(), OpenAIOptions{})
	if _, err := r.Models(t.Context()); !errors.Is(err, ErrNotAPI) {
		t.Errorf("a web server of another kind: %v", err)
	}
}

// Each way in which a connection fails has its own code, since each wants something else of the administrator.
func TestRuntimeCodes(t *testing.T) {
	secure := httptest.NewTLSServer(http.NotFoundHandler())
	defer secure.Close()
	secure.Config.ErrorLog = nil
	plain := newOpenWire(t)
	file := filepath.Join(t.TempDir(), "ca.pem")
	ca := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: secure.Certificate().Raw})
	if err := os.WriteFile(file, ca, 0o644); err != nil {
		t.Fatal(err)
	}
	port := secure.URL[strings.LastIndex(secure.URL, ":"):]
	rt := NewRuntime(newTestDialer(), 1, nil)
	named := func(ctx context.Context, network, address string) (net.Conn, error) {
		return newTestDialer()(ctx, network, "127.0.0.1"+address[strings.LastIndex(address, ":"):])
	}
	lost := func(context.Context, string, string) (net.Conn, error) {
		return nil, &net.DNSError{Err: "no such host", Name: "gone", IsNotFound: true}
	}
	for _, c := range []struct {
		name, url, ca string
		dial          Dialer
		want          string
	}{
		{"nobody listens", "http://127.0.0.1:1", "", nil, "runtime-unreachable"},
		{"unknown authority", secure.URL, "", nil, "runtime-certificate"},
		{"another's name", "https://other.example" + port, file, named, "runtime-host"},
		{"no such name", "http://gone", "", lost, "runtime-name"},
		{"https to a plain server", strings.Replace(plain.URL, "http:", "https:", 1), "", nil, "runtime-no-tls"},
		{"http to a secure server", strings.Replace(secure.URL, "https:", "http:", 1), "", nil, "runtime-wants-tls"},
		{"no such file", secure.URL, file + "x", nil, "runtime-ca-file"},
	} {
		for _, kind := range []string{KindOpenAI, KindOllama, KindAuto} {
			rt.dial = c.dial
			if c.dial == nil {
				rt.dial = newTestDialer()
			}
			p, err := rt.reach(t.Context(), location{url: c.url, kind: kind, caFile: c.ca})
			if err == nil {
				_, err = p.Models(t.Context())
			}
			if got := CodeOf(err); got != c.want {
				t.Errorf("%s, %s: %q (%v), want %q", c.name, kind, got, err, c.want)
			}
		}
		clear(rt.known)
	}
	p, err := rt.reach(t.Context(), location{url: secure.URL, kind: KindOpenAI, caFile: file})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := p.Models(t.Context()); !errors.Is(err, ErrNotAPI) {
		t.Errorf("with the firm's authority: %v", err)
	}
	if _, err := x509.ParseCertificate(secure.Certificate().Raw); err != nil {
		t.Fatal(err)
	}
}

func TestRetryAfter(t *testing.T) {
	now := time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)
	for in, want := range map[string]time.Duration{
		"": 0, "5": 5 * time.Second, "0.5": 500 * time.Millisecond, "-3": 0, "soon": 0, "1e9": 0, "NaN": 0,
		"Sun, 22 Nov 2026 12:00:30 GMT": 30 * time.Second, "Sun, 22 Nov 2026 11:00:00 GMT": 0,
	} {
		if got := retryAfter(in, now); got != want {
			t.Errorf("%q: %v, want %v", in, got, want)
		}
	}
}
