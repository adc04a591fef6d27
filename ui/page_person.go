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

// personPage is one person: account, groups, signing in.
func (q *request) personPage(faults look.Faults, status int) error {
	v := page.Person{Frame: q.frame(look.Access), MinPassword: auth.MinPasswordRunes, Faults: faults}
	if err := q.view(func(view *store.View) error { return q.fillPerson(view, &v) }); err != nil {
		return err
	}
	return q.render(status, page.PersonPage(v))
}

func (q *request) fillPerson(view *store.View, v *page.Person) error {
	u, err := view.User(q.r.PathValue("id"))
	if err != nil {
		return err
	}
	gs, err := view.Groups()
	if err != nil {
		return err
	}
	say, err := q.sources(view)
	if err != nil {
		return err
	}
	have, err := view.Factors(u.ID)
	if err != nil {
		return err
	}
	if v.Two, err = q.accountTwo(view, u); err != nil {
		return err
	}
	v.User = userRow(u, groupsOf(gs)[u.ID], say)
	v.Factors, v.OwnRole, v.May, v.Self = len(have) > 0, string(u.Role), string(u.May), u.ID == q.p.UserID
	v.Local, v.Takes = u.Source == "", view.ElevationMode() != store.ElevationOff
	var could []page.Pick
	for _, g := range gs {
		if slices.Contains(g.Members, u.ID) {
			v.In = append(v.In, page.Membership{ID: g.ID, Name: g.Name, Outside: g.Source != ""})
		} else if g.Source == "" {
			could = append(could, page.Pick{Value: g.ID, Label: g.Name, Under: q.lang.T("groups.count", "n", len(g.Members))})
		}
	}
	listed(v.In)
	v.Picker = q.pick(page.Picker{ID: "join", Action: "/people/" + u.ID + "/groups", Field: "join"}, could)
	v.Picker.Path = "/people/" + u.ID
	return err
}

// personDone ends a form about one person: their page, with its fault beside it.
func (q *request) personDone(err error, key string, args ...string) error {
	if faults := fieldFaults(err, ""); faults != nil {
		return q.personPage(faults, http.StatusUnprocessableEntity)
	}
	return q.done(err, "/people/"+q.r.PathValue("id"), key, args...)
}

// personForm changes name and role, and the groups where the form lists any.
func (q *request) personForm() error {
	if err := q.form(); err != nil {
		return err
	}
	id, name, role := q.r.PathValue("id"), q.r.PostFormValue("name"), store.Role(q.r.PostFormValue("role"))
	groups, said := q.listedIn("group")
	if said && strings.TrimSpace(name) != "" {
		if seen, err := q.confirmed(withMemberships(id, groups)); err != nil || !seen {
			return err
		}
	}
	change := auth.UserChange{Name: &name, Role: &role}
	if q.r.PostForm.Has("may") {
		may := store.Role(q.r.PostFormValue("may"))
		change.May = &may
	}
	err := q.s.Auth.UpdateUser(q.r.Context(), q.t, q.p, id, change)
	if err == nil && said {
		err = q.setGroups(id, groups)
	}
	return q.personDone(err, "notice.saved", "name", name)
}

// personGroupsForm puts a person into groups, and takes them out of others.
func (q *request) personGroupsForm() error {
	if err := q.form(); err != nil {
		return err
	}
	id := q.r.PathValue("id")
	join, _ := q.listedIn("join")
	leave, _ := q.listedIn("leave")
	want, name := []string{}, ""
	err := q.view(func(v *store.View) error {
		u, err := v.User(id)
		if err != nil {
			return err
		}
		name = u.Name
		for _, g := range join {
			if _, err := v.Group(g); err != nil {
				return store.Fail(store.Invalid, "invalid-grant", "grant", "group:"+g)
			}
		}
		gs, err := v.Groups()
		for _, g := range gs {
			in := slices.Contains(g.Members, id) && !slices.Contains(leave, g.ID)
			if in || slices.Contains(join, g.ID) {
				want = append(want, g.ID)
			}
		}
		return err
	})
	if err != nil {
		return q.personDone(err, "notice.saved")
	}
	if seen, err := q.confirmed(withMemberships(id, want)); err != nil || !seen {
		return err
	}
	return q.personDone(q.setGroups(id, want), "notice.saved", "name", name)
}

func (q *request) personPasswordForm() error {
	if err := q.form(); err != nil {
		return err
	}
	err := q.s.Auth.SetPassword(q.r.Context(), q.t, q.p, auth.PasswordChange{
		UserID: q.r.PathValue("id"), New: q.r.PostFormValue("password"), Address: q.address(), Request: q.id, MustChange: true,
	})
	if faults := fieldFaults(err, "password"); faults != nil {
		return q.personPage(faults, http.StatusUnprocessableEntity)
	}
	return q.done(err, "/people/"+q.r.PathValue("id"), "notice.person-password")
}
