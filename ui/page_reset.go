package ui

import (
	"net/http"
	"time"

	"coffre/auth"
	"coffre/store"
	"coffre/ui/look"
	"coffre/ui/page"
)

func (s *Server) resetRoutes() []route {
	return []route{
		{method: "GET", path: "/reset/{token}", open: true, do: func(q *request) error { return q.resetPage(nil, http.StatusOK) }},
		{method: "POST", path: "/reset/{token}", open: true, do: (*request).resetForm},
		{method: "POST", path: "/people/{id}/reset", may: auth.UsersReset, do: (*request).personReset},
		{method: "POST", path: "/people/{id}/factors/reset", may: auth.UsersReset, do: (*request).personFactors},
		{method: "POST", path: "/api/v1/users/{id}/reset", may: auth.UsersReset, do: (*request).restReset},
		{method: "GET", path: "/api/v1/users/{id}/factors", may: auth.UsersAdmin, do: (*request).restFactors},
		{method: "DELETE", path: "/api/v1/users/{id}/factors", may: auth.UsersReset, do: (*request).restFactorsReset},
	}
}

func (q *request) resetPage(faults look.Faults, status int) error {
	token := q.r.PathValue("token")
	u, l, err := q.s.Auth.ResetOf(q.t, token)
	if err != nil {
		return err
	}
	return q.render(status, page.ResetPage(page.Reset{
		Frame: q.outside(), Token: token, Name: u.Name, Login: u.Login, Expires: l.Expires.Local(),
		Faults: faults, MinPassword: auth.MinPasswordRunes,
	}))
}

func (q *request) resetForm() error {
	if err := q.form(); err != nil {
		return err
	}
	err := q.s.Auth.UseReset(q.r.Context(), q.t, q.r.PathValue("token"), q.r.PostFormValue("new"), q.id)
	if e := store.AsError(err); err != nil && e.Kind == store.Invalid {
		return q.resetPage(look.Faults{"new": {Code: e.Code, Params: e.Params}}, http.StatusUnprocessableEntity)
	}
	if err != nil {
		return err
	}
	http.SetCookie(q.w, auth.EndCookie())
	q.notify("notice.reset-done")
	return q.see("/signin")
}

// resetAddress is the link as the person opens it: under the name that the
// administrator uses.
func (q *request) resetAddress(token string) string { return "https://" + q.r.Host + "/reset/" + token }

func (q *request) personReset() error {
	if err := q.form(); err != nil {
		return err
	}
	id := q.r.PathValue("id")
	token, l, err := q.s.Auth.Reset(q.r.Context(), q.t, q.p, id, q.id)
	if err != nil && store.AsError(err).Code == "reset-two" {
		return q.askPerson(store.ApproveLink, "link-")
	}
	if err != nil {
		return q.personDone(err, "notice.saved")
	}
	v := page.ResetLink{Frame: q.frame(look.Access), Link: q.resetAddress(token), Expires: l.Expires.Local()}
	err = q.view(func(view *store.View) error {
		u, err := view.User(id)
		v.Name, v.Login = u.Name, u.Login
		return err
	})
	if err != nil {
		return err
	}
	return q.render(http.StatusOK, page.ResetLinkPage(v))
}

type resetJSON struct {
	Token   string    `json:"token"`
	Path    string    `json:"path"`
	Link    string    `json:"link,omitempty"`
	Expires time.Time `json:"expires"`
}

// restReset answers with the token and, where the box knows under which name it is
// reached, the whole address: over the local socket there is a name only where the
// firm was given one. For a guarded account it asks for an approval where the body
// gives a reason.
func (q *request) restReset() error {
	in, err := q.twoPeople()
	if err != nil {
		return err
	}
	token, l, err := q.s.Auth.Reset(q.r.Context(), q.t, q.p, q.r.PathValue("id"), q.id)
	if err != nil && store.AsError(err).Code == "reset-two" && in.Reason != "" {
		return q.askReset(store.ApproveLink, in)
	}
	if err != nil {
		return err
	}
	out := resetJSON{Token: token, Path: "/reset/" + token, Expires: l.Expires}
	if !q.p.All {
		out.Link = q.resetAddress(token)
	} else if all, err := q.s.Root.Tenants(); err == nil {
		for _, rec := range all {
			if rec.ID == q.t.ID && len(rec.Hosts) > 0 {
				out.Link = "https://" + rec.Hosts[0] + out.Path
			}
		}
	}
	return q.json(http.StatusCreated, out)
}

type factorJSON struct {
	ID      string    `json:"id"`
	Kind    string    `json:"kind"`
	Created time.Time `json:"created"`
	Used    time.Time `json:"used,omitzero"`
	Blocked bool      `json:"blocked"`
	Passkey bool      `json:"passkey"`
	Left    *int      `json:"codes_left,omitempty"`
}

func (q *request) restFactors() error {
	id := q.r.PathValue("id")
	if err := q.view(func(v *store.View) error { _, err := v.User(id); return err }); err != nil {
		return err
	}
	all, err := q.s.Auth.Factors(q.t, q.p, id)
	if err != nil {
		return err
	}
	out := []factorJSON{}
	for _, f := range all {
		x := factorJSON{ID: f.ID, Kind: f.Kind, Created: f.Created, Used: f.Used, Blocked: !f.Blocked.IsZero(), Passkey: f.Passkey}
		if f.Kind == store.FactorRecovery {
			x.Left = &f.Left
		}
		out = append(out, x)
	}
	return q.json(http.StatusOK, map[string]any{"factors": out})
}
