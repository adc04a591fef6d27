package ui

import (
	"net/http"
	"slices"
	"strings"

	"coffre/chain"
	"coffre/store"
	"coffre/ui/look"
	"coffre/ui/page"
)

// collectionPage is one collection: to whom it is open, and to whom it could be.
func (q *request) collectionPage(faults look.Faults, status int) error {
	v := page.CollectionOwn{Frame: q.frame(look.Access), Faults: faults}
	if err := q.view(func(view *store.View) error { return q.fillCollection(view, &v) }); err != nil {
		return err
	}
	return q.render(status, page.CollectionPage(v))
}

func (q *request) fillCollection(view *store.View, v *page.CollectionOwn) error {
	c, err := openCollection(view, q.r.PathValue("id"))
	if err != nil {
		return err
	}
	us, err := view.Users()
	if err != nil {
		return err
	}
	gs, err := view.Groups()
	if err != nil {
		return err
	}
	counts, err := view.DocumentCounts()
	v.Collection = page.Collection{ID: c.ID, Name: c.Name, Documents: counts[c.ID]}
	at := "/collections/" + c.ID
	all := q.allGrants(us, gs)
	find := newFinder(q.wish("q"))
	v.List = page.List{At: at, Query: find.text, Filtered: q.filtered()}
	var have []page.Grant
	var could []page.Pick
	for _, g := range all {
		g.Writes = slices.Contains(c.Writers, g.Value)
		if !g.Writes && !slices.Contains(c.Readers, g.Value) {
			if !g.Closed {
				could = append(could, page.Pick{Value: g.Value, Label: g.Label, Under: q.underGrant(g), First: map[string]string{"everyone": "0", "group": "1", "user": "2"}[g.Kind]})
			}
			continue
		}
		if v.All++; find.in(g.Label) {
			have = append(have, g)
		}
	}
	v.Grants = step(q, &v.List, have)
	v.Picker = q.pick(page.Picker{ID: "give", Action: at + "/grants", Field: "grant"}, could)
	v.Picker.Path = at
	return err
}

func openCollection(v *store.View, id string) (store.Collection, error) {
	c, err := v.Collection(id)
	if err == nil && c.Deleted {
		err = store.Fail(store.NotFound, "not-found")
	}
	return c, err
}

// allGrants is everybody that a right can be given to.
func (q *request) allGrants(us []store.User, gs []store.Group) []page.Grant {
	out := []page.Grant{{Value: store.Everyone, Label: q.lang.T("access.everyone"), Kind: "everyone"}}
	for _, g := range gs {
		out = append(out, page.Grant{Value: "group:" + g.ID, Label: g.Name, Kind: "group", Path: "/groups/" + g.ID, People: len(g.Members)})
	}
	for _, u := range us {
		out = append(out, page.Grant{Value: "user:" + u.ID, Label: u.Name, Kind: "user", Path: "/people/" + u.ID, Closed: u.Disabled})
	}
	return out
}

func (q *request) underGrant(g page.Grant) string {
	if g.Kind == "group" {
		return q.lang.T("access.group") + " · " + q.lang.T("groups.count", "n", g.People)
	}
	return ""
}

func (q *request) collectionDone(err error, key string, args ...string) error {
	if faults := fieldFaults(err, "name"); faults != nil {
		return q.collectionPage(faults, http.StatusUnprocessableEntity)
	}
	return q.done(err, "/collections/"+q.r.PathValue("id"), key, args...)
}

// collectionForm changes the name, and the rights where the form lists any.
func (q *request) collectionForm() error {
	if err := q.form(); err != nil {
		return err
	}
	name := q.r.PostFormValue("name")
	readers, some := q.listedIn("reader")
	writers, more := q.listedIn("writer")
	return q.changeCollection(some || more, func(c *store.Collection) {
		if c.Name = strings.TrimSpace(name); some || more {
			c.Readers, c.Writers = readers, writers
		}
	})
}

// collectionGrantsForm gives named people and groups a right, or takes it away;
// what others have stays.
func (q *request) collectionGrantsForm() error {
	if err := q.form(); err != nil {
		return err
	}
	grants, _ := q.listedIn("grant")
	may := q.r.PostFormValue("may")
	if !slices.Contains([]string{"read", "write", "none"}, may) {
		return q.collectionDone(store.Fail(store.Invalid, "bad-parameter", "name", "may"), "")
	}
	return q.changeCollection(true, func(c *store.Collection) {
		c.Readers, c.Writers = joined(c.Readers, nil, grants), joined(c.Writers, nil, grants)
		switch may {
		case "read":
			c.Readers = joined(c.Readers, grants, nil)
		case "write":
			c.Writers = joined(c.Writers, grants, nil)
		}
	})
}

// changeCollection shows what a change of rights does, then makes it on the
// collection as it is by then.
func (q *request) changeCollection(rights bool, change func(*store.Collection)) error {
	id := q.r.PathValue("id")
	var c store.Collection
	if err := q.view(func(v *store.View) (err error) { c, err = openCollection(v, id); return err }); err != nil {
		return err
	}
	change(&c)
	if rights {
		if seen, err := q.confirmed(withCollection(c)); err != nil || !seen {
			return err
		}
	}
	_, err := q.update(chain.CollectionUpdate, func(tx *store.Tx) error {
		c, err := tx.Collection(id)
		if err != nil {
			return err
		}
		change(&c)
		return tx.UpdateCollection(c)
	})
	return q.collectionDone(err, "notice.saved", "name", c.Name)
}

func (q *request) collectionDeleteForm() error {
	id := q.r.PathValue("id")
	_, err := q.update(chain.CollectionDelete, func(tx *store.Tx) error { return tx.DeleteCollection(id) })
	if faults := fieldFaults(err, "name"); faults != nil {
		return q.collectionPage(faults, http.StatusConflict)
	}
	return q.done(err, "/collections", "notice.collection-deleted")
}
