package auth

import (
	"context"
	"errors"
	"slices"
	"strings"
	"time"

	"coffre/auth/oidc"
	"coffre/chain"
	"coffre/store"
	"coffre/vault"
)

// ProviderDraft is a provider as an administrator describes it. Secret is wiped.
type ProviderDraft struct {
	store.Provider
	// Secret is the client's, empty for the one that is kept; NoSecret for none.
	Secret   vault.Secret
	NoSecret bool
	// Metadata is a SAML provider's, empty for what is kept or for its address.
	Metadata []byte
}

// SaveProvider adds a provider (empty ID) or changes one. Its ways out open first
// (follow lets the gate see them), then its description is read, then the secret
// is kept for where the description sends it. Where the description can't be read
// the provider is kept, but off, and the error is a *Unready. Other errors: Denied
// "not-allowed"; those of store.PutProvider and CreateCredential; Invalid
// "provider-issuer", "provider-client", "provider-ca", "provider-metadata", each
// with name; Conflict "provider-fixed" for another issuer under accounts that are
// linked already; Conflict "provider-secret" where the kept secret is for another
// address.
func (s *Service) SaveProvider(ctx context.Context, t *store.Tenant, p store.Principal, d ProviderDraft, request string, follow func() error) (store.Provider, error) {
	defer d.Secret.Wipe()
	if err := Require(p, SettingsAdmin); err != nil {
		return store.Provider{}, err
	}
	if err := s.checkDraft(t, &d); err != nil {
		return store.Provider{}, err
	}
	wanted := d.On
	d.On = d.On && d.ready()
	saved, err := s.putProvider(ctx, t, p, d.Provider, request)
	if err != nil {
		return saved, err
	}
	if err := follow(); err != nil {
		return saved, err
	}
	d.Provider = saved
	if err := s.describe(ctx, t, &d); err != nil {
		return s.unready(ctx, t, p, d, request, err)
	}
	if err := s.keepSecret(ctx, t, p, &d, request); err != nil {
		return saved, err
	}
	d.On = wanted
	if saved, err = s.putProvider(ctx, t, p, d.Provider, request); err != nil {
		return saved, err
	}
	return saved, follow()
}

// Unready says that a provider was saved, but can't be used yet, and why.
type Unready struct {
	Provider store.Provider
	Err      error
}

// Error implements error.
func (u *Unready) Error() string { return "read the provider's description: " + u.Err.Error() }

// Unwrap returns why.
func (u *Unready) Unwrap() error { return u.Err }

// unready keeps a provider whose description can't be read off.
func (s *Service) unready(ctx context.Context, t *store.Tenant, p store.Principal, d ProviderDraft, request string, why error) (store.Provider, error) {
	saved := d.Provider
	if d.On {
		var err error
		d.On = false
		if saved, err = s.putProvider(ctx, t, p, d.Provider, request); err != nil {
			return saved, err
		}
	}
	return saved, &Unready{saved, why}
}

func (s *Service) putProvider(ctx context.Context, t *store.Tenant, p store.Principal, rec store.Provider, request string) (out store.Provider, err error) {
	ev := chain.Event{Action: chain.ProviderUpdate, Session: p.Session, Request: request, Detail: chain.Detail{}, Private: chain.Detail{"name": printable(rec.Name, 200)}}
	_, err = view(t, func(v *store.View) (store.Provider, error) { return v.Provider(rec.ID) })
	if store.IsNotFound(err) {
		ev.Action = chain.ProviderCreate
	}
	_, err = t.Update(ctx, p.Actor, ev, func(tx *store.Tx) (err error) {
		out, err = tx.PutProvider(rec, p.Actor.ID)
		return err
	})
	return out, err
}

// ready tells whether the provider's description has been read.
func (d *ProviderDraft) ready() bool {
	return d.OIDC != nil && d.OIDC.TokenURL != "" || d.SAML != nil && d.SAML.SignInURL != ""
}

// checkDraft checks what needs no network, and takes over from the kept record
// what a form doesn't bring.
func (s *Service) checkDraft(t *store.Tenant, d *ProviderDraft) error {
	if d.CA = strings.TrimSpace(d.CA); d.CA != "" {
		if _, err := s.providerHTTP(t.ID, d.CA); err != nil {
			return err
		}
	}
	for i, dom := range d.Domains {
		d.Domains[i] = strings.ToLower(strings.TrimPrefix(strings.TrimSpace(dom), "@"))
	}
	d.Domains, d.Allowed = tidy(d.Domains), tidy(d.Allowed)
	var old store.Provider
	var linked int
	if d.ID != "" {
		err := t.View(func(v *store.View) (err error) {
			if old, err = v.Provider(d.ID); store.IsNotFound(err) {
				return nil
			}
			known, err := v.Identities(d.ID)
			linked = len(known)
			return err
		})
		if err != nil {
			return err
		}
		if old.ID != "" {
			d.Kind = old.Kind
		}
	}
	switch d.Kind {
	case store.ProviderKindOIDC:
		return d.checkOIDC(old.OIDC, linked > 0)
	case store.ProviderKindSAML:
		return d.checkSAML(old.SAML, linked > 0)
	}
	return store.Fail(store.Invalid, "provider-kind", "name", "kind")
}

