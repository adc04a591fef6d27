package store

import (
	"slices"
	"strings"
	"time"
)

// Reason is one way by which somebody may read a collection. Several may hold at
// once, and taking one away then changes nothing.
type Reason struct {
	Grant  string // "everyone", "user:ID" or "group:ID", as the collection holds it
	Group  Group  // of a grant to a group
	Writes bool   // the grant lets documents be added and deleted too
	// Since is when the last condition of it came to hold, zero where the entries
	// that were read don't say.
	Since time.Time
}

// Reach is what one person may do with one collection, and why.
type Reach struct {
	Collection Collection
	Reasons    []Reason // none: the person may not read it
	Documents  int      // not deleted
}

// Reads tells whether there is any reason.
func (r Reach) Reads() bool { return len(r.Reasons) > 0 }

// Writes tells whether any reason lets the person change documents.
func (r Reach) Writes() bool {
	return slices.ContainsFunc(r.Reasons, func(x Reason) bool { return x.Writes })
}

// Reaches returns every collection that is not deleted, by name, with the
// reasons for which a person may read it. It resolves grants from the
// collection's side, and Principal does so from the person's: tests and the
// nightly check hold one against the other. Since is not filled in. An account
// that is closed reaches nothing.
func (v *View) Reaches(userID string) ([]Reach, error) {
	u, err := v.User(userID)
	if err != nil {
		return nil, err
	}
	cs, err := v.Collections()
	if err != nil {
		return nil, err
	}
	gs, err := v.Groups()
	if err != nil {
		return nil, err
	}
	counts, err := v.DocumentCounts()
	var out []Reach
	for _, c := range cs {
		r := Reach{Collection: c, Documents: counts[c.ID]}
		r.Reasons = ReasonsFor(c, u, gs)
		out = append(out, r)
	}
	return out, err
}

// ReasonsFor are the reasons for which u may read c, with the groups as told;
// none where the account is closed.
func ReasonsFor(c Collection, u User, groups []Group) []Reason {
	if u.Disabled {
		return nil
	}
	return reasons(c, u.ID, groups)
}

// ReasonsOf are the reasons for which whoever is in g may read c, whatever else
// they are: grants to everyone and to g.
func ReasonsOf(c Collection, g Group) []Reason {
	g.Members = []string{""} // somebody who is named nowhere
	return reasons(c, "", []Group{g})
}

// reasons are the grants of c that hold for a person, those to write first.
func reasons(c Collection, userID string, gs []Group) (out []Reason) {
	for i, grants := range []Grants{c.Writers, c.Readers} {
		for _, g := range grants {
			if slices.ContainsFunc(out, func(r Reason) bool { return r.Grant == g }) {
				continue
			}
			r := Reason{Grant: g, Writes: i == 0}
			if id, isGroup := strings.CutPrefix(g, "group:"); isGroup {
				at := slices.IndexFunc(gs, func(g Group) bool { return g.ID == id })
				if at < 0 || !slices.Contains(gs[at].Members, userID) {
					continue
				}
				r.Group = gs[at]
			} else if g != Everyone && g != "user:"+userID {
				continue
			}
			out = append(out, r)
		}
	}
	return out
}
