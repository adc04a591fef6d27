package auth

import (
	"context"
	"crypto/x509"
	"errors"
	"slices"
	"time"

	"coffre/auth/saml"
	"coffre/chain"
	"coffre/store"
)

const (
	// metadataEvery is how often metadata with an address is read again, and
	// metadataTick how often the box looks whether that is due.
	metadataEvery = 24 * time.Hour
	metadataTick  = 15 * time.Minute
)

// metadataLoop reads the metadata of SAML providers again while a box runs.
func (s *Service) metadataLoop(ctx context.Context, root *store.Root) {
	tick := time.NewTicker(metadataTick)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		all, err := root.Served()
		if err != nil {
			s.log.Error("tenants can't be listed", "err", err)
		}
		for _, rec := range all {
			t, release, err := root.Acquire(rec.ID)
			if err == nil {
				err = s.RefreshMetadata(ctx, t)
				release()
			}
			if err != nil && ctx.Err() == nil {
				s.log.Error("providers' metadata not kept", "tenant", rec.ID, "err", err)
			}
		}
	}
}

// RefreshMetadata reads the metadata of the firm's SAML providers again whose
// address was last asked a day ago, so that a certificate that the provider
// replaces is known before it signs. What can't be read, or is another provider's,
// or holds expired certificates alone, leaves what is kept as it is, with the time
// since when. The trail has an entry where something changed.
func (s *Service) RefreshMetadata(ctx context.Context, t *store.Tenant) error {
	all, err := view(t, (*store.View).Providers)
	if err != nil {
		return err
	}
	for _, p := range all {
		if p.SAML == nil || p.SAML.MetadataURL == "" || !p.On || !s.metadataDue(t, p) {
			continue
		}
		if err := s.refreshOne(ctx, t, p); err != nil {
			return err
		}
	}
	return nil
}

// metadataDue tells whether an address is to be asked now, and notes that it is.
func (s *Service) metadataDue(t *store.Tenant, p store.Provider) bool {
	e, key := s.providers, t.ID+"\x00"+p.ID
	e.mu.Lock()
	defer e.mu.Unlock()
	last := e.asked[key]
	if p.SAML.Read.After(last) {
		last = p.SAML.Read
	}
	if s.now().Sub(last) < metadataEvery {
		return false
	}
	e.asked[key] = s.now()
	return true
}

func (s *Service) refreshOne(ctx context.Context, t *store.Tenant, p store.Provider) error {
	said, err := s.readMetadata(ctx, t, p)
	if err != nil {
		s.log.Warn("a provider's metadata can't be read again", "tenant", t.ID, "provider", p.ID, "err", err)
	}
	now := s.now().UTC().Truncate(time.Second)
	change := func(x *store.ProviderSAML) (what string) {
		failing := !x.Failing.IsZero()
		switch {
		case err != nil && !failing:
			x.Failing = now
			return "failing"
		case err != nil:
			return ""
		}
		var certs [][]byte
		for _, c := range said.Certificates {
			certs = append(certs, c.Raw)
		}
		if x.SignInURL == said.SignInURL && slices.EqualFunc(x.Certificates, certs, slices.Equal[[]byte]) && !failing {
			return ""
		}
		x.SignInURL, x.Certificates, x.Read, x.Failing = said.SignInURL, certs, now, time.Time{}
		return "read"
	}
	if now := *p.SAML; change(&now) == "" {
		return nil
	}
	ev := chain.Event{Action: chain.ProviderUpdate, Detail: chain.Detail{}, Private: chain.Detail{"name": printable(p.Name, 200)}}
	_, err2 := t.Update(ctx, store.System("auth"), ev, func(tx *store.Tx) error {
		kept, err := tx.Provider(p.ID)
		if err != nil || kept.SAML == nil || kept.SAML.MetadataURL != p.SAML.MetadataURL || kept.SAML.EntityID != p.SAML.EntityID {
			return err // it was changed meanwhile: the next look is right
		}
		x := *kept.SAML
		tx.Event.Detail["metadata"] = change(&x)
		kept.SAML = &x
		_, err = tx.PutProvider(kept, "auth")
		return err
	})
	if store.IsNotFound(err2) {
		return nil
	}
	return err2
}

// readMetadata asks the address through the gate. Errors: a *saml.Refusal, or the
// client's.
func (s *Service) readMetadata(ctx context.Context, t *store.Tenant, p store.Provider) (said saml.Provider, err error) {
	h, err := s.providerHTTP(t.ID, p.CA)
	if err != nil {
		return said, err
	}
	defer h.CloseIdleConnections()
	raw, err := fetchMetadata(ctx, h, p.SAML.MetadataURL)
	if err != nil {
		return said, err
	}
	if said, err = saml.ParseMetadata(raw); err != nil {
		return said, err
	}
	good := slices.ContainsFunc(said.Certificates, func(c *x509.Certificate) bool { return s.now().Before(c.NotAfter) })
	if said.EntityID != p.SAML.EntityID || !good {
		return said, &saml.Refusal{Reason: saml.Metadata, Err: errors.New("another provider's, or expired certificates alone")}
	}
	return said, nil
}
