package ui

import (
	"net/http"
	"runtime/debug"
	"time"

	"coffre/store"
	"coffre/ui/look"
)

func requestID(r *http.Request) string { return store.RequestOf(r.Context()) }

// outer is what every answer carries: a request id, the headers that keep a
// browser safe, and a sentence instead of a stack trace after a panic; and what
// every request leaves: a line in the log.
func (s *Server) outer(next http.Handler, local bool) http.Handler {
	return http.HandlerFunc(func(answer http.ResponseWriter, r *http.Request) {
		began := time.Now()
		w, r, id := s.begin(answer, r, local)
		defer s.end(w, r, began)
		h := w.Header()
		h.Set("Content-Security-Policy", look.Policy)
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("X-Frame-Options", "DENY")
		h.Set("Referrer-Policy", "no-referrer")
		h.Set("Cross-Origin-Opener-Policy", "same-origin")
		h.Set("Cross-Origin-Resource-Policy", "same-origin")
		h.Set("Permissions-Policy", "camera=(), geolocation=(), microphone=()")
		h.Set("Request-Id", id)
		if r.TLS != nil {
			h.Set("Strict-Transport-Security", s.transportSecurity())
		}
		h.Set("Cache-Control", "no-store") // an asset that is found says otherwise
		defer func() {
			if e := recover(); e != nil {
				if e == http.ErrAbortHandler {
					panic(e)
				}
				s.Log.Error("handler panicked", "request", id, "stack", string(debug.Stack()))
				s.refuse(w, r, store.Fail(store.Internal, "internal"))
			}
		}()
		next.ServeHTTP(w, r)
	})
}
