package index

import "testing"

func TestDetectLanguageOnCollections(t *testing.T) {
	for _, c := range []struct{ name, lang string }{
		{"piaf-fr", "fr"}, {"cdtn-fr", "fr"}, {"cranfield", "en"}, {"cisi", "en"}, {"nfcorpus-pre", "en"},
	} {
		t.Run(c.name, func(t *testing.T) {
			d := collection(t, c.name)
			var queries, passages tally
			for _, q := range d.Queries {
				queries.add(DetectLanguage(q.Text), c.lang)
			}
			for _, doc := range d.Documents {
				passages.add(DetectLanguage(doc.Text), c.lang)
			}
			t.Logf("queries %v passages %v", queries, passages)
		})
	}
}

// tally counts answers: right, unknown, wrong.
type tally [3]int

func (n *tally) add(got, want string) {
	switch got {
	case want:
		n[0]++
	case "":
		n[1]++
	default:
		n[2]++
	}
}
