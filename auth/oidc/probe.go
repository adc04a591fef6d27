package oidc

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"

	"github.com/go-jose/go-jose/v4"
)

// ReadKeys counts a provider's keys that can check signatures. Errors: Refusal
// Clear, Unreachable, Certificate, Keys where it has none.
func (c *Client) ReadKeys(ctx context.Context) (n int, err error) {
	resp, err := c.ask(ctx, c.cfg.KeysURL)
	if err != nil {
		return 0, err
	}
	defer resp.Body.Close()
	b, err := io.ReadAll(resp.Body)
	if err != nil || resp.StatusCode != http.StatusOK {
		return 0, refuse(Keys, fmt.Errorf("read keys: status %d", resp.StatusCode))
	}
	if n = countKeys(b); n == 0 {
		return 0, refuse(Keys, errors.New("no usable key"))
	}
	return n, nil
}

func countKeys(b []byte) (n int) {
	var set struct {
		Keys []json.RawMessage `json:"keys"`
	}
	if json.Unmarshal(b, &set) != nil {
		return 0
	}
	for _, raw := range set.Keys {
		var k jose.JSONWebKey
		if json.Unmarshal(raw, &k) == nil && k.Valid() && k.IsPublic() && k.Use != "enc" {
			n++
		}
	}
	return n
}

func (c *Client) ask(ctx context.Context, address string) (*http.Response, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return nil, refuse(Discovery, err)
	}
	resp, err := c.http.Do(req)
	if err != nil {
		return nil, refuse(reasonOfDial(err), fmt.Errorf("ask provider: %w", err))
	}
	return resp, nil
}

// ProbeClient asks the token endpoint with a code that there can't be: a provider
// that knows the client refuses the code, another one the client. Errors: Refusal
// Client; TokenAnswer where neither can be told; Unreachable, Certificate.
func (c *Client) ProbeClient(ctx context.Context, secret []byte) error {
	_, err := c.Exchange(ctx, NewFlow(), "probe-"+NewFlow().State, secret, Claims{})
	if ReasonOf(err) == Code {
		return nil
	}
	if err == nil {
		return refuse(TokenAnswer, errors.New("an invented code was taken"))
	}
	return err
}

// probeHops is how far ProbeRedirect follows a provider's redirects to itself.
const probeHops = 4

// ProbeRedirect asks the authorization endpoint as a browser would, and follows
// redirects within its host. objected is set where it turns the redirect URI or
// the client down; most providers that don't, accept them. Errors: Refusal
// Unreachable, Certificate.
func (c *Client) ProbeRedirect(ctx context.Context) (objected bool, err error) {
	next := c.AuthURL(NewFlow(), false)
	for range probeHops {
		resp, err := c.ask(ctx, next)
		if err != nil {
			return false, err
		}
		b, _ := io.ReadAll(io.LimitReader(resp.Body, 256<<10))
		resp.Body.Close()
		at, lerr := resp.Location()
		switch {
		case lerr != nil:
			return resp.StatusCode >= 400 || strings.Contains(string(b), "AADSTS50011"), nil
		case strings.HasPrefix(at.String(), c.cfg.RedirectURL):
			return hasError(at), nil
		case at.Query().Get("error") != "":
			return true, nil
		case at.Scheme != resp.Request.URL.Scheme || at.Host != resp.Request.URL.Host:
			return false, nil
		}
		next = at.String()
	}
	return false, nil
}

// hasError tells of an answer that came back to the box at once with an error
// that is about the request, not about the person.
func hasError(at *url.URL) bool {
	switch at.Query().Get("error") {
	case "unauthorized_client", "invalid_request", "unsupported_response_type", "invalid_scope":
		return true
	}
	return false
}
