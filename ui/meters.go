package ui

import (
	"strconv"
	"sync"
	"sync/atomic"
	"time"

	"coffre/store/metric"
)

// meters are what the server counts of requests, by the pattern of their route.
type meters struct {
	inFlight atomic.Int64
	routes   []*routeMeter // in the order of the table; the last is for what none answers
}

type routeMeter struct {
	method, path string
	took         metric.Histogram

	mu       sync.Mutex
	statuses map[int]uint64
}

func newMeters(routes []route) *meters {
	m := &meters{}
	for _, rt := range append(routes[:len(routes):len(routes)], route{method: "any", path: noRoute}) {
		m.routes = append(m.routes, &routeMeter{method: rt.method, path: rt.path, statuses: map[int]uint64{}})
	}
	return m
}

// none is the meter of requests that no route answers.
func (m *meters) none() *routeMeter { return m.routes[len(m.routes)-1] }

func (r *routeMeter) count(status int, took time.Duration) {
	r.took.Observe(took)
	r.mu.Lock()
	defer r.mu.Unlock()
	r.statuses[status]++
}

// write writes the requests of every route that was asked for.
func (m *meters) write(w *metric.Writer) {
	w.Gauge("coffre_http_requests_in_flight", "Requests that are being answered.")
	w.Set(float64(m.inFlight.Load()))
	asked := []*routeMeter{}
	w.Counter("coffre_http_requests", "Requests, by the pattern of their route and the status of the answer.")
	for _, r := range m.routes {
		r.mu.Lock()
		if len(r.statuses) > 0 {
			asked = append(asked, r)
		}
		for status := 100; status < 600; status++ {
			if n := r.statuses[status]; n > 0 {
				w.Set(float64(n), "method", r.method, "route", r.path, "status", strconv.Itoa(status))
			}
		}
		r.mu.Unlock()
	}
	w.Durations("coffre_http_request_duration_seconds", "From a request's head to the end of its answer.")
	for _, r := range asked {
		w.Histogram(&r.took, "method", r.method, "route", r.path)
	}
}
