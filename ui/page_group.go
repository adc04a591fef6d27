package ui

import (
	"net/http"
	"slices"

	"coffre/chain"
	"coffre/store"
	"coffre/ui/look"
	"coffre/ui/page"
)

// groupPage is one group: its members, who could be added, what it opens.
func (q *request) groupPage(faults look.Faults, status int) error {
	v := page.GroupOwn{Frame: q.frame(look.Access), Faults: faults}
	if err := q.view(func(view *store.View) error { return q.fillGroup(view, &v) }); err != nil {
		return err
	}
	return q.render(status, page.GroupPage(v))
}

func (q *request) fillGroup(view *store.View, v *page.GroupOwn) error {
	g, err := view.Group(q.r.PathValue("id"))
	if err != nil {
		return err
	}
	us, err := view.Users()
	if err != nil {
		return err
	}
	opens, err := groupOpens(view)
	if err != nil {
		return err
	}
	say, err := q.sources(view)
	v.Group = groupRow(g, opens[g.ID], say)
	for _, c := range opens[g.ID] {
		v.Opened = append(v.Opened, page.Link{Label: c.Name, Path: "/collections/" + c.ID})
	}
	find := newFinder(q.wish("q"))
	at := "/groups/" + g.ID
	v.List = page.List{At: at, Query: find.text, All: len(g.Members), Filtered: q.filtered()}
	var in []page.User
	var could []page.Pick
	for _, u := range us {
		switch {
		case slices.Contains(g.Members, u.ID):
			if find.in(u.Name, u.Login, u.Mail) {
				in = append(in, userRow(u, nil, say))
			}
		case !u.Disabled:
			could = append(could, page.Pick{Value: u.ID, Label: u.Name, Under: u.Login})
		}
	}
	v.People = step(q, &v.List, in)
	v.Picker = q.pick(page.Picker{ID: "add", Action: at + "/members", Field: "add"}, could)
	v.Picker.Path = at
	return err
}

// groupDone ends a form about one group: its page, with its fault beside it.
func (q *request) groupDone(err error, key string, args ...string) error {
	if faults := fieldFaults(err, "name"); faults != nil {
		return q.groupPage(faults, http.StatusUnprocessableEntity)
	}
	return q.done(err, "/groups/"+q.r.PathValue("id"), key, args...)
}

// groupForm changes the name, and the members where the form lists any.
func (q *request) groupForm() error {
	if err := q.form(); err != nil {
		return err
	}
	id, name := q.r.PathValue("id"), q.r.PostFormValue("name")
	edit := store.GroupEdit{Name: &name}
	if members, said := q.listedIn("member"); said {
		if seen, err := q.confirmed(withGroup(id, members, false)); err != nil || !seen {
			return err
		}
		edit.Members = &members
	}
	_, err := q.update(chain.GroupUpdate, func(tx *store.Tx) error { _, err := tx.EditGroup(id, edit); return err })
	return q.groupDone(err, "notice.saved", "name", name)
}

// groupMembersForm adds people and takes people out; who else is in stays,
// whatever happened since the page was drawn.
func (q *request) groupMembersForm() error {
	if err := q.form(); err != nil {
		return err
	}
	id := q.r.PathValue("id")
	add, _ := q.listedIn("add")
	remove, _ := q.listedIn("remove")
	var g store.Group
	if err := q.view(func(v *store.View) (err error) { g, err = v.Group(id); return err }); err != nil {
		return err
	}
	if len(joined(g.Members, add, nil)) == len(g.Members) && !slices.ContainsFunc(remove, func(m string) bool { return slices.Contains(g.Members, m) }) {
		return q.see("/groups/" + id) // nobody was ticked
	}
	if seen, err := q.confirmed(withGroup(id, joined(g.Members, add, remove), false)); err != nil || !seen {
		return err
	}
	_, err := q.update(chain.GroupUpdate, func(tx *store.Tx) error {
		g, err := tx.Group(id)
		if err != nil {
			return err
		}
		members := joined(g.Members, add, remove)
		_, err = tx.EditGroup(id, store.GroupEdit{Members: &members})
		return err
	})
	return q.groupDone(err, "notice.saved", "name", g.Name)
}

// joined is have with what is added and without what is removed, nothing twice.
func joined(have, add, remove []string) []string {
	out := []string{}
	for _, m := range slices.Concat(have, add) {
		if !slices.Contains(remove, m) && !slices.Contains(out, m) {
			out = append(out, m)
		}
	}
	return out
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
		return q.groupPage(faults, http.StatusConflict)
	}
	return q.done(err, "/groups", "notice.group-deleted")
}
