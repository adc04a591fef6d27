package store

import (
	"math/rand/v2"
	"slices"
)

// canaryDocuments is how many documents of a collection are drawn for a check.
const canaryDocuments = 8

// canaryPool draws some texts of every collection, by its id. Only passages that
// a search may find now are taken.
func (v *View) canaryPool() (map[string][]canaryText, error) {
	pool, drawn, seen := map[string][]canaryText{}, map[string][]Document{}, map[string]int{}
	err := documents.each(v, nil, func(_ []byte, d Document) bool {
		if d.effectiveClass() == 0 {
			return true
		}
		id := d.Collection
		seen[id]++
		if len(drawn[id]) < canaryDocuments {
			drawn[id] = append(drawn[id], d)
		} else if at := rand.IntN(seen[id]); at < canaryDocuments {
			drawn[id][at] = d
		}
		return true
	})
	if err != nil {
		return nil, err
	}
	for id, ds := range drawn {
		for _, d := range ds {
			x, ok, err := v.canaryOf(d)
			if err != nil {
				return nil, err
			}
			if ok {
				pool[id] = append(pool[id], x)
			}
		}
	}
	return pool, nil
}

// canaryOf draws a passage of a document.
func (v *View) canaryOf(d Document) (x canaryText, ok bool, err error) {
	ver, _ := d.Version("")
	ps, err := v.VersionPassages(ver)
	if err != nil || len(ps) == 0 {
		return x, false, err
	}
	for range 5 {
		p := ps[rand.IntN(len(ps))]
		if q := questionOf(p.Text); q != "" {
			return canaryText{doc: p.Document, ordinal: p.Ordinal, class: d.Class, collection: d.Collection, question: q}, true, nil
		}
	}
	return x, false, nil
}

// canarySubjects are those whose rights are tried: what everybody has, every
// group by itself, and some people. What they may read is worked out from the
// collections' grants, as /access does, and not by Principal, whose mistake
// would otherwise be its own judge.
func (v *View) canarySubjects() (out []subject, err error) {
	cs, err := v.Collections()
	if err != nil {
		return nil, err
	}
	gs, err := v.Groups()
	if err != nil {
		return nil, err
	}
	alone := func(grants ...string) map[string]bool {
		may := map[string]bool{}
		for _, c := range cs {
			if slices.ContainsFunc(slices.Concat(c.Readers, c.Writers), func(g string) bool { return slices.Contains(grants, g) }) {
				may[c.ID] = true
			}
		}
		return may
	}
	by := System("rights")
	out = append(out, subject{Everyone, Principal{Actor: by, grants: []string{Everyone}}, alone(Everyone)})
	for _, g := range gs {
		grants := []string{Everyone, "group:" + g.ID}
		out = append(out, subject{grants[1], Principal{Actor: by, grants: grants}, alone(grants...)})
	}
	us, err := v.Users()
	if err != nil {
		return nil, err
	}
	us = slices.DeleteFunc(us, func(u User) bool { return u.Disabled || !u.Erased.IsZero() })
	rand.Shuffle(len(us), func(i, j int) { us[i], us[j] = us[j], us[i] })
	for _, u := range us[:min(len(us), canaryPeople)] {
		p, err := v.Principal(u.ID, by)
		if err != nil {
			return nil, err
		}
		may := map[string]bool{}
		for _, c := range cs {
			may[c.ID] = len(reasons(c, u.ID, gs)) > 0
		}
		out = append(out, subject{"user:" + u.ID, p, may})
	}
	return out, nil
}
