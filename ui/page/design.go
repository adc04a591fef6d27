package page

import (
	"coffre/ui/look"
)

// Design is the page for those who work on coffre itself: every token and
// component in every state, in both themes side by side.
type Design struct{ look.Frame }

var tones = []look.Tone{look.Plain, look.Good, look.Warn, look.Bad, look.Busy}

func (v Design) choices() []look.Choice {
	return []look.Choice{{Value: "a", Label: v.L.T("design.one"), Selected: true}, {Value: "b", Label: v.L.T("design.two"), Hint: "14"}}
}

func (v Design) answer() Answer {
	text := v.L.T("design.passage")
	return Answer{
		Model: "mistral-small:24b", Seq: 1284,
		Sentences: []Sentence{
			{Text: v.L.T("design.supported"), Cites: []int{1}, Supported: true},
			{Text: v.L.T("design.unsupported"), Cites: []int{1}, Reason: "number"},
		},
		Sources: []Source{{N: 1, Title: v.L.T("design.title"), Page: 2, Runs: Mark(text, Span{End: len(text) / 2}), Cited: true, WordsRank: 1, MeaningRank: 2, Matched: []string{v.L.T("design.word")}}},
		Why:     Why{Terms: []Term{{Word: v.L.T("design.word"), Found: true}, {Word: "zibelouk"}}},
	}
}
