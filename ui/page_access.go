package ui

import (
	"net/http"
	"slices"
	"strings"

	"coffre/auth"
	"coffre/chain"
	"coffre/store"
	"coffre/ui/look"
	"coffre/ui/page"
)

func (s *Server) accessRoutes() []route {
	return append([]route{
		{method: "GET", path: "/collections", may: auth.CollectionsAdmin, do: func(q *request) error { return q.collectionsPage(page.Collections{}, http.StatusOK) }},
		{method: "POST", path: "/collections", may: auth.CollectionsAdmin, do: func(q *request) error { return q.collectionForm("") }},
		{method: "POST", path: "/collections/{id}", may: auth.CollectionsAdmin, do: func(q *request) error { return q.collectionForm(q.r.PathValue("id")) }},
		{method: "POST", path: "/collections/{id}/delete", may: auth.CollectionsAdmin, do: (*request).collectionDeleteForm},
		{method: "GET", path: "/groups", may: auth.GroupsAdmin, do: func(q *request) error { return q.groupsPage(page.Groups{}, http.StatusOK) }},
		{method: "POST", path: "/groups", may: auth.GroupsAdmin, do: func(q *request) error { return q.groupForm("") }},
		{method: "POST", path: "/groups/{id}", may: auth.GroupsAdmin, do: func(q *request) error { return q.groupForm(q.r.PathValue("id")) }},
		{method: "POST", path: "/groups/{id}/delete", may: auth.GroupsAdmin, do: (*request).groupDeleteForm},
	}, append(append(s.peopleRoutes(), s.importRoutes()...), s.apiKeyRoutes()...)...)
}

// who lists everybody that a right can be given to.
func (q *request) who(v *store.View) ([]look.Choice, error) {
	out := []look.Choice{{Value: store.Everyone, Label: q.lang.T("access.everyone")}}
	gs, err := v.Groups()
	for _, g := range gs {
		out = append(out, look.Choice{Value: "group:" + g.ID, Label: g.Name, Hint: q.lang.T("access.group")})
	}
	if err != nil {
		return nil, err
	}
	us, err := v.Users()
	for _, u := range us {
		if !u.Disabled {
			out = append(out, look.Choice{Value: "user:" + u.ID, Label: u.Name})
		}
	}
	return out, err
}

func (q *request) collectionsPage(v page.Collections, status int) error {
	v.Frame = q.frame(look.Access)
	err := q.view(func(view *store.View) (err error) {
		if v.Who, err = q.who(view); err != nil {
			return err
		}
		cs, err := view.Collections()
		if err != nil {
			return err
		}
		counts, err := view.DocumentCounts()
		for _, c := range cs {
			v.Items = append(v.Items, page.Collection{ID: c.ID, Name: c.Name, Readers: c.Readers, Writers: c.Writers, Documents: counts[c.ID]})
		}
		return err
	})
	if err != nil {
		return err
	}
	return q.render(status, page.CollectionsPage(v))
}

// collectionForm adds a collection (id "") or changes one.
func (q *request) collectionForm(id string) error {
	if err := q.form(); err != nil {
		return err
	}
	c := store.Collection{ID: id, Name: q.r.PostFormValue("name"), Readers: q.r.PostForm["reader"], Writers: q.r.PostForm["writer"]}
	if strings.TrimSpace(c.Name) != "" {
		if seen, err := q.confirmed(withCollection(c)); err != nil || !seen {
			return err
		}
	}
	var err error
	if id == "" {
		_, err = q.update(chain.CollectionCreate, func(tx *store.Tx) error { _, err := tx.CreateCollection(c); return err })
	} else {
		_, err = q.update(chain.CollectionUpdate, func(tx *store.Tx) error { return tx.UpdateCollection(c) })
	}
	if faults := fieldFaults(err, "name"); faults != nil {
		v := page.Collections{Editing: id, Faults: faults}
		if id == "" {
			v.New = page.Collection{Name: c.Name, Readers: c.Readers, Writers: c.Writers}
		}
		return q.collectionsPage(v, http.StatusUnprocessableEntity)
	}
	key := "notice.saved"
	if id == "" {
		key = "notice.collection-created"
	}
	return q.done(err, "/collections", key, "name", c.Name)
}

// fieldFaults puts an error of a form's input beside its field; nil for every
// other error. def is the field where the error names none.
func fieldFaults(err error, def string) look.Faults {
	if err == nil {
		return nil
	}
	e := store.AsError(err)
	if e.Kind != store.Invalid && e.Kind != store.Conflict {
		return nil
	}
	field := e.Params["field"]
	if field == "" || field == "login" {
		field = map[string]string{"login": "user"}[field]
	}
	if field == "" {
		field = def
	}
	if !slices.Contains([]string{"name", "user", "password", "role", "title", "question"}, field) {
		field = "" // no form has a place for it beside a field
	}
	return look.Faults{field: {Code: e.Code, Params: e.Params}}
}

