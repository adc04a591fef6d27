package ui

import (
	"net/http"
	"runtime/pprof"
	"slices"
	"strconv"
	"time"

	"coffre/store"
)

// Profiles say where the program's time and memory go: names of functions and
// numbers, no contents. Whoever can read them can also stop the box for a while,
// so they are on the local socket alone, and no route of the table. net/http/pprof
// is not used: importing it adds handlers to the default mux.

const longestProfile = 5 * time.Minute

// profiles are those that Go keeps; "profile" is of the processor.
var profiles = []string{"allocs", "block", "goroutine", "heap", "mutex", "threadcreate", "profile"}

// addProfiles makes GET /debug/pprof/NAME answer.
func (s *Server) addProfiles(m *http.ServeMux, operator func(*http.Request) string) {
	rt := route{method: "GET", path: "/debug/pprof/{name}", open: true, box: true, do: (*request).profile}
	m.HandleFunc("GET "+rt.path, func(w http.ResponseWriter, r *http.Request) { s.serve(w, r, rt, s.meters.none(), operator) })
}

// profile writes one, for `go tool pprof`; with debug=1, or 2 for goroutines, as
// text.
func (q *request) profile() error {
	name := q.r.PathValue("name")
	if !slices.Contains(profiles, name) {
		return store.Fail(store.NotFound, "not-found")
	}
	if name == "profile" {
		return q.processorProfile()
	}
	level, err := strconv.Atoi(q.r.FormValue("debug"))
	if err != nil || level < 0 || level > 2 {
		level = 0
	}
	q.profileHead(level > 0)
	return pprof.Lookup(name).WriteTo(q.w, level)
}

func (q *request) profileHead(text bool) {
	kind := "application/octet-stream"
	if text {
		kind = "text/plain; charset=utf-8"
	}
	q.w.Header().Set("Content-Type", kind)
}

// processorProfile samples for as many seconds as are asked for, 30 by default.
func (q *request) processorProfile() error {
	n, err := strconv.Atoi(q.r.FormValue("seconds"))
	if err != nil || n < 1 {
		n = 30
	}
	q.profileHead(false)
	if err := pprof.StartCPUProfile(q.w); err != nil {
		return store.Fail(store.Conflict, "busy").Because(err)
	}
	defer pprof.StopCPUProfile()
	select {
	case <-time.After(min(time.Duration(n)*time.Second, longestProfile)):
	case <-q.r.Context().Done():
	}
	return nil
}
