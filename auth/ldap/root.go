package ldap

import (
	"slices"

	goldap "github.com/go-ldap/ldap/v3"
)

// adCapability is LDAP_CAP_ACTIVE_DIRECTORY_OID (MS-ADTS, section 3.1.1.3.4.3).
const adCapability = "1.2.840.113556.1.4.800"

// detect reads the root entry once, and settles what things are called here.
func (conn *Conn) detect() error {
	if conn.kind != Auto {
		return nil
	}
	r, err := conn.l.Search(goldap.NewSearchRequest("", goldap.ScopeBaseObject, goldap.NeverDerefAliases, 1, 0, false, "(objectClass=*)",
		[]string{"supportedCapabilities", "namingContexts", "defaultNamingContext", "configurationNamingContext", "vendorName", "dnsHostName"}, nil))
	if err != nil || len(r.Entries) == 0 {
		return answerFault(StepBase, err)
	}
	conn.root = r.Entries[0]
	conn.kind = conn.cfg.Kind
	if conn.kind == Auto {
		conn.kind = Other
		if slices.Contains(conn.root.GetAttributeValues("supportedCapabilities"), adCapability) {
			conn.kind = AD
		}
	}
	conn.said = conn.cfg.words(conn.kind)
	return nil
}

// Kind is the family of the directory, known after the first search.
func (conn *Conn) Kind() Kind { return conn.kind }

// Contexts are the roots of the trees that the server holds.
func (conn *Conn) Contexts() []string {
	if conn.root == nil {
		return nil
	}
	if d := conn.root.GetAttributeValue("defaultNamingContext"); d != "" {
		return []string{d}
	}
	return conn.root.GetAttributeValues("namingContexts")
}