func (q *request) collectionDeleteForm() error {
	id := q.r.PathValue("id")
	_, err := q.update(chain.CollectionDelete, func(tx *store.Tx) error { return tx.DeleteCollection(id) })
	if faults := fieldFaults(err, "name"); faults != nil {
		return q.collectionsPage(page.Collections{Editing: id, Faults: faults}, http.StatusConflict)
	}
	return q.done(err, "/collections", "notice.collection-deleted")
}

func (q *request) groupsPage(v page.Groups, status int) error {
	v.Frame = q.frame(look.Access)
	err := q.view(func(view *store.View) error {
		us, err := view.Users()
		for _, u := range us {
			v.People = append(v.People, look.Choice{Value: u.ID, Label: u.Name})
		}
		if err != nil {
			return err
		}
		gs, err := view.Groups()
		if err != nil {
			return err
		}
		opens, err := groupOpens(view)
		for _, g := range gs {
			v.Items = append(v.Items, page.Group{ID: g.ID, Name: g.Name, Members: g.Members, Outside: g.Source != "", Role: string(g.Role), Opens: opens[g.ID]})
		}
		return err
	})
	if err != nil {
		return err
	}
	return q.render(status, page.GroupsPage(v))
}

// groupOpens names the collections that each group opens, by its id.
func groupOpens(v *store.View) (map[string][]string, error) {
	cs, err := v.Collections()
	out := map[string][]string{}
	for _, c := range cs {
		for _, g := range slices.Compact(slices.Sorted(slices.Values(slices.Concat(c.Readers, c.Writers)))) {
			if id, ok := strings.CutPrefix(g, "group:"); ok {
				out[id] = append(out[id], c.Name)
			}
		}
	}
	return out, err
}

func (q *request) groupForm(id string) error {
	if err := q.form(); err != nil {
		return err
	}
	g := store.Group{ID: id, Name: q.r.PostFormValue("name"), Members: q.r.PostForm["member"]}
	if strings.TrimSpace(g.Name) != "" {
		if seen, err := q.confirmed(withGroup(id, g.Members, false)); err != nil || !seen {
			return err
		}
	}
	var err error
	if id == "" {
		_, err = q.putGroup(chain.GroupCreate, g)
	} else {
		_, err = q.update(chain.GroupUpdate, func(tx *store.Tx) error {
			_, err := tx.EditGroup(id, store.GroupEdit{Name: &g.Name, Members: &g.Members})
			return err
		})
	}
	if faults := fieldFaults(err, "name"); faults != nil {
		v := page.Groups{Editing: id, Faults: faults}
		if id == "" {
			v.New = page.Group{Name: g.Name, Members: g.Members}
		}
		return q.groupsPage(v, http.StatusUnprocessableEntity)
	}
	key := "notice.saved"
	if id == "" {
		key = "notice.group-created"
	}
	return q.done(err, "/groups", key, "name", g.Name)
}

func (q *request) groupDeleteForm() error {
	if err := q.form(); err != nil {
		return err
	}
	id := q.r.PathValue("id")
	if seen, err := q.confirmed(withGroup(id, nil, true)); err != nil || !seen {
		return err
	}
	err := q.deleteGroup()
	if faults := fieldFaults(err, "name"); faults != nil {
		return q.groupsPage(page.Groups{Editing: id, Faults: faults}, http.StatusConflict)
	}
	return q.done(err, "/groups", "notice.group-deleted")
}

// setGroups makes a person a member of exactly these groups, in one act.
func (q *request) setGroups(user string, want []string) error {
	same := true
	err := q.view(func(v *store.View) error {
		all, err := v.Groups()
		for _, g := range all {
			same = same && slices.Contains(g.Members, user) == slices.Contains(want, g.ID)
		}
		return err
	})
	if err != nil || same {
		return err
	}
	_, err = q.update(chain.GroupUpdate, func(tx *store.Tx) error {
		all, err := tx.Groups()
		if err != nil {
			return err
		}
		changed := []string{}
		for _, g := range all {
			is, should := slices.Contains(g.Members, user), slices.Contains(want, g.ID)
			if is == should {
				continue
			}
			if g.Source != "" {
				return store.Fail(store.Conflict, "group-outside")
			}
			g.Members = slices.DeleteFunc(g.Members, func(m string) bool { return m == user })
			if should {
				g.Members = append(g.Members, user)
			}
			if _, err := tx.PutGroup(g); err != nil {
				return err
			}
			changed = append(changed, g.ID)
		}
		tx.Event.Object = chain.Object{Kind: "user", ID: user}
		delete(tx.Event.Detail, "members")
		tx.Event.Detail["groups"] = changed
		return nil
	})
	return err
}
