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

func (s *Server) groupRoutes() []route {
	return []route{
		{method: "GET", path: "/groups", may: auth.GroupsAdmin, do: func(q *request) error { return q.groupsPage(page.Groups{}, http.StatusOK) }},
		{method: "POST", path: "/groups", may: auth.GroupsAdmin, do: (*request).groupAddForm},
		{method: "GET", path: "/groups/{id}", may: auth.GroupsAdmin, do: func(q *request) error { return q.groupPage(nil, http.StatusOK) }},
		{method: "POST", path: "/groups/{id}", may: auth.GroupsAdmin, do: (*request).groupForm},
		{method: "POST", path: "/groups/{id}/members", may: auth.GroupsAdmin, do: (*request).groupMembersForm},
		{method: "POST", path: "/groups/{id}/delete", may: auth.GroupsAdmin, do: (*request).groupDeleteForm},
	}
}

func (q *request) groupsPage(v page.Groups, status int) error {
	v.Frame = q.frame(look.Access)
	if err := q.view(func(view *store.View) error { return q.fillGroups(view, &v) }); err != nil {
		return err
	}
	return q.render(status, page.GroupsPage(v))
}

// fillGroups lists which groups match what the address asks for.
func (q *request) fillGroups(view *store.View, v *page.Groups) error {
	us, err := view.Users()
	if err != nil {
		return err
	}
	v.ManyPeople = len(us) > pickMost
	for _, u := range us {
		if !v.ManyPeople && !u.Disabled {
			v.People = append(v.People, look.Choice{Value: u.ID, Label: u.Name})
		}
	}
	gs, err := view.Groups()
	if err != nil {
		return err
	}
	opens, err := groupOpens(view)
	if err != nil {
		return err
	}
	say, err := q.sources(view)
	find := newFinder(q.wish("q"))
	v.List = page.List{At: "/groups", Query: find.text, All: len(gs), Filtered: q.filtered("source")}
	var used []string
	var all []page.Group
	for _, g := range gs {
		used = append(used, g.Source)
		if find.in(g.Name) && (q.wish("source") == "" || q.wish("source") == sourceValue(g.Source)) {
			all = append(all, groupRow(g, opens[g.ID], say))
		}
	}
	v.Filters = q.sourceFilter(used, say)
	v.Items = step(q, &v.List, all, "source")
	return err
}

func groupRow(g store.Group, opens []store.Collection, say func(string) string) page.Group {
	row := page.Group{ID: g.ID, Name: g.Name, Count: len(g.Members), Outside: g.Source != "", Role: string(g.Role)}
	if row.Outside {
		row.Source = say(g.Source)
	}
	for _, c := range opens {
		row.Opens = append(row.Opens, c.Name)
	}
	return row
}

// groupOpens lists the collections that each group opens, by its id.
func groupOpens(v *store.View) (map[string][]store.Collection, error) {
	cs, err := v.Collections()
	out := map[string][]store.Collection{}
	for _, c := range cs {
		for _, g := range slices.Compact(slices.Sorted(slices.Values(slices.Concat(c.Readers, c.Writers)))) {
			if id, ok := strings.CutPrefix(g, "group:"); ok {
				out[id] = append(out[id], c)
			}
		}
	}
	return out, err
}

func (q *request) groupAddForm() error {
	if err := q.form(); err != nil {
		return err
	}
	g, err := q.putGroup(chain.GroupCreate, store.Group{Name: q.r.PostFormValue("name"), Members: q.r.PostForm["member"]})
	if faults := fieldFaults(err, "name"); faults != nil {
		return q.groupsPage(page.Groups{New: page.Group{Name: g.Name, Members: g.Members}, Faults: faults}, http.StatusUnprocessableEntity)
	}
	return q.done(err, "/groups/"+g.ID, "notice.group-created", "name", g.Name)
}
