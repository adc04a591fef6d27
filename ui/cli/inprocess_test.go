package cli

import (
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"testing"
)

// TestAnnounced: a backup is whole once all of its bytes and their sum came, over a
// socket as from this process.
func TestAnnounced(t *testing.T) {
	for name, c := range map[string]struct {
		bytes, sum string
		want       error
	}{
		"whole":         {"1234", "ab", nil},
		"cut":           {"12", "ab", io.ErrUnexpectedEOF},
		"longer":        {"123456", "ab", io.ErrUnexpectedEOF},
		"without a sum": {"1234", "", io.ErrUnexpectedEOF},
	} {
		h := http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Trailer", sumTrailer)
			io.WriteString(w, c.bytes)
			if c.sum != "" {
				w.Header().Set(sumTrailer, c.sum)
			}
		})
		srv := httptest.NewServer(h)
		for kind, tr := range map[string]http.RoundTripper{"socket": http.DefaultTransport, "in process": inProcess{h}} {
			t.Run(name+", "+kind, func(t *testing.T) {
				req, err := http.NewRequestWithContext(t.Context(), "GET", srv.URL, nil)
				if err != nil {
					t.Fatal(err)
				}
				resp, err := tr.RoundTrip(req)
				if err != nil {
					t.Fatal(err)
				}
				defer resp.Body.Close()
				got, err := io.ReadAll(&announced{resp: resp, want: 4, tell: func(int64, int64) {}})
				if !errors.Is(err, c.want) || err == nil && (string(got) != c.bytes || resp.Trailer.Get(sumTrailer) != c.sum) {
					t.Errorf("%q, sum %q: %v", got, resp.Trailer.Get(sumTrailer), err)
				}
			})
		}
		srv.Close()
	}
}
