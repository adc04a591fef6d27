package store

import "slices"

// PlannedDocument is a document of a backup with what would become of it.
type PlannedDocument struct {
	PartDocument
	To      string // id of the collection that it would be in, or is in
	Version bool   // it would be a new version of a document that is there
}

// PlannedCollection is a collection that would be made again.
type PlannedCollection struct {
	ID   string
	Name string // that it would get
	// Readers and Writers are the rights of then that TakeRequest.Rights gives it, Left
	// how many it doesn't.
	Readers, Writers Grants
	Left             int
}

// PartPlan is what taking something out of a backup would come to.
type PartPlan struct {
	Documents   []PlannedDocument
	Collections []PlannedCollection
}

// tell fills in what was decided.
func (p *partPlan) tell(v *View, out *PartPlan) error {
	for _, d := range p.docs {
		one := PlannedDocument{PartDocument: d.PartDocument, To: p.target(d)}
		now, err := documents.get(v, []byte(d.ID))
		switch {
		case err == nil:
			one.To, one.Version = now.Collection, d.State == PartBack
		case !IsNotFound(err):
			return err
		case d.State == PartBack:
			p.tellCollection(v, one.To, out)
		}
		out.Documents = append(out.Documents, one)
	}
	return nil
}

// tellCollection adds a collection where it has to be made again.
func (p *partPlan) tellCollection(v *View, id string, out *PartPlan) {
	_, there := p.there[id]
	if there || p.into != "" || slices.ContainsFunc(out.Collections, func(c PlannedCollection) bool { return c.ID == id }) {
		return
	}
	then := p.collections[id]
	c := PlannedCollection{ID: id, Name: v.freeCollectionName(then.Name, p.b.rep.Made)}
	c.Readers, c.Writers = v.grantsAgain(then)
	for _, g := range slices.Compact(slices.Sorted(slices.Values(slices.Concat(then.Readers, then.Writers)))) {
		if !slices.Contains(c.Readers, g) && !slices.Contains(c.Writers, g) {
			c.Left++
		}
	}
	out.Collections = append(out.Collections, c)
}
