package preview

import (
	"coffre/ui/look"
	"coffre/ui/page"
)

func (s scene) providerPages() []Sample {
	const id = "prv-aaaaaaaaaaaaaaaaaaaaaaaaaa"
	at := "https://coffre.berthier.lan/signin/oidc/" + id
	keycloak := page.Provider{
		ID: id, Kind: "oidc", Preset: "keycloak", Name: "Berthier", On: true, Ready: true, Where: "https://id.berthier.lan/realms/berthier", ClientID: "coffre",
		Callback: at + "/callback", Logout: at + "/logout", Read: now.AddDate(0, 0, -3), Accounts: 14, HasSecret: true, Proof: "listed", Proofs: []string{"mfa", "hwk"}, KeyDays: 30,
		Waiting: []page.Waiting{{Subject: "s-1", Login: "claire", Name: "Claire Aubry", Mail: "claire@berthier.example", Seen: now}},
	}
	entra := page.Provider{ID: "prv-b", Kind: "oidc", Preset: "entra", Name: "Microsoft", Where: "https://login.microsoftonline.com/0c2f8a3e-1111-4222-8333-944444444444/v2.0", ClientID: "7d0d8a55", Proof: "always", KeyDays: 90, Failing: now.AddDate(0, 0, -1)}
	frame := s.frame(look.Settings, "/settings/signin")
	people := []look.Choice{{Label: "…", Selected: true}, {Value: "u", Label: "Claire Aubry (claire)"}}
	list := page.Providers{Frame: frame, Items: []page.Provider{keycloak, entra}, People: people, Unready: "prv-b", UnreadyWhy: s.l.Or("provider-reason", "issuer"), Checked: id}
	list.Steps = []page.ProviderStep{{Name: "description", Verdict: "ok"}, {Name: "keys", Verdict: "ok"}, {Name: "client", Verdict: "bad", Reason: "client-refused"}, {Name: "redirect", Verdict: "unknown"}}
	form := page.ProviderForm{
		ID: id, Kind: "oidc", Preset: "entra", New: true, Origin: "https://coffre.berthier.lan", Scopes: "profile email", On: true, Create: true, Proof: "listed", KeyDays: "30",
		Rows: []page.ProviderRow{{Claim: "5a1c", Name: s.say("Comptabilité", "Accounts")}, {}, {}}, Callback: at + "/callback", Logout: at + "/logout",
		Faults: look.Faults{"issuer": {Code: "provider-issuer"}},
	}
	saml := page.ProviderForm{
		ID: id, Kind: "saml", Preset: "saml", Name: "ADFS", Origin: "https://coffre.berthier.lan", On: true, Create: true, Rows: make([]page.ProviderRow, 1), Proof: "never", Proofs: "https://refeds.org/profile/mfa", Ask: "https://refeds.org/profile/mfa", KeyDays: "0",
		Callback: "https://coffre.berthier.lan/signin/saml/" + id + "/acs", Metadata: "https://coffre.berthier.lan/signin/saml/" + id + "/metadata", Entity: "http://adfs.berthier.lan/adfs/services/trust",
	}
	saml.Faults = look.Faults{"key_days": {Code: "provider-key-days", Params: map[string]string{"max": "365"}}}
	door := page.SignIn{Frame: s.outside("/signin"), Next: "/ask", Through: []page.SignInThrough{{ID: id, Kind: "oidc", Name: "Berthier"}, {ID: "prv-c", Kind: "saml", Name: "ADFS"}}}
	down := door
	down.Faults = look.Faults{"": {Code: "provider-down", Params: map[string]string{"provider": "Berthier"}}}
	linked := page.Identities{
		Frame: s.frame(look.Access, "/people"), ID: "u", Of: "Claire Aubry", Local: true, Directory: true, Waiting: []look.Choice{{Value: id + " s-1", Label: "Berthier · Claire Aubry (caubry)"}},
		Items:  []page.Identity{{Provider: id, Subject: "5f7c2a30-8d1e-4a53-9d0c-2b7a1f3e9c11", Where: "Berthier", Login: "claire", Mail: "claire@berthier.example", Seen: now}, {Provider: "directory", Subject: "b2d4", Where: s.l.T("identities.directory"), Login: "claire", Own: true}},
		Faults: look.Faults{"login": {Code: "link-nobody"}},
	}
	return []Sample{
		{"identities", page.IdentitiesPage(linked)}, {"identities-none", page.IdentitiesPage(page.Identities{Frame: s.frame(look.Access, "/people"), ID: "u", Of: "Claire Aubry", Sealed: true})},
		{"again", page.AgainPage(page.Again{Frame: s.frame(look.NoArea, "/reauth"), Next: "/people", Through: page.SignInThrough{ID: id, Kind: "oidc", Name: "Berthier"}})},
		{"providers", page.ProvidersPage(list)}, {"providers-none", page.ProvidersPage(page.Providers{Frame: frame})},
		{"providers-new", page.ProvidersPage(page.Providers{Frame: frame, Form: &form})}, {"providers-saml", page.ProvidersPage(page.Providers{Frame: frame, Form: &saml})},
		{"signin-through", page.SignInPage(door)}, {"signin-down", page.SignInPage(down)},
	}
}
