package llm

import (
	"strings"
	"testing"
)

var firm = []Source{
	{N: 1, DocumentID: "bail", Title: "Bail commercial", Lang: "fr", Page: 3, Start: 40, Score: 9, Text: "# Loyer et charges\n\nLe présent article fixe les conditions financières. Le loyer annuel est fixé à 12 000 € hors taxes et hors charges. Il est payable d'avance, le premier jour de chaque trimestre civil. À titre de dépôt de garantie, le preneur verse la somme de 3 000 €. Le bail est consenti pour neuf années à compter du 1er juillet 2023. Le preneur peut donner congé à l'expiration de chaque période triennale, avec un préavis de six mois. Les travaux de l'article 606 du Code civil restent à la charge du bailleur. M. Henri Lacaze représente le bailleur."},
	{N: 2, DocumentID: "reglement", Title: "Règlement intérieur", Lang: "fr", Start: 0, Score: 8, Text: "Horaires\n\nLes bureaux sont ouverts de 8 h 30 à 18 h. La pause de midi dure quarante-cinq minutes.\n\nCongés\n\nLe salarié dépose sa demande de congés au moins un mois avant son départ. La demande est adressée à Claire Morel, responsable des ressources humaines. Le nombre de jours de télétravail est limité à deux par semaine. Est-il possible d'y déroger ? Le télétravail est suspendu pendant la période d'essai, car le nouveau salarié doit être formé sur place."},
	{N: 3, DocumentID: "handbook", Title: "Travel policy", Lang: "en", Page: 1, Start: 7, Score: 8, Text: "Purpose\n\nThis policy applies to all staff. Employees may spend up to £45 per day on meals. Hotel rooms are reimbursed up to £160 per night in London and £120 elsewhere. Expense claims must be submitted within 30 days of the trip. Claims are approved by the finance director, Rebecca Stone. First-class rail travel is not allowed, because cheaper fares are available. The policy was last revised on 4 February 2025."},
	{N: 4, DocumentID: "tarifs", Title: "Grille tarifaire", Lang: "fr", Start: 0, Score: 7, Text: "| Prestation | Prix (€ HT) | Délai |\n|---|---|---|\n| Audit comptable | 4 500 | 15 jours |\n| Tenue de paie | 900 | 5 jours |\n| Déclaration de TVA | 250 | 2 jours |\n\nLes prix sont révisés chaque année."},
	{N: 5, DocumentID: "minutes", Title: "Board minutes", Lang: "en", Start: 0, Score: 7, Text: "The board met in Lyon on 14 May 2025. Present: A. Keller, J. Osei and M. Dubois. The board approved a dividend of €2.50 per share. It appointed Ms. Ana Ruiz as auditor for three years. The next meeting will take place on 9 September 2025 in Geneva. Headcount stood at 48 at the end of March."},
}

