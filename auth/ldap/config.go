package ldap

import (
	"context"
	"crypto/sha256"
	"crypto/x509"
	"encoding/hex"
	"net"
	"strings"
	"time"

	goldap "github.com/go-ldap/ldap/v3"
)

// Kind is the family of a directory.
type Kind string

// The kinds. Auto asks the server's root entry (RFC 4512, section 5.1).
const (
	Auto  Kind = ""
	AD    Kind = "ad"
	Other Kind = "openldap" // OpenLDAP, 389, and what else follows the RFCs
)

// Config says how to reach a directory and where people and groups are in it.
// Empty filters and attributes are those of the kind.
type Config struct {
	Servers  []Server
	StartTLS bool           // for servers without TLS; else Clear must be set
	Clear    bool           // clear text is really meant
	Roots    *x509.CertPool // nil: the system's
	Kind     Kind

	BindDN string // "" binds nobody: the search is anonymous
	// Secret opens the service account's password for a server and must not keep it.
	Secret func(ctx context.Context, to Server, use func(password []byte) error) error

	BaseDN      string
	UserFilter  string
	GroupFilter string
	LoginAttr   string
	NameAttr    string
	MailAttr    string

	// Dial is the egress gate's.
	Dial func(ctx context.Context, network, address string) (net.Conn, error)
	// Patience is how long one server may take to connect, and for each answer;
	// 0 for 4 seconds.
	Patience time.Duration
	Now      func() time.Time
}

func (c *Config) patience() time.Duration {
	if c.Patience > 0 {
		return c.Patience
	}
	return 4 * time.Second
}

func (c *Config) now() time.Time {
	if c.Now != nil {
		return c.Now()
	}
	return time.Now()
}

// verifyTime is the time that certificates are compared with.
var verifyTime = time.Now

// dialect is what a kind of directory calls things.
type dialect struct {
	users, groups     string
	login, name, mail string
	id                string
	attributes        []string // of a person, besides
	groupAttributes   []string
}

// Security groups only: the ones in tokenGroups. A distribution list is a list of
// addresses, not of rights.
var dialects = map[Kind]dialect{
	AD: {
		users: "(&(objectCategory=person)(objectClass=user))", groups: "(&(objectClass=group)(groupType:1.2.840.113556.1.4.803:=2147483648))",
		login: "sAMAccountName", name: "displayName", mail: "mail", id: "objectGUID",
		attributes: []string{"cn", "userPrincipalName", "userAccountControl", "accountExpires", "pwdLastSet", "lockoutTime",
			"msDS-User-Account-Control-Computed", "memberOf", "primaryGroupID", "objectSid"},
		groupAttributes: []string{"cn", "sAMAccountName", "objectSid", "memberOf", "objectGUID"},
	},
	Other: {
		users: "(|(objectClass=inetOrgPerson)(objectClass=posixAccount)(objectClass=account))", groups: "(|(objectClass=groupOfNames)(objectClass=groupOfUniqueNames)(objectClass=posixGroup))",
		login: "uid", name: "cn", mail: "mail", id: "entryUUID",
		attributes:      []string{"cn", "displayName", "nsUniqueId", "pwdAccountLockedTime", "pwdReset", "nsAccountLock", "shadowExpire", "gidNumber"},
		groupAttributes: []string{"cn", "member", "uniqueMember", "memberUid", "gidNumber", "entryUUID", "nsUniqueId"},
	},
}

// words fills in what the settings leave to the kind.
func (c *Config) words(k Kind) dialect {
	d := dialects[k]
	for _, x := range []struct {
		to   *string
		from string
	}{{&d.users, c.UserFilter}, {&d.groups, c.GroupFilter}, {&d.login, c.LoginAttr}, {&d.name, c.NameAttr}, {&d.mail, c.MailAttr}} {
		if x.from != "" {
			*x.to = x.from
		}
	}
	return d
}

// ValidFilter tells whether s is a filter in brackets (RFC 4515), or nothing.
func ValidFilter(s string) bool {
	if s == "" {
		return true
	}
	if len(s) > 2000 || !strings.HasPrefix(s, "(") || !strings.HasSuffix(s, ")") {
		return false
	}
	_, err := goldap.CompileFilter(s)
	return err == nil
}

// ValidAttribute tells whether s is the name of an attribute (RFC 4512, section
// 1.4), or nothing.
func ValidAttribute(s string) bool {
	for i, r := range []byte(s) {
		letter := r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z'
		if !letter && (i == 0 || (r < '0' || r > '9') && r != '-') {
			return false
		}
	}
	return len(s) <= 100
}

// ValidDN tells whether s is a distinguished name (RFC 4514), or nothing.
func ValidDN(s string) bool {
	if s == "" {
		return true
	}
	_, err := goldap.ParseDN(s)
	return err == nil && len(s) <= 1000 && strings.Contains(s, "=")
}

// Fingerprint is a certificate's SHA-256 as it is read aloud: pairs of hex digits
// between colons.
func Fingerprint(c *x509.Certificate) string {
	sum := sha256.Sum256(c.Raw)
	s := strings.ToUpper(hex.EncodeToString(sum[:]))
	var b strings.Builder
	for i := 0; i < len(s); i += 2 {
		if i > 0 {
			b.WriteByte(':')
		}
		b.WriteString(s[i : i+2])
	}
	return b.String()
}

func certNames(c *x509.Certificate) string {
	names := append([]string{}, c.DNSNames...)
	for _, ip := range c.IPAddresses {
		names = append(names, ip.String())
	}
	if len(names) == 0 {
		names = []string{c.Subject.CommonName}
	}
	if len(names) > 5 {
		names = append(names[:5], "…")
	}
	return strings.Join(names, ", ")
}
