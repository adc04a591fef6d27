package gate

import (
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"testing"
	"time"
)

// TestCost prints medians of interleaved requests through the gate and without
// it, on a kept connection and with one for each. It asserts no time: a busy
// machine must not fail it.
func TestCost(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.Write(make([]byte, 4096)) }))
	defer server.Close()
	way, _ := WayTo(server.URL, "")
	rounds := 2000
	if testing.Short() {
		rounds = 100
	}
	for name, fresh := range map[string]bool{"kept connection": false, "connection each": true} {
		g, _ := newGate(t, way)
		gated := g.Client("", 0)
		plain := &http.Client{Transport: gated.Transport.(*http.Transport).Clone()}
		plain.Transport.(*http.Transport).DialContext = nil
		for _, c := range []*http.Client{gated, plain} {
			c.Transport.(*http.Transport).DisableKeepAlives = fresh
			defer c.CloseIdleConnections()
		}
		var with, without []time.Duration
		for i := range rounds {
			// Whoever goes first in a pair changes, so that neither has the warm cache.
			if i%2 == 0 {
				with, without = append(with, timeOf(t, gated, server.URL)), append(without, timeOf(t, plain, server.URL))
			} else {
				without, with = append(without, timeOf(t, plain, server.URL)), append(with, timeOf(t, gated, server.URL))
			}
		}
		slices.Sort(with)
		slices.Sort(without)
		a, b := with[rounds/2], without[rounds/2]
		t.Logf("%s: median with the gate %v, without %v: %.3f times", name, a, b, float64(a)/float64(b))
	}
}

func timeOf(t *testing.T, c *http.Client, url string) time.Duration {
	begun := time.Now()
	res, err := c.Get(url)
	if err != nil {
		t.Fatal(err)
	}
	io.Copy(io.Discard, res.Body)
	res.Body.Close()
	return time.Since(begun)
}
