package ldap

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// MaxLogin is how many bytes of a typed name are looked at.
const MaxLogin = 256

// Login is what somebody typed for a name, taken apart.
type Login struct {
	Name   string // "alice"; of a UPN the part before the last @
	Domain string // of CORP\alice, else ""
	UPN    string // "alice@corp.example" as typed, else ""
}

// ParseLogin reads alice, alice@corp.example and CORP\alice. ok is false for
// what can be no name: empty, longer than MaxLogin, with control characters or
// not valid UTF-8.
func ParseLogin(typed string) (l Login, ok bool) {
	typed = strings.TrimSpace(typed)
	if typed == "" || len(typed) > MaxLogin || !utf8.ValidString(typed) || strings.ContainsFunc(typed, unicode.IsControl) {
		return Login{}, false
	}
	if domain, name, found := strings.Cut(typed, `\`); found {
		if domain == "" || name == "" || strings.ContainsAny(name, `\@`) {
			return Login{}, false
		}
		return Login{Name: name, Domain: domain}, true
	}
	if i := strings.LastIndexByte(typed, '@'); i >= 0 {
		if i == 0 || i == len(typed)-1 {
			return Login{}, false
		}
		return Login{Name: typed[:i], UPN: typed}, true
	}
	return Login{Name: typed}, true
}
