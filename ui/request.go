package ui

import (
	"encoding/json"
	"errors"
	"io"
	"net"
	"net/http"
	"strconv"
	"strings"

	"coffre/auth"
	"coffre/chain"
	"coffre/store"
	"coffre/ui/look"
	"coffre/ui/words"
)

// request is one HTTP exchange with what was found out about it.
type request struct {
	s     *Server
	w     http.ResponseWriter
	r     *http.Request
	id    string
	route route
	t     *store.Tenant
	p     store.Principal
	lang  words.Lang
}

var errSignIn = store.Fail(store.Denied, "session-expired")

func (q *request) api() bool {
	return strings.HasPrefix(q.r.URL.Path, "/api/") || strings.HasPrefix(q.r.URL.Path, "/v1/")
}

// language is the person's cookie, then the browser's wish, then French.
func (q *request) language() words.Lang {
	if c, err := q.r.Cookie(look.LanguageCookie); err == nil {
		if l, ok := words.Parse(c.Value); ok {
			return l
		}
	}
	return words.Negotiate(q.r, words.French)
}

// findTenant chooses by host name, or by the header Coffre-Tenant on the local
// socket; a box with one tenant answers to any name.
func (q *request) findTenant(local bool) (release func(), err error) {
	all, err := q.s.Root.Tenants()
	if err != nil {
		return nil, err
	}
	if len(all) == 0 {
		return nil, store.Fail(store.Unavailable, "not-set-up")
	}
	id := ""
	if want := q.r.Header.Get("Coffre-Tenant"); local && want != "" {
		id = want
	} else if len(all) == 1 {
		id = all[0].ID
	} else {
		host, _, err := net.SplitHostPort(q.r.Host)
		if err != nil {
			host = q.r.Host
		}
		for _, rec := range all {
			for _, h := range rec.Hosts {
				if strings.EqualFold(h, host) {
					id = rec.ID
				}
			}
		}
	}
	if id == "" {
		return nil, store.Fail(store.NotFound, "tenant-unknown")
	}
	q.t, release, err = q.s.Root.Acquire(id)
	switch {
	case err == nil && !local && q.t.Suspended():
		release()
		return nil, store.Fail(store.Unavailable, "tenant-suspended")
	case err != nil && !local:
		return nil, closed(err)
	}
	return release, err
}

// closed tells people that their firm's data doesn't open. What is wrong with which
// file is for who runs the box: it would tell strangers where the data lies.
func closed(err error) error {
	if e := store.AsError(err); e.Kind == store.NotFound || e.Kind == store.Unavailable && e.Params["path"] == "" {
		return err
	}
	return store.Fail(store.Unavailable, "tenant-closed").Because(err)
}

func (q *request) findPrincipal(operator func(*http.Request) string) (err error) {
	if operator != nil {
		q.p = store.Operator(operator(q.r))
		return nil
	}
	if bearer := auth.BearerOf(q.r); bearer != "" {
		q.p, err = q.s.Auth.KeyFrom(q.r.Context(), q.t, bearer, q.address(), q.id)
		return err
	}
	token := auth.TokenOf(q.r)
	if token == "" {
		return errSignIn
	}
	q.p, err = q.s.Auth.Session(q.r.Context(), q.t, token)
	if e := store.AsError(err); err != nil && e.Code == "signed-out" {
		return errSignIn
	}
	return err
}

// event begins an entry with what is known about the request.
func (q *request) event(action string) chain.Event {
	return chain.Event{Action: action, Session: q.p.Session, Request: q.id}
}

// update writes with the request's principal as actor.
func (q *request) update(action string, fn func(*store.Tx) error) (uint64, error) {
	return q.t.Update(q.r.Context(), q.p.Actor, q.event(action), fn)
}

func (q *request) view(fn func(*store.View) error) error { return q.t.View(fn) }

const maxJSON = 2 << 20

// decode reads a JSON body of at most 2 MiB into v.
func (q *request) decode(v any) error {
	d := json.NewDecoder(http.MaxBytesReader(q.w, q.r.Body, maxJSON))
	if err := d.Decode(v); err != nil {
		var big *http.MaxBytesError
		if errors.As(err, &big) {
			return store.Fail(store.TooLarge, "request-too-large")
		}
		return store.Fail(store.Invalid, "bad-request").Because(err)
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return store.Fail(store.Invalid, "bad-request")
	}
	return nil
}

// form parses a small form of at most 2 MiB.
func (q *request) form() error {
	q.r.Body = http.MaxBytesReader(q.w, q.r.Body, maxJSON)
	if err := q.r.ParseForm(); err != nil {
		var big *http.MaxBytesError
		if errors.As(err, &big) {
			return store.Fail(store.TooLarge, "request-too-large")
		}
		return store.Fail(store.Invalid, "bad-request").Because(err)
	}
	return nil
}

// number reads a query parameter as an integer from 0 on; absent is def.
func (q *request) number(name string, def int) (int, error) {
	s := q.r.FormValue(name)
	if s == "" {
		return def, nil
	}
	n, err := strconv.Atoi(s)
	if err != nil || n < 0 {
		return 0, store.Fail(store.Invalid, "bad-parameter", "name", name)
	}
	return n, nil
}

// address is the peer's, without its port.
func (q *request) address() string {
	host, _, err := net.SplitHostPort(q.r.RemoteAddr)
	if err != nil {
		return q.r.RemoteAddr
	}
	return host
}
