package ui

import (
	"net/http"
	"time"

	"coffre/store"
)

type sightJSON struct {
	Person      string           `json:"person,omitempty"`
	Group       string           `json:"group,omitempty"`
	Collections []sightReachJSON `json:"collections"`
	Readers     []sightReachJSON `json:"readers,omitempty"` // of the collection asked for, where no person is
}

type sightReachJSON struct {
	Collection string         `json:"collection"`
	Name       string         `json:"name,omitempty"`
	Person     string         `json:"person,omitempty"`
	Documents  int            `json:"documents"`
	Reads      bool           `json:"reads"`
	Writes     bool           `json:"writes"`
	Why        []sightWhyJSON `json:"why"`
}

type sightWhyJSON struct {
	Grant  string    `json:"grant"`
	Group  string    `json:"group,omitempty"` // its name
	Source string    `json:"source,omitempty"`
	Writes bool      `json:"writes"`
	Way    []string  `json:"way,omitempty"` // names of the directory's groups into this one, where it is nested
	Since  time.Time `json:"since,omitzero"`
}

func asSightJSON(r store.Reach, via nestedWays, userID string) sightReachJSON {
	out := sightReachJSON{Collection: r.Collection.ID, Name: r.Collection.Name, Documents: r.Documents, Reads: r.Reads(), Writes: r.Writes(), Why: []sightWhyJSON{}}
	for _, w := range r.Reasons {
		out.Why = append(out.Why, sightWhyJSON{w.Grant, w.Group.Name, w.Group.Source, w.Writes, via.of(userID, w.Group), w.Since})
	}
	return out
}

// restSight answers what a person may see and why; with a collection alone, who
// may see that.
func (q *request) restSight() error {
	out := sightJSON{Collections: []sightReachJSON{}}
	err := q.view(func(v *store.View) error {
		a, err := q.sightAsked(v)
		if err != nil {
			return err
		}
		out.Person, out.Group = a.person.ID, a.group.ID
		for _, r := range a.all {
			out.Collections = append(out.Collections, asSightJSON(r, a.via, a.person.ID))
		}
		if a.person.ID != "" || a.collection.ID == "" {
			return nil
		}
		people, err := v.Users()
		if err != nil {
			return err
		}
		groups, err := v.Groups()
		for _, u := range people {
			if r := asSightJSON(store.Reach{Collection: a.collection, Reasons: store.ReasonsFor(a.collection, u, groups)}, a.via, u.ID); r.Reads {
				r.Person = u.ID
				out.Readers = append(out.Readers, r)
			}
		}
		return err
	})
	if err != nil {
		return err
	}
	return q.json(http.StatusOK, out)
}
