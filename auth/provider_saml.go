package auth

import (
	"context"
	"net/http"
	"time"

	"coffre/store"
)

func (d *ProviderDraft) checkSAML(*store.ProviderSAML, bool) error {
	return store.Fail(store.Invalid, "provider-kind", "name", "kind")
}

func (s *Service) describeSAML(context.Context, *http.Client, *ProviderDraft) error { return nil }

func (s *Service) checkSAMLProvider(context.Context, *http.Client, store.Provider) []ProviderStep {
	return nil
}

// SAMLConsumer is the assertion consumer service that is registered at the provider.
func SAMLConsumer(p store.Provider) string { return p.Origin + "/signin/saml/" + p.ID + "/acs" }

// SAMLMetadata is the address of this box's metadata, and its entity id.
func SAMLMetadata(p store.Provider) string { return p.Origin + "/signin/saml/" + p.ID + "/metadata" }

// SAMLExpires is when the last of the provider's certificates ends.
func SAMLExpires(p store.Provider) (last time.Time) { return last }
