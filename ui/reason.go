package ui

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"time"

	"coffre/auth"
	"coffre/chain"
	"coffre/store"
	"coffre/ui/look"
	"coffre/ui/page"
)

// ReasonHeader carries the reason of an export from a program; what isn't ASCII is
// percent-encoded (RFC 3986 2.1).
const ReasonHeader = "Coffre-Reason"

// reasonField carries it from a form. No handler reads a field of that name.
const reasonField = "export_reason"

// reasonKept is how long a reason waits for the download that it was given for.
const reasonKept = 2 * time.Minute

// reasons are what people have just given for a download that a link begins: the
// reason must not stand in an address. In memory: it counts once, and the entry
// holds it then.
type reasons struct {
	mu  sync.Mutex
	all map[string]reasonGiven
}

type reasonGiven struct {
	text string
	at   time.Time
}

func (r *reasons) put(key, text string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.all == nil {
		r.all = map[string]reasonGiven{}
	}
	for k, g := range r.all {
		if time.Since(g.at) > reasonKept {
			delete(r.all, k)
		}
	}
	r.all[key] = reasonGiven{text, time.Now()}
}

func (r *reasons) take(key string) string {
	r.mu.Lock()
	defer r.mu.Unlock()
	g := r.all[key]
	delete(r.all, key)
	if time.Since(g.at) > reasonKept {
		return ""
	}
	return g.text
}

// reasonKey binds a reason to the session and to what it was given for.
func (q *request) reasonKey(address string) string { return q.t.ID + " " + q.p.Session + " " + address }

// exportReason asks for the reason of an export in hardened mode and enters it, in
// the same request and before the export itself. Error: Invalid "export-reason".
func (q *request) exportReason() error {
	if q.route.export == "" || !q.asksReason() {
		return nil
	}
	text, err := q.reasonGiven()
	if err != nil {
		return err
	}
	return q.enterReason(q.route.export, text)
}

// asksReason tells whether what leaves the box does so with a reason alone. Where
// that can't be read, it does.
func (q *request) asksReason() bool {
	hard := true
	q.view(func(v *store.View) error { hard = v.Hardened().On; return nil })
	return hard
}

// enterReason enters why something leaves the box. Error: Invalid "export-reason".
func (q *request) enterReason(what, text string) error {
	text, err := store.CheckReason(text)
	if err != nil {
		return store.Fail(store.Invalid, "export-reason").Because(err)
	}
	ev := q.event(chain.ExportReason)
	ev.Detail, ev.Private = chain.Detail{"what": what}, chain.Detail{"reason": text}
	_, err = q.t.Record(q.r.Context(), q.p.Actor, ev)
	return err
}

func (q *request) reasonGiven() (string, error) {
	if s := q.r.Header.Get(ReasonHeader); s != "" {
		if plain, err := url.PathUnescape(s); err == nil {
			s = plain
		}
		return strings.ToValidUTF8(s, ""), nil
	}
	switch {
	case q.api():
		return "", nil
	case q.r.Method == http.MethodGet:
		return q.s.reasons.take(q.reasonKey(q.r.URL.RequestURI())), nil
	}
	if err := q.form(); err != nil {
		return "", err
	}
	return q.r.PostFormValue(reasonField), nil
}

func (s *Server) reasonRoutes() []route {
	return []route{{method: "POST", path: "/reason", may: auth.ProfileOwn, do: (*request).reasonForm}}
}

// reasonPage asks a person for the reason, and goes on from there: a form is sent
// again with it, a link is followed once it was given.
func (q *request) reasonPage() error {
	v := page.Reason{Frame: q.frame(look.NoArea), Action: q.r.URL.Path, Field: reasonField, Back: "/", Text: q.r.PostFormValue(reasonField)}
	if from, err := url.Parse(q.r.Referer()); err == nil && from.Path != "" {
		v.Back = ownPath(from.RequestURI())
	}
	if q.r.Method == http.MethodGet {
		v.Action, v.Field, v.Hidden = "/reason", "reason", []page.HiddenField{{Name: "to", Value: q.r.URL.RequestURI()}}
	}
	for name, values := range q.r.PostForm {
		for _, value := range values {
			if name != reasonField {
				v.Hidden = append(v.Hidden, page.HiddenField{Name: name, Value: value})
			}
		}
	}
	slices.SortFunc(v.Hidden, func(a, b page.HiddenField) int { return strings.Compare(a.Name, b.Name) })
	if v.Text != "" {
		v.Fault = &look.Fault{Code: "reason", Params: map[string]string{"min": "10", "max": "1000"}}
	}
	return q.render(http.StatusUnprocessableEntity, page.ReasonPage(v))
}

// reasonForm keeps a reason for the link that it was asked for, and follows it.
func (q *request) reasonForm() error {
	if err := q.form(); err != nil {
		return err
	}
	to := ownPath(q.r.PostFormValue("to"))
	text, err := store.CheckReason(q.r.PostFormValue("reason"))
	if err != nil {
		e := store.AsError(err)
		v := page.Reason{
			Frame: q.frame(look.NoArea), Action: "/reason", Field: "reason", Back: "/", Hidden: []page.HiddenField{{Name: "to", Value: to}},
			Text: q.r.PostFormValue("reason"), Fault: &look.Fault{Code: e.Code, Params: e.Params},
		}
		return q.render(http.StatusUnprocessableEntity, page.ReasonPage(v))
	}
	q.s.reasons.put(q.reasonKey(to), text)
	return q.see(to)
}
