package llm

import (
	"fmt"
	"strings"
	"testing"

	"coffre/store"
)

// pages are n passages of about 40 tokens in each of the versions named.
func pages(n int, versions ...string) (all []store.Passage, texts map[string]string) {
	texts = map[string]string{}
	for _, v := range versions {
		for range n {
			o := uint32(len(all) + 1)
			text := fmt.Sprintf("Le passage %d de %s dit ce que les autres ne disent pas, et rien de plus.\n", o, v)
			at := len(texts[v])
			texts[v] += text
			all = append(all, store.Passage{Ordinal: o, Version: v, Start: at, End: at + len(text), Text: text, Lang: "fr", Heading: v})
		}
	}
	return all, texts
}

func foundAt(all []store.Passage, ordinals ...uint32) (out []Source) {
	for i, o := range ordinals {
		p := all[o-1]
		out = append(out, Source{
			N: i + 1, DocumentID: "d" + p.Version, Version: p.Version, Title: p.Version, Lang: p.Lang, Start: p.Start, End: p.End, Text: p.Text,
			Ordinal: o, Score: 1 / float64(i+1), Heading: p.Heading,
		})
	}
	return out
}

func TestWiden(t *testing.T) {
	all, texts := pages(1000, "a", "b", "c") // longer than is read whole
	short, shortTexts := pages(5, "a", "b", "c", "d")
	for _, c := range []struct {
		name     string
		passages []store.Passage
		texts    map[string]string
		ordinals []uint32
		room     int
		want     string // ordinals of the sources, best first
	}{
		{"neighbours", all, texts, []uint32{10, 1500}, roomToQuote, "9-11 1499-1501"},
		{"hits that touch, and those with one passage between", all, texts, []uint32{10, 12, 500}, roomToQuote, "9-13 499-501"},
		{"ends of a version", all, texts, []uint32{1, 1000, 1001}, roomToQuote, "1-2 999-1000 1001-1002"},
		{"short ones whole, the first three", short, shortTexts, []uint32{3, 8, 13, 18}, roomToQuote, "1-5 6-10 11-15 17-19"},
		{"short ones, two hits of one", short, shortTexts, []uint32{5, 8, 1}, roomToQuote, "1-5 6-10"},
		{"room for what was found and one whole", short, shortTexts, []uint32{3, 8}, 260, "1-5 8-8"},
		{"room for what was found alone", short, shortTexts, []uint32{3, 8}, 160, "3-3 8-8"},
		{"no room: as it came", short, shortTexts, []uint32{3, 8}, 10, "3-3 8-8"},
		{"neighbours of the first five alone", all, texts, []uint32{10, 20, 30, 40, 50, 60}, roomToQuote, "9-11 19-21 29-31 39-41 49-51 60-60"},
		{"nothing", all, texts, nil, roomToQuote, ""},
	} {
		got, err := widen(foundAt(c.passages, c.ordinals...), c.room, besideIn(c.passages, c.texts))
		if err != nil {
			t.Fatal(err)
		}
		var ranges []string
		tokens := 0
		for i, s := range got {
			parts := s.parts()
			ranges = append(ranges, fmt.Sprintf("%d-%d", parts[0].Ordinal, parts[len(parts)-1].Ordinal))
			tokens += frame(s) + EstimateTokens(s.Text)
			if s.N != i+1 || c.texts[s.Version][s.Start:s.End] != s.Text {
				t.Errorf("%s: source %d is numbered %d, or its text isn't that of its range", c.name, i+1, s.N)
			}
		}
		if r := strings.Join(ranges, " "); r != c.want {
			t.Errorf("%s: %s, want %s", c.name, r, c.want)
		}
		if c.room > 100 && tokens > c.room {
			t.Errorf("%s: %d tokens where there is room for %d", c.name, tokens, c.room)
		}
	}
}

// TestNarrowed: what was read and not needed is not shown; what is quoted is.
func TestNarrowed(t *testing.T) {
	all, texts := pages(5, "a")
	wide, err := widen(foundAt(all, 2), roomToQuote, besideIn(all, texts))
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		quoted uint32
		want   string
	}{{0, "2-2"}, {2, "2-2"}, {4, "2-4"}, {1, "1-2"}} {
		var quotes []Citation
		if c.quoted > 0 {
			quotes = []Citation{{N: 1, Start: all[c.quoted-1].Start + 3, End: all[c.quoted-1].End}}
		}
		s := narrowed(wide, quotes)[0]
		parts := s.parts()
		if got := fmt.Sprintf("%d-%d", parts[0].Ordinal, parts[len(parts)-1].Ordinal); got != c.want || texts["a"][s.Start:s.End] != s.Text {
			t.Errorf("quote in %d: %s, want %s", c.quoted, got, c.want)
		}
	}
}

