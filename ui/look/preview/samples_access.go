package preview

import (
	"time"

	"coffre/ui/look"
	"coffre/ui/page"
)

func (s scene) people() []look.Choice {
	return []look.Choice{
		{Value: "u-1", Label: "Camille Berthier"},
		{Value: "u-2", Label: "Naïma Rousseau"},
		{Value: "u-3", Label: "Élise Mercier"},
	}
}

func (s scene) groups() []look.Choice {
	return []look.Choice{
		{Value: "g-1", Label: s.say("Toute l'entreprise", "Whole firm")},
		{Value: "g-2", Label: s.say("Ressources humaines", "Human resources")},
	}
}

func (s scene) who() []look.Choice {
	var all []look.Choice
	for _, g := range s.groups() {
		all = append(all, look.Choice{Value: "group:" + g.Value, Label: g.Label, Hint: s.l.Or("access", "groups")})
	}
	for _, p := range s.people() {
		all = append(all, look.Choice{Value: "user:" + p.Value, Label: p.Label})
	}
	return all
}

func (s scene) accessPages() []Sample {
	collections := page.Collections{Frame: s.frame(look.Access, "/collections"), Who: s.who(), Editing: "c-contrats",
		Faults: look.Faults{"name": {Code: "name-taken", Params: map[string]string{"name": s.collections()[0].Label}}}}
	for i, c := range s.collections() {
		collections.Items = append(collections.Items, page.Collection{ID: c.Value, Name: c.Label, Documents: 14 * i, Readers: []string{"group:g-1", "user:u-2"}[:i], Writers: []string{"user:u-1"}})
	}
	people := page.People{Frame: s.frame(look.Access, "/people"), Groups: s.groups(), MinPassword: 12, Editing: "u-3", Items: []page.User{
		{ID: "u-1", Name: "Camille Berthier", User: "camille", Role: "admin", Groups: []string{"g-1"}, LastSeen: now, Self: true},
		{ID: "u-2", Name: "Naïma Rousseau", User: "naima", Role: "member", Groups: []string{"g-1", "g-2"}, LastSeen: now.AddDate(0, 0, -3)},
		{ID: "u-3", Name: "Élise Mercier", User: "elise", Role: "auditor"},
		{ID: "u-4", Name: "Paul Delmas", User: "paul", Role: "member", Disabled: true, LastSeen: now.AddDate(-1, 0, 0)},
	}}
	groups := page.Groups{Frame: s.frame(look.Access, "/groups"), People: s.people(), Items: []page.Group{
		{ID: "g-1", Name: s.groups()[0].Label, Members: []string{"u-1", "u-2", "u-3"}},
		{ID: "g-2", Name: s.groups()[1].Label},
	}}
	scopes := []look.Choice{}
	for _, o := range []string{"read", "ask", "write", "admin", "audit"} {
		scopes = append(scopes, look.Choice{Value: o, Label: s.l.T("keys.scope-label", "scope", s.l.Or("key-scope", o), "what", s.l.Or("key-scope-hint", o)), Selected: o == "read" || o == "ask"})
	}
	ends := []look.Choice{{Value: "30", Label: s.l.T("keys.days", "n", 30)}, {Value: "90", Label: s.l.T("keys.days", "n", 90), Selected: true}, {Value: "-1", Label: s.l.T("keys.ends-never")}}
	keys := page.Keys{Frame: s.frame(look.Access, "/keys"), Person: "Camille Berthier", Scopes: scopes, Ends: ends, Fresh: "coffre_k_7wq2h5x4v3t6n8m1c9z0sample", FreshName: s.say("Numériseur", "Scanner"), Items: []page.Key{
		{ID: "k-1", Name: s.say("Numériseur", "Scanner"), User: "Naïma Rousseau", Created: now, Scopes: []string{"read", "write"}, Expires: now.AddDate(0, 0, 90), Networks: []string{"192.168.1.20/32"}},
		{ID: "k-2", Name: s.say("Sauvegarde nocturne", "Nightly backup"), User: "Camille Berthier", Created: now.AddDate(0, -5, 0), LastUsed: now},
		{ID: "k-4", Name: s.say("Intranet", "Intranet"), User: "Camille Berthier", Created: now.AddDate(0, -2, 0), LastUsed: now, Scopes: []string{"read", "ask"}, Expires: now.AddDate(0, 0, 9), State: "expiring"},
		{ID: "k-3", Name: s.say("Ancien script", "Old script"), User: "Paul Delmas", Created: now.Add(-900 * 24 * time.Hour), Scopes: []string{"read", "ask"}, Expires: now.AddDate(-2, 0, 0), State: "expired"},
	}}
	return []Sample{
		{"collections", page.CollectionsPage(collections)},
		{"collections-empty", page.CollectionsPage(page.Collections{Frame: s.frame(look.Access, "/collections"), Who: s.who()})},
		{"people", page.PeoplePage(people)},
		{"groups", page.GroupsPage(groups)},
		{"keys", page.KeysPage(keys)},
		{"keys-empty", page.KeysPage(page.Keys{Frame: s.frame(look.Access, "/keys"), Person: "Camille Berthier", Scopes: scopes, Ends: ends, Most: 90})},
	}
}
