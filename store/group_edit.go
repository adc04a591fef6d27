package store

import "slices"

// GroupEdit is what a person changes of a group; nil leaves it.
type GroupEdit struct {
	Name    *string
	Members *[]string
}

// EditGroup changes a group by hand. What comes from a directory or an identity
// provider is changed there: Conflict "group-outside".
func (tx *Tx) EditGroup(id string, e GroupEdit) (Group, error) {
	g, err := tx.Group(id)
	if err != nil {
		return g, err
	}
	changed := e.Name != nil && *e.Name != g.Name || e.Members != nil && !sameSet(*e.Members, g.Members)
	if g.Source != "" && changed {
		return g, Fail(Conflict, "group-outside")
	}
	if e.Name != nil {
		g.Name = *e.Name
	}
	if e.Members != nil {
		g.Members = *e.Members
	}
	return tx.PutGroup(g)
}

// DropGroup deletes a group by hand: one from outside only where it has nobody
// left, since the next sync would bring it back without the rights given to it.
func (tx *Tx) DropGroup(id string) error {
	g, err := tx.Group(id)
	if err != nil {
		return err
	}
	if g.Source != "" && len(g.Members) > 0 {
		return Fail(Conflict, "group-outside")
	}
	return tx.DeleteGroup(id)
}

func sameSet(a, b []string) bool {
	in := func(all []string) func(string) bool {
		return func(s string) bool { return !slices.Contains(all, s) }
	}
	return !slices.ContainsFunc(a, in(b)) && !slices.ContainsFunc(b, in(a))
}
