package llm

import (
	"strings"
	"testing"
)

// The passages that the cases below cite: 1 and 2 French, 3 English, 4 a French table, 5 French law.
var office = []Source{
	{N: 1, DocumentID: "d1", Version: "v1", Title: "Contrat de travail", Lang: "fr", Page: 2, Start: 100, Text: "Article 4 – Préavis\n\nEn cas de démission, le préavis des cadres est de trois mois. Le préavis des employés est d'un mois. Le salarié n'a pas droit au télétravail pendant le préavis. Le contrat a été signé le 12 mars 2024 par Jean Martin et Paul Durand, pour la société Dupont SA."},
	{N: 2, DocumentID: "d2", Version: "v1", Title: "Bail commercial", Lang: "fr", Start: 0, Text: "Le loyer annuel est fixé à 12 000 € hors taxes, payable par trimestre. Le dépôt de garantie s'élève à 3 000 €. Le bail prend effet le 1er juillet 2023 pour une durée de neuf ans. La TVA est de 20 %. Référence du bail : BX-2023/77."},
	{N: 3, DocumentID: "d3", Version: "v1", Title: "Employee handbook", Lang: "en", Start: 50, Text: "Employees accrue 25 days of paid leave each year. Requests must be sent to Mary Smith at least 10 working days before the first day of leave. Unused leave cannot be carried over after March 31, 2025. The travel budget is $1,500 per person."},
	{N: 4, DocumentID: "d4", Version: "v1", Title: "Tarifs", Lang: "fr", Start: 0, Text: "Prestation\tMontant (EUR)\tDélai\nAudit comptable\t4 500,00\t15 jours\nTenue de paie\t900\t5 jours"},
	{N: 5, DocumentID: "d5", Version: "v1", Title: "Note", Lang: "fr", Start: 0, Text: "L'employeur doit remettre le bulletin de paie chaque mois. Les heures supplémentaires sont majorées de 25 % pour les huit premières heures, puis de 50 %."},
}

