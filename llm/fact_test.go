package llm

import (
	"fmt"
	"sort"
	"strings"
	"testing"
)

func describeFacts(f facts) string {
	var out []string
	for _, x := range f.figures {
		out = append(out, strings.Join(x.values, "|")+x.unit)
	}
	for _, d := range f.dates {
		if d.digits != "" {
			out = append(out, d.digits)
			continue
		}
		out = append(out, fmt.Sprintf("%d-%d-%d", d.year, d.month, d.day))
	}
	out = append(out, f.codes...)
	sort.Strings(out)
	return strings.Join(out, " ")
}

func TestFindFacts(t *testing.T) {
	for _, c := range []struct{ lang, in, want string }{
		{"fr", "900 €", "9e2eur"},
		{"fr", "1 234,50 euros", "12345e-1eur"},
		{"en", "€1,234.50", "12345e-1eur"},
		{"fr", "1.234,50 EUR", "12345e-1eur"},
		{"en", "1,234 people", "1234e0"},
		{"fr", "1,234 kg", "1234e-3"},
		{"", "1,234", "1234e0|1234e-3"},
		{"fr", "14,2 milliards d'euros", "142e8eur"},
		{"en", "14.2 billion euros", "142e8eur"},
		{"fr", "50 k€ ou 3 M€", "3e6eur 5e4eur"},
		{"en", "$3.5 million", "35e5usd"},
		{"fr", "5,5 % et 20 pour cent", "2e1pct 55e-1pct"},
		{"en", "twenty-five percent", "25e0pct"},
		{"fr", "trois mois", "3e0month"},
		{"fr", "trois (3) mois", "3e0month"},
		{"fr", "d'un mois, un an, une semaine", "1e0month 1e0week 1e0year"},
		{"fr", "un bail et une photo", ""},
		{"fr", "quatre-vingt-dix-sept jours", "97e0day"},
		{"fr", "soixante et onze ans, deux cents euros", "2e2eur 71e0year"},
		{"fr", "mille deux cent trente", "123e1"},
		{"en", "two hundred and fifty thousand dollars", "25e4usd"},
		{"fr", "deux ou trois", "2e0 3e0"},
		{"fr", "un appartement neuf", ""},
		{"fr", "le troisième trimestre", "3e0"},
		{"en", "a 30-day period", "3e1day"},
		{"en", "30 days' notice", "3e1day"},
		{"fr", "le 1er étage, 2e étage", "1e0 2e0"},
		{"fr", "12 mars 2024", "2024-3-12"},
		{"fr", "le 1er janvier 2024", "2024-1-1"},
		{"en", "March 12, 2024", "2024-3-12"},
		{"en", "12th of March 2024", "2024-3-12"},
		{"en", "the 3rd quarter", "3e0"},
		{"fr", "12/03/2024", "2024-3-12"},
		{"fr", "12.03.24", "2024-3-12"},
		{"en", "12/03/2024", "12/3/2024"},
		{"en", "25/03/2024 and 03/25/2024", "2024-3-25 2024-3-25"},
		{"", "2024-03-12", "2024-3-12"},
		{"fr", "en mars 2024", "2024-3-0"},
		{"fr", "du 12 au 15 mars 2024", "2024-3-12 2024-3-15"},
		{"fr", "en avril", "0-4-0"},
		{"en", "you may leave", ""},
		{"fr", "de 2020 à 2024", "2024e0 202e1"},
		{"fr", "2020-2024", "2024e0 202e1"},
		{"fr", "9h30, 14 h et 18h", "14e0h 18e0h T9:30"},
		{"en", "2 pm to 5:30 p.m.", "14e0h T17:30"},
		{"fr", "contrat CT-2024/118", "CT-2024-118"},
		{"fr", "art. L1234-1", "L1234-1"},
		{"fr", "format A4, COVID-19", "A4 COVID-19"},
		{"fr", "jean@exemple.fr", "JEAN@EXEMPLE.FR"},
		{"fr", "à -5 degrés", "-5e0"},
		{"fr", "Loyer\t900\t30", "3e1 9e2"},
		{"fr", "12 300 000", "123e5"},
		{"fr", "0,5", "5e-1"},
		{"fr", "0", "0"},
	} {
		if got := describeFacts(findFacts(c.in, c.lang)); got != c.want {
			t.Errorf("%s %q: got %q, want %q", c.lang, c.in, got, c.want)
		}
	}
}

func FuzzFindFacts(f *testing.F) {
	for _, s := range []string{"1 234,50 €", "du 12 au 15 mars 2024", "trois (3) mois", "CT-2024/118", "deux cent mille", "9h30 2 pm", "\xff9 12/3/24", "٣٤"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		for _, lang := range []string{"fr", "en", ""} {
			x := findFacts(s, lang)
			if r := x.missing(x); r != "" {
				t.Fatalf("%q (%s) does not carry itself: %s, %s", s, lang, r, describeFacts(x))
			}
		}
	})
}
