package ldap

import (
	"strings"

	goldap "github.com/go-ldap/ldap/v3"
)

// find looks for the one person of a typed name. Faults of step signin:
// "unknown-user", and "ambiguous" where two entries fit: then nobody is meant.
func (conn *Conn) find(l Login) (Person, error) {
	if err := conn.detect(); err != nil {
		return Person{}, err
	}
	if l.Domain != "" {
		ours, err := conn.isOurs(l.Domain)
		if err != nil {
			return Person{}, err
		}
		if !ours {
			return Person{}, fault(StepSignIn, string(Unknown), nil)
		}
	}
	p, err := conn.findBy(conn.loginFilter(l))
	if conn.kind == AD && l.UPN != "" && AsFault(err, StepSignIn).Code == string(Unknown) && err != nil {
		// Every account has name@domain besides the UPN that somebody may have given it.
		if strings.EqualFold(l.UPN[len(l.Name)+1:], domainOf(conn.cfg.BaseDN)) {
			return conn.findBy(conn.loginFilter(Login{Name: l.Name}))
		}
	}
	return p, err
}

// loginFilter is the filter of a typed name, everything of it escaped.
func (conn *Conn) loginFilter(l Login) string {
	d := conn.said
	name := goldap.EscapeFilter(l.Name)
	if l.UPN == "" {
		return "(" + d.login + "=" + name + ")"
	}
	upn := goldap.EscapeFilter(l.UPN)
	if conn.kind == AD {
		return "(userPrincipalName=" + upn + ")"
	}
	return "(|(" + d.login + "=" + upn + ")(" + d.mail + "=" + upn + "))"
}

func (conn *Conn) findBy(filter string) (Person, error) {
	found, err := conn.few(StepSignIn, conn.cfg.BaseDN, goldap.ScopeWholeSubtree, 2, "(&"+conn.said.users+filter+")", conn.personAttributes()...)
	switch {
	case err != nil:
		return Person{}, err
	case len(found) == 0:
		return Person{}, fault(StepSignIn, string(Unknown), nil)
	case len(found) > 1:
		return Person{}, fault(StepSignIn, string(Ambiguous), nil)
	}
	p, ok := conn.person(found[0])
	if !ok || p.DN == "" {
		return Person{}, fault(StepSignIn, "no-id", nil)
	}
	return p, nil
}

// isOurs tells whether the domain typed before a backslash is the one of the base:
// its NetBIOS name in Active Directory, elsewhere the first part of the base.
func (conn *Conn) isOurs(domain string) (bool, error) {
	dns := domainOf(conn.cfg.BaseDN)
	if strings.EqualFold(domain, dns) {
		return true, nil
	}
	if conn.kind != AD {
		first, _, _ := strings.Cut(dns, ".")
		return strings.EqualFold(domain, first), nil
	}
	base := "CN=Partitions," + conn.root.GetAttributeValue("configurationNamingContext")
	found, err := conn.few(StepSignIn, base, goldap.ScopeSingleLevel, 2, "(nETBIOSName="+goldap.EscapeFilter(domain)+")", "nCName")
	if err != nil {
		return false, err
	}
	own := dnKey(conn.cfg.BaseDN)
	for _, e := range found {
		nc := dnKey(e.GetAttributeValue("nCName"))
		if own == nc || strings.HasSuffix(own, "\x00"+nc) {
			return true, nil
		}
	}
	return false, nil
}

// domainOf is the DNS name that the dc parts of a DN spell (RFC 2247).
func domainOf(dn string) string {
	d, err := goldap.ParseDN(dn)
	if err != nil {
		return ""
	}
	var parts []string
	for _, rdn := range d.RDNs {
		for _, a := range rdn.Attributes {
			if strings.EqualFold(a.Type, "dc") {
				parts = append(parts, a.Value)
			}
		}
	}
	return strings.Join(parts, ".")
}