func TestCheckRule(t *testing.T) {
	for _, c := range []struct{ name, answer, reason string }{
		// carried
		{"verbatim", "Le préavis des cadres est de trois mois [1].", ""},
		{"digits for words", "En cas de démission, le préavis des cadres est de 3 mois [1].", ""},
		{"one month", "Le préavis des employés est d'un mois [1].", ""},
		{"paraphrase", "Le montant du loyer annuel est de 12 000 euros hors taxes [2].", ""},
		{"no separator", "Le loyer annuel hors taxes est de 12000 € [2].", ""},
		{"numeric date", "Le contrat a été signé le 12/03/2024 [1].", ""},
		{"month only", "Le contrat a été signé en mars 2024 [1].", ""},
		{"year only", "Le contrat a été signé en 2024 [1].", ""},
		{"names", "Le contrat a été signé par Jean Martin et Paul Durand [1].", ""},
		{"reversed name", "Le contrat a été signé par DURAND Paul [1].", ""},
		{"company", "La société Dupont SA a signé le contrat [1].", ""},
		{"english", "Employees accrue 25 days of paid leave each year [3].", ""},
		{"english date order", "Unused leave cannot be carried over after 31 March 2025 [3].", ""},
		{"working days", "Leave requests must be sent at least 10 working days before the first day [3].", ""},
		{"english money", "The travel budget is 1,500 dollars per person [3].", ""},
		{"table row", "L'audit comptable coûte 4 500 € et le délai est de 15 jours [4].", ""},
		{"unit in the head of the column", "La tenue de paie est facturée 900 € [4].", ""},
		{"modal verbs", "Vous devez verser un dépôt de garantie qui s'élève à 3 000 € [2].", ""},
		{"attribute swapped", "Le loyer mensuel est de 12 000 € [2].", ReasonWords},
		{"sum of its own", "Le loyer annuel est de 12 000 €, soit 1 000 € par mois [2].", ReasonNumber},
		{"two sentences merged", "Le loyer annuel est de 12 000 € et le dépôt de garantie de 3 000 € [2].", ""},
		{"percent in words", "La TVA est de vingt pour cent [2].", ""},
		{"code", "La référence du bail est BX-2023/77 [2].", ""},
		{"duration in digits", "Le bail a une durée de 9 ans et prend effet le 1er juillet 2023 [2].", ""},
		{"second cite carries", "Le préavis des cadres est de trois mois [2][1].", ""},
		{"negation kept", "Le salarié n'a pas droit au télétravail pendant son préavis [1].", ""},
		{"mention in prose", "Selon la source 1, le préavis des cadres est de trois mois.", ""},
		{"found without number", "En cas de démission, le préavis des cadres est de trois mois.", ""},
		// wrong figures
		{"wrong amount", "Le loyer annuel est de 15 000 € hors taxes [2].", ReasonNumber},
		{"one zero more", "Le loyer annuel est de 120 000 € hors taxes [2].", ReasonNumber},
		{"one zero less", "Le loyer annuel est de 1 200 € hors taxes [2].", ReasonNumber},
		{"part of a number", "Le loyer annuel est de 12 € hors taxes [2].", ReasonNumber},
		{"wrong unit", "Le préavis des cadres est de trois semaines [1].", ReasonNumber},
		{"years for months", "Le préavis des cadres est de 3 ans [1].", ReasonNumber},
		{"wrong currency", "The travel budget is 1,500 euros per person [3].", ReasonNumber},
		{"percent for amount", "La TVA est de 20 € [2].", ReasonNumber},
		{"swapped within passage", "Le préavis des cadres est d'un mois [1].", ReasonNumber},
		{"swapped amounts", "Le dépôt de garantie s'élève à 12 000 € [2].", ReasonNumber},
		{"number word changed", "Le bail prend effet pour une durée de six ans [2].", ReasonNumber},
		{"scale", "Le loyer annuel est de 12 millions d'euros hors taxes [2].", ReasonNumber},
		{"wrong code", "La référence du bail est BX-2023/78 [2].", ReasonNumber},
		{"decimal moved", "L'audit comptable coûte 45,00 € avec un délai de 15 jours [4].", ReasonNumber},
		// dates
		{"wrong year", "Le contrat a été signé le 12 mars 2023 [1].", ReasonDate},
		{"wrong year alone", "Le contrat a été signé en 2023 [1].", ReasonNumber},
		{"wrong month", "Le contrat a été signé le 12 mai 2024 [1].", ReasonDate},
		{"day and month swapped", "Le contrat a été signé le 03/12/2024 [1].", ReasonDate},
		{"more than was said", "Unused leave cannot be carried over after 15 March 2025 [3].", ReasonDate},
		{"ambiguous numeric date", "Unused leave cannot be carried over after 03/04/2025 [3].", ReasonDate},
		// names
		{"invented name", "Le contrat a été signé par Jean Lefort [1].", ReasonName},
		{"mixed name", "Le contrat a été signé par Jean Durand [1].", ReasonName},
		{"name at the head", "Bernard a signé le contrat le 12 mars 2024 [1].", ReasonName},
		{"wrong company", "Le contrat a été signé pour la société Legrand SA [1].", ReasonName},
		{"other contact", "Requests must be sent to John Smith at least 10 working days before the first day of leave [3].", ReasonName},
		// words
		{"other topic", "Le stationnement des vélos est gratuit dans la cour [1].", ReasonWords},
		{"wrong passage", "Le préavis des cadres est de trois mois [5].", ReasonNumber},
		{"wrong passage without figures", "Les employés demandent leurs congés auprès du service juridique [2].", ReasonWords},
		{"bare yes", "Oui [1].", ReasonWords},
		// negation
		{"negation dropped", "Le salarié a droit au télétravail pendant le préavis [1].", ReasonNegation},
		{"negation added", "L'employeur ne doit pas remettre le bulletin de paie chaque mois [5].", ReasonNegation},
		// language
		{"translated", "Executives must give a notice of three months when they resign [1].", ReasonLanguage},
		{"translated with wrong figure", "Executives must give a notice of four months when they resign [1].", ReasonNumber},
		// citations
		{"no number", "Le parking est ouvert le dimanche aux visiteurs.", ReasonNoCitation},
		{"only an invented number", "Le parking est ouvert aux visiteurs [9].", ReasonNoCitation},
		{"lead-in", "Voici les règles :", ReasonLeadIn},
		{"no answer", "Les documents fournis ne répondent pas à cette question.", ReasonNoAnswer},
		{"no answer, english", "The documents provided do not answer this question.", ReasonNoAnswer},
	} {
		t.Run(c.name, func(t *testing.T) {
			a := Check(c.answer, office)
			if len(a.Sentences) != 1 {
				t.Fatalf("%d sentences: %+v", len(a.Sentences), a.Sentences)
			}
			s := a.Sentences[0]
			if s.Reason != c.reason || s.Supported != (c.reason == "") {
				t.Errorf("supported %v, reason %q, want %q; citations %+v", s.Supported, s.Reason, c.reason, a.Citations)
			}
			checkQuotes(t, a, office)
		})
	}
}