// TestCheckLongSource: a sentence must be carried by a passage or two that touch,
// not by words that a long source holds somewhere.
func TestCheckLongSource(t *testing.T) {
	texts := []string{
		"Le bail de Vorane se dénonce avec un préavis de six mois.\n\n",
		"Les travaux de toiture sont à la charge du bailleur.\n\n",
		"La caution de Marcheroux est de 4 200 euros.\n\n",
		"Elle est rendue au départ du locataire.\n\n",
	}
	s := Source{N: 1, DocumentID: "d", Version: "v", Lang: "fr", Ordinal: 1}
	for i, text := range texts {
		s.Parts = append(s.Parts, Part{Ordinal: uint32(i + 1), Start: len(s.Text), End: len(s.Text) + len(text), Page: i + 1})
		s.Text += text
	}
	s.End = len(s.Text)
	for _, c := range []struct {
		said      string
		supported bool
		page      int
	}{
		{"Le bail de Vorane se dénonce avec un préavis de six mois [1].", true, 1},
		{"La caution de Marcheroux est de 4 200 euros [1].", true, 3},
		{"La caution de Marcheroux est rendue au départ du locataire [1].", true, 3},
		{"Le préavis du bail de Vorane est de 4 200 euros [1].", false, 0},
		{"La caution du bail de Vorane est de 4 200 euros [1].", false, 0},
	} {
		a := Check(c.said, []Source{s})
		if len(a.Sentences) != 1 || a.Sentences[0].Supported != c.supported {
			t.Errorf("%s: %+v", c.said, a.Sentences)
			continue
		}
		cite := a.Citations[0]
		if s.Text[cite.Start:cite.End] != cite.Quote || c.supported && cite.Page != c.page {
			t.Errorf("%s: cited %q on page %d", c.said, cite.Quote, cite.Page)
		}
	}
}

const reglement = "Règlement du magasin de Corvane.\n\n" +
	"La réserve du magasin de Corvane est fermée à clé chaque soir par le responsable.\n\n" +
	"Elle n'est rouverte qu'à sept heures.\n\n" +
	"Les livraisons se font par la cour."

// TestAskReadsAround: what stands beside a passage found is read for the answer,
// recorded, and read back as it was shown, unless a right has ended since.
func TestAskReadsAround(t *testing.T) {
	d := newDesk(t)
	d.document(t, store.Grants{store.Everyone}, "corvane.txt", reglement)
	res, err := d.asker.Ask(t.Context(), d.Tenant, d.bob, Request{Question: "À quelle heure la réserve du magasin de Corvane est-elle rouverte ?"}, func(Event) {})
	if err != nil || res.Abstained {
		t.Fatalf("abstained %t, %v", res.Abstained, err)
	}
	if !strings.Contains(res.Answer.Text, "sept heures") {
		t.Errorf("answer %q", res.Answer.Text)
	}
	if s := res.Sources[0]; len(s.Parts) < 2 || reglement[s.Start:s.End] != s.Text {
		t.Errorf("source %+v", s)
	}
	var said []Said
	err = d.View(func(v *store.View) error {
		c, err := v.Conversation(d.bob, res.Message.Conversation)
		if err == nil {
			said, err = Recall(v, d.bob, c)
		}
		return err
	})
	if err != nil || len(said) != 1 || said[0].Withdrawn {
		t.Fatalf("recalled %+v, %v", said, err)
	}
	for i, s := range said[0].Sources {
		if was := res.Sources[i]; s.Start != was.Start || s.End != was.End || s.Text != was.Text || s.N != was.N {
			t.Errorf("source %d was [%d,%d), is read back as [%d,%d)", i+1, was.Start, was.End, s.Start, s.End)
		}
	}
	for i, c := range said[0].Answer.Citations {
		if c.Quote != res.Answer.Citations[i].Quote || c.Quote == "" {
			t.Errorf("quote %q read back as %q", res.Answer.Citations[i].Quote, c.Quote)
		}
	}
}
