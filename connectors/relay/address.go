package relay

import (
	"strings"
	"unicode/utf8"

	"golang.org/x/net/idna"
)

// Address checks a mail address and returns it as it is written on the wire: the
// part before the @ a dot-atom, which may have letters beyond ASCII (RFC 5322,
// section 3.4.1; RFC 6532), the domain in ASCII (RFC 5890). Quoted parts, address
// literals, comments and display names are refused: no relay of a firm needs
// them, and each has smuggled something somewhere.
func Address(s string) (string, bool) {
	at := strings.LastIndexByte(s, '@')
	if at < 1 || at > 64 || len(s) > 254 || !utf8.ValidString(s) {
		return "", false
	}
	local, domain := s[:at], s[at+1:]
	for part := range strings.SplitSeq(local, ".") {
		if part == "" || strings.ContainsFunc(part, func(r rune) bool { return !isAtom(r) }) {
			return "", false
		}
	}
	domain, err := idna.Lookup.ToASCII(domain)
	if err != nil || len(domain) > 253 {
		return "", false
	}
	for label := range strings.SplitSeq(domain, ".") {
		if !isLabel(label) {
			return "", false
		}
	}
	return local + "@" + strings.ToLower(domain), true
}

// isAtom is atext of RFC 5322, section 3.2.3, as RFC 6532 widens it.
func isAtom(r rune) bool {
	switch {
	case r >= 'a' && r <= 'z', r >= 'A' && r <= 'Z', r >= '0' && r <= '9':
		return true
	case r < utf8.RuneSelf:
		return strings.ContainsRune("!#$%&'*+-/=?^_`{|}~", r)
	}
	return r >= 0xa1 && !strings.ContainsRune("\u00ad\u2028\u2029\ufeff", r) && (r < 0x200b || r > 0x200f) && (r < 0x202a || r > 0x202e)
}

func isLabel(s string) bool {
	if s == "" || len(s) > 63 || s[0] == '-' || s[len(s)-1] == '-' {
		return false
	}
	return !strings.ContainsFunc(s, func(r rune) bool {
		return (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') && (r < '0' || r > '9') && r != '-'
	})
}

func isASCII(s string) bool {
	return !strings.ContainsFunc(s, func(r rune) bool { return r >= utf8.RuneSelf })
}
