package llm

import (
	"strings"
	"testing"
)

// TestQuotes is one case for each rule of choosing.
func TestQuotes(t *testing.T) {
	invoice := Source{
		N: 1, DocumentID: "f2", Title: "Facture FAC-0002, Moulin Tresk", Lang: "fr", Page: 1, Score: 9,
		Text: "Atelier Vorane | Facture FAC-0002\n\nRéf. | Désignation | Qté | Total HT\nTotal HT | 2 000,00 €\nTotal TTC à payer | 2 400,00 €\n",
	}
	other := Source{
		N: 2, DocumentID: "f1", Title: "Facture FAC-0001, Moulin Tresk", Lang: "fr", Page: 1, Score: 10,
		Text: "Total HT | 700,00 €\nTotal TTC à payer | 840,00 €\n",
	}
	plant := Source{
		N: 3, DocumentID: "audit", Title: "Audit", Lang: "fr", Page: 4, Score: 9,
		Text: "Le groupe GF-3 a une puissance de 300 kW. Le groupe GF-1 a une puissance de 180 kW.",
	}
	old := Source{N: 4, DocumentID: "n25", Title: "Congés 2025", Lang: "fr", Score: 9, Text: "Un report de trois jours est accepté jusqu'au 31 août 2025."}
	young := Source{N: 5, DocumentID: "n26", Title: "Congés 2026", Lang: "fr", Score: 10, Text: "Un report de cinq jours est accepté jusqu'au 30 septembre 2026, après celui de 2025."}
	lease := Source{N: 6, DocumentID: "lease", Title: "Crédit-bail", Lang: "fr", Score: 9, Text: "Le loyer mensuel est de 1 780,00 €."}
	foot := "Atelier Vorane, contrat de nettoyage, page "
	first := Source{N: 7, DocumentID: "c", Title: "Accord", Lang: "fr", Page: 1, Score: 10, Text: "Le nettoyage a lieu le mardi.\n\n" + foot + "1 sur 2\n"}
	second := Source{N: 8, DocumentID: "c", Title: "Accord", Lang: "fr", Page: 2, Score: 10, Text: "Les clés sont rendues le soir.\n\n" + foot + "2 sur 2\n"}
	for _, c := range []struct {
		name, question, want, without string
		sources                       []Source
	}{
		{"the row that is asked for, not the line that repeats the reference", "Montant TTC de la facture FAC-0002 ?", "2 400,00", "Vorane", []Source{other, invoice}},
		{"only documents that hold the code", "Montant TTC de la facture FAC-0002 ?", "2 400,00", "840,00", []Source{other, invoice}},
		{"a code's sibling is another thing", "Quelle est la puissance du groupe GF-1 ?", "180 kW", "GF-3", []Source{plant}},
		{"the year in the title", "Quel report de congés en 2025 ?", "trois jours", "cinq jours", []Source{young, old}},
		{"a figure of something else is no answer", "Quel est le prix de la tondeuse ?", "", "1 780", []Source{lease}},
		{"the foot of a page says nothing", "Quand a lieu le nettoyage selon le contrat ?", "mardi", "sur 2", []Source{first, second}},
	} {
		text := Extractive(c.question, "fr", c.sources).Text
		if !strings.Contains(text, c.want) || strings.Contains(text, c.without) {
			t.Errorf("%s: %q is answered by %q", c.name, c.question, text)
		}
	}
}

// TestQuotesJoin holds that a sentence and the one that tells who is meant are one quote.
func TestQuotesJoin(t *testing.T) {
	src := Source{N: 1, Lang: "fr", Start: 7, Text: "L'accord vaut quatre ans. Il se dénonce avec un préavis de six mois. Le CSE est informé."}
	a := Extractive("Avec quel préavis peut-on dénoncer l'accord ?", "fr", []Source{src})
	if len(a.Citations) != 1 || a.Citations[0].Quote != src.Text[:strings.Index(src.Text, " Le CSE")] || a.Citations[0].Start != 7 {
		t.Errorf("%+v", a.Citations)
	}
}
