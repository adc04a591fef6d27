package store

import (
	"slices"
	"time"

	"coffre/index"
)

// Principal is who asks, as resolved at this moment. It is made anew for every
// request, so a change of role or group holds at the next one.
type Principal struct {
	Actor  Actor
	UserID string
	Role   Role
	Lang   string
	// All is set for whoever holds the data directory (the local socket): the
	// file system has already shown everything to them.
	All bool
	// Guest is set for everybody who comes over the network to the public
	// demonstration: they write nowhere.
	Guest   bool
	grants  []string
	Session string
	// Needs are the steps that a sign-in still lacks. While there is one, nobody is
	// served: no action is allowed and no collection readable.
	Needs []string
	// Fresh is when presence was last proven in this session.
	Fresh time.Time
	// Scopes bound what an API key may do; nil doesn't.
	Scopes []string
	// Elevated is set while the role is one taken for a time.
	Elevated bool
	// within, where set, may read nothing that it may not.
	within *Principal
}

// Within narrows p to what q may read too. The result writes nowhere.
func (p Principal) Within(q Principal) Principal {
	p.within = &q
	return p
}

// Operator is the principal of the local socket and the command line.
func Operator(id string) Principal {
	return Principal{Actor: CLI(id), Role: Admin, All: true}
}

// Principal resolves a user; NotFound where the account is gone or disabled.
func (v *View) Principal(userID string, by Actor) (Principal, error) {
	u, err := v.User(userID)
	if err != nil {
		return Principal{}, err
	}
	if u.Disabled {
		return Principal{}, errNotFound
	}
	p := Principal{Actor: by, UserID: userID, Role: u.Role, Lang: u.Lang, grants: []string{Everyone, "user:" + userID}}
	err = groups.each(v, nil, func(_ []byte, g Group) bool {
		if slices.Contains(g.Members, userID) {
			p.grants = append(p.grants, "group:"+g.ID)
			p.Role = Strongest(p.Role, g.Role)
		}
		return true
	})
	if err != nil || by.Kind != "user" {
		return p, err // a key never has a role that its person took for a time
	}
	taken, err := v.elevated(u)
	if up := Strongest(p.Role, taken); up != p.Role {
		p.Role, p.Elevated = up, true
	}
	return p, err
}

// Strongest returns the role that may do more; what is no role may nothing.
func Strongest(a, b Role) Role {
	rank := map[Role]int{Member: 1, Auditor: 2, Admin: 3}
	if rank[b] > rank[a] {
		return b
	}
	return a
}

// Covers tells whether p holds every grant that q does: whether what q began may go
// on as p.
func (p Principal) Covers(q Principal) bool {
	return !slices.ContainsFunc(q.grants, func(g string) bool { return !slices.Contains(p.grants, g) })
}

func (p Principal) holds(gs Grants) bool {
	if p.All {
		return true
	}
	if len(p.Needs) > 0 {
		return false
	}
	return slices.ContainsFunc(gs, func(g string) bool { return slices.Contains(p.grants, g) })
}

// MayRead tells whether the principal may read a collection. Writers read.
func (p Principal) MayRead(c Collection) bool {
	return !c.Deleted && (p.holds(c.Readers) || p.holds(c.Writers)) && (p.within == nil || p.within.MayRead(c))
}

// MayWrite tells whether the principal may add, replace and delete documents.
func (p Principal) MayWrite(c Collection) bool {
	return !c.Deleted && !p.Guest && p.within == nil && p.holds(c.Writers)
}

// ReadableCollections returns the collections that p may read, by name.
func (v *View) ReadableCollections(p Principal) ([]Collection, error) {
	all, err := v.Collections()
	return slices.DeleteFunc(all, func(c Collection) bool { return !p.MayRead(c) }), err
}

// Classes returns the access classes that p may read now, restricted to the
// named collections if there are any. Names that p may not read are ignored as
// if they did not exist.
func (v *View) Classes(p Principal, only []string) (index.Classes, error) {
	var set index.Classes
	all, err := v.ReadableCollections(p)
	for _, c := range all {
		if len(only) == 0 || slices.Contains(only, c.ID) {
			set.Add(c.Class)
		}
	}
	return set, err
}