// checkQuotes fails unless each quote is the text at its range, byte for byte.
func checkQuotes(t *testing.T, a Answer, sources []Source) {
	t.Helper()
	for _, c := range a.Citations {
		found := false
		for _, s := range sources {
			if s.N == c.N {
				found = c.Start >= s.Start && c.End <= s.Start+len(s.Text) && c.Start < c.End && s.Text[c.Start-s.Start:c.End-s.Start] == c.Quote && c.DocumentID == s.DocumentID
			}
		}
		if !found {
			t.Errorf("quote %q is not at [%d,%d) of source %d", c.Quote, c.Start, c.End, c.N)
		}
	}
	for _, s := range a.Sentences {
		if len(s.Cites) != len(s.Citations) {
			t.Errorf("%d numbers, %d citations", len(s.Cites), len(s.Citations))
		}
	}
}

func TestCheckAnswer(t *testing.T) {
	a := Check("<think>Cherchons.</think>Le préavis des cadres est de **trois mois** [1][7]. Le loyer annuel est de 12 000 € [2, 9].\n\n- Le dépôt de garantie s'élève à 3 000 € 【2】\n- [5] L'employeur remet un bulletin de paie chaque mois.\n\nSources :\n[1] Contrat", office)
	want := "Le préavis des cadres est de trois mois [1]. Le loyer annuel est de 12 000 € [2].\n\n- Le dépôt de garantie s'élève à 3 000 € [2]\n- L'employeur remet un bulletin de paie chaque mois [5]."
	if a.Text != want {
		t.Errorf("text\n%s\nwant\n%s", a.Text, want)
	}
	if a.Dropped != 2 || a.Supported() != 4 || len(a.Citations) != 4 || a.Lang != "fr" {
		t.Errorf("dropped %d, supported %d, citations %d, lang %q: %+v", a.Dropped, a.Supported(), len(a.Citations), a.Lang, a.Sentences)
	}
	if q := a.Citations[0].Quote; q != "En cas de démission, le préavis des cadres est de trois mois." {
		t.Errorf("quote %q", q)
	}
	checkQuotes(t, a, office)
}

func TestCheckFound(t *testing.T) {
	a := Check("Le dépôt de garantie s'élève à 3 000 €.", office)
	if len(a.Citations) != 1 || !a.Citations[0].Found || a.Citations[0].N != 2 || !strings.HasSuffix(a.Text, "3 000 € [2].") {
		t.Errorf("%+v", a)
	}
}

// A weak model repeats the prompt; what it repeats of the passages is a quote all the same.
func TestCheckEcho(t *testing.T) {
	a := Check("Passages :\n\n<<8bfb0cd4 passage 2 | Bail commercial | page 3>>\nLe dépôt de garantie s'élève à 3 000 €.\n<</8bfb0cd4>>", office)
	if strings.Contains(a.Text, "8bfb0cd4") || a.Supported() != 1 || a.Dropped != 0 {
		t.Errorf("%+v", a)
	}
}

func TestCheckNothing(t *testing.T) {
	for _, in := range []string{"", " \n", "[1]", "...", "[1][2]\n\n", "<think>never ends"} {
		if a := Check(in, office); len(a.Sentences) != 0 || a.Supported() != 0 {
			t.Errorf("%q: %+v", in, a)
		}
	}
	if a := Check("Le préavis est de trois mois [1].", nil); a.Dropped != 1 || a.Supported() != 0 {
		t.Errorf("%+v", a)
	}
	if !Check("Les documents fournis ne répondent pas à cette question.", office).Abstained() {
		t.Error("not seen as an abstention")
	}
}

func FuzzCheck(f *testing.F) {
	f.Add("Le préavis est de trois mois [1]. [2] Oui.", "Le préavis est de trois mois.\n| a | b |")
	f.Add("\xff [1]", "\xff.")
	f.Add("- [1] a\n- [2]", "")
	f.Fuzz(func(t *testing.T, answer, text string) {
		src := []Source{{N: 1, Start: 7, Text: text}}
		a := Check(answer, src)
		for _, c := range a.Citations {
			if c.Quote != text[c.Start-7:c.End-7] {
				t.Fatalf("quote %q is not at its range", c.Quote)
			}
		}
		for _, s := range a.Sentences {
			if s.Supported == (s.Reason != "") {
				t.Fatalf("supported %v with reason %q", s.Supported, s.Reason)
			}
		}
	})
}
