package page

import "coffre/ui/look"

// SettingsAccounts is a page of its own, shown among the settings.
const SettingsAccounts = "accounts"

// Accounts is what the firm asks of passwords and second factors.
type Accounts struct {
	look.Frame
	Faults                  look.Faults
	Values                  map[string]string // settings by name
	FreshLeast, FreshMost   int               // minutes
	MemoryLeast, MemoryMost int               // MiB
	PassesLeast, PassesMost int
	MinPassword             int
	KeysWork                bool // under the name that the browser used
	People, Protected       int  // enabled accounts, and those with a second factor
}

func (v Accounts) required() []look.Choice {
	return v.choices("auth.factor_required", []look.Choice{
		{Value: "nobody", Label: v.L.T("accounts.nobody")}, {Value: "admins", Label: v.L.T("accounts.admins")}, {Value: "everybody", Label: v.L.T("accounts.everybody")},
	})
}

func (v Accounts) kinds() []look.Choice {
	return v.choices("auth.factor_admin", []look.Choice{
		{Value: "any", Label: v.L.T("accounts.any")}, {Value: "phishing-resistant", Label: v.L.T("accounts.resistant")},
	})
}

func (v Accounts) choices(name string, all []look.Choice) []look.Choice {
	for i := range all {
		all[i].Selected = all[i].Value == v.Values[name]
	}
	return all
}
