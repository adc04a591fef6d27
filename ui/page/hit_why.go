package page

import (
	"strconv"

	"coffre/ui/words"
)

// HitWhy is why a passage stands where it does in a list of results.
type HitWhy struct {
	Words, Meaning int     // its places in both ways of searching, 0 for none
	BM25, Cosine   float64 // its scores there
	Coverage       int     // of the query, in percent by weight of the words
	Title, Recent  bool    // moved up for its title, for its date
	Also           []AlsoIn
}

// AlsoIn is another document with nearly the same text.
type AlsoIn struct {
	DocumentID, Version, Title string
	Start, End                 int
}

// lines are the reasons, one a line.
func (w HitWhy) lines(l words.Lang) []string {
	var out []string
	if w.Words > 0 {
		out = append(out, l.T("hit.words", "n", w.Words, "score", figure(l, w.BM25), "covered", w.Coverage))
	}
	if w.Meaning > 0 {
		out = append(out, l.T("hit.meaning", "n", w.Meaning, "score", figure(l, w.Cosine)))
	} else if w.Cosine != 0 {
		out = append(out, l.T("hit.cosine", "score", figure(l, w.Cosine)))
	}
	if w.Title {
		out = append(out, l.T("hit.title"))
	}
	if w.Recent {
		out = append(out, l.T("hit.recent"))
	}
	return out
}

// figure is a score with two decimals, as a language writes it.
func figure(l words.Lang, x float64) string {
	s := strconv.FormatFloat(x, 'f', 2, 64)
	if l == "fr" {
		return s[:len(s)-3] + "," + s[len(s)-2:]
	}
	return s
}
