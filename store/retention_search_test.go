package store

import (
	"testing"

	"coffre/chain"
)

// TestPrivateSearch: words are found in what is left, each search is an entry
// before its results are known, and none finds another.
func TestPrivateSearch(t *testing.T) {
	f := newFirm(t)
	rita := f.person(t, "rita", Auditor)
	first, second := f.said(t, f.alice, "Combien gagne le Directeur financier ?"), f.said(t, f.carol, "congés du directeur")
	for _, c := range []struct {
		words, reason, code string
		want                []uint64
	}{
		{"directeur", "enquête interne du 3 mai", "", []uint64{second, first}},
		{"DIRECTEUR gagne", "enquête interne du 3 mai", "", []uint64{first}},
		{"enquête interne", "enquête interne du 3 mai", "", nil},
		{"directeur", "court", "reason", nil},
		{"di", "enquête interne du 3 mai", "search-words", nil},
	} {
		hits, more, err := f.PrivateSearch(t.Context(), rita.Actor, chain.Event{}, c.words, c.reason)
		if c.code != "" {
			if AsError(err).Code != c.code {
				t.Errorf("%q %q: %v", c.words, c.reason, err)
			}
			continue
		}
		if err != nil || more || len(hits) != len(c.want) {
			t.Errorf("%q: %+v %v %v", c.words, hits, more, err)
			continue
		}
		for i, h := range hits {
			if h.Seq != c.want[i] || h.Excerpt == "" {
				t.Errorf("%q: %+v", c.words, h)
			}
		}
		head, _ := f.Head()
		f.View(func(v *View) error {
			e, err := v.Entry(head)
			if err != nil || e.Action != chain.AuditSearch || e.Detail["count"] != int64(len(hits)) || e.Sealed == "" {
				t.Errorf("entry: %+v %v", e, err)
			}
			return nil
		})
	}
}
