package page

import (
	"strings"
	"testing"

	"coffre/ui/look"
	"coffre/ui/words"
)

// TestSearchSaysWhy: each hit says how it was found, and the page says when no
// passage holds the words.
func TestSearchSaysWhy(t *testing.T) {
	word := Hit{Title: "Bail", Words: []string{"préavis"}, ByWords: true}
	both := Hit{Title: "Bail", Words: []string{"préavis", "bail"}, ByWords: true, ByMeaning: true}
	sense := Hit{Title: "Bail", ByMeaning: true}
	for _, c := range []struct {
		name        string
		hits        []Hit
		says, says2 string
		only        bool
	}{
		{"words", []Hit{word}, "By words: préavis", "", false},
		{"both", []Hit{both}, "By words: préavis and bail; and by meaning", "", false},
		{"one by meaning", []Hit{word, sense}, "By words: préavis", "By meaning, without any of your words", false},
		{"all by meaning", []Hit{sense, sense}, "By meaning, without any of your words", "", true},
		{"nothing", nil, "No passage found", "", false},
	} {
		var b strings.Builder
		if err := SearchPage(Search{Frame: look.Frame{L: words.English}, Query: "préavis", Hits: c.hits}).Render(t.Context(), &b); err != nil {
			t.Fatal(err)
		}
		body := b.String()
		if !strings.Contains(body, c.says) || !strings.Contains(body, c.says2) {
			t.Errorf("%s: doesn't say %q and %q", c.name, c.says, c.says2)
		}
		if got := strings.Contains(body, "No passage holds these words"); got != c.only {
			t.Errorf("%s: says that only meaning found something: %v", c.name, got)
		}
	}
}
