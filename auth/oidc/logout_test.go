package oidc

import (
	"strings"
	"testing"
	"time"
)

func (p *party) logoutClaims() map[string]any {
	c := p.idp.Standard()
	c["jti"], c["events"] = "logout-1", map[string]any{logoutEvent: map[string]any{}}
	return c
}

func TestLogout(t *testing.T) {
	p := newParty(t)
	l, err := p.c.Logout(t.Context(), p.idp.Token(p.logoutClaims()))
	if err != nil || l.Subject != "subject-1" || l.Session != "sid-1" || l.ID != "logout-1" || !l.Expires.After(p.clock.now()) {
		t.Fatalf("%+v %v", l, err)
	}
	at := p.clock.now()
	for name, c := range map[string]struct {
		bend func(map[string]any)
		why  Reason
	}{
		"another audience":    {func(c map[string]any) { c["aud"] = "x" }, Audience},
		"another issuer":      {func(c map[string]any) { c["iss"] = "https://evil.test" }, Issuer},
		"an ID token":         {func(c map[string]any) { delete(c, "events") }, Event},
		"another event":       {func(c map[string]any) { c["events"] = map[string]any{"x": map[string]any{}} }, Event},
		"event is no object":  {func(c map[string]any) { c["events"] = map[string]any{logoutEvent: "yes"} }, Event},
		"a nonce":             {func(c map[string]any) { c["nonce"] = "x" }, Nonce},
		"no id":               {func(c map[string]any) { delete(c, "jti") }, Malformed},
		"nobody":              {func(c map[string]any) { delete(c, "sid"); delete(c, "sub") }, Malformed},
		"expired":             {func(c map[string]any) { c["exp"] = at.Add(-2 * time.Minute).Unix() }, Expired},
		"old":                 {func(c map[string]any) { c["iat"] = at.Add(-time.Hour).Unix() }, Expired},
		"valid for a month":   {func(c map[string]any) { c["exp"] = at.Add(30 * 24 * time.Hour).Unix() }, Expired},
		"from the future":     {func(c map[string]any) { c["iat"] = at.Add(time.Hour).Unix() }, NotYet},
		"without a beginning": {func(c map[string]any) { delete(c, "iat") }, Malformed},
	} {
		claims := p.logoutClaims()
		c.bend(claims)
		_, err := p.c.Logout(t.Context(), p.idp.Token(claims))
		if ReasonOf(err) != c.why {
			t.Errorf("%s: %v, want %s", name, err, c.why)
		}
	}
	token := p.idp.Token(p.logoutClaims())
	_, err = p.c.Logout(t.Context(), token[:len(token)-8]+strings.Repeat("A", 8))
	want(t, err, Signature)
	_, err = p.c.Logout(t.Context(), strings.Repeat("x", 20<<10))
	want(t, err, Malformed)
}

// FuzzPeek: what is read without belief never panics, and never passes as a token.
func FuzzPeek(f *testing.F) {
	f.Add("eyJhbGciOiJub25lIn0.eyJhdWQiOiJ4In0.")
	f.Add("a.b.c")
	f.Fuzz(func(t *testing.T, raw string) {
		head, body, ok := peek(raw)
		if ok && strings.Count(raw, ".") != 2 {
			t.Fatalf("%q was read as %v %v", raw, head, body)
		}
	})
}
