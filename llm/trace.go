package llm

import (
	"net/http"

	"coffre/store"
)

// traced tells the runtime the id of the request that a call is made for, so that
// its log and the box's can be laid side by side. The id is random and says
// nothing of anybody.
type traced struct{ *http.Transport }

// RoundTrip implements http.RoundTripper.
func (t traced) RoundTrip(r *http.Request) (*http.Response, error) {
	if id := store.RequestOf(r.Context()); id != "" && r.Header.Get("X-Request-Id") == "" {
		r = r.Clone(r.Context())
		r.Header.Set("X-Request-Id", id)
	}
	return t.Transport.RoundTrip(r)
}
