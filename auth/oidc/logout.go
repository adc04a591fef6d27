package oidc

import (
	"context"
	"encoding/json"
	"errors"
	"strings"
	"time"

	upstream "github.com/coreos/go-oidc/v3/oidc"
)

// Logout is what a verified logout token asks for: the end of one session of the
// provider's, or where Session is empty, of all that the subject has.
type Logout struct {
	ID      string // jti: to be obeyed once
	Subject string
	Session string
	Expires time.Time // until then ID must be remembered
}

// logoutAge is how old a logout token may be, and how long it is remembered at
// the least.
const logoutAge = 10 * time.Minute

// Logout checks a logout token as OpenID Connect Back-Channel Logout 1.0, section
// 2.6, wants it, but for the repetition of its id, which the caller remembers.
// Errors: Refusal.
func (c *Client) Logout(ctx context.Context, raw string) (Logout, error) {
	if len(raw) > 16<<10 {
		return Logout{}, refuse(Malformed, nil)
	}
	t, err := c.ids.VerifyLogout(ctx, raw)
	if err != nil {
		return Logout{}, c.diagnoseLogout(raw, err)
	}
	now := c.cfg.Now()
	switch {
	case t.IssuedAt.IsZero() || len(t.TokenID) > 255 || len(t.Subject) > 255 || len(t.SessionID) > maxText:
		return Logout{}, refuse(Malformed, nil)
	case t.IssuedAt.After(now.Add(skew)):
		return Logout{}, refuse(NotYet, nil)
	case now.Sub(t.IssuedAt) > logoutAge || t.Expiry.Sub(now) > 24*time.Hour:
		return Logout{}, refuse(Expired, nil)
	}
	var events struct {
		Events map[string]json.RawMessage `json:"events"`
	}
	if err := t.Claims(&events); err != nil || !object(events.Events[logoutEvent]) {
		return Logout{}, refuse(Event, nil)
	}
	return Logout{ID: t.TokenID, Subject: t.Subject, Session: t.SessionID, Expires: later(t.Expiry.Add(skew), now.Add(logoutAge+skew))}, nil
}

const logoutEvent = "http://schemas.openid.net/event/backchannel-logout"

func object(b json.RawMessage) bool {
	return strings.HasPrefix(strings.TrimSpace(string(b)), "{")
}

func later(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}

func (c *Client) diagnoseLogout(raw string, err error) error {
	var expired *upstream.TokenExpiredError
	if errors.As(err, &expired) {
		return refuse(Expired, nil)
	}
	why := c.diagnose(raw, err)
	if ReasonOf(why) != Malformed {
		return why
	}
	// The library's own words: it checks these after the signature.
	for words, reason := range map[string]Reason{
		"missing required http://schemas": Event, "'nonce'": Nonce,
	} {
		if strings.Contains(err.Error(), words) {
			return refuse(reason, nil)
		}
	}
	return why
}
