package ui

import (
	"context"
	"log/slog"
	"net/http"
	"time"

	"coffre/auth"
	"coffre/store"
)

// exchange is what the technical log and the figures may know of a request: the
// pattern of its route and never its path or query, which hold words that people
// searched for; what kind of caller, never who.
type exchange struct {
	http.ResponseWriter
	method, route string // as in the table of routes
	caller        string
	firm          string
	status        int
	bytes         int64
	meter         *routeMeter
}

type exchangeKey struct{}

// exchangeOf is the request's, or one that nobody reads.
func exchangeOf(r *http.Request) *exchange {
	if x, ok := r.Context().Value(exchangeKey{}).(*exchange); ok {
		return x
	}
	return &exchange{}
}

// WriteHeader implements http.ResponseWriter.
func (x *exchange) WriteHeader(status int) {
	if x.status == 0 && status >= 200 {
		x.status = status
	}
	x.ResponseWriter.WriteHeader(status)
}

// Write implements http.ResponseWriter.
func (x *exchange) Write(b []byte) (int, error) {
	if x.status == 0 {
		x.status = http.StatusOK
	}
	n, err := x.ResponseWriter.Write(b)
	x.bytes += int64(n)
	return n, err
}

// Unwrap is for http.ResponseController.
func (x *exchange) Unwrap() http.ResponseWriter { return x.ResponseWriter }

// The kinds of caller.
const (
	callerNobody   = "nobody"
	callerPerson   = "person"
	callerKey      = "key"
	callerOperator = "operator"
	callerGuest    = "guest"
)

// callerOf is what kind of caller a principal is.
func (q *request) callerOf() string {
	switch {
	case q.p.All:
		return callerOperator
	case q.p.Guest:
		return callerGuest
	case q.p.UserID == "":
		return callerNobody
	case auth.BearerOf(q.r) != "":
		return callerKey
	}
	return callerPerson
}

// noRoute is what the log calls all that no route answers.
const noRoute = "none"

// begin gives a request its id and its exchange. An id from outside is taken from
// the local socket alone, and only if it has the form of the box's own: over the
// network anybody could give two requests the same.
func (s *Server) begin(w http.ResponseWriter, r *http.Request, local bool) (*exchange, *http.Request, string) {
	id := store.NewID()
	if given := r.Header.Get("Request-Id"); local && store.ValidID(given) {
		id = given
	}
	x := &exchange{ResponseWriter: w, method: r.Method, route: noRoute, caller: callerNobody, meter: s.meters.none()}
	s.meters.inFlight.Add(1)
	ctx := context.WithValue(store.WithRequest(r.Context(), id), exchangeKey{}, x)
	return x, r.WithContext(ctx), id
}

// end counts the request and writes its line.
func (s *Server) end(x *exchange, r *http.Request, began time.Time) {
	took := time.Since(began)
	if x.status == 0 {
		x.status = http.StatusOK // net/http answers so where a handler wrote nothing
	}
	s.meters.inFlight.Add(-1)
	x.meter.count(x.status, took)
	at := slog.LevelInfo
	if quietRoutes[x.route] {
		at = slog.LevelDebug
	}
	if !s.Log.Enabled(r.Context(), at) {
		return
	}
	line := []slog.Attr{
		slog.String("request", store.RequestOf(r.Context())), slog.String("method", methodOf(x)), slog.String("route", x.route),
		slog.Int("status", x.status), slog.Float64("ms", float64(took.Microseconds())/1000), slog.Int64("bytes", x.bytes), slog.String("caller", x.caller),
	}
	if x.firm != "" {
		line = append(line, slog.String("tenant", x.firm))
	}
	s.Log.LogAttrs(r.Context(), at, "request", line...)
}

// methodOf bounds what a stranger may send as a method.
func methodOf(x *exchange) string {
	switch x.method {
	case http.MethodGet, http.MethodHead, http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete, http.MethodOptions:
		return x.method
	}
	return "other"
}

// quietRoutes are asked for all the time and say nothing.
var quietRoutes = map[string]bool{"/healthz": true, "/readyz": true, "/assets/{rest...}": true, "/metrics": true}
