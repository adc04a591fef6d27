package preview

import (
	"time"

	"coffre/ui/look"
	"coffre/ui/page"
)

// accountPages are one's own account, second factors, a list that comes in, roles
// for a time and the directory.
func (s scene) accountPages() []Sample {
	account := page.Account{Frame: s.frame(look.Settings, "/account"), Login: "camille", Mail: "camille@berthier.example", Method: "password", Since: now, Sessions: 2, Keys: 1, Takes: true}
	sessions := page.Sessions{Frame: s.frame(look.Settings, "/account/sessions"), Hours: 12, Minutes: 120, Items: []page.SessionItem{
		{ID: "s-1", Browser: "Firefox 144", System: "Windows", Address: "192.168.1.20", Method: "password", Created: now.Add(-time.Hour), Seen: now, Ends: now.Add(11 * time.Hour), Current: true},
		{ID: "s-2", Browser: "Safari", System: "iPhone", Phone: true, Address: "192.168.1.77", Method: "passkey", Created: now.Add(-5 * time.Hour), Seen: now.Add(-time.Hour), Ends: now.Add(7 * time.Hour), New: true},
	}, Places: []page.SessionPlace{{Address: "192.168.1.77", Device: "Safari, iPhone", First: now.Add(-5 * time.Hour)}}}
	other := sessions
	other.Frame, other.Of, other.OfID, other.Places, other.Items = s.frame(look.Access, "/people/u-2/sessions"), "Naïma Rousseau", "u-2", nil, sessions.Items[1:]
	return append([]Sample{
		{"account", page.AccountPage(account)},
		{"account-sessions", page.SessionsPage(sessions)},
		{"person-sessions", page.SessionsPage(other)},
	}, append(append(s.factorPages(), s.importPages()...), append(append(s.administrationPages(), s.directoryPages()...), append(s.backupPages(), s.backPages()...)...)...)...)
}

func (s scene) factorPages() []Sample {
	none := page.Factors{Frame: s.frame(look.Settings, "/account/factors"), Required: true, KeyOnly: true, MinPassword: 12, Local: true}
	some := none
	some.KeyOnly = false
	some.Items = []page.Factor{
		{ID: "f-1", Kind: "totp", Name: s.say("Téléphone", "Telephone"), Created: now.AddDate(0, -2, 0), Used: now},
		{ID: "f-2", Kind: "webauthn", Name: "YubiKey", Created: now.AddDate(0, -1, 0), Party: "berthier.lan"},
	}
	some.Sheet = &page.Factor{ID: "f-3", Kind: "recovery", Created: now.AddDate(0, -2, 0), Left: 2, Low: true}
	return []Sample{
		{"factors", page.FactorsPage(some)},
		{"factors-none", page.FactorsPage(none)},
		{"factors-sheet", page.SheetPage(page.RecoverySheet{Frame: s.frame(look.Settings, "/account/factors/codes"), Codes: []string{"7wq2-h5x4-mk3p-9vd8-tz4c-b6na", "v3t6-n8m2-qhxf-57wr-pk9j-e2sd", "c9zy-k2p4-rj6m-t8wb-h3xf-5nqa"}, Made: now, Login: "camille", Next: "/account/factors"})},
		{"reset-link", page.ResetLinkPage(page.ResetLink{Frame: s.frame(look.Access, "/people/u-2/reset"), Name: "Naïma Rousseau", Login: "naima", Link: "https://coffre.berthier.lan/reset/sample", Expires: now.AddDate(0, 0, 1)})},
	}
}

func (s scene) importPages() []Sample {
	form := page.Import{Frame: s.frame(look.Access, "/people/import"), Most: 2000}
	preview := form
	preview.List, preview.Groups = "login;name", []string{s.say("Comptabilité", "Accounts")}
	preview.Lines = []page.ImportLine{
		{Line: 2, Name: "Noé Garnier", Login: "noe", Do: "create", Role: "member", Joins: preview.Groups},
		{Line: 3, Name: "Élise Mercier", Login: "elise", Do: "change", Changes: []string{"name", "role"}, Role: "auditor", RoleBefore: "member"},
		{Line: 4, Name: "Paul Delmas", Login: "paul", Do: "same"},
		{Line: 5, Name: "?", Login: "a b", Do: "refuse", Fault: look.Fault{Code: "invalid-name"}},
	}
	done := preview
	done.List, done.Done, done.Links, done.Lines = "", true, true, preview.Lines[:2]
	done.Lines = append([]page.ImportLine{}, done.Lines...)
	done.Lines[0].Link = "https://coffre.berthier.lan/reset/sample"
	return []Sample{{"import", page.ImportPage(form)}, {"import-preview", page.ImportPage(preview)}, {"import-done", page.ImportPage(done)}}
}

