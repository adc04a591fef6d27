package ui

import (
	"net/http"

	"coffre/auth"
	"coffre/chain"
	"coffre/store"
)

func (s *Server) restPeopleRoutes() []route {
	return []route{
		{method: "GET", path: "/api/v1/users", may: auth.UsersAdmin, do: (*request).restUsers},
		{method: "POST", path: "/api/v1/users", may: auth.UsersAdmin, do: (*request).restUserCreate},
		{method: "PATCH", path: "/api/v1/users/{id}", may: auth.UsersAdmin, do: (*request).restUserUpdate},
		{method: "GET", path: "/api/v1/groups", may: auth.GroupsAdmin, do: (*request).restGroups},
		{method: "POST", path: "/api/v1/groups", may: auth.GroupsAdmin, do: (*request).restGroupCreate},
		{method: "PATCH", path: "/api/v1/groups/{id}", may: auth.GroupsAdmin, do: (*request).restGroupUpdate},
		{method: "DELETE", path: "/api/v1/groups/{id}", may: auth.GroupsAdmin, do: (*request).restGroupDelete},
	}
}

type userJSON struct {
	ID       string `json:"id"`
	Login    string `json:"login"`
	Name     string `json:"name"`
	Role     string `json:"role"`
	Lang     string `json:"lang,omitempty"`
	Disabled bool   `json:"disabled"`
	Mail     string `json:"mail,omitempty"`
	May      string `json:"may,omitempty"` // role that the person may take for a time
}

func asUserJSON(u store.User) userJSON {
	return userJSON{u.ID, u.Login, u.Name, string(u.Role), u.Lang, u.Disabled, u.Mail, string(u.May)}
}

func (q *request) restUsers() error {
	all, err := q.s.Auth.Users(q.t, q.p)
	if err != nil {
		return err
	}
	find, out := newFinder(q.r.FormValue("q")), []userJSON{}
	for _, u := range all {
		if find.in(u.Name, u.Login, u.Mail) {
			out = append(out, asUserJSON(u))
		}
	}
	return jsonList(q, "users", out, func(u userJSON) string { return u.Login + "\x00" + u.ID })
}

func (q *request) restUserCreate() error {
	var in struct {
		Login, Name, Role, Password, Lang string
		MustChange                        bool `json:"must_change"`
	}
	if err := q.decode(&in); err != nil {
		return err
	}
	if in.Role == "" {
		in.Role = string(store.Member)
	}
	n := auth.NewUser{Login: in.Login, Name: in.Name, Role: store.Role(in.Role), Password: in.Password, Lang: in.Lang, MustChange: in.MustChange}
	u, err := q.s.Auth.CreateUser(q.r.Context(), q.t, q.p, n)
	if err != nil {
		return err
	}
	return q.json(http.StatusCreated, asUserJSON(u))
}

func (q *request) restUserUpdate() error {
	var in struct {
		Name     *string     `json:"name"`
		Role     *store.Role `json:"role"`
		Lang     *string     `json:"lang"`
		May      *store.Role `json:"may"` // for a time; "" for none
		Disabled *bool       `json:"disabled"`
		Password *string     `json:"password"`
		Old      string      `json:"old_password"`
		Must     *bool       `json:"must_change"` // with a password; by default somebody else's must be changed
	}
	if err := q.decode(&in); err != nil {
		return err
	}
	ctx, id := q.r.Context(), q.r.PathValue("id")
	if in.Name != nil || in.Role != nil || in.Lang != nil || in.May != nil {
		if err := q.s.Auth.UpdateUser(ctx, q.t, q.p, id, auth.UserChange{Name: in.Name, Role: in.Role, Lang: in.Lang, May: in.May}); err != nil {
			return err
		}
	}
	if in.Password != nil {
		if err := q.s.Auth.SetPassword(ctx, q.t, q.p, auth.PasswordChange{UserID: id, Old: in.Old, New: *in.Password, Address: q.address(), Request: q.id, MustChange: in.Must == nil || *in.Must}); err != nil {
			return err
		}
	}
	if in.Disabled != nil {
		change := q.s.Auth.Enable
		if *in.Disabled {
			change = q.s.Auth.Disable
		}
		if err := change(ctx, q.t, q.p, id); err != nil {
			return err
		}
	}
	var u store.User
	if err := q.view(func(v *store.View) (err error) { u, err = v.User(id); return err }); err != nil {
		return err
	}
	return q.json(http.StatusOK, asUserJSON(u))
}

func (q *request) restGroups() error {
	find, out := newFinder(q.r.FormValue("q")), []store.Group{}
	err := q.view(func(v *store.View) error {
		all, err := v.Groups()
		for _, g := range all {
			if find.in(g.Name) {
				out = append(out, g)
			}
		}
		return err
	})
	if err != nil {
		return err
	}
	return jsonList(q, "groups", out, func(g store.Group) string { return g.Name + "\x00" + g.ID })
}

func (q *request) putGroup(action string, g store.Group) (store.Group, error) {
	_, err := q.update(action, func(tx *store.Tx) (err error) { g, err = tx.PutGroup(g); return err })
	return g, err
}

func (q *request) restGroupCreate() error {
	var in struct {
		Name    string   `json:"name"`
		Members []string `json:"members"`
	}
	if err := q.decode(&in); err != nil {
		return err
	}
	g, err := q.putGroup(chain.GroupCreate, store.Group{Name: in.Name, Members: in.Members})
	if err != nil {
		return err
	}
	return q.json(http.StatusCreated, g)
}

func (q *request) restGroupUpdate() error {
	var in struct {
		Name    *string   `json:"name"`
		Members *[]string `json:"members"`
	}
	if err := q.decode(&in); err != nil {
		return err
	}
	var g store.Group
	_, err := q.update(chain.GroupUpdate, func(tx *store.Tx) (err error) {
		g, err = tx.EditGroup(q.r.PathValue("id"), store.GroupEdit{Name: in.Name, Members: in.Members})
		return err
	})
	if err != nil {
		return err
	}
	return q.json(http.StatusOK, g)
}

func (q *request) deleteGroup() error {
	_, err := q.update(chain.GroupDelete, func(tx *store.Tx) error { return tx.DropGroup(q.r.PathValue("id")) })
	return err
}

func (q *request) restGroupDelete() error { return q.noContent(q.deleteGroup()) }
