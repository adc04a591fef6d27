package ui

import (
	"encoding/json"
	"net/http"
	"strconv"

	"coffre/auth"
	"coffre/store"
	"coffre/ui/look"
	"coffre/ui/page"
)

func (s *Server) passkeyRoutes() []route {
	return []route{
		{method: "POST", path: "/signin/passkey/begin", open: true, do: (*request).passkeyBegin},
		{method: "POST", path: "/signin/passkey", open: true, do: (*request).passkeyForm},
	}
}

// passkeyBegin answers the script of the sign-in page.
func (q *request) passkeyBegin() error {
	state, options, err := q.s.Auth.BeginPasskey(q.t, q.r.Host)
	if err != nil {
		return err
	}
	return q.json(http.StatusOK, map[string]any{"state": state, "options": json.RawMessage(options)})
}

func (q *request) passkeyForm() error {
	if err := q.form(); err != nil {
		return err
	}
	token, _, err := q.s.Auth.SignInPasskey(q.r.Context(), q.t, q.r.PostFormValue("state"), q.shown())
	if err == nil {
		http.SetCookie(q.w, q.s.Auth.Cookie(token))
		return q.see(q.next())
	}
	e := store.AsError(err)
	switch e.Code {
	case "passkey-refused", "factor-cloned", "factor-begin", "factor-host", "rate-limited":
	default:
		return err
	}
	v := page.SignIn{Frame: q.frame(look.NoArea), Next: q.next(), Passkey: auth.KeysWork(q.r.Host)}
	v.Faults = look.Faults{"": {Code: e.Code, Params: e.Params}}
	if e.Code == "rate-limited" {
		v.Wait, _ = strconv.Atoi(e.Params["seconds"])
		q.w.Header().Set("Retry-After", e.Params["seconds"])
	}
	return q.render(asProblem(err).status, page.SignInPage(v))
}
