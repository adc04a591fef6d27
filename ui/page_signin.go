package ui

import (
	"net/http"
	"strconv"
	"strings"

	"coffre/auth"
	"coffre/store"
	"coffre/ui/look"
	"coffre/ui/page"
)

func (s *Server) signinRoutes() []route {
	return []route{
		{method: "GET", path: "/signin", open: true, do: (*request).signinPage},
		{method: "POST", path: "/signin", open: true, do: (*request).signin},
		{method: "POST", path: "/signout", open: true, do: (*request).signout},
		{method: "POST", path: "/preferences", open: true, box: true, do: (*request).preferences},
	}
}

func (q *request) signinPage() error {
	if empty, err := auth.NeedsSetup(q.s.Root); err != nil || empty {
		return q.see("/setup")
	}
	if q.p.UserID != "" { // a step that is missing is found on the way
		return q.see("/")
	}
	if q.s.Public != nil {
		return q.visitPage()
	}
	return q.render(http.StatusOK, page.SignInPage(page.SignIn{Frame: q.frame(look.NoArea), Next: ownPath(q.r.FormValue("next")), Passkey: auth.KeysWork(q.r.Host), Through: q.through()}))
}

func (q *request) signin() error {
	if err := q.form(); err != nil {
		return err
	}
	in := auth.SignIn{
		Login: q.r.PostFormValue("user"), Password: q.r.PostFormValue("password"),
		Address: q.address(), Agent: q.r.UserAgent(), Request: q.id,
	}
	token, _, err := q.s.Auth.SignIn(q.r.Context(), q.t, in)
	if err == nil {
		http.SetCookie(q.w, q.s.Auth.Cookie(token))
		return q.see(ownPath(q.r.PostFormValue("next")))
	}
	p := asProblem(err)
	if p.code != "bad-credentials" && p.code != "rate-limited" && p.code != "busy" && !strings.HasPrefix(p.code, "directory-") {
		return err
	}
	v := page.SignIn{Frame: q.frame(look.NoArea), User: in.Login, Next: ownPath(q.r.PostFormValue("next")), Passkey: auth.KeysWork(q.r.Host), Through: q.through()}
	v.Faults = look.Faults{"": {Code: p.code, Params: p.params}}
	if p.code == "rate-limited" {
		v.Wait, _ = strconv.Atoi(p.params["seconds"])
		q.w.Header().Set("Retry-After", p.params["seconds"])
	}
	return q.render(p.status, page.SignInPage(v))
}

func (q *request) signout() error {
	if token := auth.TokenOf(q.r); token != "" {
		if err := q.s.Auth.SignOut(q.r.Context(), q.t, token); err != nil && !store.IsNotFound(err) && store.AsError(err).Code != "signed-out" {
			return err
		}
	}
	http.SetCookie(q.w, auth.EndCookie())
	return q.see("/signin")
}
