package ui

import (
	"context"
	"log/slog"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"strconv"
	"time"

	"coffre/store"
	"coffre/ui/certs"
)

// ServeRedirect answers HTTP on an address, with answers for an authority where
// it is one that asks, and leads to HTTPS where secure listens; an empty address serves nothing. What it returns stops it. Errors:
// Unavailable, code "listen".
func ServeRedirect(address string, secure net.Addr, answers *certs.Answers, log *slog.Logger) (stop func(), err error) {
	if address == "" {
		return func() {}, nil
	}
	l, err := net.Listen("tcp", address)
	if err != nil {
		return nil, store.Fail(store.Unavailable, "listen", "address", address).Because(err)
	}
	port := 443
	if a, ok := secure.(*net.TCPAddr); ok {
		port = a.Port
	}
	s := &http.Server{
		Handler: answering(answers, redirector(port)), ReadHeaderTimeout: 5 * time.Second, ReadTimeout: 5 * time.Second, WriteTimeout: 5 * time.Second, MaxHeaderBytes: 8 << 10,
		ErrorLog: slog.NewLogLogger(log.Handler(), slog.LevelDebug),
	}
	go s.Serve(l)
	return func() {
		ctx, cancel := context.WithTimeout(context.Background(), 2*time.Second)
		defer cancel()
		s.Shutdown(ctx)
	}, nil
}

// answering shows an authority what it looks for, and everybody else next.
func answering(answers *certs.Answers, next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !answers.Text(w, r) {
			next.ServeHTTP(w, r)
		}
	})
}

// redirector leads to the same page over HTTPS. Only what reads is led on: a form
// or a key that came in the clear has been seen, and must not seem to have
// worked. The answer is not for keeping: a browser that remembered it would go
// astray when the port changes.
func redirector(port int) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("Cache-Control", "no-store")
		h.Set("X-Content-Type-Options", "nosniff")
		host, ok := plainHost(r.Host)
		if !ok {
			http.Error(w, "Bad host name.", http.StatusBadRequest)
			return
		}
		if port != 443 {
			host = net.JoinHostPort(unbracket(host), strconv.Itoa(port))
		}
		if r.Method != http.MethodGet && r.Method != http.MethodHead || r.Header.Get("Authorization") != "" {
			http.Error(w, "Use https://"+host+"\nWhat was sent came unencrypted: change the key or the password.", http.StatusForbidden)
			return
		}
		at := url.URL{Scheme: "https", Host: host, Path: r.URL.Path, RawPath: r.URL.RawPath, RawQuery: r.URL.RawQuery}
		http.Redirect(w, r, at.String(), http.StatusTemporaryRedirect)
	})
}

// plainHost is the host of a Host header as it stands in an address, if it is a
// host name or an address.
func plainHost(s string) (string, bool) {
	host, _, err := net.SplitHostPort(s)
	if err != nil {
		host = unbracket(s)
	}
	if a, err := netip.ParseAddr(host); err == nil && a.Zone() == "" {
		if a.Is6() {
			return "[" + a.String() + "]", true
		}
		return a.String(), true
	}
	return host, certs.ValidNames([]string{host}) && host != "" && host[0] != '*'
}

func unbracket(s string) string {
	if len(s) > 1 && s[0] == '[' && s[len(s)-1] == ']' {
		return s[1 : len(s)-1]
	}
	return s
}
