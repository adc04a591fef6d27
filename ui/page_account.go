package ui

import (
	"net/http"
	"slices"
	"strings"
	"time"

	"coffre/auth"
	"coffre/store"
	"coffre/ui/look"
	"coffre/ui/page"
)

func (s *Server) accountRoutes() []route {
	return []route{
		{method: "GET", path: "/account", may: auth.ProfileOwn, do: (*request).accountPage},
		{method: "GET", path: "/account/sessions", may: auth.ProfileOwn, do: func(q *request) error { return q.sessionsPage(q.p.UserID) }},
		{method: "POST", path: "/account/sessions/end", may: auth.ProfileOwn, do: func(q *request) error { return q.sessionsEndForm(q.p.UserID, "/account/sessions") }},
		{method: "POST", path: "/account/sessions/known", may: auth.ProfileOwn, do: func(q *request) error {
			return q.done(q.s.Auth.KnowPlaces(q.r.Context(), q.t, q.p, q.id), "/account/sessions", "notice.places-known")
		}},
		{method: "GET", path: "/people/{id}/sessions", may: auth.UsersAdmin, do: func(q *request) error { return q.sessionsPage(q.r.PathValue("id")) }},
		{method: "POST", path: "/people/{id}/sessions/end", may: auth.UsersAdmin, do: func(q *request) error {
			return q.sessionsEndForm(q.r.PathValue("id"), "/people/"+q.r.PathValue("id")+"/sessions")
		}},
		{method: "GET", path: "/api/v1/sessions", may: auth.ProfileOwn, do: func(q *request) error { return q.restSessions(q.p.UserID) }},
		{method: "DELETE", path: "/api/v1/sessions/{id}", may: auth.ProfileOwn, do: func(q *request) error {
			return q.noContent(q.s.Auth.EndSession(q.r.Context(), q.t, q.p, q.p.UserID, q.r.PathValue("id"), q.id))
		}},
		{method: "GET", path: "/api/v1/users/{id}/sessions", may: auth.UsersAdmin, do: func(q *request) error { return q.restSessions(q.r.PathValue("id")) }},
		{method: "DELETE", path: "/api/v1/users/{id}/sessions", may: auth.UsersAdmin, do: func(q *request) error {
			_, err := q.s.Auth.EndSessions(q.r.Context(), q.t, q.p, q.r.PathValue("id"), q.id)
			return q.noContent(err)
		}},
	}
}

// ownSession finds the session of the request among all.
func (q *request) ownSession(all []store.Session) (store.Session, bool) {
	i := slices.IndexFunc(all, func(o store.Session) bool { return o.ID == q.p.Session && o.ID != "" })
	if i < 0 {
		return store.Session{}, false
	}
	return all[i], true
}

func (q *request) accountPage() error {
	v := page.Account{Frame: q.frame(look.Settings)}
	all, err := q.s.Auth.Sessions(q.t, q.p, q.p.UserID)
	if err != nil {
		return err
	}
	v.Sessions = len(all)
	if own, ok := q.ownSession(all); ok {
		v.Since, v.Method = own.Created.Local(), own.Method
	}
	if v.Known, err = q.knownAs(q.p.UserID); err != nil {
		return err
	}
	err = q.view(func(view *store.View) error {
		u, err := view.User(q.p.UserID)
		if err != nil {
			return err
		}
		v.Login, v.Mail, v.Source = u.Login, u.Mail, u.Source != ""
		v.Takes = u.May != "" || q.p.Role == store.Admin
		keys, err := view.APIKeys(q.p.UserID)
		for _, k := range keys {
			if s, err := q.s.Auth.KeyStateNow(view, k); err == nil && (s == "" || s == "expiring") {
				v.Keys++
			}
		}
		return err
	})
	if err != nil {
		return err
	}
	return q.render(http.StatusOK, page.AccountPage(v))
}

func (q *request) sessionsPage(userID string) error {
	v := page.Sessions{Frame: q.frame(look.Settings)}
	all, err := q.s.Auth.Sessions(q.t, q.p, userID)
	if err != nil {
		return err
	}
	total, idle, err := q.s.Auth.Limits(q.t)
	if err != nil {
		return err
	}
	v.Hours, v.Minutes = int(total/time.Hour), int(idle/time.Minute)
	var places []store.Place
	err = q.view(func(view *store.View) error {
		u, err := view.User(userID)
		if userID != q.p.UserID {
			v.Area, v.Of, v.OfID = look.Access, u.Name, u.ID
		}
		places = u.Places
		return err
	})
	if err != nil {
		return err
	}
	for _, p := range places {
		if p.Strange {
			v.Places = append(v.Places, page.SessionPlace{Address: p.Address, Device: p.Device, First: p.First.Local()})
		}
	}
	for _, r := range all {
		d := auth.DeviceOf(r.Agent)
		ends := r.Expires
		if r.Created.Add(total).Before(ends) {
			ends = r.Created.Add(total)
		}
		v.Items = append(v.Items, page.SessionItem{
			ID: r.ID, Browser: d.Browser, System: d.System, Phone: d.Phone, Address: r.Address, Method: r.Method,
			Created: r.Created.Local(), Seen: later(r.Seen, r.Created).Local(), Ends: ends.Local(), Current: r.ID == q.p.Session, Steps: len(r.Needs) > 0,
			New: slices.ContainsFunc(v.Places, func(p page.SessionPlace) bool {
				return p.Device == d.String() && strings.HasPrefix(r.Address, p.Address)
			}),
		})
	}
	return q.render(http.StatusOK, page.SessionsPage(v))
}

func later(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}

// sessionsEndForm ends the session that the form names, or all but this one.
func (q *request) sessionsEndForm(userID, back string) error {
	if err := q.form(); err != nil {
		return err
	}
	if id := q.r.PostFormValue("session"); id != "" {
		err := q.s.Auth.EndSession(q.r.Context(), q.t, q.p, userID, id, q.id)
		if store.IsNotFound(err) {
			err = nil // it has ended meanwhile
		}
		return q.done(err, back, "notice.session-ended")
	}
	n, err := q.s.Auth.EndSessions(q.r.Context(), q.t, q.p, userID, q.id)
	return q.done(err, back, "notice.sessions-ended", "n", q.lang.Number(int64(n)))
}

type sessionJSON struct {
	ID      string    `json:"id"`
	User    string    `json:"user"`
	Browser string    `json:"browser,omitempty"`
	System  string    `json:"system,omitempty"`
	Address string    `json:"address,omitempty"`
	Method  string    `json:"method,omitempty"`
	Factors []string  `json:"factors,omitempty"`
	Created time.Time `json:"created"`
	Seen    time.Time `json:"seen,omitzero"` // to the minute
	Expires time.Time `json:"expires"`
	Current bool      `json:"current"`
}

func (q *request) restSessions(userID string) error {
	if err := q.view(func(v *store.View) error { _, err := v.User(userID); return err }); err != nil {
		return err
	}
	all, err := q.s.Auth.Sessions(q.t, q.p, userID)
	if err != nil {
		return err
	}
	out := []sessionJSON{}
	for _, r := range all {
		d := auth.DeviceOf(r.Agent)
		out = append(out, sessionJSON{r.ID, r.UserID, d.Browser, d.System, r.Address, r.Method, r.Factors, r.Created, r.Seen, r.Expires, r.ID == q.p.Session && r.ID != ""})
	}
	return q.json(http.StatusOK, map[string]any{"sessions": out, "cursor": ""})
}
