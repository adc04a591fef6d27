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

// resolve sets everybody's groups.
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
		p.Groups, p.Via = s.upFrom(l, todo)
		slices.Sort(p.Groups)
	}
}

// upFrom walks up from the groups that name somebody, the near ones first, with a
// visited set; via is as Person.Via.
func (s *Snapshot) upFrom(l links, todo []int) (ids []string, via map[string][]string) {
	via = map[string][]string{}
	ways := map[int][]string{}
	for _, g := range todo {
		ways[g] = []string{s.Groups[g].Name}
	}
	for seen := map[int]bool{}; len(todo) > 0; todo = todo[1:] {
		g := todo[0]
		if seen[g] {
			continue
		}
		seen[g] = true
		ids = append(ids, s.Groups[g].ID)
		if len(ways[g]) > 1 {
			via[s.Groups[g].ID] = ways[g]
		}
		for _, up := range l.named(append([]int{}, l.above[dnKey(s.Groups[g].DN)]...), s.Groups[g].parents) {
			if _, known := ways[up]; !known {
				ways[up] = append(slices.Clone(ways[g]), s.Groups[up].Name)
			}
			todo = append(todo, up)
		}
	}
	return ids, via
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
