package ui

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"net/http"
	"net/url"
	"strconv"
	"syscall"

	"github.com/a-h/templ"

	"coffre/connectors/extract"
	"coffre/connectors/gate"
	"coffre/llm"
	"coffre/store"
	"coffre/ui/look"
	"coffre/ui/page"
	"coffre/ui/words"
)

var statusOf = map[store.Kind]int{
	store.Invalid: http.StatusUnprocessableEntity, store.Denied: http.StatusForbidden, store.NotFound: http.StatusNotFound,
	store.Conflict: http.StatusConflict, store.TooLarge: http.StatusRequestEntityTooLarge,
	store.RateLimited: http.StatusTooManyRequests, store.Unavailable: http.StatusServiceUnavailable,
	store.Corrupt: http.StatusInternalServerError, store.Internal: http.StatusInternalServerError,
}

// problem is an error as an outsider gets it.
type problem struct {
	status int
	code   string
	params map[string]string
}

// asProblem is the one place where errors become statuses and codes.
func asProblem(err error) problem {
	if errors.Is(err, errSignIn) {
		return problem{http.StatusUnauthorized, "session-expired", nil}
	}
	switch e := store.AsError(err); {
	case e.Code == "disk-reserve", e.Code == "quota-bytes", e.Code == "quota-documents", e.Code == "copy-full", e.Code == "drill-room":
		return problem{http.StatusInsufficientStorage, e.Code, e.Params}
	case errors.Is(err, syscall.ENOSPC):
		return problem{http.StatusInsufficientStorage, "disk-full", nil}
	}
	if code := extract.CodeOf(err); code != "" {
		return problem{http.StatusUnprocessableEntity, code, nil}
	}
	if errors.Is(err, gate.ErrRefused) {
		return problem{http.StatusServiceUnavailable, "runtime-closed", nil}
	}
	if code := llm.CodeOf(err); code != "" {
		return problem{http.StatusServiceUnavailable, code, nil}
	}
	e := store.AsError(err)
	p := problem{statusOf[e.Kind], e.Code, e.Params}
	if e.Code == "bad-credentials" || e.Code == "bad-key" || e.Code == "key-expired" || e.Code == "key-elsewhere" || e.Code == "key-suspended" {
		p.status = http.StatusUnauthorized
	}
	if e.Code == "bad-request" || e.Code == "bad-parameter" {
		p.status = http.StatusBadRequest
	}
	if p.status == 0 {
		p.status = http.StatusInternalServerError
	}
	return p
}

// logFault keeps what an answer doesn't say. A state that has a name, such as a
// runtime that is down or a disk that is full, is no fault of the program: whoever
// asked is told, at a terminal too, and the health checks warn of what lasts.
func (q *request) logFault(p problem, err error) {
	level, text := slog.LevelInfo, "request refused"
	switch {
	case p.status < 500:
		return
	case p.status == http.StatusInternalServerError:
		level, text = slog.LevelError, "request failed"
	}
	q.s.Log.Log(q.r.Context(), level, text, "request", q.id, "route", q.route.path, "code", p.code, "err", err)
}

// finish renders a handler's error; nil means that the handler has answered.
func (q *request) finish(err error) {
	if err == nil || errors.Is(err, context.Canceled) && q.r.Context().Err() != nil {
		return
	}
	q.refusal(err)
	p := asProblem(err)
	q.logFault(p, err)
	if s := p.params["seconds"]; p.status == http.StatusTooManyRequests && s != "" {
		q.w.Header().Set("Retry-After", s)
	}
	switch {
	case q.api():
		q.problem(p)
	case p.code == "step-needed":
		q.see("/signin/" + p.params["step"] + "?next=" + url.QueryEscape(q.cameFrom()))
	case p.code == "reauth":
		q.see("/reauth?next=" + url.QueryEscape(q.cameFrom()))
	case p.code == "export-reason" && !q.part():
		q.reasonPage()
	case p.code == "not-set-up":
		http.Redirect(q.w, q.r, "/setup", http.StatusSeeOther)
	case p.code == "session-expired" && q.part():
		// The scripts lead to the sign-in page themselves.
		q.w.WriteHeader(p.status)
	case p.code == "session-expired" && q.r.Method == http.MethodGet:
		http.Redirect(q.w, q.r, "/signin?next="+url.QueryEscape(q.r.URL.RequestURI()), http.StatusSeeOther)
	default:
		q.faultPage(p)
	}
}

// problem writes RFC 9457 problem details.
func (q *request) problem(p problem) {
	title := words.Error(q.lang, p.code, p.params)
	body := map[string]any{
		"type": "about:blank", "title": http.StatusText(p.status), "status": p.status,
		"detail": title, "code": p.code, "request_id": q.id,
	}
	q.w.Header().Set("Content-Type", "application/problem+json")
	q.w.WriteHeader(p.status)
	json.NewEncoder(q.w).Encode(body)
}

func (q *request) part() bool {
	return q.r.Header.Get("HX-Request") != "" || q.r.Header.Get(page.PartHeader) != ""
}

func (q *request) faultPage(p problem) {
	fault := look.Fault{Code: p.code, Params: p.params}
	if q.part() {
		q.render(p.status, page.FaultView(q.lang, fault))
		return
	}
	q.render(p.status, page.ProblemPage(page.Problem{Frame: q.frame(look.NoArea), Status: p.status, Fault: fault, Request: q.id}))
}

// refuse answers before a route was found.
func (s *Server) refuse(w http.ResponseWriter, r *http.Request, err error) {
	q := &request{s: s, w: w, r: r, id: requestID(r)}
	q.lang = q.language()
	q.finish(err)
}

// render writes a page whole, so that an error in it never leaves half a page.
func (q *request) render(status int, c templ.Component) error {
	var buf bytes.Buffer
	if err := c.Render(q.r.Context(), &buf); err != nil {
		q.s.Log.Error("page can't be drawn", "request", q.id, "route", q.route.path, "err", err)
		http.Error(q.w, "internal", http.StatusInternalServerError)
		return nil
	}
	h := q.w.Header()
	h.Set("Content-Type", "text/html; charset=utf-8")
	h.Set("Content-Length", strconv.Itoa(buf.Len()))
	q.w.WriteHeader(status)
	q.w.Write(buf.Bytes())
	return nil
}

// json answers with a value.
func (q *request) json(status int, v any) error {
	b, err := json.Marshal(v)
	if err != nil {
		return err
	}
	q.w.Header().Set("Content-Type", "application/json")
	q.w.WriteHeader(status)
	q.w.Write(append(b, '\n'))
	return nil
}

// see redirects after a form.
func (q *request) see(path string) error {
	if q.r.Header.Get("HX-Request") != "" {
		q.w.Header().Set("HX-Redirect", path)
		q.w.WriteHeader(http.StatusNoContent)
		return nil
	}
	http.Redirect(q.w, q.r, path, http.StatusSeeOther)
	return nil
}

// cameFrom is the page of this box that a form was on: where the browser doesn't say,
// the one that the route names, or "/".
func (q *request) cameFrom() string {
	from, err := url.Parse(q.r.Referer())
	if q.r.Method == http.MethodGet {
		from, err = q.r.URL, nil
	}
	if err != nil || from.Path == "" {
		return cmp.Or(q.route.from, "/")
	}
	return ownPath(from.RequestURI())
}
