package takeout

import (
	"cmp"
	"time"

	"coffre/store"
)

// personJSON is somebody's account, without what opens it.
type personJSON struct {
	ID       string     `json:"id"`
	Login    string     `json:"login"`
	Name     string     `json:"name"`
	Mail     string     `json:"mail,omitempty"`
	Role     store.Role `json:"role"`
	May      store.Role `json:"may_become,omitempty"`
	Lang     string     `json:"language,omitempty"`
	Source   string     `json:"source,omitempty"` // who answers for the account; "": coffre
	Disabled bool       `json:"disabled"`
	Created  time.Time  `json:"created"`
	Erased   *time.Time `json:"erased,omitempty"`
	Places   []string   `json:"signed_in_from,omitempty"` // one's own export alone
	Groups   []string   `json:"groups"`
}

// groupJSON is a group with its members' ids.
type groupJSON struct {
	ID      string     `json:"id"`
	Name    string     `json:"name"`
	Role    store.Role `json:"role,omitempty"`
	Source  string     `json:"source,omitempty"`
	Members []string   `json:"members"`
}

// collectionJSON is a collection with who may do what there: "everyone",
// "group:ID" or "user:ID".
type collectionJSON struct {
	ID      string       `json:"id"`
	Name    string       `json:"name"`
	Folder  string       `json:"folder"`
	Created time.Time    `json:"created"`
	Readers store.Grants `json:"readers,omitempty"`
	Writers store.Grants `json:"writers,omitempty"`
}

// persons writes people, groups, collections and the question list.
func (t *writer) persons() error {
	var people []personJSON
	var groups []groupJSON
	var cols []collectionJSON
	var trials []store.Trial
	err := t.Tenant.View(func(v *store.View) (err error) {
		if people, groups, err = t.accounts(v); err != nil {
			return err
		}
		if cols, err = t.collections(v); err != nil || t.Own {
			return err
		}
		trials, err = v.Trials()
		return err
	})
	if err != nil {
		return err
	}
	name := "people.json"
	if t.Own {
		name = "account.json"
	}
	if err := t.json(name, people); err != nil {
		return err
	}
	if err := t.json("collections.json", cols); err != nil || t.Own {
		return err
	}
	if err := t.json("groups.json", groups); err != nil {
		return err
	}
	return t.json("questions.json", append([]store.Trial{}, trials...))
}

func (t *writer) accounts(v *store.View) (people []personJSON, out []groupJSON, err error) {
	us, err := v.Users()
	if err != nil {
		return nil, nil, err
	}
	if t.groups, err = v.Groups(); err != nil {
		return nil, nil, err
	}
	of := map[string][]string{}
	out = []groupJSON{}
	for _, g := range t.groups {
		out = append(out, groupJSON{g.ID, g.Name, g.Role, g.Source, append([]string{}, g.Members...)})
		for _, id := range g.Members {
			of[id] = append(of[id], cmp.Or(g.Name, g.ID))
		}
	}
	t.people = map[string]store.User{}
	for _, u := range us {
		t.people[u.ID] = u
		if t.Own && u.ID != t.P.UserID {
			continue
		}
		p := personJSON{
			ID: u.ID, Login: u.Login, Name: u.Name, Mail: u.Mail, Role: u.Role, May: u.May, Lang: u.Lang, Source: u.Source,
			Disabled: u.Disabled, Created: u.Created, Groups: append([]string{}, of[u.ID]...),
		}
		if !u.Erased.IsZero() {
			p.Erased = &u.Erased
		}
		if t.Own {
			for _, at := range u.Places {
				p.Places = append(p.Places, at.Address+" "+at.Device)
			}
		}
		people = append(people, p)
	}
	return people, out, nil
}

// collections also gives each its folder.
func (t *writer) collections(v *store.View) ([]collectionJSON, error) {
	all, err := v.ReadableCollections(t.P)
	out := []collectionJSON{}
	for _, c := range all {
		t.places[c.ID] = t.names.free("", safe(c.Name))
		one := collectionJSON{ID: c.ID, Name: c.Name, Folder: t.places[c.ID], Created: c.Created}
		if !t.Own {
			one.Readers, one.Writers = c.Readers, c.Writers
		}
		out = append(out, one)
	}
	return out, err
}

// nameOf is how a person is called in what is read; the id where nobody is known.
func (t *writer) nameOf(id string) string {
	u := t.people[id]
	return cmp.Or(u.Name, u.Login, id)
}
