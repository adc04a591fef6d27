package ui

import (
	"net/http"

	"coffre/auth"
	"coffre/store"
	"coffre/ui/look"
	"coffre/ui/page"
)

func (s *Server) peopleRoutes() []route {
	return []route{
		{method: "GET", path: "/people", may: auth.UsersAdmin, do: func(q *request) error { return q.peoplePage(page.People{}, http.StatusOK) }},
		{method: "POST", path: "/people", may: auth.UsersAdmin, do: (*request).personAddForm},
		{method: "GET", path: "/people/{id}", may: auth.UsersAdmin, do: func(q *request) error { return q.personPage(nil, http.StatusOK) }},
		{method: "POST", path: "/people/{id}", may: auth.UsersAdmin, do: (*request).personForm},
		{method: "POST", path: "/people/{id}/groups", may: auth.UsersAdmin, do: (*request).personGroupsForm},
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
	if err := q.view(func(view *store.View) error { return q.fillPeople(view, &v) }); err != nil {
		return err
	}
	return q.render(status, page.PeoplePage(v))
}

// fillPeople lists who matches what the address asks for.
func (q *request) fillPeople(view *store.View, v *page.People) error {
	gs, err := view.Groups()
	if err != nil {
		return err
	}
	v.ManyGroups = len(gs) > pickMost
	for _, g := range gs {
		if !v.ManyGroups && g.Source == "" {
			v.Groups = append(v.Groups, look.Choice{Value: g.ID, Label: g.Name})
		}
	}
	us, err := view.Users()
	if err != nil {
		return err
	}
	say, err := q.sources(view)
	if err != nil {
		return err
	}
	in := groupsOf(gs)
	find := newFinder(q.wish("q"))
	v.List = page.List{At: "/people", Query: find.text, All: len(us), Filtered: q.filtered("state", "role", "source")}
	var used []string
	var all []page.User
	for _, u := range us {
		used = append(used, u.Source)
		row := userRow(u, in[u.ID], say)
		if !find.in(u.Name, u.Login, u.Mail) || q.wish("role") != "" && q.wish("role") != row.Role || q.wish("source") != "" && q.wish("source") != sourceValue(u.Source) {
			continue
		}
		if keep, err := q.inState(view, row); err != nil || !keep {
			if err != nil {
				return err
			}
			continue
		}
		all = append(all, row)
	}
	v.Filters = append(q.peopleFilters(), q.sourceFilter(used, say)...)
	v.Items = step(q, &v.List, all, "state", "role", "source")
	return nil
}

func (q *request) peopleFilters() []page.Filter {
	say := func(values ...string) (out []look.Choice) {
		for i := 0; i+1 < len(values); i += 2 {
			out = append(out, look.Choice{Value: values[i], Label: values[i+1]})
		}
		return out
	}
	l := q.lang
	return []page.Filter{
		choice("state", l.T("people.state"), q.wish("state"), say("", l.T("people.state-any"), "open", l.T("people.state-open"), "closed", l.T("people.disabled"), "must-change", l.T("people.changes"), "no-factor", l.T("people.state-no-factor"))),
		choice("role", l.T("people.role"), q.wish("role"), say("", l.T("people.role-any"), "member", l.Or("role", "member"), "auditor", l.Or("role", "auditor"), "admin", l.Or("role", "admin"))),
	}
}

// inState tells whether somebody is in the state that the address asks for.
func (q *request) inState(v *store.View, u page.User) (bool, error) {
	switch q.wish("state") {
	case "open":
		return !u.Disabled, nil
	case "closed":
		return u.Disabled, nil
	case "must-change":
		return u.MustChange && !u.Disabled, nil
	case "no-factor":
		have, err := v.Factors(u.ID)
		return len(have) == 0 && !u.Disabled, err
	}
	return true, nil
}

// groupsOf lists the groups that everybody is in, by their id.
func groupsOf(gs []store.Group) map[string][]store.Group {
	in := map[string][]store.Group{}
	for _, g := range gs {
		for _, m := range g.Members {
			in[m] = append(in[m], g)
		}
	}
	return in
}

func userRow(u store.User, in []store.Group, say func(string) string) page.User {
	row := page.User{ID: u.ID, Name: u.Name, User: u.Login, Disabled: u.Disabled, MustChange: u.MustChange, Sealed: u.Source == store.SourceBreakGlass, Memberships: len(in)}
	role := u.Role
	for _, g := range in {
		role = store.Strongest(role, g.Role)
	}
	if row.Role = string(role); u.Source != "" {
		row.Source = say(u.Source)
	}
	return row
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
