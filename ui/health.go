package ui

import (
	"io"
	"net/http"

	"coffre/auth"
	"coffre/store"
	"coffre/ui/look"
)

func (s *Server) healthRoutes() []route {
	return []route{
		{method: "GET", path: "/healthz", open: true, box: true, do: (*request).healthz},
		{method: "GET", path: "/readyz", open: true, box: true, do: (*request).readyz},
	}
}

func (q *request) healthz() error {
	_, err := io.WriteString(q.w, "ok\n")
	return err
}

// readyz answers 200 once the box can serve: one firm that doesn't open is in the
// health and the figures, and takes none of the others out of a balancer. It doesn't
// while restored data are about to take the box's place.
func (q *request) readyz() error {
	if q.s.first.committed() {
		q.w.WriteHeader(http.StatusServiceUnavailable)
		return nil
	}
	all, err := q.s.Root.Tenants()
	if err != nil {
		return err
	}
	open := 0
	for _, rec := range all {
		_, release, err := q.s.Root.Acquire(rec.ID)
		if err != nil {
			q.s.Log.Error("tenant is not ready", "tenant", rec.ID, "err", err)
			continue
		}
		open++
		release()
	}
	if open == 0 && len(all) > 0 {
		return store.Fail(store.Unavailable, "busy")
	}
	_, err = io.WriteString(q.w, "ready\n")
	return err
}

func (s *Server) assetRoutes() []route {
	return []route{
		{method: "GET", path: look.Prefix + "{rest...}", open: true, box: true, do: func(q *request) error {
			look.Handler().ServeHTTP(q.w, q.r)
			return nil
		}},
		{method: "GET", path: "/ca.pem", open: true, box: true, do: (*request).caFile},
		{method: "GET", path: "/{$}", may: auth.ProfileOwn, do: func(q *request) error { return q.see(q.home()) }},
	}
}

// home is where somebody begins: the auditor at the journal, all others at Ask.
func (q *request) home() string {
	if q.p.Role == store.Auditor {
		return "/journal"
	}
	return "/ask"
}

// caFile offers the box's certificate authority, which is public.
func (q *request) caFile() error {
	file := q.s.authorityFile()
	if file == "" {
		return notFound(q)
	}
	q.w.Header().Set("Content-Type", "application/x-x509-ca-cert")
	q.w.Header().Set("Content-Disposition", `attachment; filename="coffre-ca.pem"`)
	http.ServeFile(q.w, q.r, file)
	return nil
}
