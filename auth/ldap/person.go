package ldap

import (
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	goldap "github.com/go-ldap/ldap/v3"
)

// Person is an account of the directory.
type Person struct {
	DN     string
	ID     string // objectGUID or entryUUID in its canonical form; lasts
	Login  string
	Name   string
	Mail   string
	State  State
	Groups []string // ids of Group, nested ones included; set by those who say so
	// Via are the names on the shortest way into a nested group, by the group's id: of
	// the group that names the person first, of the group itself last. A Snapshot sets
	// it, empty where nothing is nested; a sign-in doesn't know and leaves it nil.
	Via map[string][]string

	sid, primary string   // Active Directory
	parents      []string // DNs of groups that name the person, as dnKey
	gid          string
}

// Group is a group of the directory.
type Group struct {
	DN   string
	ID   string
	Name string

	sid     string
	parents []string // as dnKey
	members []string // as dnKey
	uids    []string
	gid     string
}

func (conn *Conn) personAttributes() []string {
	d := conn.said
	return append([]string{d.login, d.name, d.mail, d.id}, d.attributes...)
}

// person reads an entry; ok is false for one without a lasting id or a login.
func (conn *Conn) person(e *goldap.Entry) (p Person, ok bool) {
	d := conn.said
	first := func(names ...string) string {
		for _, n := range names {
			if s := clean(e.GetEqualFoldAttributeValue(n), 200); s != "" {
				return s
			}
		}
		return ""
	}
	p = Person{DN: e.DN, Login: strings.ToLower(clean(e.GetEqualFoldAttributeValue(d.login), MaxLogin)), Mail: first(d.mail)}
	p.Name = first(d.name, "displayName", "cn")
	if p.Name == "" {
		p.Name = p.Login
	}
	p.ID, ok = entryID(e)
	if conn.kind == AD {
		p.State = stateAD(e, conn.cfg.now())
		p.sid, _ = sidString(e.GetEqualFoldRawAttributeValue("objectSid"))
		if rid, err := strconv.ParseUint(e.GetEqualFoldAttributeValue("primaryGroupID"), 10, 32); err == nil {
			p.primary, _ = sidSibling(p.sid, uint32(rid))
		}
	} else {
		p.State = stateOther(e, conn.cfg.now())
		p.gid = e.GetEqualFoldAttributeValue("gidNumber")
	}
	p.parents = dnKeys(e.GetEqualFoldAttributeValues("memberOf"))
	return p, ok && p.Login != ""
}

// group reads an entry; ok is false for one without a lasting id or a name.
func (conn *Conn) group(e *goldap.Entry) (g Group, ok bool) {
	g = Group{DN: e.DN, Name: clean(e.GetEqualFoldAttributeValue("cn"), 200)}
	if g.Name == "" {
		g.Name = clean(e.GetEqualFoldAttributeValue("sAMAccountName"), 200)
	}
	g.ID, ok = entryID(e)
	g.sid, _ = sidString(e.GetEqualFoldRawAttributeValue("objectSid"))
	if conn.kind == AD {
		g.parents = dnKeys(e.GetEqualFoldAttributeValues("memberOf"))
		return g, ok && g.Name != ""
	}
	g.members = append(dnKeys(e.GetEqualFoldAttributeValues("member")), dnKeys(e.GetEqualFoldAttributeValues("uniqueMember"))...)
	g.uids = e.GetEqualFoldAttributeValues("memberUid")
	g.gid = e.GetEqualFoldAttributeValue("gidNumber")
	return g, ok && g.Name != ""
}

func dnKeys(dns []string) []string {
	out := make([]string, len(dns))
	for i, d := range dns {
		out[i] = dnKey(d)
	}
	return out
}

// entryID is the id that an entry keeps when it is renamed or moved.
func entryID(e *goldap.Entry) (string, bool) {
	if id, ok := guidString(e.GetEqualFoldRawAttributeValue("objectGUID")); ok {
		return id, true
	}
	if id, ok := uuidString(e.GetEqualFoldAttributeValue("entryUUID")); ok {
		return id, true
	}
	// 389 writes 8-8-8-8 digits.
	id := strings.ToLower(e.GetEqualFoldAttributeValue("nsUniqueId"))
	bare := strings.ReplaceAll(id, "-", "")
	if len(bare) != 32 {
		return "", false
	}
	return uuidString(bare[:8] + "-" + bare[8:12] + "-" + bare[12:16] + "-" + bare[16:20] + "-" + bare[20:])
}

// clean cuts what a directory holds to most bytes of printable text.
func clean(s string, most int) string {
	s = strings.TrimSpace(strings.Map(func(r rune) rune {
		if unicode.IsControl(r) || r == utf8.RuneError {
			return -1
		}
		return r
	}, strings.ToValidUTF8(s, "")))
	for len(s) > most {
		_, n := utf8.DecodeLastRuneInString(s)
		s = s[:len(s)-n]
	}
	return s
}
