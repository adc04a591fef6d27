package ui

import (
	"net/url"
	"strconv"
	"strings"

	"coffre/auth"
	"coffre/store"
	"coffre/ui/page"
)

// spareRows are the empty rows for groups that a form ends with.
const spareRows = 3

// newProvider is the form of a provider that is being added. Its id is chosen now,
// since its addresses here are registered there before it is saved.
func (q *request) newProvider(preset string) *page.ProviderForm {
	f := &page.ProviderForm{
		ID: store.NewProviderID(), Kind: store.ProviderKindOIDC, Preset: preset, New: true, On: true, Create: true,
		Origin: "https://" + q.r.Host, Rows: make([]page.ProviderRow, spareRows), Scopes: "profile email",
		Proof: store.ProofListed, KeyDays: strconv.Itoa(store.KeyDaysDefault),
	}
	switch preset {
	case "saml":
		f.Kind, f.Scopes = store.ProviderKindSAML, ""
	case "google":
		f.Issuer = "https://accounts.google.com"
	case "okta":
		f.Scopes = "profile email groups"
	}
	addresses(f)
	return f
}

func (q *request) editProvider(id string) (*page.ProviderForm, error) {
	var p store.Provider
	err := q.view(func(v *store.View) (err error) { p, err = v.Provider(id); return err })
	if err != nil {
		return nil, err
	}
	f := &page.ProviderForm{
		ID: p.ID, Kind: p.Kind, Preset: p.Preset, Name: p.Name, Origin: p.Origin, CA: p.CA,
		Login: p.LoginClaim, Full: p.NameClaim, Groups: p.GroupsClaim,
		Domains: strings.Join(p.Domains, "\n"), Allowed: strings.Join(p.Allowed, "\n"), On: p.On, Create: p.Create, All: p.AllGroups,
		Proof: p.Proof.Mode(), Proofs: strings.Join(p.Proof.Values, "\n"), Ask: strings.Join(p.Proof.Ask, " "), KeyDays: strconv.Itoa(p.KeysLast()),
	}
	if o := p.OIDC; o != nil {
		f.Issuer, f.ClientID, f.HasSecret, f.Scopes = o.Issuer, o.ClientID, o.Secret != "", strings.Join(o.Scopes, " ")
	}
	if s := p.SAML; s != nil {
		f.Entity, f.MetadataURL = s.EntityID, s.MetadataURL
	}
	for _, g := range p.Groups {
		f.Rows = append(f.Rows, page.ProviderRow{Claim: g.Claim, Name: g.Name, Role: string(g.Role)})
	}
	f.Rows = append(f.Rows, make([]page.ProviderRow, spareRows)...)
	addresses(f)
	return f, nil
}

// addresses are those of this box that are registered at the provider.
func addresses(f *page.ProviderForm) {
	p := store.Provider{ID: f.ID, Origin: strings.TrimSuffix(f.Origin, "/")}
	if f.Kind == store.ProviderKindSAML {
		f.Callback, f.Metadata = auth.SAMLConsumer(p), auth.SAMLMetadata(p)
		return
	}
	f.Callback, f.Logout = auth.OIDCCallback(p), auth.OIDCLogout(p)
}

// providerTyped reads the form, and what it is to show again.
func (q *request) providerTyped() (auth.ProviderDraft, *page.ProviderForm) {
	in := func(name string) string { return strings.TrimSpace(q.r.PostForm.Get(name)) }
	f := &page.ProviderForm{
		ID: in("id"), Kind: in("kind"), Preset: in("preset"), Name: in("name"), Origin: in("origin"), CA: in("ca"),
		Issuer: in("issuer"), ClientID: in("client_id"), Scopes: in("scopes"), MetadataURL: in("metadata_url"),
		Login: in("login_claim"), Full: in("name_claim"), Groups: in("groups_claim"), Domains: in("domains"), Allowed: in("allowed"),
		On: in("on") != "", Create: in("create") != "", All: in("all_groups") != "",
		Proof: in("proof"), Proofs: in("proof_values"), Ask: in("proof_ask"), KeyDays: in("key_days"),
	}
	d := auth.ProviderDraft{Metadata: []byte(in("metadata")), Provider: store.Provider{
		ID: f.ID, Kind: f.Kind, Preset: knownPreset(f.Preset), Name: f.Name, Origin: f.Origin, CA: f.CA, On: f.On,
		LoginClaim: f.Login, NameClaim: f.Full, GroupsClaim: f.Groups,
		Domains: lines(f.Domains), Allowed: lines(f.Allowed), Create: f.Create, AllGroups: f.All,
		Proof: store.ProviderProof{Trust: f.Proof, Values: lines(f.Proofs), Ask: strings.Fields(f.Ask)}, KeyDays: keyDays(f.KeyDays),
	}}
	d.Groups, f.Rows = groupRows(q.r.PostForm)
	if f.Kind == store.ProviderKindSAML {
		d.SAML = &store.ProviderSAML{MetadataURL: f.MetadataURL}
	} else {
		d.OIDC = &store.ProviderOIDC{Issuer: f.Issuer, ClientID: f.ClientID, Scopes: strings.Fields(f.Scopes)}
	}
	err := q.view(func(v *store.View) error {
		p, err := v.Provider(f.ID)
		f.HasSecret = err == nil && p.OIDC != nil && p.OIDC.Secret != ""
		return err
	})
	f.New = store.IsNotFound(err)
	addresses(f)
	return d, f
}

// keyDays reads a number of days: 0 for none typed, -1 for what is no number.
func keyDays(typed string) int {
	if typed == "" {
		return 0
	}
	n, err := strconv.Atoi(typed)
	if err != nil || n < 1 {
		return -1
	}
	return n
}

func knownPreset(s string) string {
	for _, p := range page.Presets() {
		if p == s {
			return s
		}
	}
	return "oidc"
}

// groupRows reads the rows of groups that have a name there.
func groupRows(form url.Values) (gs []store.ProviderGroup, rows []page.ProviderRow) {
	at := func(name string, i int) string {
		if all := form[name]; i < len(all) {
			return strings.TrimSpace(all[i])
		}
		return ""
	}
	for i := range form["group_claim"] {
		r := page.ProviderRow{Claim: at("group_claim", i), Name: at("group_name", i), Role: at("group_role", i)}
		if r.Claim == "" {
			continue
		}
		gs = append(gs, store.ProviderGroup{Claim: r.Claim, Name: r.Name, Role: store.Role(r.Role)})
		rows = append(rows, r)
	}
	return gs, append(rows, make([]page.ProviderRow, spareRows)...)
}
