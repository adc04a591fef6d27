package store

import (
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Provider is an identity provider that people sign in through. Its record holds
// no secret: Secret is the id of a credential.
type Provider struct {
	ID     string `json:"id"` // "prv-…"
	Kind   string `json:"kind"`
	Preset string `json:"preset,omitempty"` // whose words the settings page shows
	Name   string `json:"name"`             // on the sign-in page
	On     bool   `json:"on,omitempty"`
	// Origin is this box's address as people's browsers know it: what is registered
	// at the provider begins with it.
	Origin string `json:"origin"`
	CA     string `json:"ca,omitempty"` // PEM: the only authority of the provider's certificate, "" for the system's

	OIDC *ProviderOIDC `json:"oidc,omitempty"`
	SAML *ProviderSAML `json:"saml,omitempty"`

	LoginClaim  string `json:"login_claim,omitempty"`
	NameClaim   string `json:"name_claim,omitempty"`
	GroupsClaim string `json:"groups_claim,omitempty"`
	// Domains and Allowed bound who may sign in, by the domain of a verified mail
	// address and by a group there; empty bounds nobody.
	Domains []string `json:"domains,omitempty"`
	Allowed []string `json:"allowed,omitempty"`
	Create  bool     `json:"create,omitempty"` // a first sign-in makes an account
	// Groups are those there that are groups here; AllGroups takes the others as well.
	Groups    []ProviderGroup `json:"groups,omitempty"`
	AllGroups bool            `json:"all_groups,omitempty"`
	Proof     ProviderProof   `json:"proof,omitzero"`
	// KeyDays is for how many days after a sign-in through the provider the API keys
	// of its people work; 0 for KeyDaysDefault.
	KeyDays int `json:"key_days,omitempty"`

	Created   time.Time `json:"created"`
	By        string    `json:"by"`
	Changed   time.Time `json:"changed"`
	ChangedBy string    `json:"changed_by"`
}

// ProviderOIDC is a registration at an OpenID Connect provider. What the provider
// says of itself is kept, so that no sign-in asks for it, and no other host is
// ever reached than those that an administrator has seen.
type ProviderOIDC struct {
	Issuer     string    `json:"issuer"`
	ClientID   string    `json:"client_id"`
	Secret     string    `json:"secret,omitempty"` // a credential's id, "" for a public client
	Scopes     []string  `json:"scopes,omitempty"`
	AuthURL    string    `json:"auth_url,omitempty"`
	TokenURL   string    `json:"token_url,omitempty"`
	KeysURL    string    `json:"keys_url,omitempty"`
	Algorithms []string  `json:"algorithms,omitempty"`
	Basic      bool      `json:"basic,omitempty"`
	SaysIssuer bool      `json:"says_issuer,omitempty"`
	Logout     bool      `json:"logout,omitempty"`
	Read       time.Time `json:"read,omitzero"` // when the provider's description was
}

// ProviderSAML is what a SAML 2.0 identity provider's metadata says.
type ProviderSAML struct {
	EntityID     string    `json:"entity_id"`
	SignInURL    string    `json:"sign_in_url"`
	Certificates [][]byte  `json:"certificates"` // DER; any of them may sign
	MetadataURL  string    `json:"metadata_url,omitempty"`
	Read         time.Time `json:"read,omitzero"`
	Failing      time.Time `json:"failing,omitzero"` // since when the metadata's address gives none
}

// ProviderGroup makes a group there a group here.
type ProviderGroup struct {
	Claim string `json:"claim"`          // as the provider names it
	Name  string `json:"name,omitempty"` // here; "" for the same
	Role  Role   `json:"role,omitempty"` // that its members have at least
}

// The kinds of provider.
const (
	ProviderKindOIDC = "oidc"
	ProviderKindSAML = "saml"
)

const (
	maxProviders      = 20
	maxProviderGroups = 500
)

var providers = table[Provider]("providers")

// Provider returns one by id; NotFound where there is none.
func (v *View) Provider(id string) (Provider, error) {
	if !strings.HasPrefix(id, "prv-") {
		return Provider{}, errNotFound
	}
	return providers.get(v, []byte(id))
}

// Providers returns all, by name.
func (v *View) Providers() ([]Provider, error) {
	var all []Provider
	err := providers.each(v, []byte("prv-"), func(_ []byte, p Provider) bool { all = append(all, p); return true })
	slices.SortFunc(all, func(a, b Provider) int { return strings.Compare(strings.ToLower(a.Name), strings.ToLower(b.Name)) })
	return all, err
}

// Addresses are what the box itself asks of the provider: the ways out that it
// needs. Where the browser goes is not among them.
func (p Provider) Addresses() (all []string) {
	if o := p.OIDC; o != nil {
		all = append(all, o.Issuer, o.TokenURL, o.KeysURL)
	}
	if s := p.SAML; s != nil {
		all = append(all, s.MetadataURL)
	}
	return slices.DeleteFunc(all, func(s string) bool { return s == "" })
}

// NewProviderID is one for a provider that is about to be described: its addresses
// here are registered there before it is saved.
func NewProviderID() string { return "prv-" + NewID() }

func validProviderID(id string) bool {
	rest, ok := strings.CutPrefix(id, "prv-")
	return ok && len(rest) == 26 && strings.Trim(rest, "abcdefghijklmnopqrstuvwxyz234567") == ""
}

// PutProvider adds a provider (with a new id, or none) or replaces one, with the groups that its
// mapping changes. Errors: Invalid "provider-kind", "provider-origin",
// "invalid-name", "invalid-role", "provider-many", "secret-address", each with
// name; Conflict "name-taken".
func (tx *Tx) PutProvider(p Provider, by string) (Provider, error) {
	p.Name = strings.TrimSpace(p.Name)
	if err := p.check(); err != nil {
		return p, err
	}
	all, err := tx.Providers()
	if err != nil {
		return p, err
	}
	for _, o := range all {
		if o.ID != p.ID && strings.EqualFold(o.Name, p.Name) {
			return p, Fail(Conflict, "name-taken", "name", p.Name)
		}
	}
	now := tx.t.now().UTC().Truncate(time.Second)
	old, err := tx.Provider(p.ID)
	switch {
	case err == nil:
		p.Kind, p.Created, p.By = old.Kind, old.Created, old.By
	case !IsNotFound(err) || p.ID != "" && !validProviderID(p.ID):
		return p, err
	case len(all) >= maxProviders:
		return p, Fail(Conflict, "provider-many", "max", strconv.Itoa(maxProviders))
	default:
		if p.ID == "" {
			p.ID = NewProviderID()
		}
		p.Created, p.By = now, by
	}
	p.Changed, p.ChangedBy = now, by
	tx.Event.Object.Kind, tx.Event.Object.ID = "provider", p.ID
	tx.Event.Detail["kind"], tx.Event.Detail["on"] = p.Kind, p.On
	if err := tx.followMapping(p); err != nil {
		return p, err
	}
	return p, tx.leads(func() error { return providers.put(tx, []byte(p.ID), p) })
}

func (p *Provider) check() error {
	if p.Name == "" || len(p.Name) > 60 || strings.ContainsAny(p.Name, "\x00\r\n\t") {
		return Fail(Invalid, "invalid-name", "field", "name", "name", "name")
	}
	if (p.Kind != ProviderKindOIDC || p.OIDC == nil || p.SAML != nil) && (p.Kind != ProviderKindSAML || p.SAML == nil || p.OIDC != nil) {
		return Fail(Invalid, "provider-kind", "name", "kind")
	}
	u, err := url.Parse(p.Origin)
	origin, oerr := CredentialAddress(p.Origin)
	if err != nil || oerr != nil || u.Scheme != "https" || u.Path != "" && u.Path != "/" {
		return Fail(Invalid, "provider-origin", "name", "origin")
	}
	p.Origin = origin
	if err := p.Proof.check(); err != nil {
		return err
	}
	if p.KeyDays < 0 || p.KeyDays > KeyDaysMost {
		return Fail(Invalid, "provider-key-days", "name", "key_days", "max", strconv.Itoa(KeyDaysMost))
	}
	if len(p.Groups) > maxProviderGroups {
		return Fail(Invalid, "provider-groups", "name", "groups", "max", strconv.Itoa(maxProviderGroups))
	}
	for i, g := range p.Groups {
		g.Claim, g.Name = strings.TrimSpace(g.Claim), strings.TrimSpace(g.Name)
		if g.Claim == "" || len(g.Claim) > 300 || len(g.Name) > 200 {
			return Fail(Invalid, "invalid-name", "field", "groups", "name", "groups")
		}
		if g.Role != "" && !ValidRole(g.Role) {
			return Fail(Invalid, "invalid-role", "name", "groups")
		}
		p.Groups[i] = g
	}
	return nil
}

// followMapping gives the groups that exist already the role that the mapping
// says now.
func (tx *Tx) followMapping(p Provider) error {
	all, err := tx.Groups()
	if err != nil {
		return err
	}
	for _, g := range all {
		if g.Source != p.ID {
			continue
		}
		m, _ := p.mapped(g.Subject)
		if g.Role == m.Role {
			continue
		}
		g.Role = m.Role
		if err := groups.put(tx, []byte(g.ID), g); err != nil {
			return err
		}
	}
	return nil
}

// mapped is the mapping of a group there, and whether it is to be a group here.
func (p Provider) mapped(claim string) (ProviderGroup, bool) {
	i := slices.IndexFunc(p.Groups, func(g ProviderGroup) bool { return g.Claim == claim })
	if i < 0 {
		return ProviderGroup{Claim: claim}, p.AllGroups
	}
	return p.Groups[i], true
}

// DeleteProvider removes a provider. Its accounts stay, without a way in through
// it; its sessions end, and its groups lose their members and roles.
func (tx *Tx) DeleteProvider(id string) error {
	p, err := tx.Provider(id)
	if err != nil {
		return err
	}
	n, err := tx.deleteSessions(func(s Session) bool { return s.Provider == id })
	if err != nil {
		return err
	}
	gs, err := tx.Groups()
	if err != nil {
		return err
	}
	for _, g := range gs {
		if g.Source != id {
			continue
		}
		g.Source, g.Subject, g.Role, g.Members = "", "", "", nil
		if err := groups.put(tx, []byte(g.ID), g); err != nil {
			return err
		}
	}
	known, err := tx.Identities(id)
	if err != nil {
		return err
	}
	for _, i := range known {
		if err := tx.DeleteIdentity(i.Provider, i.Subject); err != nil {
			return err
		}
	}
	tx.Event.Object.Kind, tx.Event.Object.ID = "provider", id
	tx.Event.Detail["kind"], tx.Event.Detail["sessions"] = p.Kind, n
	return tx.leads(func() error { return providers.delete(tx, []byte(id)) })
}

// DeleteProviderSessions ends the sessions that a provider vouched for: those of
// its own session sid, or where that is "", all of an account. It returns how many.
func (tx *Tx) DeleteProviderSessions(provider, sid, userID string) (int, error) {
	return tx.deleteSessions(func(s Session) bool {
		return s.Provider == provider && (sid == "" || s.Sid == sid) && (userID == "" || s.UserID == userID) && sid+userID != ""
	})
}

func (tx *Tx) deleteSessions(which func(Session) bool) (n int, err error) {
	var gone [][]byte
	err = sessions.each(&tx.View, nil, func(k []byte, s Session) bool {
		if which(s) {
			gone = append(gone, append([]byte{}, k...))
		}
		return true
	})
	for _, k := range gone {
		if err := sessions.delete(tx, k); err != nil {
			return 0, err
		}
	}
	return len(gone), err
}

// providerSecret names the use of a credential by a provider, as settings name
// theirs.
func (v *View) providerSecrets(id string) (names []string, err error) {
	all, err := v.Providers()
	for _, p := range all {
		if p.OIDC != nil && p.OIDC.Secret == id {
			names = append(names, ProviderUser+p.Name)
		}
	}
	return names, err
}

// ProviderUser begins the name of a credential's use by a provider.
const ProviderUser = "provider:"
