package gate

import (
	"errors"
	"net/http"
	"strconv"
	"time"
)

// Client returns an HTTP client that reaches only what the gate permits to a
// firm; its connections are no other firm's. It takes no proxy from the
// environment, and follows at most five redirects, never from https to http and
// only to hosts and ports with a way. timeout bounds a whole exchange, body
// included; 0 is no bound, for streams that their context ends.
func (g *Gate) Client(owner string, timeout time.Duration) *http.Client {
	return &http.Client{
		Timeout: timeout,
		Transport: &http.Transport{
			DialContext:         g.For(owner),
			ForceAttemptHTTP2:   true,
			TLSHandshakeTimeout: 10 * time.Second,
			MaxIdleConnsPerHost: 4,
			IdleConnTimeout:     90 * time.Second,
		},
		CheckRedirect: func(r *http.Request, via []*http.Request) error { return g.checkRedirect(owner, r, via) },
	}
}

var errRedirects = errors.New("stopped after five redirects")

func (g *Gate) checkRedirect(owner string, r *http.Request, via []*http.Request) error {
	port := r.URL.Port()
	if port == "" {
		port = map[string]string{"http": "80", "https": "443"}[r.URL.Scheme]
	}
	n, _ := strconv.Atoi(port)
	switch w, err := (Way{Owner: owner, Host: r.URL.Hostname(), Port: n}).clean(); {
	case len(via) > 5:
		return errRedirects
	case err != nil:
		return g.refuse(owner, r.URL.Hostname(), n, reasonAddress)
	case !g.permits(w):
		return g.refuse(owner, w.Host, w.Port, reasonClosed)
	case r.URL.Scheme != "https" && via[len(via)-1].URL.Scheme == "https":
		return g.refuse(owner, w.Host, w.Port, reasonScheme)
	}
	return nil
}
