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

func (s *Server) collectionRoutes() []route {
	return []route{
		{method: "GET", path: "/collections", may: auth.CollectionsAdmin, do: func(q *request) error { return q.collectionsPage(page.Collections{}, http.StatusOK) }},
		{method: "POST", path: "/collections", may: auth.CollectionsAdmin, do: (*request).collectionAddForm},
		{method: "GET", path: "/collections/{id}", may: auth.CollectionsAdmin, do: func(q *request) error { return q.collectionPage(nil, http.StatusOK) }},
		{method: "POST", path: "/collections/{id}", may: auth.CollectionsAdmin, do: (*request).collectionForm},
		{method: "POST", path: "/collections/{id}/grants", may: auth.CollectionsAdmin, do: (*request).collectionGrantsForm},
		{method: "POST", path: "/collections/{id}/delete", may: auth.CollectionsAdmin, do: (*request).collectionDeleteForm},
	}
}

func (q *request) collectionsPage(v page.Collections, status int) error {
	v.Frame = q.frame(look.Access)
	if err := q.view(func(view *store.View) error { return q.fillCollections(view, &v) }); err != nil {
		return err
	}
	return q.render(status, page.CollectionsPage(v))
}

// fillCollections lists which collections match what the address asks for.
func (q *request) fillCollections(view *store.View, v *page.Collections) error {
	us, err := view.Users()
	if err != nil {
		return err
	}
	gs, err := view.Groups()
	if err != nil {
		return err
	}
	cs, err := view.Collections()
	if err != nil {
		return err
	}
	counts, err := view.DocumentCounts()
	names := q.grantNames(us, gs)
	v.Who = q.firstGrants(us, gs)
	find := newFinder(q.wish("q"))
	v.List = page.List{At: "/collections", Query: find.text, All: len(cs), Filtered: q.filtered("reads")}
	reads := q.wish("reads")
	var all []page.Collection
	for _, c := range cs {
		if find.in(c.Name) && readBy(c, reads, us, gs) {
			all = append(all, page.Collection{ID: c.ID, Name: c.Name, Documents: counts[c.ID], Readers: grantList(names, c.Writers, c.Readers), Writers: grantList(names, c.Writers)})
		}
	}
	v.Filters = q.readsFilter(reads, names, gs)
	v.Items = step(q, &v.List, all, "reads")
	return err
}

// grantNames says every grant's name.
func (q *request) grantNames(us []store.User, gs []store.Group) map[string]string {
	names := map[string]string{store.Everyone: q.lang.T("access.everyone")}
	for _, g := range gs {
		names["group:"+g.ID] = g.Name
	}
	for _, u := range us {
		names["user:"+u.ID] = u.Name
	}
	return names
}

func grantList(names map[string]string, grants ...store.Grants) (out []string) {
	for _, g := range slices.Concat(grants...) {
		if n := names[g]; n != "" && !slices.Contains(out, n) {
			out = append(out, n)
		}
	}
	return out
}

// firstGrants are what the form to add offers: everyone and, where they are few,
// groups and people.
func (q *request) firstGrants(us []store.User, gs []store.Group) []look.Choice {
	out := []look.Choice{{Value: store.Everyone, Label: q.lang.T("access.everyone")}}
	if len(gs) <= pickMost {
		for _, g := range gs {
			out = append(out, look.Choice{Value: "group:" + g.ID, Label: g.Name, Hint: q.lang.T("access.group")})
		}
	}
	if len(us) <= pickMost {
		for _, u := range us {
			if !u.Disabled {
				out = append(out, look.Choice{Value: "user:" + u.ID, Label: u.Name})
			}
		}
	}
	return out
}

// readBy tells whether a collection is open to whom the address asks for: to
// everyone, nobody, a group, or to a person by whatever way.
func readBy(c store.Collection, who string, us []store.User, gs []store.Group) bool {
	kind, id, _ := strings.Cut(who, ":")
	switch {
	case who == "":
		return true
	case who == "nobody":
		return !slices.ContainsFunc(us, func(u store.User) bool { return len(store.ReasonsFor(c, u, gs)) > 0 })
	case kind == "user":
		at := slices.IndexFunc(us, func(u store.User) bool { return u.ID == id })
		return at >= 0 && len(store.ReasonsFor(c, us[at], gs)) > 0
	}
	return slices.Contains(c.Readers, who) || slices.Contains(c.Writers, who)
}

// readsFilter offers everyone, nobody and the groups; a person whom the address
// names is there too.
func (q *request) readsFilter(reads string, names map[string]string, gs []store.Group) []page.Filter {
	l := q.lang
	all := []look.Choice{{Value: "", Label: l.T("collections.reads-any")}, {Value: store.Everyone, Label: l.T("access.everyone")}, {Value: "nobody", Label: l.T("collections.reads-nobody")}}
	for _, g := range gs {
		all = append(all, look.Choice{Value: "group:" + g.ID, Label: g.Name})
	}
	if strings.HasPrefix(reads, "user:") && names[reads] != "" {
		all = append(all, look.Choice{Value: reads, Label: names[reads]})
	}
	return []page.Filter{choice("reads", l.T("collections.reads"), reads, all)}
}

func (q *request) collectionAddForm() error {
	if err := q.form(); err != nil {
		return err
	}
	c := store.Collection{Name: q.r.PostFormValue("name"), Readers: q.r.PostForm["reader"], Writers: q.r.PostForm["writer"]}
	made := c
	_, err := q.update(chain.CollectionCreate, func(tx *store.Tx) (err error) { made, err = tx.CreateCollection(c); return err })
	if faults := fieldFaults(err, "name"); faults != nil {
		return q.collectionsPage(page.Collections{New: page.Collection{Name: c.Name, Readers: c.Readers, Writers: c.Writers}, Faults: faults}, http.StatusUnprocessableEntity)
	}
	return q.done(err, "/collections/"+made.ID, "notice.collection-created", "name", made.Name)
}
