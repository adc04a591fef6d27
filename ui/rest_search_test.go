package ui

import (
	"net/url"
	"slices"
	"strings"
	"testing"
)

// TestSearchSaysWhatItDid: a corrected word and a phrase that nobody wrote are
// told, and neither of what was found as it was typed.
func TestSearchSaysWhatItDid(t *testing.T) {
	w := newWalk(t)
	for _, c := range []struct {
		query, typed string
		loose        bool
	}{
		{"préavis", "", false},
		{"préavsi", "préavsi", false},
		{`préavis "préavis préavis préavis"`, "", true},
	} {
		var got searchJSON
		w.call(w.session(w.insider), "GET", "/api/v1/search?q="+url.QueryEscape(c.query), nil).json(t, &got)
		if len(got.Hits) == 0 || got.Loose != c.loose {
			t.Errorf("%s: %d hits, loose %v", c.query, len(got.Hits), got.Loose)
		}
		switch {
		case c.typed == "" && len(got.Corrected) == 0:
		case len(got.Corrected) == 1 && got.Corrected[0] == (correctionJSON{c.typed, "préavis"}):
		default:
			t.Errorf("%s: corrected %+v", c.query, got.Corrected)
		}
	}
}

// TestSearchLeavesOut: what a minus leaves out is told, by REST and on the page.
func TestSearchLeavesOut(t *testing.T) {
	w := newWalk(t)
	var got searchJSON
	query := url.QueryEscape("préavis -introuvable")
	w.call(w.session(w.insider), "GET", "/api/v1/search?q="+query, nil).json(t, &got)
	if len(got.Hits) == 0 || !slices.Equal(got.Excluded, []string{"introuvable"}) {
		t.Errorf("%d hits, left out %v", len(got.Hits), got.Excluded)
	}
	if r := w.call(w.session(w.insider), "GET", "/search?q="+query, nil); !strings.Contains(r.body, "introuvable.</p>") {
		t.Errorf("the page, %d, doesn't say so", r.status)
	}
	w.call(w.session(w.insider), "GET", "/api/v1/search?q="+url.QueryEscape("préavis -préavis"), nil).json(t, &got)
	if len(got.Hits) != 0 {
		t.Errorf("%d hits hold what was left out", len(got.Hits))
	}
}
