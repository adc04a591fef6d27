package ldap

import (
	"errors"
	"net/url"
	"strings"

	goldap "github.com/go-ldap/ldap/v3"
)

// Sizes of searches. A directory with more people than maxEntries needs a
// narrower base or filter; the search fails rather than see half of them.
const (
	pageSize   = 500
	maxEntries = 100_000
)

var errMany = errors.New("more entries than are read")

// search reads every page of a subtree (RFC 2696). An answer that ends early is
// an error: half a list must never be taken for a whole one.
func (conn *Conn) search(step Step, base, filter string, attrs ...string) ([]*goldap.Entry, error) {
	paging := goldap.NewControlPaging(pageSize)
	req := goldap.NewSearchRequest(base, goldap.ScopeWholeSubtree, goldap.NeverDerefAliases, 0, 0, false, filter, attrs, []goldap.Control{paging})
	var out []*goldap.Entry
	for {
		r, err := conn.l.Search(req)
		if err != nil {
			return nil, answerFault(step, err)
		}
		conn.note(r.Referrals)
		out = append(out, r.Entries...)
		if len(out) > maxEntries {
			return nil, fault(step, "limit", errMany)
		}
		next, _ := goldap.FindControl(r.Controls, goldap.ControlTypePaging).(*goldap.ControlPaging)
		if next == nil || len(next.Cookie) == 0 {
			return out, nil
		}
		paging.SetCookie(next.Cookie)
	}
}

// few reads at most most entries, without pages; one more than that is no error.
func (conn *Conn) few(step Step, base string, scope, most int, filter string, attrs ...string) ([]*goldap.Entry, error) {
	r, err := conn.l.Search(goldap.NewSearchRequest(base, scope, goldap.NeverDerefAliases, most, 0, false, filter, attrs, nil))
	if err != nil && !goldap.IsErrorWithCode(err, goldap.LDAPResultSizeLimitExceeded) {
		return nil, answerFault(step, err)
	}
	conn.note(r.Referrals)
	return r.Entries, nil
}

// note remembers where else the server said that entries are.
func (conn *Conn) note(referrals []string) {
	for _, r := range referrals {
		if conn.kind == AD && ownPartition(r) {
			continue
		}
		if len(conn.elsewhere) < 1000 {
			conn.elsewhere[r] = true
		}
	}
}

// ownPartition tells whether a referral leads to what every domain has beside its
// people: its configuration, and the names of its machines.
func ownPartition(referral string) bool {
	u, err := url.Parse(referral)
	if err != nil {
		return false
	}
	dn := strings.ToLower(strings.TrimPrefix(u.Path, "/"))
	return strings.HasPrefix(dn, "cn=configuration,") || strings.HasPrefix(dn, "dc=domaindnszones,") || strings.HasPrefix(dn, "dc=forestdnszones,")
}
