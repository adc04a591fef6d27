package page

import (
	"bytes"
	"context"
	"strings"
	"testing"
	"unicode/utf8"

	"coffre/ui/words"
)

func join2(runs []Run) (all, marked string) {
	for _, r := range runs {
		all += r.Text
		if r.Mark {
			marked += r.Text + "|"
		}
	}
	return all, marked
}

func TestMark(t *testing.T) {
	const text = "Le délai est d'un mois."
	for _, c := range []struct {
		name  string
		spans []Span
		want  string
	}{
		{"none", nil, ""},
		{"one", []Span{{3, 9}}, "délai|"},
		{"at the ends", []Span{{0, 2}, {len(text) - 5, len(text)}}, "Le|mois.|"},
		{"within a character", []Span{{3, 5}}, "d|"},
		{"overlapping", []Span{{3, 9}, {6, 13}}, "délai| est|"},
		{"out of order", []Span{{10, 13}, {3, 9}}, "est|"},
		{"outside", []Span{{-5, 2}, {22, 900}}, "Le|s.|"},
		{"empty", []Span{{4, 4}, {9, 3}}, ""},
	} {
		all, marked := join2(Mark(text, c.spans...))
		if all != text || marked != c.want {
			t.Errorf("%s: got %q of %q, want %q", c.name, marked, all, c.want)
		}
	}
}

func FuzzMark(f *testing.F) {
	f.Add("déjà vu", 1, 3, 2, 9)
	f.Fuzz(func(t *testing.T, text string, a, b, c, d int) {
		runs := Mark(text, Span{a, b}, Span{c, d})
		if all, _ := join2(runs); all != text {
			t.Fatalf("the runs give %q, not %q", all, text)
		}
		if !utf8.ValidString(text) {
			return
		}
		for _, r := range runs {
			if !utf8.ValidString(r.Text) {
				t.Fatalf("%q cuts a character", r.Text)
			}
		}
	})
}

// TestQuotesAreShownExactly: not a space more or less, and nothing of a
// document's text becomes markup.
func TestQuotesAreShownExactly(t *testing.T) {
	text := "a <b>&amp;</b>\n  two  spaces \"x\" é"
	var b bytes.Buffer
	if err := runs(Mark(text, Span{2, 5}, Span{14, 20}), true).Render(context.Background(), &b); err != nil {
		t.Fatal(err)
	}
	html := b.String()
	plain := strings.NewReplacer(`<mark id="passage" tabindex="-1">`, "", "<mark>", "", "</mark>", "").Replace(html)
	plain = strings.NewReplacer("&lt;", "<", "&gt;", ">", "&#34;", `"`, "&amp;", "&").Replace(plain)
	if plain != text || strings.Count(html, `id="passage"`) != 1 {
		t.Fatalf("got %s", html)
	}
}

func TestHostileTextStaysText(t *testing.T) {
	evil := `"><script>alert(1)</script>`
	turn := Turn{ID: "a", Question: evil, Answer: Answer{
		Sentences: []Sentence{{Text: evil, Cites: []int{1, 7}, Reason: evil}},
		Sources:   []Source{{N: 1, DocumentID: evil, Version: evil, Title: evil, Heading: evil, Collection: evil, Runs: Mark(evil, Span{0, 3})}},
		Model:     evil,
	}}
	var b bytes.Buffer
	if err := TurnView(words.French, turn).Render(context.Background(), &b); err != nil {
		t.Fatal(err)
	}
	if html := b.String(); strings.Contains(html, "<script") || strings.Count(html, "data-chip") != 1 {
		t.Fatalf("got %s", html)
	}
}

func TestPassageURL(t *testing.T) {
	if got := PassageURL("d/1", "v 2", 3, 9); got != "/documents/d%2F1?end=9&start=3&version=v+2#passage" {
		t.Errorf("got %s", got)
	}
}

func TestTrim(t *testing.T) {
	for _, c := range []struct{ in, want []Run }{
		{nil, nil},
		{[]Run{{Text: "\n\n"}}, nil},
		{[]Run{{Text: "\n a"}, {Text: "b", Mark: true}, {Text: "\n\n"}}, []Run{{Text: "a"}, {Text: "b", Mark: true}}},
		{[]Run{{Text: "a \n"}}, []Run{{Text: "a"}}},
	} {
		got, marked := join2(trim(c.in))
		want, wantMarked := join2(c.want)
		if got != want || marked != wantMarked {
			t.Errorf("%v: got %q, %q", c.in, got, marked)
		}
	}
}

// TestTermsAlike: the commonest term is one line, and nothing is shown twice or
// left out.
func TestTermsAlike(t *testing.T) {
	days := func(list ...int) (terms []KeptTerm) {
		for i, d := range list {
			terms = append(terms, KeptTerm{Class: string(rune('a' + i)), Days: d})
		}
		return append(terms, KeptTerm{Class: "entries", Days: 365})
	}
	for _, c := range []struct {
		terms []KeptTerm
		alike int
	}{
		{days(365, 365, 365, 365), 4}, {days(365, 30, 365, 0, 365, 365), 4}, {days(365, 365, 365), 0},
		{days(0, 0, 0, 0, 0, 30, 30), 5}, {days(1, 2, 3, 4), 0}, {nil, 0},
	} {
		one, rest := apart(c.terms), alike(c.terms)
		if len(rest) != c.alike || len(one)+len(rest) != len(c.terms) {
			t.Errorf("%v: %v and %v", c.terms, one, rest)
		}
		for _, r := range rest {
			if r.Class == "entries" || r.Days != rest[0].Days {
				t.Errorf("%v in %v", r, rest)
			}
		}
	}
}
