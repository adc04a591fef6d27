package ui

import (
	"errors"
	"net/http"
	"time"

	"coffre/auth"
	"coffre/store"
	"coffre/vault"
)

func (s *Server) restProviderRoutes() []route {
	return []route{
		{method: "GET", path: "/api/v1/providers", may: auth.SettingsAdmin, do: (*request).restProviders},
		{method: "POST", path: "/api/v1/providers", may: auth.SettingsAdmin, do: (*request).restProviderCreate},
		{method: "PUT", path: "/api/v1/providers/{id}", may: auth.SettingsAdmin, do: (*request).restProviderReplace},
		{method: "DELETE", path: "/api/v1/providers/{id}", may: auth.SettingsAdmin, do: (*request).restProviderDelete},
		{method: "POST", path: "/api/v1/providers/{id}/test", may: auth.SettingsAdmin, do: (*request).restProviderTest},
	}
}

// providerJSON is a provider as it is told; of its secret only that there is one.
type providerJSON struct {
	ID          string                `json:"id"`
	Kind        string                `json:"kind"` // oidc or saml
	Preset      string                `json:"preset,omitempty"`
	Name        string                `json:"name"`
	On          bool                  `json:"on"`
	Ready       bool                  `json:"ready"` // its description was read
	Origin      string                `json:"origin"`
	Issuer      string                `json:"issuer"` // or the entity id
	ClientID    string                `json:"client_id,omitempty"`
	HasSecret   bool                  `json:"has_secret"`
	Scopes      []string              `json:"scopes,omitempty"`
	CA          string                `json:"ca,omitempty"`
	MetadataURL string                `json:"metadata_url,omitempty"`
	LoginClaim  string                `json:"login_claim,omitempty"`
	NameClaim   string                `json:"name_claim,omitempty"`
	GroupsClaim string                `json:"groups_claim,omitempty"`
	Domains     []string              `json:"domains"`
	Allowed     []string              `json:"allowed"`
	Create      bool                  `json:"create"`
	Groups      []store.ProviderGroup `json:"groups"`
	AllGroups   bool                  `json:"all_groups"`
	Proof       string                `json:"proof"` // of a second factor: listed, always or never
	ProofValues []string              `json:"proof_values"`
	ProofAsk    []string              `json:"proof_ask"`
	KeyDays     int                   `json:"key_days"`
	Callback    string                `json:"callback"` // to be registered there
	Logout      string                `json:"logout,omitempty"`
	Metadata    string                `json:"metadata,omitempty"` // address of this box's
	Changed     time.Time             `json:"changed"`
	// Failing is since when the address of the metadata gives none; what was read
	// before holds.
	Failing time.Time `json:"metadata_failing,omitzero"`
	// Fault is why it can't be used, after a call that saved it.
	Fault string `json:"fault,omitempty"`
}

func asProviderJSON(p store.Provider) providerJSON {
	out := providerJSON{
		ID: p.ID, Kind: p.Kind, Preset: p.Preset, Name: p.Name, On: p.On, Origin: p.Origin, CA: p.CA,
		LoginClaim: p.LoginClaim, NameClaim: p.NameClaim, GroupsClaim: p.GroupsClaim,
		Domains: append([]string{}, p.Domains...), Allowed: append([]string{}, p.Allowed...), Create: p.Create,
		Groups: append([]store.ProviderGroup{}, p.Groups...), AllGroups: p.AllGroups, Changed: p.Changed,
		Proof: p.Proof.Mode(), ProofValues: p.Proof.Believed(), ProofAsk: append([]string{}, p.Proof.Ask...), KeyDays: p.KeysLast(),
	}
	if o := p.OIDC; o != nil {
		out.Issuer, out.ClientID, out.HasSecret, out.Scopes, out.Ready = o.Issuer, o.ClientID, o.Secret != "", o.Scopes, o.TokenURL != ""
		out.Callback, out.Logout = auth.OIDCCallback(p), auth.OIDCLogout(p)
	}
	if s := p.SAML; s != nil {
		out.Issuer, out.MetadataURL, out.Ready, out.Failing = s.EntityID, s.MetadataURL, s.SignInURL != "", s.Failing
		out.Callback, out.Metadata = auth.SAMLConsumer(p), auth.SAMLMetadata(p)
	}
	return out
}

func (q *request) restProviders() error {
	out := []providerJSON{}
	err := q.view(func(v *store.View) error {
		all, err := v.Providers()
		for _, p := range all {
			out = append(out, asProviderJSON(p))
		}
		return err
	})
	if err != nil {
		return err
	}
	return q.json(http.StatusOK, map[string]any{"providers": out, "cursor": ""})
}

