package auth

import (
	"context"
	"errors"
	"net/url"
	"slices"
	"strings"

	"coffre/auth/oidc"
	"coffre/chain"
	"coffre/store"
)

// StartOIDC begins a sign-in at a provider: where the browser goes, and what it
// carries in FlowCookie meanwhile. next is where the person wants to go afterwards.
// Errors: NotFound; Unavailable "provider-down" for one that isn't ready;
// RateLimited "rate-limited".
func (s *Service) StartOIDC(_ context.Context, t *store.Tenant, id, next string, in SignIn) (to, cookie string, err error) {
	p, err := s.providerOn(t, id, store.ProviderKindOIDC)
	if err != nil {
		return "", "", err
	}
	if err := s.paced(in.Address); err != nil {
		return "", "", err
	}
	c, err := s.oidcClient(t, p)
	if err != nil || p.OIDC.AuthURL == "" {
		return "", "", providerDown(p)
	}
	f := oidc.NewFlow()
	cookie = s.sealFlow(scopeOf(t, p), flow{State: f.State, Nonce: f.Nonce, Verifier: f.Verifier, Next: next, Again: in.Again, Ends: s.now().Add(flowFor)})
	return c.AuthURL(f, in.Again), cookie, nil
}

// scopeOf keeps what was begun at one provider from being ended at another.
func scopeOf(t *store.Tenant, p store.Provider) string { return t.ID + "\x00" + p.ID }

// providerOn returns a provider of a kind that people may sign in through.
func (s *Service) providerOn(t *store.Tenant, id, kind string) (store.Provider, error) {
	p, err := view(t, func(v *store.View) (store.Provider, error) { return v.Provider(id) })
	if err == nil && (!p.On || p.Kind != kind) {
		return p, store.Fail(store.NotFound, "not-found")
	}
	return p, err
}

// FinishOIDC ends a sign-in that the browser brings back: cookie is FlowCookie's
// value, q the query. Errors: NotFound; Denied "provider-again" where it wasn't
// begun in this browser or took too long, "provider-refused" for everything that
// is wrong with it; Unavailable "provider-down"; RateLimited "rate-limited".
func (s *Service) FinishOIDC(ctx context.Context, t *store.Tenant, id, cookie string, q url.Values, in SignIn) (Opened, error) {
	p, err := s.providerOn(t, id, store.ProviderKindOIDC)
	if err != nil {
		return Opened{}, err
	}
	if err := s.paced(in.Address); err != nil {
		return Opened{}, err
	}
	f, why := s.openFlow(scopeOf(t, p), cookie)
	if why == "" && !s.spendFlow(f) {
		why = "state-replay"
	}
	if why != "" {
		return Opened{}, s.turnAway(ctx, t, p, in, "", why, providerAgain(p))
	}
	who, err := s.askOIDC(ctx, t, p, f, q)
	if err != nil {
		return Opened{}, s.oidcFailed(ctx, t, p, in, err)
	}
	in.Again = f.Again
	o, err := s.admitVouched(ctx, t, p, who, in, nil)
	o.Next = f.Next
	return o, err
}

// askOIDC checks the answer and exchanges its code.
func (s *Service) askOIDC(ctx context.Context, t *store.Tenant, p store.Provider, f flow, q url.Values) (who vouched, err error) {
	c, err := s.oidcClient(t, p)
	if err != nil {
		return who, err
	}
	of := oidc.Flow{State: f.State, Nonce: f.Nonce, Verifier: f.Verifier}
	code, err := c.Answer(of, q)
	if err != nil {
		return who, err
	}
	var person oidc.Person
	exchange := func(ctx context.Context, secret []byte) (err error) {
		person, err = c.Exchange(ctx, of, code, secret, oidc.Claims{Login: p.LoginClaim, Name: p.NameClaim, Groups: p.GroupsClaim})
		return err
	}
	if err := s.withClientSecret(ctx, t, p, exchange); err != nil {
		return who, err
	}
	return vouched{
		Vouched: store.Vouched{Subject: person.Subject, Login: person.Login, Name: person.Name, Mail: person.Mail, Groups: person.Groups},
		sid:     person.Session, mailVerified: person.MailVerified, domain: person.Domain, overage: person.Overage,
		said: slices.DeleteFunc(append([]string{person.Class}, person.Methods...), func(s string) bool { return s == "" }), at: person.At,
	}, nil
}

