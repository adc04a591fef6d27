package index

import (
	"strings"
	"testing"
)

func TestDetectLanguage(t *testing.T) {
	for _, c := range []struct{ text, want string }{
		{"Quel est le délai de préavis ?", "fr"},
		{"quel est le delai de preavis", "fr"},
		{"congés payés", "fr"},
		{"conges payes", "fr"},
		{"durée du contrat", "fr"},
		{"l’employeur", "fr"},
		{"DÉLAI DE PRÉAVIS", "fr"},
		{"combien d'heures", "fr"},
		{"What is the notice period?", "en"},
		{"holiday allowance", "en"},
		{"who signed the Northwind agreement", "en"},
		{"the employer's duties", "en"},
		{"", ""},
		{"FAC-2026-0117", ""},
		{"12/03/2026", ""},
		{"SAP", ""},
		{"東京", ""},
		{"Wie lange ist die Kündigungsfrist für den Vertrag?", ""},
		{"¿Cuál es el plazo de preaviso para los empleados con contrato?", ""},
		{"Qual è il termine di preavviso per i dipendenti della ditta?", ""},
		{"Wat is de opzegtermijn voor het contract met een werknemer?", ""},
	} {
		if got := DetectLanguage(c.text); got != c.want {
			t.Errorf("DetectLanguage(%q) = %q, want %q", c.text, got, c.want)
		}
	}
}

func TestTrigramTable(t *testing.T) {
	weights := trigramWeights()
	if len(weights) < 600 {
		t.Errorf("%d trigrams", len(weights))
	}
	for line := range strings.Lines(strings.TrimSpace(trigramTable)) {
		if cols := strings.Fields(line); len(cols) < 2 || weights[cols[1]] == 0 {
			t.Errorf("line %q isn't a weight and trigrams", line)
		}
	}
	for trigram, w := range weights {
		if len(trigram) != 3 || w < -9 || w > 9 {
			t.Errorf("trigram %q weighs %d", trigram, w)
		}
	}
}

func FuzzDetectLanguage(f *testing.F) {
	f.Add("Quel est le délai de préavis ?")
	f.Add("the employer's \xff duties")
	f.Fuzz(func(t *testing.T, text string) {
		switch DetectLanguage(text) {
		case "", "fr", "en":
		default:
			t.Fatal("a third answer")
		}
	})
}
