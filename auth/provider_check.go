package auth

import (
	"context"
	"net/url"
	"slices"

	"coffre/auth/oidc"
	"coffre/store"
)

// ProviderStep is one thing that was looked at while a provider was tested.
type ProviderStep struct {
	Name    string // description, keys, client, redirect, certificate
	Verdict string // ok, bad, or unknown where it can't be told from here
	Reason  string // of a bad one: an oidc.Reason or a code of this room
	Err     error  // for the log
}

// CheckProvider tests a provider as its record stands, step by step; what follows
// a bad step that it needs is left out. Nobody is signed in. Errors: Denied
// "not-allowed"; NotFound.
func (s *Service) CheckProvider(ctx context.Context, t *store.Tenant, p store.Principal, id string) ([]ProviderStep, error) {
	if err := Require(p, SettingsAdmin); err != nil {
		return nil, err
	}
	rec, err := view(t, func(v *store.View) (store.Provider, error) { return v.Provider(id) })
	if err != nil {
		return nil, err
	}
	h, err := s.providerHTTP(t.ID, rec.CA)
	if err != nil {
		return nil, err
	}
	if rec.SAML != nil {
		return s.checkSAMLProvider(ctx, h, rec), nil
	}
	e, err := oidc.Discover(ctx, h, rec.OIDC.Issuer)
	steps := []ProviderStep{stepOf("description", err)}
	if err == nil && (e.AuthURL != rec.OIDC.AuthURL || e.TokenURL != rec.OIDC.TokenURL || e.KeysURL != rec.OIDC.KeysURL) {
		steps[0] = ProviderStep{Name: "description", Verdict: "bad", Reason: "description-changed"}
	}
	if rec.OIDC.TokenURL == "" {
		return steps, nil
	}
	c := oidc.New(oidcConfig(rec, s.now), h)
	_, err = c.ReadKeys(ctx)
	steps = append(steps, stepOf("keys", err))
	err = s.withClientSecret(ctx, t, rec, c.ProbeClient)
	client := stepOf("client", err)
	if oidc.ReasonOf(err) == oidc.TokenAnswer {
		client.Verdict = "unknown"
	}
	return append(steps, client, checkRedirect(ctx, rec, c)), nil
}

func stepOf(name string, err error) ProviderStep {
	if err == nil {
		return ProviderStep{Name: name, Verdict: "ok"}
	}
	reason := string(oidc.ReasonOf(err))
	if reason == "" {
		reason = store.AsError(err).Code
	}
	return ProviderStep{Name: name, Verdict: "bad", Reason: reason, Err: err}
}

// checkRedirect asks where the browser goes, if a way leads there.
func checkRedirect(ctx context.Context, p store.Provider, c *oidc.Client) ProviderStep {
	at, err := url.Parse(p.OIDC.AuthURL)
	near := slices.ContainsFunc(p.Addresses(), func(a string) bool {
		u, perr := url.Parse(a)
		return err == nil && perr == nil && u.Host == at.Host
	})
	if !near {
		return ProviderStep{Name: "redirect", Verdict: "unknown"}
	}
	objected, err := c.ProbeRedirect(ctx)
	switch {
	case err != nil:
		return stepOf("redirect", err)
	case objected:
		return ProviderStep{Name: "redirect", Verdict: "bad", Reason: "redirect"}
	}
	return ProviderStep{Name: "redirect", Verdict: "ok"}
}
