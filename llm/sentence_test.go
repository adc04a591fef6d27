package llm

import (
	"strings"
	"testing"
	"unicode/utf8"
)

func TestSentences(t *testing.T) {
	for _, c := range []struct {
		name, in string
		want     []string
	}{
		{"plain", "Le bail dure trois ans. Il se renouvelle.", []string{"Le bail dure trois ans.", "Il se renouvelle."}},
		{"titles", "M. Dupont et Mme. Martin ont vu le Dr. House. Ils sont partis.", []string{"M. Dupont et Mme. Martin ont vu le Dr. House.", "Ils sont partis."}},
		{"article", "Voir l'art. 12 du bail et l'art. L. 145-1. Le loyer est dû.", []string{"Voir l'art. 12 du bail et l'art. L. 145-1.", "Le loyer est dû."}},
		{"art as a word", "Il aime l'art. Il peint.", []string{"Il aime l'art.", "Il peint."}},
		{"number sign", "La facture n° 12.5 est payée. Le n. 4 aussi.", []string{"La facture n° 12.5 est payée.", "Le n. 4 aussi."}},
		{"No.", "See No. 5 for details. No. We cannot.", []string{"See No. 5 for details.", "No.", "We cannot."}},
		{"decimals", "It costs 3.5 million. That is 1,200.50 too much.", []string{"It costs 3.5 million.", "That is 1,200.50 too much."}},
		{"initials", "J.-P. Martin et A. B. Durand signent. Ils paient.", []string{"J.-P. Martin et A. B. Durand signent.", "Ils paient."}},
		{"letter at the end", "Choisir le plan B. Le plan A coûte plus.", []string{"Choisir le plan B.", "Le plan A coûte plus."}},
		{"etc", "Papier, encre, etc. Le reste est exclu.", []string{"Papier, encre, etc.", "Le reste est exclu."}},
		{"etc inside", "Papier, encre, etc. sont fournis.", []string{"Papier, encre, etc. sont fournis."}},
		{"guillemets", "Il dit : « Je viens. » Puis il part.", []string{"Il dit : « Je viens. »", "Puis il part."}},
		{"guillemets inside", "« Quoi ? » demanda-t-il. Rien.", []string{"« Quoi ? » demanda-t-il.", "Rien."}},
		{"english quotes", `He said "Stop." Then he left.`, []string{`He said "Stop."`, "Then he left."}},
		{"space before mark", "Combien ? Trois ! Bien…", []string{"Combien ?", "Trois !", "Bien…"}},
		{"ellipsis inside", "Il attend... puis part. Fin.", []string{"Il attend... puis part.", "Fin."}},
		{"companies", "Smith Ltd. and Jones Inc. merged. The firm grew.", []string{"Smith Ltd. and Jones Inc. merged.", "The firm grew."}},
		{"times", "It opens at 9 a.m. and closes at 5 p.m. The door is locked.", []string{"It opens at 9 a.m. and closes at 5 p.m.", "The door is locked."}},
		{"wrapped lines", "Le préavis est\nde trois mois.\nIl court dès réception.", []string{"Le préavis est\nde trois mois.", "Il court dès réception."}},
		{"list", "Pièces :\n- une carte d'identité\n- un RIB. Le RIB est récent.\n2) une photo", []string{"Pièces :", "une carte d'identité", "un RIB.", "Le RIB est récent.", "une photo"}},
		{"table", "| Poste | Montant |\n|---|---|\n| Loyer | 900 € |\n", []string{"| Poste | Montant |", "| Loyer | 900 € |"}},
		{"tabs", "Loyer\t900\nEau\t30", []string{"Loyer\t900", "Eau\t30"}},
		{"csv", "id;nom;montant\n1;Dupont;900,50\n2;Martin;30", []string{"id;nom;montant", "1;Dupont;900,50", "2;Martin;30"}},
		{"csv commas", "id,name,amount\n1,Smith,900.50", []string{"id,name,amount", "1,Smith,900.50"}},
		{"heading", "# Durée\nLe bail dure trois ans.", []string{"Durée", "Le bail dure trois ans."}},
		{"heading over paragraph", "Durée du bail\n\nLe bail dure trois ans.", []string{"Durée du bail", "Le bail dure trois ans."}},
		{"keys", "Client : Dupont SA\nDate : 12 mars 2024\nTotal : 900 €", []string{"Client : Dupont SA", "Date : 12 mars 2024", "Total : 900 €"}},
		{"list number", "1. Le bail dure trois ans.\n2. Il est écrit.", []string{"Le bail dure trois ans.", "Il est écrit."}},
		{"page break", "Fin de page.\fDébut.", []string{"Fin de page.", "Début."}},
		{"empty", " \n\t\n", nil},
		{"url", "Voir www.exemple.fr/a.b pour plus. Merci.", []string{"Voir www.exemple.fr/a.b pour plus.", "Merci."}},
		{"J.-C.", "Rome naît en 753 av. J.-C. selon la légende. Elle grandit.", []string{"Rome naît en 753 av. J.-C. selon la légende.", "Elle grandit."}},
		{"e.g.", "Use a tool, e.g. Word, to edit. Save it.", []string{"Use a tool, e.g. Word, to edit.", "Save it."}},
	} {
		t.Run(c.name, func(t *testing.T) {
			var got []string
			for _, s := range Sentences(c.in) {
				got = append(got, c.in[s.Start:s.End])
			}
			if strings.Join(got, "¶") != strings.Join(c.want, "¶") {
				t.Errorf("got  %q\nwant %q", got, c.want)
			}
		})
	}
}

func TestSentencesKinds(t *testing.T) {
	text := "# Titre\nUne phrase.\n| a | b |\nClause unique\n\nLe reste suit."
	var kinds []Kind
	for _, s := range Sentences(text) {
		kinds = append(kinds, s.Kind)
	}
	want := []Kind{Heading, Prose, Row, Heading, Prose}
	if len(kinds) != len(want) {
		t.Fatalf("got %v, want %v", kinds, want)
	}
	for i := range want {
		if kinds[i] != want[i] {
			t.Fatalf("got %v, want %v", kinds, want)
		}
	}
}

func FuzzSentences(f *testing.F) {
	for _, s := range []string{"", "M. Dupont. Non. « Oui. »", "1. a\n- b\n|c|\n#", "a; b; c;\n\f\u2028x", "...»»", strings.Repeat("mot ; ", 200), "\xff. A\xfe"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		end := 0
		for _, s := range Sentences(text) {
			if s.Start < end || s.End <= s.Start || s.End > len(text) {
				t.Fatalf("span %v after %d in %d bytes", s, end, len(text))
			}
			end = s.End
			if utf8.ValidString(text) && !utf8.ValidString(text[s.Start:s.End]) {
				t.Fatalf("span %v cuts a character", s)
			}
			if strings.TrimSpace(text[s.Start:s.End]) == "" {
				t.Fatalf("span %v is blank", s)
			}
		}
	})
}
