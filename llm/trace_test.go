package llm

import (
	"net"
	"net/http"
	"net/http/httptest"
	"testing"

	"coffre/store"
)

// TestRuntimeHearsTheRequest: calls to a runtime bear the id of the request.
func TestRuntimeHearsTheRequest(t *testing.T) {
	heard := map[string]string{}
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		heard[r.URL.Path] = r.Header.Get("X-Request-Id")
		w.Write([]byte(`{"version":"0.17.4","data":[]}`))
	}))
	defer s.Close()
	id := store.NewID()
	ctx := store.WithRequest(t.Context(), id)
	own, err := NewOllama(s.URL, (&net.Dialer{}).DialContext, OllamaOptions{})
	if err != nil {
		t.Fatal(err)
	}
	defer own.Close()
	other, err := NewOpenAI(s.URL, (&net.Dialer{}).DialContext, OpenAIOptions{})
	if err != nil {
		t.Fatal(err)
	}
	defer other.Close()
	own.Version(ctx)
	other.Models(ctx)
	if heard["/api/version"] != id || heard["/v1/models"] != id {
		t.Errorf("%v", heard)
	}
	own.Version(t.Context())
	if heard["/api/version"] != "" {
		t.Error("work that nobody asked for has an id")
	}
}
