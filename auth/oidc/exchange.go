package oidc

import (
	"context"
	"crypto/subtle"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	upstream "github.com/coreos/go-oidc/v3/oidc"
	"golang.org/x/oauth2"
)

// noContext is that of what outlives a request; what is fetched then has the
// client's own time limit.
func noContext() context.Context { return context.Background() }

// Exchange turns a code into who has signed in. secret is the client's, nil for a
// public client. Errors: Refusal.
func (c *Client) Exchange(ctx context.Context, f Flow, code string, secret []byte, names Claims) (Person, error) {
	o := c.oauth()
	o.ClientSecret = string(secret)
	if len(secret) == 0 {
		o.Endpoint.AuthStyle = oauth2.AuthStyleInParams
	}
	t, err := o.Exchange(upstream.ClientContext(ctx, c.http), code, oauth2.VerifierOption(f.Verifier))
	if err != nil {
		return Person{}, exchangeRefused(err)
	}
	raw, _ := t.Extra("id_token").(string)
	if raw == "" {
		return Person{}, refuse(NoToken, nil)
	}
	id, err := c.verify(ctx, f, raw)
	if err != nil {
		return Person{}, err
	}
	if id.AccessTokenHash != "" && id.VerifyAccessToken(t.AccessToken) != nil {
		return Person{}, refuse(AccessHash, nil)
	}
	var claims json.RawMessage
	if err := id.Claims(&claims); err != nil {
		return Person{}, refuse(Malformed, nil)
	}
	return ParsePerson(claims, names)
}

func exchangeRefused(err error) error {
	var said *oauth2.RetrieveError
	if !errors.As(err, &said) {
		if strings.HasPrefix(err.Error(), "oauth2: ") {
			return refuse(TokenAnswer, errors.New("the token endpoint's answer can't be read"))
		}
		return refuse(reasonOfDial(err), fmt.Errorf("exchange code: %w", err))
	}
	r := &Refusal{Reason: TokenAnswer, Said: errorCode(said.ErrorCode), Err: fmt.Errorf("exchange code: status %d", said.Response.StatusCode)}
	switch said.ErrorCode {
	case "invalid_client", "unauthorized_client":
		r.Reason = ClientRefused
	case "invalid_grant":
		r.Reason = Code
	case "":
		if said.Response.StatusCode == 401 {
			r.Reason = ClientRefused
		}
	}
	return r
}

// verify checks an ID token as OpenID Connect Core 1.0, section 3.1.3.7, wants it.
func (c *Client) verify(ctx context.Context, f Flow, raw string) (*upstream.IDToken, error) {
	id, err := c.ids.Verify(ctx, raw)
	if err != nil {
		return nil, c.diagnose(raw, err)
	}
	if f.Nonce == "" || subtle.ConstantTimeCompare([]byte(id.Nonce), []byte(f.Nonce)) != 1 {
		return nil, refuse(Nonce, nil)
	}
	if id.IssuedAt.After(c.cfg.Now().Add(skew)) {
		return nil, refuse(NotYet, nil)
	}
	if id.Expiry.IsZero() {
		return nil, refuse(Malformed, nil)
	}
	var more struct {
		Party *string `json:"azp"`
	}
	if err := id.Claims(&more); err != nil {
		return nil, refuse(Malformed, nil)
	}
	// A token that is for others too must say that this box asked for it.
	if more.Party != nil && *more.Party != c.cfg.ClientID || more.Party == nil && len(id.Audience) > 1 {
		return nil, refuse(Party, nil)
	}
	return id, nil
}

// diagnose finds the reason why the library refused a token, for the journal: it
// reads what the token claims, and nothing follows from that but the word.
func (c *Client) diagnose(raw string, err error) error {
	var expired *upstream.TokenExpiredError
	if errors.As(err, &expired) {
		return refuse(Expired, nil)
	}
	head, body, ok := peek(raw)
	switch {
	case !ok:
		return refuse(Malformed, nil)
	case !slices.Contains(c.cfg.Algorithms, head.Algorithm):
		return refuse(Algorithm, nil)
	case body.Issuer != c.cfg.Issuer:
		return refuse(Issuer, nil)
	case !slices.Contains(body.Audience, c.cfg.ClientID):
		return refuse(Audience, nil)
	case body.NotBefore.after(c.cfg.Now().Add(5 * time.Minute)):
		return refuse(NotYet, nil)
	case strings.Contains(err.Error(), "fetching keys") && !strings.Contains(err.Error(), errTooSoon.Error()):
		// The library keeps the words of the cause only.
		if strings.Contains(err.Error(), "x509: ") || strings.Contains(err.Error(), "tls: ") {
			return refuse(Certificate, errors.New("read the provider's keys"))
		}
		return refuse(Keys, errors.New("the provider's keys can't be read"))
	}
	if strings.Contains(err.Error(), "verify signature") {
		return refuse(Signature, nil)
	}
	return refuse(Malformed, nil)
}

type peekedHead struct {
	Algorithm string `json:"alg"`
}

type peekedBody struct {
	Issuer    string   `json:"iss"`
	Audience  audience `json:"aud"`
	NotBefore numeric  `json:"nbf"`
}

// numeric is a NumericDate of RFC 7519.
type numeric float64

func (n numeric) after(t time.Time) bool { return n != 0 && float64(n) > float64(t.Unix()) }

// audience is one string or several.
type audience []string

// UnmarshalJSON implements json.Unmarshaler.
func (a *audience) UnmarshalJSON(b []byte) error {
	var one string
	if json.Unmarshal(b, &one) == nil {
		*a = audience{one}
		return nil
	}
	var many []string
	err := json.Unmarshal(b, &many)
	*a = many
	return err
}

// peek reads a token without believing it.
func peek(raw string) (head peekedHead, body peekedBody, ok bool) {
	parts := strings.Split(raw, ".")
	if len(parts) != 3 {
		return head, body, false
	}
	h, err := base64.RawURLEncoding.DecodeString(parts[0])
	if err != nil || json.Unmarshal(h, &head) != nil {
		return head, body, false
	}
	b, err := base64.RawURLEncoding.DecodeString(parts[1])
	return head, body, err == nil && json.Unmarshal(b, &body) == nil
}
