package passage

import (
	"strings"
	"testing"
	"unicode/utf8"

	"coffre/connectors/extract"
)

// check holds the rule of the package on any split.
func check(t *testing.T, text extract.Text, ps []Passage) {
	t.Helper()
	at := 0
	for i, p := range ps {
		if p.Start != at || p.End <= p.Start {
			t.Fatalf("passage %d is [%d:%d), want it to start at %d", i, p.Start, p.End, at)
		}
		if !utf8.ValidString(text.Body[p.Start:p.End]) {
			t.Fatalf("passage %d cuts a character", i)
		}
		at = p.End
	}
	if at != len(text.Body) {
		t.Fatalf("passages end at %d of %d", at, len(text.Body))
	}
}

// build makes a text from "kind|page|words" lines; kinds h1, h2, p, r, l.
func build(lines ...string) extract.Text {
	var t extract.Text
	kinds := map[byte]string{'h': extract.KindHeading, 'p': extract.KindParagraph, 'r': extract.KindRow, 'l': extract.KindList}
	for _, line := range lines {
		f := strings.SplitN(line, "|", 3)
		b := extract.Block{Start: len(t.Body), Kind: kinds[f[0][0]]}
		if len(f[0]) > 1 {
			b.Level = int(f[0][1] - '0')
		}
		if f[1] != "" {
			b.Page = int(f[1][0] - '0')
		}
		t.Body += f[2]
		b.End = len(t.Body)
		t.Body += "\n\n"
		t.Blocks = append(t.Blocks, b)
	}
	return t
}

func TestSplitStructure(t *testing.T) {
	long := strings.TrimSpace(strings.Repeat("Le bail est conclu pour neuf ans. ", 60))
	row := "Nom: Durand | Ville: Autun | Montant: 1 200,00"
	tests := []struct {
		name     string
		text     extract.Text
		starts   []string // how each passage begins
		headings []string
	}{
		{"headings start passages", build("h1||Bail", "p||Entre les parties.", "h2||Durée", "p||Neuf ans."),
			[]string{"Bail", "Durée"}, []string{"Bail", "Bail › Durée"}},
		{"a heading stays with what it heads", build("h1||Bail", "h2||Durée", "p||Neuf ans."),
			[]string{"Bail"}, []string{"Bail › Durée"}},
		{"a sibling heading replaces", build("h1||A", "p||x", "h2||B", "p||y", "h2||C", "p||z", "h1||D", "p||w"),
			[]string{"A", "B", "C", "D"}, []string{"A", "A › B", "A › C", "D"}},
		{"short paragraphs stay together", build("p||Un.", "p||Deux.", "p||Trois."), []string{"Un."}, []string{""}},
		{"pages part passages", build("p|1|Un.", "p|2|Deux."), []string{"Un.", "Deux."}, []string{"", ""}},
		{"a table that fits stays whole", build("p||"+long[:500], "r||"+row, "r||"+row, "r||"+row, "r||"+row, "r||"+row, "r||"+row),
			[]string{"Le bail", "Nom:"}, []string{"", ""}},
	}
	for _, tc := range tests {
		t.Run(tc.name, func(t *testing.T) {
			ps := Split(tc.text, Options{})
			check(t, tc.text, ps)
			if len(ps) != len(tc.starts) {
				t.Fatalf("%d passages, want %d: %+v", len(ps), len(tc.starts), ps)
			}
			for i, p := range ps {
				if !strings.HasPrefix(tc.text.Body[p.Start:], tc.starts[i]) || p.Heading != tc.headings[i] {
					t.Errorf("passage %d is %q under %q", i, tc.text.Body[p.Start:p.End], p.Heading)
				}
			}
		})
	}
}

func TestSplitLongParagraphEndsAtSentences(t *testing.T) {
	text := build("h1||Titre", "p||"+strings.Repeat("Selon l'art. 12, M. Durand paie le loyer de 1 200,50 € au 5 du mois. ", 80))
	ps := Split(text, Options{})
	check(t, text, ps)
	if len(ps) < 4 {
		t.Fatalf("%d passages", len(ps))
	}
	for _, p := range ps {
		s := text.Body[p.Start:p.End]
		if !strings.HasSuffix(strings.TrimSpace(s), "du mois.") {
			t.Errorf("cut inside a sentence: %q", s[len(s)-40:])
		}
		if n := utf8.RuneCountInString(s); n > 1200 {
			t.Errorf("%d characters", n)
		}
	}
}

func TestSplitWithoutSpaces(t *testing.T) {
	text := extract.Text{Body: strings.Repeat("é漢", 3000)}
	ps := Split(text, Options{})
	check(t, text, ps)
	for _, p := range ps {
		if n := utf8.RuneCountInString(text.Body[p.Start:p.End]); n > 1200 {
			t.Errorf("%d characters", n)
		}
	}
}

func TestSplitDetects(t *testing.T) {
	text := build("p||"+strings.Repeat("les mots ", 20), "h1||Terms", "p||"+strings.Repeat("the words ", 20))
	ps := Split(text, Options{Detect: func(s string) string {
		if strings.Contains(s, "the ") {
			return "en"
		}
		return "fr"
	}})
	if len(ps) != 2 || ps[0].Lang != "fr" || ps[1].Lang != "en" {
		t.Fatalf("%+v", ps)
	}
}

func FuzzSplit(f *testing.F) {
	f.Add("Titre\n\nUn paragraphe. Deux phrases.", []byte{0, 1, 7, 0, 20, 1}, 40)
	f.Add("é漢\U0001f600 a b", []byte{1, 2, 3}, 1)
	f.Fuzz(func(t *testing.T, body string, cuts []byte, limit int) {
		body = strings.ToValidUTF8(body, "?")
		kinds := []string{extract.KindHeading, extract.KindParagraph, extract.KindTable, extract.KindRow, extract.KindList, "odd"}
		text := extract.Text{Body: body}
		for i := 0; i+2 < len(cuts); i += 3 {
			text.Blocks = append(text.Blocks, extract.Block{
				Start: int(cuts[i]), End: int(cuts[i]) + int(cuts[i+2]), Kind: kinds[int(cuts[i+1])%len(kinds)],
				Level: int(cuts[i+1]) % 7, Page: int(cuts[i+2]) / 64,
			})
		}
		check(t, text, Split(text, Options{Max: limit % 3000, Target: limit % 2000, MaxPieces: limit % 500}))
	})
}
