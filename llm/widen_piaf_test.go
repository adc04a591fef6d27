package llm

import (
	"testing"

	"coffre/store"
)

// articles are the paragraphs of piaf-fr as passages of their articles, by
// ordinal from 1.
func (p *piaf) articles() (passages []store.Passage, texts map[string]string) {
	texts = map[string]string{}
	for i, d := range p.docs {
		text := texts[d.Title]
		passages = append(passages, store.Passage{
			Ordinal: uint32(i + 1), Version: d.Title, Start: len(text), End: len(text) + len(d.Text) + 2, Lang: "fr", Text: d.Text + "\n\n",
		})
		texts[d.Title] = text + d.Text + "\n\n"
	}
	return passages, texts
}

// besideIn is View.Around over passages in memory.
func besideIn(passages []store.Passage, texts map[string]string) beside {
	return func(ordinal uint32, whole int) (out []store.Passage, complete bool, _ error) {
		p := passages[ordinal-1]
		complete = len(texts[p.Version]) <= whole
		for _, o := range passages {
			near := o.Ordinal+1 >= ordinal && o.Ordinal <= ordinal+1
			if o.Version == p.Version && (near || complete) {
				out = append(out, o)
			}
		}
		return out, complete, nil
	}
}

// TestWidenPIAF measures quotes from passages with what stands around them, where
// paragraphs are passages of their articles: short ones whole, longer ones with
// their neighbours. Each quote must be the article's text, byte for byte.
func TestWidenPIAF(t *testing.T) {
	p := piafSet(t)
	want := labels(t)
	passages, texts := p.articles()
	var n, first, any, firstWide, anyWide int
	for _, q := range p.queries {
		words, ok := want[q.ID]
		if !ok {
			continue
		}
		n++
		sources := p.sources(t, q.Text, found, -1)
		for i, s := range sources {
			ps := passages[s.Ordinal-1]
			sources[i].DocumentID, sources[i].Version, sources[i].Start, sources[i].End, sources[i].Text = ps.Version, ps.Version, ps.Start, ps.End, ps.Text
		}
		f, a := hits(Extractive(q.Text, "fr", sources), words)
		first, any = first+f, any+a
		wide, err := widen(sources, roomToQuote, besideIn(passages, texts))
		if err != nil {
			t.Fatal(err)
		}
		answer := Extractive(q.Text, "fr", wide)
		f, a = hits(answer, words)
		firstWide, anyWide = firstWide+f, anyWide+a
		for _, c := range answer.Citations {
			if texts[c.DocumentID][c.Start:c.End] != c.Quote {
				t.Errorf("question %s: a quote is not the text of its range", q.ID)
			}
		}
	}
	t.Logf("%d questions, %d passages each: best sentence answers %s, one of the quotes %s; with what stands around them %s and %s",
		n, found, percent(first, n), percent(any, n), percent(firstWide, n), percent(anyWide, n))
	if firstWide*100 < n*65 || anyWide*100 < n*68 {
		t.Error("quotes from what stands around passages have become worse than when it was introduced")
	}
}
