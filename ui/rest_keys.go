package ui

import (
	"net/http"
	"time"

	"coffre/auth"
	"coffre/store"
)

func (s *Server) restKeyRoutes() []route {
	return []route{
		{method: "GET", path: "/api/v1/keys", may: auth.KeysOwn, do: (*request).restKeys},
		{method: "POST", path: "/api/v1/keys", may: auth.KeysOwn, do: (*request).restKeyCreate},
		{method: "DELETE", path: "/api/v1/keys/{id}", may: auth.KeysOwn, do: (*request).restKeyRevoke},
	}
}

type keyJSON struct {
	ID       string    `json:"id"`
	Name     string    `json:"name"`
	User     string    `json:"user"`
	Created  time.Time `json:"created"`
	Revoked  bool      `json:"revoked"`
	State    string    `json:"state"`  // valid, expiring, suspended, expired or revoked
	Scopes   []string  `json:"scopes"` // all of them for a key from before there were any
	Expires  time.Time `json:"expires,omitzero"`
	Networks []string  `json:"networks,omitempty"`
	Used     time.Time `json:"used,omitzero"` // to the hour
}

func (q *request) asKeyJSON(k store.APIKeyRecord) keyJSON {
	state := auth.KeyState(k.Revoked, k.Expires, q.s.Auth.Now())
	_ = q.view(func(v *store.View) error { // what can't be read says itself where the key is used
		now, err := q.s.Auth.KeyStateNow(v, k)
		if err == nil {
			state = now
		}
		return err
	})
	out := keyJSON{k.ID, k.Name, k.UserID, k.Created, k.Revoked, state, k.Scopes, k.Expires, k.Networks, k.Used}
	if out.State == "" {
		out.State = "valid"
	}
	if out.Scopes == nil {
		out.Scopes = auth.Scopes
	}
	return out
}

// restKeys lists the caller's keys; an administrator may ask for everybody's.
func (q *request) restKeys() error {
	user := q.p.UserID
	if auth.Allowed(q.p, auth.KeysAdmin) && (q.r.FormValue("all") != "" || q.p.All) {
		user = ""
	}
	all, err := q.s.Auth.Keys(q.t, q.p, user)
	if err != nil {
		return err
	}
	out := []keyJSON{}
	for _, k := range all {
		out = append(out, q.asKeyJSON(k))
	}
	return q.json(http.StatusOK, map[string]any{"keys": out, "cursor": ""})
}

type madeKeyJSON struct {
	ID      string    `json:"id"`
	Secret  string    `json:"secret"`
	User    string    `json:"user"`
	Scopes  []string  `json:"scopes"`
	Expires time.Time `json:"expires,omitzero"`
}

// restKeyCreate makes a key; user is an id or a login, the caller by default.
// Where none is named it has every scope, as scripts of before expect.
func (q *request) restKeyCreate() error {
	var in struct {
		Name, User string
		Scopes     []string
		Expires    string // days, or never
		Networks   []string
	}
	if err := q.decode(&in); err != nil {
		return err
	}
	if len(in.Scopes) == 0 {
		in.Scopes = auth.Scopes
	}
	user := in.User
	if user == "" {
		user = q.p.UserID
	}
	q.view(func(v *store.View) error {
		if u, err := v.UserByLogin(user); err == nil {
			user = u.ID
		}
		return nil
	})
	ends, err := q.keyEnd(in.Expires)
	if err != nil {
		return err
	}
	secret, k, err := q.s.Auth.MakeKey(q.r.Context(), q.t, q.p, auth.NewKey{
		UserID: user, Name: in.Name, Scopes: in.Scopes, Expires: ends, Networks: in.Networks, Request: q.id,
	})
	if err != nil {
		return err
	}
	return q.json(http.StatusCreated, madeKeyJSON{k.ID, secret, k.UserID, k.Scopes, k.Expires})
}

func (q *request) restKeyRevoke() error {
	return q.noContent(q.s.Auth.RevokeKey(q.r.Context(), q.t, q.p, q.r.PathValue("id")))
}
