package auth

import (
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"

	"coffre/auth/saml"
	"coffre/store"
)

// SAMLConsumer is the assertion consumer service that is registered at the provider.
func SAMLConsumer(p store.Provider) string { return p.Origin + "/signin/saml/" + p.ID + "/acs" }

// SAMLMetadata is the address of this box's metadata, and its entity id.
func SAMLMetadata(p store.Provider) string { return p.Origin + "/signin/saml/" + p.ID + "/metadata" }

// SAMLExpires is when the last of the provider's certificates ends; zero where
// none can be read.
func SAMLExpires(p store.Provider) (last time.Time) {
	for _, c := range certificates(p) {
		if c.NotAfter.After(last) {
			last = c.NotAfter
		}
	}
	return last
}

func certificates(p store.Provider) (all []*x509.Certificate) {
	if p.SAML == nil {
		return nil
	}
	for _, der := range p.SAML.Certificates {
		if c, err := x509.ParseCertificate(der); err == nil {
			all = append(all, c)
		}
	}
	return all
}

func (s *Service) samlConfig(p store.Provider) saml.Config {
	return saml.Config{
		EntityID: SAMLMetadata(p), Consumer: SAMLConsumer(p), Contexts: p.Proof.Ask, Now: s.now,
		Provider: saml.Provider{EntityID: p.SAML.EntityID, SignInURL: p.SAML.SignInURL, Certificates: certificates(p)},
	}
}

// StartSAML begins a sign-in at a provider, as StartOIDC does.
func (s *Service) StartSAML(_ context.Context, t *store.Tenant, id, next string, in SignIn) (to, cookie string, err error) {
	p, err := s.providerOn(t, id, store.ProviderKindSAML)
	if err != nil {
		return "", "", err
	}
	if err := s.paced(in.Address); err != nil {
		return "", "", err
	}
	request := saml.NewRequestID()
	if to, err = saml.RequestURL(s.samlConfig(p), request, in.Again); err != nil {
		return "", "", providerDown(p)
	}
	return to, s.sealFlow(scopeOf(t, p), flow{State: request, Next: next, Again: in.Again, Ends: s.now().Add(flowFor)}), nil
}

// FinishSAML ends a sign-in that the provider's page posts: cookie is FlowCookie's
// value, response the field SAMLResponse. Errors: those of FinishOIDC.
func (s *Service) FinishSAML(ctx context.Context, t *store.Tenant, id, cookie, response string, in SignIn) (Opened, error) {
	p, err := s.providerOn(t, id, store.ProviderKindSAML)
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
	person, err := saml.Verify(s.samlConfig(p), response, f.State, saml.Attributes{Login: p.LoginClaim, Name: p.NameClaim, Groups: p.GroupsClaim})
	if err != nil {
		s.log.Info("sign-in through a provider failed", "tenant", t.ID, "provider", p.ID, "err", err)
		return Opened{}, s.turnAway(ctx, t, p, in, "", string(saml.ReasonOf(err)), providerRefused(p))
	}
	// The firm's own provider answers for the addresses that it signs.
	who := vouched{
		Vouched: store.Vouched{Subject: person.Subject, Login: person.Login, Name: person.Name, Mail: person.Mail, Groups: person.Groups},
		sid:     person.Session, mailVerified: true, said: person.Contexts, at: person.At,
	}
	in.Again = f.Again
	o, err := s.admitVouched(ctx, t, p, who, in, func(tx *store.Tx) error { return tx.Spend(p.ID, "assertion "+person.ID, person.Until) })
	o.Next = f.Next
	return o, err
}

// OwnSAMLMetadata is this box's as a service provider. Error: NotFound.
func (s *Service) OwnSAMLMetadata(t *store.Tenant, id string) ([]byte, error) {
	p, err := view(t, func(v *store.View) (store.Provider, error) { return v.Provider(id) })
	if err != nil {
		return nil, err
	}
	if p.SAML == nil {
		return nil, store.Fail(store.NotFound, "not-found")
	}
	return saml.OwnMetadata(SAMLMetadata(p), SAMLConsumer(p)), nil
}

