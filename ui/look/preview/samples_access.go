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
	return append(append(append(s.collectionPages(), s.peoplePages()...), s.groupPages()...), append(s.keyPages(), s.sightPages()...)...)
}

func (s scene) keyPages() []Sample {
	scopes := []look.Choice{}
	for _, o := range []string{"read", "ask", "write", "admin", "audit", "metrics"} {
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
		{"keys", page.KeysPage(keys)},
		{"keys-empty", page.KeysPage(page.Keys{Frame: s.frame(look.Access, "/keys"), Person: "Camille Berthier", Scopes: scopes, Ends: ends, Most: 90})},
	}
}