func (d *ProviderDraft) checkOIDC(old *store.ProviderOIDC, linked bool) error {
	if d.OIDC == nil {
		return store.Fail(store.Invalid, "provider-kind", "name", "kind")
	}
	o := d.OIDC
	o.Issuer, o.ClientID, o.Scopes = strings.TrimSpace(o.Issuer), strings.TrimSpace(o.ClientID), tidy(o.Scopes)
	if oidc.CheckIssuer(o.Issuer) != nil {
		return store.Fail(store.Invalid, "provider-issuer", "name", "issuer")
	}
	if o.ClientID == "" || len(o.ClientID) > 300 || printable(o.ClientID, 300) != o.ClientID {
		return store.Fail(store.Invalid, "provider-client", "name", "client_id")
	}
	if old == nil {
		return nil
	}
	if o.Issuer != old.Issuer && linked {
		return store.Fail(store.Conflict, "provider-fixed", "name", "issuer")
	}
	if o.Issuer == old.Issuer {
		o.AuthURL, o.TokenURL, o.KeysURL, o.Algorithms = old.AuthURL, old.TokenURL, old.KeysURL, old.Algorithms
		o.Basic, o.SaysIssuer, o.Logout, o.Read = old.Basic, old.SaysIssuer, old.Logout, old.Read
	}
	if o.Secret = old.Secret; d.NoSecret {
		o.Secret = ""
	}
	return nil
}

// tidy trims a list and drops what is empty or double.
func tidy(in []string) (out []string) {
	for _, s := range in {
		if s = strings.TrimSpace(s); s != "" && len(s) <= 300 && !slices.Contains(out, s) {
			out = append(out, s)
		}
	}
	return out
}

// describe reads what a provider says of itself into the draft.
func (s *Service) describe(ctx context.Context, t *store.Tenant, d *ProviderDraft) error {
	h, err := s.providerHTTP(t.ID, d.CA)
	if err != nil {
		return err
	}
	if d.SAML != nil {
		return s.describeSAML(ctx, t, h, d)
	}
	e, err := oidc.Discover(ctx, h, d.OIDC.Issuer)
	if err != nil {
		return err
	}
	o := *d.OIDC
	o.AuthURL, o.TokenURL, o.KeysURL, o.Algorithms = e.AuthURL, e.TokenURL, e.KeysURL, e.Algorithms
	o.Basic, o.SaysIssuer, o.Logout, o.Read = e.Basic, e.SaysIssuer, e.Logout, s.now().UTC().Truncate(time.Second)
	d.OIDC = &o
	return nil
}

// keepSecret seals a new client secret for the token endpoint's address.
func (s *Service) keepSecret(ctx context.Context, t *store.Tenant, p store.Principal, d *ProviderDraft, request string) error {
	if d.OIDC == nil {
		return nil
	}
	fresh := d.Secret.Len() > 0
	var kept store.Credential
	if d.OIDC.Secret != "" {
		c, err := view(t, func(v *store.View) (store.Credential, error) { return v.Credential(d.OIDC.Secret) })
		if err != nil && store.AsError(err).Code != "secret-unknown" {
			return err
		}
		kept = c
	}
	usable := kept.ID != "" && kept.Ended.IsZero()
	at, err := store.CredentialAddress(withoutQuery(d.OIDC.TokenURL))
	if err != nil {
		return store.Fail(store.Invalid, "provider-issuer", "name", "issuer")
	}
	switch {
	case !fresh && usable && kept.Address != at:
		return store.Fail(store.Conflict, "provider-secret", "name", "secret", "address", at)
	case !fresh:
		return nil
	case usable:
		_, err := t.RotateCredential(ctx, p, kept.ID, store.NewValue{Value: d.Secret, Address: at}, request)
		if store.AsError(err).Code == "secret-same" {
			return nil
		}
		return err
	}
	c, err := t.CreateCredential(ctx, p, store.NewCredential{Name: d.Name + " " + d.ID[len(d.ID)-4:], Purpose: store.PurposeOIDC, Address: at, Value: d.Secret}, request)
	if err != nil {
		return err
	}
	d.OIDC.Secret = c.ID
	return nil
}

// DeleteProvider removes a provider and revokes its secret. Its sessions end; its
// accounts stay, without a way in. Errors: Denied "not-allowed"; NotFound.
func (s *Service) DeleteProvider(ctx context.Context, t *store.Tenant, p store.Principal, id, request string, follow func() error) error {
	if err := Require(p, SettingsAdmin); err != nil {
		return err
	}
	old, err := view(t, func(v *store.View) (store.Provider, error) { return v.Provider(id) })
	if err != nil {
		return err
	}
	ev := chain.Event{Action: chain.ProviderDelete, Session: p.Session, Request: request, Detail: chain.Detail{}}
	if _, err = t.Update(ctx, p.Actor, ev, func(tx *store.Tx) error { return tx.DeleteProvider(id) }); err != nil {
		return err
	}
	if old.OIDC != nil && old.OIDC.Secret != "" {
		_, err = t.RevokeCredential(ctx, p, old.OIDC.Secret, false, request)
		if e := store.AsError(err); err != nil && (e.Kind == store.Conflict || e.Kind == store.NotFound) {
			err = nil // it is used elsewhere, or has ended
		}
	}
	return errors.Join(err, follow())
}