func (d *ProviderDraft) checkSAML(old *store.ProviderSAML, linked bool) error {
	if d.SAML == nil {
		return store.Fail(store.Invalid, "provider-kind", "name", "kind")
	}
	x := *d.SAML
	if x.MetadataURL = strings.TrimSpace(x.MetadataURL); x.MetadataURL != "" {
		u, err := url.Parse(x.MetadataURL)
		if err != nil || u.Scheme != "https" || u.Host == "" || u.User != nil || len(x.MetadataURL) > 300 {
			return store.Fail(store.Invalid, "provider-metadata", "name", "metadata_url")
		}
	}
	if old != nil {
		x.EntityID, x.SignInURL, x.Certificates, x.Read = old.EntityID, old.SignInURL, old.Certificates, old.Read
	}
	d.SAML = &x
	switch {
	case len(d.Metadata) > 0:
		return d.takeMetadata(d.Metadata, linked)
	case x.MetadataURL == "" && x.EntityID == "":
		return store.Fail(store.Invalid, "provider-metadata", "name", "metadata")
	}
	return nil
}

// takeMetadata puts what metadata says into the draft.
func (d *ProviderDraft) takeMetadata(raw []byte, linked bool) error {
	m, err := saml.ParseMetadata(raw)
	if err != nil {
		return store.Fail(store.Invalid, "provider-metadata", "name", "metadata").Because(err)
	}
	if linked && d.SAML.EntityID != "" && m.EntityID != d.SAML.EntityID {
		return store.Fail(store.Conflict, "provider-fixed", "name", "metadata")
	}
	d.SAML.EntityID, d.SAML.SignInURL, d.SAML.Certificates = m.EntityID, m.SignInURL, nil
	for _, c := range m.Certificates {
		d.SAML.Certificates = append(d.SAML.Certificates, c.Raw)
	}
	return nil
}

// describeSAML reads the metadata from its address, where none was given.
func (s *Service) describeSAML(ctx context.Context, t *store.Tenant, h *http.Client, d *ProviderDraft) error {
	x := *d.SAML
	d.SAML = &x
	d.SAML.Read = s.now().UTC().Truncate(time.Second)
	if len(d.Metadata) > 0 || x.MetadataURL == "" {
		return nil
	}
	raw, err := fetchMetadata(ctx, h, x.MetadataURL)
	if err != nil {
		return err
	}
	known, err := view(t, func(v *store.View) ([]store.Identity, error) { return v.Identities(d.ID) })
	if err != nil {
		return err
	}
	return d.takeMetadata(raw, len(known) > 0)
}

const maxMetadata = 1 << 20

// fetchMetadata reads metadata; no redirect is followed. Error: a *saml.Refusal.
func fetchMetadata(ctx context.Context, h *http.Client, address string) ([]byte, error) {
	h.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return nil, &saml.Refusal{Reason: saml.Metadata, Err: err}
	}
	resp, err := h.Do(req)
	if err != nil {
		return nil, &saml.Refusal{Reason: saml.Metadata, Err: fmt.Errorf("fetch metadata: %w", err)}
	}
	defer resp.Body.Close()
	raw, err := io.ReadAll(io.LimitReader(resp.Body, maxMetadata+1))
	if err == nil && (resp.StatusCode != http.StatusOK || len(raw) > maxMetadata) {
		err = errors.New("no answer of that kind")
	}
	if err != nil {
		return nil, &saml.Refusal{Reason: saml.Metadata, Err: fmt.Errorf("fetch metadata: status %d: %w", resp.StatusCode, err)}
	}
	return raw, nil
}

// checkSAMLProvider looks at the certificates, and at the metadata where it has an
// address.
func (s *Service) checkSAMLProvider(ctx context.Context, h *http.Client, p store.Provider) []ProviderStep {
	step := ProviderStep{Name: "certificate", Verdict: "ok"}
	if !SAMLExpires(p).After(s.now()) {
		step.Verdict, step.Reason = "bad", "certificate-expired"
	}
	steps := []ProviderStep{step}
	if p.SAML.MetadataURL == "" {
		return append(steps, ProviderStep{Name: "redirect", Verdict: "unknown"})
	}
	raw, err := fetchMetadata(ctx, h, p.SAML.MetadataURL)
	next := ProviderStep{Name: "metadata", Verdict: "ok"}
	if err == nil {
		var m saml.Provider
		if m, err = saml.ParseMetadata(raw); err == nil && (m.EntityID != p.SAML.EntityID || m.SignInURL != p.SAML.SignInURL) {
			next.Verdict, next.Reason = "bad", "description-changed"
		}
	}
	if err != nil {
		next = ProviderStep{Name: "metadata", Verdict: "bad", Reason: string(saml.Metadata), Err: err}
	}
	return append(steps, next, ProviderStep{Name: "redirect", Verdict: "unknown"})
}
