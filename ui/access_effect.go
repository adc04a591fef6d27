package ui

import (
	"maps"
	"net/http"
	"slices"
	"strings"

	"coffre/store"
	"coffre/ui/look"
	"coffre/ui/page"
)

// confirmed shows what a change does to who may read what, before it is made.
// True: the person has seen it, or it changes nobody's rights. The form comes
// again with every field and "seen".
func (q *request) confirmed(change func(*[]store.Collection, *[]store.Group)) (bool, error) {
	if q.r.PostFormValue("seen") != "" {
		return true, nil
	}
	out := page.Effects{Frame: q.frame(look.Access), Action: q.r.URL.Path, Back: backFrom(q.r.URL.Path)}
	err := q.view(func(v *store.View) error {
		all, err := v.Effects(change)
		if err != nil {
			return err
		}
		names := peopleNames(v)
		said := func(ids []string) (list []string) {
			for _, id := range ids[:min(len(ids), effectNames)] {
				list = append(list, names[id])
			}
			return list
		}
		for _, e := range all {
			out.Items = append(out.Items, page.Effect{
				Collection: e.Collection.Name, Documents: e.Documents,
				Gains: len(e.Gains), GainNames: said(e.Gains), Loses: len(e.Lose), LoseNames: said(e.Lose),
			})
		}
		return nil
	})
	if err != nil || len(out.Items) == 0 {
		return err == nil, err
	}
	for _, name := range slices.Sorted(maps.Keys(q.r.PostForm)) {
		for _, value := range q.r.PostForm[name] {
			out.Fields = append(out.Fields, look.Choice{Label: name, Value: value})
		}
	}
	return false, q.render(http.StatusOK, page.EffectsPage(out))
}

// backFrom is the page that a form's address belongs to: that of the person, group
// or collection.
func backFrom(path string) string {
	parts := strings.Split(path, "/")
	return strings.Join(parts[:min(len(parts), 3)], "/")
}

// effectNames is how many people are named for each collection.
const effectNames = 12

// withGroup is a change of one group's members; nil members delete it.
func withGroup(id string, members []string, gone bool) func(*[]store.Collection, *[]store.Group) {
	return func(_ *[]store.Collection, gs *[]store.Group) {
		at := slices.IndexFunc(*gs, func(g store.Group) bool { return g.ID == id })
		switch {
		case at < 0:
		case gone:
			*gs = slices.Delete(*gs, at, at+1)
		default:
			(*gs)[at].Members = members
		}
	}
}

// withCollection is a change of one collection's grants.
func withCollection(c store.Collection) func(*[]store.Collection, *[]store.Group) {
	return func(cs *[]store.Collection, _ *[]store.Group) {
		at := slices.IndexFunc(*cs, func(o store.Collection) bool { return o.ID == c.ID })
		if at >= 0 {
			(*cs)[at].Readers, (*cs)[at].Writers = c.Readers, c.Writers
		}
	}
}

// withMemberships is a person in exactly these groups.
func withMemberships(user string, want []string) func(*[]store.Collection, *[]store.Group) {
	return func(_ *[]store.Collection, gs *[]store.Group) {
		for i, g := range *gs {
			members := slices.DeleteFunc(slices.Clone(g.Members), func(m string) bool { return m == user })
			if slices.Contains(want, g.ID) {
				members = append(members, user)
			}
			(*gs)[i].Members = members
		}
	}
}
