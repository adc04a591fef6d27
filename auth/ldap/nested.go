package ldap

import (
	"strings"

	goldap "github.com/go-ldap/ldap/v3"
)

// inChain is LDAP_MATCHING_RULE_TRANSITIVE_EVAL, which follows nested groups in
// Active Directory (MS-ADTS, section 3.1.1.3.4.4.3). Others answer it with
// nothing and no error.
const inChain = "1.2.840.113556.1.4.1941"

// batch is how many names stand in one filter.
const batch = 40

// groupsOf returns the groups that a person is in, nested ones and the primary
// group included: from tokenGroups in Active Directory, or its rule where that may
// not be read; elsewhere by walking up.
func (conn *Conn) groupsOf(p Person) ([]Group, error) {
	if err := conn.detect(); err != nil {
		return nil, err
	}
	if conn.kind != AD {
		return conn.walkUp(p)
	}
	sids, err := conn.tokenGroups(p)
	if err != nil {
		return nil, err
	}
	if len(sids) > 0 {
		return conn.groupsBySID(sids)
	}
	return conn.groupsByRule(p)
}

// tokenGroups reads the SIDs of a person's security groups, computed by the
// server for a search of this one entry; none where it may not be read.
func (conn *Conn) tokenGroups(p Person) ([][]byte, error) {
	found, err := conn.few(StepGroups, p.DN, goldap.ScopeBaseObject, 1, "(objectClass=*)", "tokenGroups")
	if err != nil || len(found) == 0 {
		f := AsFault(err, StepGroups)
		if err == nil || f.Code == "not-allowed" || f.Code == "no-such-base" {
			return nil, nil
		}
		return nil, err
	}
	return found[0].GetEqualFoldRawAttributeValues("tokenGroups"), nil
}

func (conn *Conn) groupsBySID(sids [][]byte) ([]Group, error) {
	var out []Group
	for len(sids) > 0 {
		n := min(len(sids), batch)
		var or strings.Builder
		for _, sid := range sids[:n] {
			or.WriteString("(objectSid=" + escapeBytes(sid) + ")")
		}
		sids = sids[n:]
		found, err := conn.searchGroups("(|" + or.String() + ")")
		if err != nil {
			return nil, err
		}
		out = append(out, found...)
	}
	return out, nil
}

func (conn *Conn) groupsByRule(p Person) ([]Group, error) {
	out, err := conn.searchGroups("(member:" + inChain + ":=" + goldap.EscapeFilter(p.DN) + ")")
	if err != nil || p.primary == "" {
		return out, err
	}
	primary, err := conn.searchGroups("(objectSid=" + goldap.EscapeFilter(p.primary) + ")")
	if err != nil || len(primary) == 0 {
		return out, err
	}
	above, err := conn.searchGroups("(member:" + inChain + ":=" + goldap.EscapeFilter(primary[0].DN) + ")")
	return distinct(append(append(out, primary...), above...)), err
}

// searchGroups finds groups under the base, as the group filter wants them.
func (conn *Conn) searchGroups(filter string) ([]Group, error) {
	d := conn.said
	found, err := conn.search(StepGroups, conn.cfg.BaseDN, "(&"+d.groups+filter+")", d.groupAttributes...)
	if err != nil {
		return nil, err
	}
	var out []Group
	for _, e := range found {
		if g, ok := conn.group(e); ok {
			out = append(out, g)
		}
	}
	return out, nil
}

// walkUp asks level by level who names the person, then who names those groups.
// What was seen once isn't asked for again, so that a ring of groups ends.
func (conn *Conn) walkUp(p Person) ([]Group, error) {
	var out []Group
	seen := map[string]bool{}
	dn := goldap.EscapeFilter(p.DN)
	first := "(|(member=" + dn + ")(uniqueMember=" + dn + ")(memberUid=" + goldap.EscapeFilter(p.Login) + ")"
	if p.gid != "" {
		first += "(&(objectClass=posixGroup)(gidNumber=" + goldap.EscapeFilter(p.gid) + "))"
	}
	next := []string{first + ")"}
	for len(next) > 0 {
		var names []string
		for _, filter := range next {
			found, err := conn.searchGroups(filter)
			if err != nil {
				return nil, err
			}
			for _, g := range found {
				if !seen[g.ID] {
					seen[g.ID] = true
					out = append(out, g)
					names = append(names, goldap.EscapeFilter(g.DN))
				}
			}
		}
		next = nil
		for len(names) > 0 {
			n := min(len(names), batch)
			next = append(next, "(|(member="+strings.Join(names[:n], ")(member=")+")(uniqueMember="+strings.Join(names[:n], ")(uniqueMember=")+"))")
			names = names[n:]
		}
	}
	return out, nil
}

func distinct(gs []Group) []Group {
	seen := map[string]bool{}
	var out []Group
	for _, g := range gs {
		if !seen[g.ID] {
			seen[g.ID] = true
			out = append(out, g)
		}
	}
	return out
}

// named resolves what an administrator wrote for groups: names, DNs or ids.
func (conn *Conn) named(names []string) (map[string]Group, error) {
	var groups []Group
	for rest := names; len(rest) > 0; {
		n := min(len(rest), batch)
		var or strings.Builder
		for _, name := range rest[:n] {
			or.WriteString(conn.nameFilter(name))
		}
		rest = rest[n:]
		found, err := conn.searchGroups("(|" + or.String() + ")")
		if err != nil {
			return nil, err
		}
		groups = append(groups, found...)
	}
	found, _, _ := Match(distinct(groups), names)
	return found, nil
}

// nameFilter finds at least the groups that Match would take for a name.
func (conn *Conn) nameFilter(name string) string {
	escaped := goldap.EscapeFilter(name)
	filter := "(cn=" + escaped + ")(sAMAccountName=" + escaped + ")"
	if b, ok := guidBytes(name); ok {
		filter += "(objectGUID=" + escapeBytes(b) + ")(entryUUID=" + escaped + ")"
	}
	if d, err := goldap.ParseDN(name); err == nil && len(d.RDNs) > 0 && ValidAttribute(d.RDNs[0].Attributes[0].Type) {
		filter += "(" + d.RDNs[0].Attributes[0].Type + "=" + goldap.EscapeFilter(d.RDNs[0].Attributes[0].Value) + ")"
	}
	return filter
}
