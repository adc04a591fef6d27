package auth

import (
	"net/http"
	"strings"
	"time"

	"coffre/store"
)

// CookieName is the session's cookie. The __Host- prefix makes browsers refuse
// it from another host, another path or without TLS (RFC 6265bis).
const CookieName = "__Host-coffre"

const keyPrefix = "coffre_"

// Both kinds of token name their tenant, so that a token of one firm says
// nothing at another: a cookie is TENANT.SECRET, a key coffre_TENANT_SECRET.

func cookieToken(tenant, secret string) string { return tenant + "." + secret }
func keyToken(tenant, secret string) string    { return keyPrefix + tenant + "_" + secret }

// ParseCookie takes a session token apart. ok is false for anything that
// SignIn can't have issued.
func ParseCookie(token string) (tenant, secret string, ok bool) {
	tenant, secret, ok = strings.Cut(token, ".")
	return tenant, secret, ok && isTenantID(tenant) && isSecret(secret)
}

// ParseKey takes an API key apart. ok is false for anything that CreateKey
// can't have issued.
func ParseKey(bearer string) (tenant, secret string, ok bool) {
	rest, ok := strings.CutPrefix(bearer, keyPrefix)
	if !ok {
		return "", "", false
	}
	tenant, secret, ok = strings.Cut(rest, "_")
	return tenant, secret, ok && isTenantID(tenant) && isSecret(secret)
}

// isTenantID follows audit-chain.md: [a-z0-9][a-z0-9-]{0,62}.
func isTenantID(s string) bool {
	if len(s) < 1 || len(s) > 63 || s[0] == '-' {
		return false
	}
	for i := range len(s) {
		if c := s[i]; (c < 'a' || c > 'z') && (c < '0' || c > '9') && c != '-' {
			return false
		}
	}
	return true
}

// isSecret tells whether s looks like store.NewToken's 52 letters.
func isSecret(s string) bool {
	if len(s) != 52 {
		return false
	}
	for i := range len(s) {
		if c := s[i]; (c < 'a' || c > 'z') && (c < '2' || c > '7') {
			return false
		}
	}
	return true
}

// SessionCookie carries a session token until expires. It is Lax so that a link
// in a mail finds the reader signed in; writes are guarded against other
// origins by net/http's CrossOriginProtection.
func SessionCookie(token string, expires time.Time) *http.Cookie {
	return &http.Cookie{Name: CookieName, Value: token, Path: "/", Expires: expires, Secure: true, HttpOnly: true, SameSite: http.SameSiteLaxMode}
}

// EndCookie makes a browser forget the session.
func EndCookie() *http.Cookie {
	c := SessionCookie("", time.Time{})
	c.MaxAge = -1
	return c
}

// TokenOf returns the session token of a request, "" where it has none. Two
// cookies of that name are none: one of them was planted.
func TokenOf(r *http.Request) string {
	cs := r.CookiesNamed(CookieName)
	if len(cs) != 1 {
		return ""
	}
	return cs[0].Value
}

// BearerOf returns the API key of a request, "" where it has none.
func BearerOf(r *http.Request) string {
	scheme, rest, _ := strings.Cut(r.Header.Get("Authorization"), " ")
	if !strings.EqualFold(scheme, "Bearer") {
		return ""
	}
	return strings.TrimSpace(rest)
}

// signedOut is the answer to every token that is not valid, whatever the reason.
func signedOut() error { return store.Fail(store.Denied, "signed-out") }
