package ui

import (
	"net/http"
	"slices"
	"strings"

	"coffre/auth"
	"coffre/store"
	"coffre/ui/look"
	"coffre/ui/page"
)

func (s *Server) peopleRoutes() []route {
	return []route{
		{method: "GET", path: "/people", may: auth.UsersAdmin, do: func(q *request) error { return q.peoplePage(page.People{}, http.StatusOK) }},
		{method: "POST", path: "/people", may: auth.UsersAdmin, do: (*request).personAddForm},
		{method: "POST", path: "/people/{id}", may: auth.UsersAdmin, do: (*request).personForm},
		{method: "POST", path: "/people/{id}/disable", may: auth.UsersAdmin, do: func(q *request) error {
			return q.personDone(q.s.Auth.Disable(q.r.Context(), q.t, q.p, q.r.PathValue("id")), "notice.person-disabled")
		}},
		{method: "POST", path: "/people/{id}/enable", may: auth.UsersAdmin, do: func(q *request) error {
			return q.personDone(q.s.Auth.Enable(q.r.Context(), q.t, q.p, q.r.PathValue("id")), "notice.person-enabled")
		}},
		{method: "POST", path: "/people/{id}/password", may: auth.UsersAdmin, do: (*request).personPasswordForm},
	}
}

func (q *request) peoplePage(v page.People, status int) error {
	v.Frame, v.MinPassword = q.frame(look.Access), auth.MinPasswordRunes
	if v.Faults == nil {
		v.New.MustChange = true
	}
	err := q.view(func(view *store.View) error {
		gs, err := view.Groups()
		if err != nil {
			return err
		}
		for _, g := range gs {
			v.Groups = append(v.Groups, look.Choice{Value: g.ID, Label: g.Name})
		}
		v.Takes = view.ElevationMode() != store.ElevationOff
		us, err := view.Users()
		for _, u := range us {
			row := page.User{ID: u.ID, Name: u.Name, User: u.Login, Role: string(u.Role), Disabled: u.Disabled, Self: u.ID == q.p.UserID, Local: u.Source == "", MustChange: u.MustChange, May: string(u.May), Sealed: u.Source == store.SourceBreakGlass}
			have, err := view.Factors(u.ID)
			if err != nil {
				return err
			}
			row.Factors = len(have) > 0
			for _, g := range gs {
				if slices.Contains(g.Members, u.ID) {
					row.Groups = append(row.Groups, g.ID)
				}
			}
			v.Items = append(v.Items, row)
		}
		return err
	})
	if err != nil {
		return err
	}
	return q.render(status, page.PeoplePage(v))
}

// personDone ends a form about one person: its fault beside it, or the list.
func (q *request) personDone(err error, key string, args ...string) error {
	if faults := fieldFaults(err, ""); faults != nil {
		return q.peoplePage(page.People{Editing: q.r.PathValue("id"), Faults: faults}, http.StatusUnprocessableEntity)
	}
	return q.done(err, "/people", key, args...)
}

func (q *request) personAddForm() error {
	if err := q.form(); err != nil {
		return err
	}
	f := q.r.PostForm
	n := auth.NewUser{Login: f.Get("user"), Name: f.Get("name"), Role: store.Role(f.Get("role")), Password: f.Get("password"), MustChange: f.Get("must_change") != ""}
	u, err := q.s.Auth.CreateUser(q.r.Context(), q.t, q.p, n)
	if faults := fieldFaults(err, "password"); faults != nil {
		if store.AsError(err).Code == "name-taken" {
			faults = look.Faults{"user": faults["password"]}
		}
		v := page.People{Faults: faults, New: page.User{Name: n.Name, User: n.Login, Role: f.Get("role"), Groups: f["group"], MustChange: n.MustChange}}
		return q.peoplePage(v, http.StatusUnprocessableEntity)
	}
	if err != nil {
		return err
	}
	return q.done(q.setGroups(u.ID, f["group"]), "/people", "notice.person-created", "name", u.Name)
}

func (q *request) personForm() error {
	if err := q.form(); err != nil {
		return err
	}
	id, name, role := q.r.PathValue("id"), q.r.PostFormValue("name"), store.Role(q.r.PostFormValue("role"))
	if strings.TrimSpace(name) != "" {
		if seen, err := q.confirmed(withMemberships(id, q.r.PostForm["group"])); err != nil || !seen {
			return err
		}
	}
	change := auth.UserChange{Name: &name, Role: &role}
	if q.r.PostForm.Has("may") {
		may := store.Role(q.r.PostFormValue("may"))
		change.May = &may
	}
	if err := q.s.Auth.UpdateUser(q.r.Context(), q.t, q.p, id, change); err != nil {
		return q.personDone(err, "notice.saved")
	}
	return q.personDone(q.setGroups(id, q.r.PostForm["group"]), "notice.saved", "name", name)
}

func (q *request) personPasswordForm() error {
	if err := q.form(); err != nil {
		return err
	}
	err := q.s.Auth.SetPassword(q.r.Context(), q.t, q.p, auth.PasswordChange{
		UserID: q.r.PathValue("id"), New: q.r.PostFormValue("password"), Address: q.address(), Request: q.id, MustChange: true,
	})
	if faults := fieldFaults(err, "password"); faults != nil {
		return q.peoplePage(page.People{Editing: q.r.PathValue("id"), Faults: faults}, http.StatusUnprocessableEntity)
	}
	return q.done(err, "/people", "notice.person-password")
}
