package ldap

import (
	"cmp"
	"context"
	"slices"
	"strings"
)

// Snapshot is everybody and every group of a directory at one moment.
type Snapshot struct {
	Kind      Kind
	Server    Server
	People    []Person // by login; Groups are set
	Groups    []Group  // by name
	Odd       int      // entries without a lasting id, a login or a name
	Referrals int      // places that the server pointed to, and nobody went to
}

// Snapshot reads everybody and every group, in two paged searches, and resolves
// nested groups here. It is whole or an error.
func (c *Config) Snapshot(ctx context.Context) (Snapshot, error) {
	conn, err := c.Connect(ctx)
	if err != nil {
		return Snapshot{}, err
	}
	defer conn.Close()
	return conn.snapshot()
}

func (conn *Conn) snapshot() (Snapshot, error) {
	if err := conn.detect(); err != nil {
		return Snapshot{}, err
	}
	s := Snapshot{Kind: conn.kind, Server: conn.server}
	people, err := conn.search(StepFilter, conn.cfg.BaseDN, conn.said.users, conn.personAttributes()...)
	if err != nil {
		return s, err
	}
	for _, e := range people {
		if p, ok := conn.person(e); ok {
			s.People = append(s.People, p)
		} else {
			s.Odd++
		}
	}
	groups, err := conn.search(StepGroups, conn.cfg.BaseDN, conn.said.groups, conn.said.groupAttributes...)
	if err != nil {
		return s, err
	}
	for _, e := range groups {
		if g, ok := conn.group(e); ok {
			s.Groups = append(s.Groups, g)
		} else {
			s.Odd++
		}
	}
	s.Referrals = len(conn.elsewhere)
	s.resolve()
	slices.SortFunc(s.People, func(a, b Person) int { return cmp.Or(cmp.Compare(a.Login, b.Login), cmp.Compare(a.ID, b.ID)) })
	slices.SortFunc(s.Groups, func(a, b Group) int {
		return cmp.Or(cmp.Compare(strings.ToLower(a.Name), strings.ToLower(b.Name)), cmp.Compare(a.ID, b.ID))
	})
	return s, nil
}

// links are who is directly in which groups, by position in a snapshot's Groups.
type links struct {
	byDN  map[string]int
	bySID map[string]int
	above map[string][]int // by dnKey: groups that name it as a member
	byUID map[string][]int
	byGID map[string][]int
}

func (s *Snapshot) links() links {
	l := links{map[string]int{}, map[string]int{}, map[string][]int{}, map[string][]int{}, map[string][]int{}}
	for i, g := range s.Groups {
		l.byDN[dnKey(g.DN)] = i
		if g.sid != "" {
			l.bySID[g.sid] = i
		}
		for _, m := range g.members {
			l.above[m] = append(l.above[m], i)
		}
		for _, u := range g.uids {
			l.byUID[strings.ToLower(u)] = append(l.byUID[strings.ToLower(u)], i)
		}
		if g.gid != "" {
			l.byGID[g.gid] = append(l.byGID[g.gid], i)
		}
	}
	return l
}

// resolve sets everybody's groups, walking up with a visited set.
func (s *Snapshot) resolve() {
	l := s.links()
	for i := range s.People {
		p := &s.People[i]
		todo := append([]int{}, l.above[dnKey(p.DN)]...)
		todo = append(todo, l.byUID[p.Login]...)
		if p.gid != "" {
			todo = append(todo, l.byGID[p.gid]...)
		}
		todo = l.named(todo, p.parents)
		if g, ok := l.bySID[p.primary]; ok && p.primary != "" {
			todo = append(todo, g)
		}
		seen := map[int]bool{}
		for len(todo) > 0 {
			g := todo[len(todo)-1]
			todo = todo[:len(todo)-1]
			if seen[g] {
				continue
			}
			seen[g] = true
			p.Groups = append(p.Groups, s.Groups[g].ID)
			todo = append(todo, l.above[dnKey(s.Groups[g].DN)]...)
			todo = l.named(todo, s.Groups[g].parents)
		}
		slices.Sort(p.Groups)
	}
}

func (l links) named(to []int, dns []string) []int {
	for _, dn := range dns {
		if g, ok := l.byDN[dn]; ok {
			to = append(to, g)
		}
	}
	return to
}

// Match finds groups by what an administrator wrote: a name, a DN or an id. A
// name that two groups have matches neither.
func Match(groups []Group, names []string) (found map[string]Group, missing, ambiguous []string) {
	found = map[string]Group{}
	for _, name := range names {
		var hits []Group
		for _, g := range groups {
			if strings.EqualFold(g.ID, name) || strings.EqualFold(g.Name, name) || strings.Contains(name, "=") && dnKey(g.DN) == dnKey(name) {
				hits = append(hits, g)
			}
		}
		switch len(hits) {
		case 0:
			missing = append(missing, name)
		case 1:
			found[name] = hits[0]
		default:
			ambiguous = append(ambiguous, name)
		}
	}
	return found, missing, ambiguous
}