// withClientSecret opens the client's secret for fn, nil where it has none.
func (s *Service) withClientSecret(ctx context.Context, t *store.Tenant, p store.Provider, fn func(context.Context, []byte) error) error {
	if p.OIDC.Secret == "" {
		return fn(ctx, nil)
	}
	use := store.CredentialUse{ID: p.OIDC.Secret, Purpose: store.PurposeOIDC, Address: withoutQuery(p.OIDC.TokenURL), Tool: "oidc", For: p.ID}
	return t.UseCredential(ctx, store.System("auth"), use, fn)
}

// withoutQuery is an endpoint's address as a credential can be bound to it.
func withoutQuery(endpoint string) string {
	address, _, _ := strings.Cut(endpoint, "?")
	return address
}

// oidcFailed enters the reason of a failure and words it for the person.
func (s *Service) oidcFailed(ctx context.Context, t *store.Tenant, p store.Provider, in SignIn, err error) error {
	var r *oidc.Refusal
	if !errors.As(err, &r) {
		s.log.Error("sign-in through a provider failed", "tenant", t.ID, "provider", p.ID, "err", err)
		e := store.AsError(err)
		return s.turnAway(ctx, t, p, in, "", e.Code, providerDown(p))
	}
	s.log.Info("sign-in through a provider failed", "tenant", t.ID, "provider", p.ID, "reason", string(r.Reason), "err", r.Err)
	reason := string(r.Reason)
	if r.Said != "" {
		reason += "." + r.Said
	}
	switch r.Reason {
	case oidc.Unreachable, oidc.Certificate, oidc.Keys, oidc.Clear:
		return s.turnAway(ctx, t, p, in, "", reason, providerDown(p))
	}
	return s.turnAway(ctx, t, p, in, "", reason, providerRefused(p))
}

// LogoutOIDC obeys a logout token of a provider (OpenID Connect Back-Channel
// Logout 1.0): the sessions that it names end. It returns how many. Errors:
// NotFound; Invalid "logout-token", whatever is wrong with it; RateLimited
// "rate-limited".
func (s *Service) LogoutOIDC(ctx context.Context, t *store.Tenant, id, raw string, in SignIn) (ended int, err error) {
	p, err := s.providerOn(t, id, store.ProviderKindOIDC)
	if err != nil {
		return 0, err
	}
	if err := s.paced("logout " + hostOf(in.Address)); err != nil {
		return 0, err
	}
	bad := store.Fail(store.Invalid, "logout-token")
	c, err := s.oidcClient(t, p)
	if err != nil {
		return 0, err
	}
	token, err := c.Logout(ctx, raw)
	if err != nil {
		return 0, s.turnAway(ctx, t, p, in, "", "logout-"+string(oidc.ReasonOf(err)), bad)
	}
	ev := chain.Event{Action: chain.ProviderLogout, Object: chain.Object{Kind: "provider", ID: p.ID}, Request: in.Request, Detail: chain.Detail{}}
	_, err = t.Update(ctx, store.System("auth"), ev, func(tx *store.Tx) error {
		if err := tx.Spend(p.ID, "logout "+token.ID, token.Expires); err != nil {
			return err
		}
		user := ""
		if token.Subject != "" {
			i, err := tx.Identity(p.ID, token.Subject)
			if err != nil && !store.IsNotFound(err) {
				return err
			}
			if user = i.UserID; user == "" && token.Session == "" {
				tx.Event.Detail["sessions"] = 0
				return nil
			}
		}
		ended, err = tx.DeleteProviderSessions(p.ID, token.Session, user)
		if user != "" {
			tx.Event.Detail["user"] = user
		}
		tx.Event.Detail["sessions"] = ended
		return err
	})
	if store.AsError(err).Code == "replayed" {
		return 0, s.turnAway(ctx, t, p, in, "", "logout-replay", bad)
	}
	return ended, err
}
