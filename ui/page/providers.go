package page

import (
	"strconv"
	"time"

	"coffre/store"
	"coffre/ui/look"
	"coffre/ui/words"
)

// SettingsSignin is a page of its own, shown among the settings.
const SettingsSignin = "signin"

// Providers is the page of those that people may sign in through.
type Providers struct {
	look.Frame
	Items  []Provider
	Form   *ProviderForm // the one that is added or changed, or nil
	People []look.Choice // accounts to link somebody with, none first
	// Checked is the provider that was just tested; Steps what came of it.
	Checked string
	Steps   []ProviderStep
	// Unready is one that was saved and can't be used, with why.
	Unready, UnreadyWhy string
	Fault               *look.Fault // of an act that was refused
}

// Provider is one of them.
type Provider struct {
	ID, Kind, Preset, Name string
	On, Ready              bool
	Where                  string // issuer or entity
	ClientID               string
	Callback, Logout       string // to be registered there; Logout is "" where it has none
	Metadata               string // address of this box's, SAML only
	Read                   time.Time
	Expires                time.Time // of the newest certificate, SAML only
	Failing                time.Time // since when the metadata's address gives none
	Accounts               int
	Waiting                []Waiting
	HasSecret              bool
	Proof                  string // store.ProviderProof.Trust
	Proofs                 []string
	KeyDays                int
}

// Waiting is somebody without an account whom the provider vouched for.
type Waiting struct {
	Subject, Login, Name, Mail string
	Seen                       time.Time
}

// ProviderStep is one thing that a test looked at.
type ProviderStep struct{ Name, Verdict, Reason string }

func (s ProviderStep) tone() look.Tone {
	switch s.Verdict {
	case "ok":
		return look.Good
	case "bad":
		return look.Bad
	}
	return look.Plain
}

// ProviderForm is what is typed of a provider.
type ProviderForm struct {
	ID, Kind, Preset string
	New              bool
	Name, Origin     string
	Issuer, ClientID string
	HasSecret        bool
	CA               string
	Scopes           string
	Login, Full      string // names of claims
	Groups           string
	Domains, Allowed string // one a line
	On, Create, All  bool
	Rows             []ProviderRow
	Callback, Logout string
	Metadata         string
	MetadataURL      string
	Entity           string // what is kept of the metadata
	Proof            string // store.ProviderProof.Trust
	Proofs, Ask      string // its lists, one a line and one a word
	KeyDays          string
	Faults           look.Faults
}

// ProviderRow maps a group there to a group here.
type ProviderRow struct{ Claim, Name, Role string }

// Presets are the providers that the page has words for, SAML last.
func Presets() []string {
	return []string{"entra", "okta", "google", "authentik", "keycloak", "oidc", "saml"}
}

func presetChoices(l words.Lang) (out []look.Choice) {
	for _, p := range Presets() {
		out = append(out, look.Choice{Value: p, Label: presetName(l, p)})
	}
	return out
}

func presetName(l words.Lang, preset string) string { return l.Or("provider-preset", preset) }

// presetSteps tell what to do there, in order.
func presetSteps(l words.Lang, preset string) []string {
	switch preset {
	case "entra":
		return []string{l.T("provider.entra.1"), l.T("provider.entra.2"), l.T("provider.entra.3"), l.T("provider.entra.4")}
	case "okta":
		return []string{l.T("provider.okta.1"), l.T("provider.okta.2"), l.T("provider.okta.3")}
	case "google":
		return []string{l.T("provider.google.1"), l.T("provider.google.2"), l.T("provider.google.3")}
	case "authentik":
		return []string{l.T("provider.authentik.1"), l.T("provider.authentik.2"), l.T("provider.authentik.3")}
	case "keycloak":
		return []string{l.T("provider.keycloak.1"), l.T("provider.keycloak.2"), l.T("provider.keycloak.3"), l.T("provider.keycloak.4")}
	case "saml":
		return []string{l.T("provider.saml.1"), l.T("provider.saml.2"), l.T("provider.saml.3")}
	}
	return []string{l.T("provider.oidc.1"), l.T("provider.oidc.2")}
}

// presetIssuer is what the issuer looks like there.
func presetIssuer(preset string) string {
	switch preset {
	case "entra":
		return "https://login.microsoftonline.com/00000000-0000-0000-0000-000000000000/v2.0"
	case "okta":
		return "https://acme.okta.com"
	case "google":
		return "https://accounts.google.com"
	case "authentik":
		return "https://auth.acme.lan/application/o/coffre/"
	case "keycloak":
		return "https://id.acme.lan/realms/acme"
	}
	return "https://id.acme.lan"
}

func (v Providers) person(w Waiting) string {
	if w.Name == "" {
		return w.Login
	}
	return w.Name + " (" + w.Login + ")"
}

func proofChoices(l words.Lang, mode string) (out []look.Choice) {
	for _, m := range []string{store.ProofListed, store.ProofAlways, store.ProofNever} {
		out = append(out, look.Choice{Value: m, Label: l.Or("provider-proof", m), Selected: m == mode})
	}
	return out
}

func rowID(name string, i int) string { return name + "-" + strconv.Itoa(i) }

func roleChoices(l words.Lang, role string) []look.Choice {
	return []look.Choice{
		{Label: l.T("provider.role-none"), Selected: role == ""},
		{Value: "auditor", Label: l.Or("role", "auditor"), Selected: role == "auditor"},
		{Value: "admin", Label: l.Or("role", "admin"), Selected: role == "admin"},
	}
}
