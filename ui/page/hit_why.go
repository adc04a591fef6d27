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
	Reranker       string   // the model that put it where it is, "" for none
	Before         int      // its place before that
	Reranked       float64  // what that model thinks of it
	Joined         []HitWhy // of the passages beside it that are part of it, found by themselves
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
	for _, o := range w.Joined {
		out = append(out, o.beside(l))
	}
	if w.Reranker != "" {
		out = append(out, l.T("hit.reranked", "model", w.Reranker, "score", figure(l, w.Reranked), "n", w.Before))
	}
	if w.Title {
		out = append(out, l.T("hit.title"))
	}
	if w.Recent {
		out = append(out, l.T("hit.recent"))
	}
	return out
}

// beside is how a passage was found that touches the better one.
func (w HitWhy) beside(l words.Lang) string {
	switch {
	case w.Words > 0 && w.Meaning > 0:
		return l.T("hit.joined-both", "words", w.Words, "meaning", w.Meaning)
	case w.Meaning > 0:
		return l.T("hit.joined-meaning", "n", w.Meaning)
	}
	return l.T("hit.joined-words", "n", w.Words)
}

// figure is a score with two decimals, as a language writes it.
func figure(l words.Lang, x float64) string {
	s := strconv.FormatFloat(x, 'f', 2, 64)
	if l == "fr" {
		return s[:len(s)-3] + "," + s[len(s)-2:]
	}
	return s
}
