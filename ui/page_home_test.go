package ui

import "testing"

func TestWorthAsking(t *testing.T) {
	for _, c := range []struct {
		topic, title, lang string
		want               bool
	}{
		{"Durée et renouvellement", "Contrat de maintenance", "fr", true},
		{"Accord d’entreprise relatif au temps de travail", "Accord d'entreprise sur le temps de travail", "fr", false},
		{"Objet", "Contrat", "fr", false},
		{"", "Contrat", "fr", false},
		{"Facturé à", "Facture FAC-2026-0117", "fr", false},
		{"Invoice to", "Invoice INV-UK-2026-0031", "en", false},
		{"Règlement par virement, en rappelant le numéro.", "Facture FAC-2026-0117", "fr", false},
		{"MORVANDEC SERVICES LTD", "Service bulletin", "en", false},
		{"Contrat : CM-2025-03", "Facture", "fr", false},
		{"Trains and flights", "Travel policy", "en", true},
		{"Pièces et garantie", "Contrat de maintenance", "fr", true},
		{"Un titre qui n'en finit pas de dire tout ce qu'il y a", "Contrat", "fr", false},
	} {
		if got := worthAsking(c.topic, c.title, c.lang); got != c.want {
			t.Errorf("%q under %q: %v", c.topic, c.title, got)
		}
	}
	for in, want := range map[string]string{
		"Article 2 – Durée": "Durée", "3.1 Visites": "Visites", "Titre VI – Suivi": "Suivi", "Introduction": "Introduction", "Partie civile": "Partie civile",
	} {
		if got := numbering.ReplaceAllString(in, ""); got != want {
			t.Errorf("%q: %q, want %q", in, got, want)
		}
	}
}