func (s scene) administrationPages() []Sample {
	v := page.Administration{
		Frame: s.frame(look.Settings, "/settings/administration"), Mode: "approval", May: "admin", Decides: true, Admin: true,
		Minutes:   []look.Choice{{Value: "60", Label: "60", Selected: true}},
		Values:    map[string]string{},
		Modes:     []look.Choice{{Value: "off", Label: s.l.Or("elevation-mode", "off")}, {Value: "approval", Label: s.l.Or("elevation-mode", "approval"), Selected: true}},
		Permanent: []string{"Camille Berthier"}, Possible: []string{"Élise Mercier", "Naïma Rousseau"}, Seal: page.Seal{Made: now.AddDate(0, -1, 0), Sealed: true},
		Running: []page.Elevation{{ID: "e-1", Person: "Élise Mercier", Role: "admin", Reason: s.say("Changer le certificat", "Change the certificate"), Minutes: 60, State: "running", Asked: now.Add(-20 * time.Minute), Until: now.Add(40 * time.Minute), Decider: "Camille Berthier"}},
		Waiting: []page.Elevation{{ID: "e-2", Person: "Naïma Rousseau", Role: "auditor", Reason: s.say("Contrôle annuel", "Yearly audit"), Minutes: 120, State: "waiting", Asked: now}},
		Past:    []page.Elevation{{ID: "e-3", Person: "Paul Delmas", Role: "admin", Reason: s.say("Panne", "Outage"), Minutes: 60, State: "ended", Asked: now.AddDate(0, 0, -1), Ended: now.AddDate(0, 0, -1).Add(time.Hour), Why: "time", Break: true}},
	}
	off := page.Administration{Frame: v.Frame, Mode: "off", Admin: true, Values: map[string]string{}, Modes: v.Modes, Permanent: v.Permanent}
	member := page.Administration{Frame: s.member(look.Settings, "/settings/administration"), Mode: "reason", May: "admin", Minutes: v.Minutes, Values: map[string]string{},
		Faults: look.Faults{"reason": {Code: "reason-missing"}}}
	return []Sample{{"administration", page.AdministrationPage(v)}, {"administration-off", page.AdministrationPage(off)}, {"administration-member", page.AdministrationPage(member)}}
}

func (s scene) directoryPages() []Sample {
	off := page.Directory{Frame: s.frame(look.Settings, "/settings/directory"), Values: map[string]string{"directory.start_tls": "yes", "directory.clear": "no", "directory.kind": "auto"}}
	on := off
	on.On, on.Kind, on.Looked = true, "ad", now
	on.Values = map[string]string{"directory.url": "ldaps://dc1.berthier.lan", "directory.start_tls": "yes", "directory.clear": "no", "directory.kind": "ad", "directory.base": "DC=berthier,DC=lan", "directory.allowed_groups": "coffre"}
	on.Last = &page.DirectoryLook{People: 214, Groups: 6, Joined: 2, Left: 1, Missing: []string{"Stagiaires"}, Seconds: 0.8}
	held := on
	held.Held, held.Last = true, &page.DirectoryLook{People: 12, Groups: 6, Absent: 180, Seconds: 0.4}
	down := on
	down.Fault, down.Failing = s.say("Aucun serveur ne répond.", "No server answers."), now.Add(-time.Hour)
	preview := page.DirectoryPreview{
		Frame: s.frame(look.Settings, "/settings/directory/preview"), People: 214, Outside: 30, Shut: 4, More: 182,
		Groups: []page.DirectoryGroup{{Name: "coffre", Allowed: true, People: 184, Collections: []string{s.collections()[0].Label}}, {Name: "Admins", Role: "admin", People: 2}},
		Rows:   []page.DirectoryPerson{{Login: "naima", Name: "Naïma Rousseau", Role: "member", Account: "known", Groups: []string{"coffre"}, Collections: []string{s.collections()[0].Label}}, {Login: "o.brien", Name: "Orla O’Brien", State: "must-change", Role: "admin", Account: "new", Groups: []string{"Admins"}}},
	}
	return []Sample{
		{"directory", page.DirectoryPage(on)},
		{"directory-off", page.DirectoryPage(off)},
		{"directory-held", page.DirectoryPage(held)},
		{"directory-down", page.DirectoryPage(down)},
		{"directory-preview", page.DirectoryPreviewPage(preview)},
	}
}