// providerBody is what a provider is described by.
type providerBody struct {
	Kind        string                `json:"kind"`
	Preset      string                `json:"preset"`
	Name        string                `json:"name"`
	On          bool                  `json:"on"`
	Origin      string                `json:"origin"`
	Issuer      string                `json:"issuer"`
	ClientID    string                `json:"client_id"`
	Secret      vault.Secret          `json:"secret"`
	Scopes      []string              `json:"scopes"`
	CA          string                `json:"ca"`
	Metadata    string                `json:"metadata"`
	MetadataURL string                `json:"metadata_url"`
	LoginClaim  string                `json:"login_claim"`
	NameClaim   string                `json:"name_claim"`
	GroupsClaim string                `json:"groups_claim"`
	Domains     []string              `json:"domains"`
	Allowed     []string              `json:"allowed"`
	Create      bool                  `json:"create"`
	Groups      []store.ProviderGroup `json:"groups"`
	AllGroups   bool                  `json:"all_groups"`
	Proof       string                `json:"proof"`
	ProofValues []string              `json:"proof_values"`
	ProofAsk    []string              `json:"proof_ask"`
	KeyDays     int                   `json:"key_days"`
}

// providerFields describes the body to the API's document.
var providerFields = map[string]string{
	"kind": "oidc or saml", "preset": "entra, okta, google, authentik, keycloak, oidc or saml", "name": "string!", "on": "boolean", "origin": "string!",
	"issuer": "string", "client_id": "string", "secret": "string", "scopes": "strings", "ca": "PEM", "metadata": "XML", "metadata_url": "string",
	"login_claim": "string", "name_claim": "string", "groups_claim": "string", "domains": "strings", "allowed": "strings", "create": "boolean",
	"groups": "objects", "all_groups": "boolean", "proof": "listed, always or never", "proof_values": "strings", "proof_ask": "strings", "key_days": "integer",
}

func (in *providerBody) draft(id string) auth.ProviderDraft {
	d := auth.ProviderDraft{Secret: in.Secret, Metadata: []byte(in.Metadata), Provider: store.Provider{
		ID: id, Kind: in.Kind, Preset: knownPreset(in.Preset), Name: in.Name, On: in.On, Origin: in.Origin, CA: in.CA,
		LoginClaim: in.LoginClaim, NameClaim: in.NameClaim, GroupsClaim: in.GroupsClaim,
		Domains: in.Domains, Allowed: in.Allowed, Create: in.Create, Groups: in.Groups, AllGroups: in.AllGroups,
		Proof: store.ProviderProof{Trust: in.Proof, Values: in.ProofValues, Ask: in.ProofAsk}, KeyDays: in.KeyDays,
	}}
	if in.Kind == store.ProviderKindSAML {
		d.SAML = &store.ProviderSAML{MetadataURL: in.MetadataURL}
	} else {
		d.OIDC = &store.ProviderOIDC{Issuer: in.Issuer, ClientID: in.ClientID, Scopes: in.Scopes}
	}
	return d
}

// saveProvider answers with the provider also where it was saved but can't be
// used; fault says why.
func (q *request) saveProvider(id string, status int) error {
	var in providerBody
	defer func() { in.Secret.Wipe() }()
	if err := q.decodeProvider(&in); err != nil {
		return err
	}
	saved, err := q.s.Auth.SaveProvider(q.r.Context(), q.t, q.p, in.draft(id), q.id, q.s.OpenWays)
	out := asProviderJSON(saved)
	var unready *auth.Unready
	if errors.As(err, &unready) {
		out.Fault, err = q.providerWhy(unready.Err), nil
	}
	if err != nil {
		return err
	}
	return q.json(status, out)
}

// decodeProvider reads a body that may hold a secret and metadata.
func (q *request) decodeProvider(in *providerBody) error { return q.decodeSecret(in) }

func (q *request) restProviderCreate() error { return q.saveProvider("", http.StatusCreated) }

func (q *request) restProviderReplace() error {
	id := q.r.PathValue("id")
	if err := q.view(func(v *store.View) error { _, err := v.Provider(id); return err }); err != nil {
		return err
	}
	return q.saveProvider(id, http.StatusOK)
}

func (q *request) restProviderDelete() error {
	if err := q.s.Auth.DeleteProvider(q.r.Context(), q.t, q.p, q.r.PathValue("id"), q.id, q.s.OpenWays); err != nil {
		return err
	}
	q.w.WriteHeader(http.StatusNoContent)
	return nil
}

// providerStepJSON is one thing that a test looked at.
type providerStepJSON struct {
	Step    string `json:"step"`
	Verdict string `json:"verdict"` // ok, bad or unknown
	Code    string `json:"code,omitempty"`
	Says    string `json:"says,omitempty"`
}

func (q *request) restProviderTest() error {
	steps, err := q.s.Auth.CheckProvider(q.r.Context(), q.t, q.p, q.r.PathValue("id"))
	if err != nil {
		return err
	}
	out := []providerStepJSON{}
	for _, s := range steps {
		one := providerStepJSON{Step: s.Name, Verdict: s.Verdict, Code: stepReason(s)}
		if one.Code != "" {
			one.Says = q.lang.Or("provider-reason", one.Code)
		}
		out = append(out, one)
	}
	return q.json(http.StatusOK, map[string]any{"steps": out, "cursor": ""})
}
