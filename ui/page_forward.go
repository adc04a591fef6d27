package ui

import (
	"net/http"
	"strconv"
	"strings"
	"time"

	"coffre/connectors"
	"coffre/store"
	"coffre/ui/look"
	"coffre/ui/page"
)

// forwardPage shows what is kept, or what was typed and refused.
func (q *request) forwardPage(faults look.Faults, status int) error {
	to, err := q.forwardTarget()
	if err != nil {
		return err
	}
	v := page.Forward{Frame: q.frame(look.Settings), Faults: faults, Host: to.Host, Name: to.ServerName, CA: to.CA, Clear: to.Clear, Enterprise: strconv.Itoa(to.Enterprise), Port: "6514"}
	if to.Port > 0 {
		v.Port = strconv.Itoa(to.Port)
	}
	chosen, client := strconv.Itoa(to.Facility), to.ClientSecret
	if f := q.r.PostForm; f.Has("forward.host") {
		v.Host, v.Port, v.Name, v.CA = f.Get("forward.host"), f.Get("forward.port"), f.Get("forward.server_name"), f.Get("forward.ca")
		v.Clear, v.Enterprise, chosen = f.Get("forward.way") == "tcp", f.Get("forward.enterprise"), f.Get("forward.facility")
		client = f.Get("forward.client_secret")
	}
	if err := q.view(func(view *store.View) (err error) { v.Two, err = q.twoView(view, false); return err }); err != nil {
		return err
	}
	v.Clients = q.secretsFor(store.PurposeSIEM, client, q.lang.T("forward.client-none"))
	for _, n := range connectors.SyslogFacilities {
		s := strconv.Itoa(n)
		v.Facilities = append(v.Facilities, look.Choice{Value: s, Label: s, Selected: s == chosen})
	}
	s := q.forwardState()
	v.State = page.ForwardState{
		On: s.On, Late: s.Late(time.Now()), Sent: s.Sent, Head: s.Head, Note: s.Note, Pruned: s.Pruned,
		Connected: local(s.Connected), NoteAt: local(s.NoteAt), Failing: local(s.Failing), Next: local(s.Next), OldestWaiting: local(s.Oldest),
	}
	if s.Fault != "" {
		v.State.Fault = &look.Fault{Code: s.Fault, Params: map[string]string{"host": to.Name()}}
	}
	return q.render(status, page.ForwardPage(v))
}

// local is t as the box's clock on the wall has it, zero where t is.
func local(t time.Time) time.Time {
	if t.IsZero() {
		return t
	}
	return t.Local()
}

// typedForward reads the form; a number that is none is refused by the check.
func (q *request) typedForward() store.ForwardTarget {
	get := func(name string) string { return strings.TrimSpace(q.r.PostFormValue("forward." + name)) }
	number := func(name string) int {
		n, err := strconv.Atoi(get(name))
		if err != nil && get(name) != "" {
			return -1
		}
		return n
	}
	return store.ForwardTarget{
		Host: get("host"), Port: number("port"), Clear: get("way") == "tcp", CA: get("ca"), ServerName: get("server_name"), ClientSecret: get("client_secret"),
		Facility: number("facility"), Enterprise: number("enterprise"),
	}
}

func (q *request) forwardForm() error {
	if err := q.form(); err != nil {
		return err
	}
	if !q.r.PostForm.Has("forward.host") {
		return store.Fail(store.Invalid, "bad-request")
	}
	asked, err := q.putForward(q.typedForward(), 0, q.r.PostFormValue("reason"), paperOf(q.r))
	if e := store.AsError(err); err != nil && (e.Kind == store.Invalid || isTwo(e)) {
		field := e.Params["name"]
		if f := twoField(e); f != "" {
			field = f
		} else if isTwo(e) {
			field = "host"
		}
		return q.forwardPage(look.Faults{"forward." + field: {Code: e.Code, Params: e.Params}}, http.StatusUnprocessableEntity)
	}
	if asked != nil {
		return q.done(err, "/retention", "notice.approval-asked")
	}
	return q.done(err, "/settings/forward", "notice.forward")
}

// forwardTest writes one message to the receiver that is saved: the gate opens
// no way to one that is only typed.
func (q *request) forwardTest() error {
	if err := q.form(); err != nil {
		return err
	}
	saved, err := q.forwardTarget()
	if err != nil {
		return err
	}
	var fault *look.Fault
	typed, terr := connectors.CheckForwardTarget(q.typedForward())
	switch {
	case q.r.PostForm.Has("forward.host") && (terr != nil || typed != saved):
		fault = &look.Fault{Code: "settings-unsaved"}
	case saved.Host == "" || q.s.Forward == nil:
		fault = &look.Fault{Code: "forward-none"}
	default:
		if err := q.s.Forward.Test(q.r.Context(), q.t.ID, saved); err != nil {
			e := store.AsError(err)
			fault = &look.Fault{Code: e.Code, Params: e.Params}
		}
	}
	return q.render(http.StatusOK, page.ForwardResult(q.lang, fault))
}
