package ui

import "testing"

func TestWorthAsking(t *testing.T) {
	for _, c := range []struct {
		topic, title string
		want         bool
	}{
		{"Durée et renouvellement", "Contrat de maintenance", true},
		{"Accord d’entreprise relatif au temps de travail", "Accord d'entreprise sur le temps de travail", false},
		{"Objet", "Contrat", false},
		{"", "Contrat", false},
		{"Un titre qui n'en finit pas de dire tout ce qu'il y a", "Contrat", false},
	} {
		if got := worthAsking(c.topic, c.title); got != c.want {
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
