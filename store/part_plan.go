package store

import (
	"cmp"
	"slices"
	"strings"
)

// partDoc is a document of a backup and what is to become of it.
type partDoc struct {
	PartDocument
	then    Document
	version Version // the one that answered then
}

// partPlan holds what is wanted of a backup against what the firm has now.
type partPlan struct {
	b           *aside
	into        string // id of a collection, or "": each document's own
	docs        []partDoc
	collections map[string]Collection // of the backup, by id
	there       map[string]Collection // those of them that exist now
}

// read picks documents of the backup.
func (p *partPlan) read(want func(Document) bool) error {
	p.collections = map[string]Collection{}
	return p.b.t.View(func(v *View) error {
		all, err := collections.all(v)
		if err != nil {
			return err
		}
		for _, c := range all {
			p.collections[c.ID] = c
		}
		return documents.each(v, nil, func(_ []byte, d Document) bool {
			if !want(d) || len(d.Versions) == 0 {
				return true
			}
			ver, ok := d.Version("")
			if !ok {
				ver = d.Latest()
			}
			p.docs = append(p.docs, partDoc{PartDocument{
				ID: d.ID, Name: d.Name, Title: cmp.Or(d.Title, d.Name), Collection: d.Collection, Added: ver.Added, Bytes: ver.Bytes, Binned: !d.Deleted.IsZero(),
			}, d, ver})
			return true
		})
	})
}

// hold decides of every document what is to become of it.
func (p *partPlan) hold(v *View) error {
	p.there = map[string]Collection{}
	for id := range p.collections {
		c, err := v.Collection(id)
		if err != nil && !IsNotFound(err) {
			return err
		}
		if err == nil && !c.Deleted {
			p.there[id] = c
		}
	}
	have, err := v.originalsByCollection()
	if err != nil {
		return err
	}
	for i := range p.docs {
		if err := p.judge(v, &p.docs[i], have); err != nil {
			return err
		}
	}
	return nil
}

// target is the collection that a document goes to.
func (p *partPlan) target(d partDoc) string { return cmp.Or(p.into, d.then.Collection) }

func (p *partPlan) judge(v *View, d *partDoc, have map[string]map[string]bool) error {
	now, err := documents.get(v, []byte(d.ID))
	if IsNotFound(err) {
		d.State, err = PartBack, nil
		if have[p.target(*d)][d.version.SHA256] {
			d.State = PartThere
		} else if _, ok := p.there[d.then.Collection]; !ok && v.onlyErased(p.collections[d.then.Collection]) {
			d.State = PartErased
		}
		return err
	}
	if err == nil {
		d.State = stateBeside(now, d.version.SHA256)
	}
	return err
}

// stateBeside is the state of a document that is known now too.
func stateBeside(now Document, sha string) string {
	switch {
	case !slices.ContainsFunc(now.Versions, func(v Version) bool { return v.SHA256 == sha }):
		return PartBack
	case !now.Deleted.IsZero():
		return PartBin
	case now.Latest().SHA256 == sha:
		return PartThere
	}
	return PartNewer
}

// originalsByCollection are the SHA-256 of what documents outside the bin hold.
func (v *View) originalsByCollection() (map[string]map[string]bool, error) {
	have := map[string]map[string]bool{}
	err := documents.each(v, nil, func(_ []byte, d Document) bool {
		if !d.Deleted.IsZero() {
			return true
		}
		if have[d.Collection] == nil {
			have[d.Collection] = map[string]bool{}
		}
		have[d.Collection][d.Latest().SHA256] = true
		return true
	})
	return have, err
}

// onlyErased tells whether a collection was of people alone who were erased since:
// under somebody else's eyes, what was theirs would undo that.
func (v *View) onlyErased(c Collection) bool {
	grants := slices.Concat(c.Readers, c.Writers)
	return len(grants) > 0 && !slices.ContainsFunc(grants, func(g string) bool {
		id, ok := strings.CutPrefix(g, "user:")
		if !ok {
			return true
		}
		_, err := v.Erasure(id)
		return err != nil
	})
}

// grantsAgain are the rights of then that a collection which is made again may get.
func (v *View) grantsAgain(then Collection) (readers, writers Grants) {
	last, err := v.Collection(then.ID)
	return v.grantsLeft(then.Readers, last.Readers, err == nil), v.grantsLeft(then.Writers, last.Writers, err == nil)
}

// grantsLeft are the rights of then of whom there is still somebody, and that a
// collection of that id, deleted since, still had in the end.
func (v *View) grantsLeft(then, last Grants, deleted bool) Grants {
	return slices.DeleteFunc(slices.Clone(then), func(g string) bool {
		if deleted && !slices.Contains(last, g) || v.checkGrant(g) != nil {
			return true
		}
		id, ok := strings.CutPrefix(g, "user:")
		u, err := v.User(id)
		return ok && (err != nil || u.Disabled || !u.Erased.IsZero())
	})
}

// sortParts orders documents by collection and title, collections by name.
func sortParts(c *PartContents) {
	name := map[string]string{}
	for _, one := range c.Collections {
		name[one.ID] = strings.ToLower(one.Name)
	}
	slices.SortFunc(c.Collections, func(a, b PartCollection) int {
		return cmp.Or(cmp.Compare(name[a.ID], name[b.ID]), cmp.Compare(a.ID, b.ID))
	})
	slices.SortFunc(c.Documents, func(a, b PartDocument) int {
		return cmp.Or(cmp.Compare(name[a.Collection], name[b.Collection]), cmp.Compare(strings.ToLower(a.Title), strings.ToLower(b.Title)), cmp.Compare(a.ID, b.ID))
	})
}
