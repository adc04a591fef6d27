package ui

import (
	"errors"
	"net/http"
	"net/url"
	"strconv"

	"coffre/auth"
	"coffre/store"
	"coffre/ui/look"
	"coffre/ui/page"
)

func (s *Server) signinThroughRoutes() []route {
	return []route{
		{method: "GET", path: "/signin/oidc/{id}", open: true, do: (*request).startOIDC},
		{method: "GET", path: "/signin/oidc/{id}/callback", open: true, do: (*request).finishOIDC},
		{method: "POST", path: "/signin/oidc/{id}/logout", open: true, do: (*request).logoutOIDC},
		{method: "GET", path: "/signin/saml/{id}", open: true, do: (*request).startSAML},
		{method: "POST", path: "/signin/saml/{id}/acs", open: true, do: (*request).finishSAML},
		{method: "GET", path: "/signin/saml/{id}/metadata", open: true, do: (*request).metadataSAML},
	}
}

// foreignForms are the routes that a provider's own page posts to. What arrives
// there is believed for its signature and the flow that it answers, never for the
// browser's cookies alone.
var foreignForms = []string{"POST /signin/saml/{id}/acs"}

// through are the providers of the sign-in page. That they can't be read must not
// keep anybody from signing in with a password.
func (q *request) through() (out []page.SignInThrough) {
	err := q.view(func(v *store.View) error {
		all, err := v.Providers()
		for _, p := range all {
			if p.On {
				out = append(out, page.SignInThrough{ID: p.ID, Kind: p.Kind, Name: p.Name})
			}
		}
		return err
	})
	if err != nil {
		q.s.Log.Error("providers can't be read", "request", q.id, "err", err)
	}
	return out
}

func (q *request) arriving() auth.SignIn {
	return auth.SignIn{Address: q.address(), Agent: q.r.UserAgent(), Request: q.id, Again: q.r.URL.Query().Get("again") != ""}
}

// elsewhere leads to the same address under the name that is registered at the
// provider, where somebody came by another: the cookie of a flow belongs to one.
func (q *request) elsewhere() (moved bool, err error) {
	var p store.Provider
	err = q.view(func(v *store.View) (err error) { p, err = v.Provider(q.r.PathValue("id")); return err })
	if err != nil {
		return false, err
	}
	at, err := url.Parse(p.Origin)
	if err != nil || at.Host == q.r.Host {
		return false, err
	}
	if q.r.FormValue("moved") != "" {
		return false, nil // the origin answers under a third name: better try than turn round
	}
	ask := url.Values{"next": {ownPath(q.r.FormValue("next"))}, "moved": {"1"}}
	if q.arriving().Again {
		ask.Set("again", "1")
	}
	to := url.URL{Scheme: "https", Host: at.Host, Path: q.r.URL.Path, RawQuery: ask.Encode()}
	http.Redirect(q.w, q.r, to.String(), http.StatusSeeOther)
	return true, nil
}

func (q *request) startOIDC() error {
	if moved, err := q.elsewhere(); moved || err != nil {
		return err
	}
	to, cookie, err := q.s.Auth.StartOIDC(q.r.Context(), q.t, q.r.PathValue("id"), ownPath(q.r.FormValue("next")), q.arriving())
	if err != nil {
		return q.throughFailed(err)
	}
	http.SetCookie(q.w, q.s.Auth.FlowCookie(cookie, false))
	http.Redirect(q.w, q.r, to, http.StatusSeeOther)
	return nil
}

func (q *request) finishOIDC() error {
	o, err := q.s.Auth.FinishOIDC(q.r.Context(), q.t, q.r.PathValue("id"), auth.FlowOf(q.r), q.r.URL.Query(), q.arriving())
	return q.opened(o, err)
}

// opened ends a flow with a session, or with the sign-in page and a sentence.
func (q *request) opened(o auth.Opened, err error) error {
	http.SetCookie(q.w, auth.EndFlowCookie())
	if err != nil {
		return q.throughFailed(err)
	}
	if old := auth.TokenOf(q.r); old != "" {
		if err := q.s.Auth.SignOut(q.r.Context(), q.t, old); err != nil {
			q.s.Log.Error("the session that a new one replaces is not ended", "request", q.id, "err", err)
		}
	}
	http.SetCookie(q.w, q.s.Auth.Cookie(o.Token))
	return q.see(ownPath(o.Next))
}

// throughFailed shows the sign-in page with what is to be said. Signing in with a
// password stays possible whatever a provider does.
func (q *request) throughFailed(err error) error {
	p := asProblem(err)
	switch p.code {
	case "provider-refused", "provider-again", "provider-down", "rate-limited":
	default:
		return err
	}
	v := page.SignIn{Frame: q.frame(look.NoArea), Passkey: auth.KeysWork(q.r.Host), Through: q.through()}
	v.Faults = look.Faults{"": {Code: p.code, Params: p.params}}
	if p.code == "rate-limited" {
		v.Wait, _ = strconv.Atoi(p.params["seconds"])
		q.w.Header().Set("Retry-After", p.params["seconds"])
	}
	return q.render(p.status, page.SignInPage(v))
}

// logoutOIDC answers as OpenID Connect Back-Channel Logout 1.0, section 2.8, wants
// it: 200, or 400 for a token that isn't good.
func (q *request) logoutOIDC() error {
	if err := q.form(); err != nil {
		return err
	}
	_, err := q.s.Auth.LogoutOIDC(q.r.Context(), q.t, q.r.PathValue("id"), q.r.PostForm.Get("logout_token"), q.arriving())
	var e *store.Error
	if errors.As(err, &e) && e.Code == "logout-token" {
		return q.json(http.StatusBadRequest, map[string]string{"error": "invalid_request"})
	}
	if err != nil {
		return err
	}
	q.w.WriteHeader(http.StatusOK)
	return nil
}