func TestExtractiveGolden(t *testing.T) {
	right := 0
	cases := []struct{ question, want string }{
		{"Quel est le montant du loyer ?", "12 000 €"},
		{"Combien faut-il verser comme dépôt de garantie ?", "3 000 €"},
		{"Quelle est la durée du bail ?", "neuf années"},
		{"Quand le bail commence-t-il ?", "1er juillet 2023"},
		{"Quel préavis le preneur doit-il respecter pour donner congé ?", "six mois"},
		{"Qui représente le bailleur ?", "Henri Lacaze"},
		{"Quand le loyer est-il payable ?", "premier jour de chaque trimestre"},
		{"Qui paie les travaux de l'article 606 ?", "bailleur"},
		{"Quels sont les horaires d'ouverture des bureaux ?", "8 h 30"},
		{"Combien de temps dure la pause de midi ?", "quarante-cinq minutes"},
		{"À qui faut-il adresser une demande de congés ?", "Claire Morel"},
		{"Combien de temps avant le départ faut-il déposer sa demande de congés ?", "un mois avant"},
		{"Combien de jours de télétravail par semaine ?", "limité à deux"},
		{"Pourquoi le télétravail est-il suspendu pendant la période d'essai ?", "formé sur place"},
		{"Combien coûte un audit comptable ?", "Audit comptable"},
		{"Quel est le délai pour la tenue de paie ?", "Tenue de paie"},
		{"Quel est le prix d'une déclaration de TVA ?", "Déclaration de TVA"},
		{"How much can I spend on meals per day?", "£45"},
		{"What is the maximum price of a hotel room in London?", "£160"},
		{"How long do I have to submit an expense claim?", "30 days"},
		{"Who approves expense claims?", "Rebecca Stone"},
		{"Why is first-class rail travel not allowed?", "cheaper fares"},
		{"When was the travel policy last revised?", "4 February 2025"},
		{"When is the next board meeting?", "9 September 2025"},
		{"Who was appointed auditor?", "Ana Ruiz"},
		{"What dividend did the board approve?", "€2.50"},
		{"Where did the board meet in May?", "Lyon"},
		{"How many people worked there at the end of March?", "48"},
	}
	for _, c := range cases {
		a := Extractive(c.question, "", firm)
		checkQuotes(t, a, firm)
		if len(a.Sentences) == 0 || !strings.Contains(a.Citations[a.Sentences[a.Best].Citations[0]].Quote, c.want) {
			t.Logf("%s\n  %s", c.question, a.Text)
			continue
		}
		right++
	}
	t.Logf("%d of %d best sentences answer", right, len(cases))
	if right < len(cases)-2 {
		t.Errorf("fewer best sentences answer than when this was written")
	}
}

func TestExtractiveForm(t *testing.T) {
	a := Extractive("Combien coûte un audit comptable ?", "fr", firm)
	want := "« Prestation | Prix (€ HT) | Délai » [4]\n« Audit comptable | 4 500 | 15 jours » [4]"
	if a.Mode != ModeQuotes || a.Text != want {
		t.Errorf("mode %q, text\n%s\nwant\n%s", a.Mode, a.Text, want)
	}
	a = Extractive("Who approves expense claims?", "en", firm)
	if !strings.Contains(a.Text, "“Claims are approved by the finance director, Rebecca Stone.” [3]") {
		t.Errorf("text %s", a.Text)
	}
	src := []Source{{N: 1, Lang: "fr", Text: "Le budget[12] est de\n500 €.[3]"}, {N: 2, Lang: "fr", Text: "Le budget[12] est de\n500 €.[3]"}}
	if a = Extractive("Quel est le budget ?", "fr", src); a.Text != "« Le budget est de 500 €. » [1]" || a.Citations[0].Quote != src[0].Text {
		t.Errorf("%+v", a)
	}
	for _, q := range []string{"", "?", "Zanzibar ?"} {
		if a = Extractive(q, "fr", firm); a.Mode != ModeNone || a.Text != "" {
			t.Errorf("%q: %+v", q, a)
		}
	}
	if a = Extractive("loyer", "fr", nil); a.Mode != ModeNone {
		t.Errorf("%+v", a)
	}
}

func FuzzExtractive(f *testing.F) {
	f.Add("Quel est le loyer ?", "Le loyer est de 900 €. Il est dû.", 5)
	f.Add("when", "a|b|c\n1|2|3\n\xff", 0)
	f.Fuzz(func(t *testing.T, question, text string, start int) {
		start &= 0xffff
		a := Extractive(question, "", []Source{{N: 1, Start: start, End: start + len(text), Text: text}})
		if len(a.Sentences) > maxSentences+1 {
			t.Fatalf("%d sentences", len(a.Sentences))
		}
		for _, c := range a.Citations {
			if text[c.Start-start:c.End-start] != c.Quote {
				t.Fatalf("quote %q is not at its range", c.Quote)
			}
		}
	})
}
