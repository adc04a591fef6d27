package page

import (
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"coffre/ui/words"
)

// Why is what an answer rests on, for a reader who wants to follow it. The
// passages themselves, their ranks and the verdict on each sentence are in
// Answer.
type Why struct {
	Terms []Term // the words of the question that count, in its order
	// Declined: a model was asked and said that the passages don't answer.
	Declined bool
	// Coverage is how much of the question the best passage holds, in percent
	// by weight of its words; 0 where it isn't known any more.
	Coverage int
	// Judged: it is known how probable it was that the passages hold the answer.
	// Sure is that, and Least what the setting asks for, in percent.
	Judged      bool
	Sure, Least int
}

// Term is a word of the question as typed, and whether a passage holds it.
type Term struct {
	Word  string
	Found bool
}

// missing are the words that no passage holds.
func (w Why) missing() []string {
	var out []string
	for _, t := range w.Terms {
		if !t.Found {
			out = append(out, t.Word)
		}
	}
	return out
}

// rule is by which rule the answer came about, in a sentence.
func (a Answer) rule(l words.Lang) string {
	switch {
	case a.Abstained && a.Why.Declined:
		return l.T("why.declined")
	case a.Abstained && a.Why.Judged && a.Why.Sure >= a.Why.Least:
		return l.T("why.unquotable")
	case a.Abstained:
		return l.T("why.abstained")
	case a.Quotes:
		return l.T("why.quoted")
	}
	return l.T("why.written")
}

// verdict is what the check of a sentence came to.
func (s Sentence) verdict(l words.Lang, quotes bool) string {
	switch {
	case !s.Supported:
		return l.Or("reason", s.Reason)
	case quotes:
		return l.T("why.verbatim", "count", len(s.Cites), "n", l.List(numbers(s.Cites)))
	}
	return l.T("why.supported", "count", len(s.Cites), "n", l.List(numbers(s.Cites)))
}

func numbers(all []int) []string {
	out := make([]string, len(all))
	for i, n := range all {
		out[i] = strconv.Itoa(n)
	}
	return out
}

// How much of a passage a citation's popover shows, bytes: of the cited text,
// and of what stands around it.
const (
	peekCited  = 420
	peekAround = 90
)

// excerpt is what a popover shows of a passage: what is cited with a little
// around it, or its beginning where nothing is cited yet.
func (s Source) excerpt() []Run {
	all := trim(s.Runs)
	first := slices.IndexFunc(all, func(r Run) bool { return r.Mark })
	if first < 0 {
		return []Run{{Text: headOf(joinRuns(all), peekCited)}}
	}
	out := []Run{}
	if before := joinRuns(all[:first]); before != "" {
		out = append(out, Run{Text: tailOf(before, peekAround)})
	}
	left := peekCited
	for _, r := range all[first:] {
		most := left
		if !r.Mark {
			most = min(left, peekAround)
		}
		cut := headOf(r.Text, most)
		out = append(out, Run{Text: cut, Mark: r.Mark})
		if left -= len(r.Text); left <= 0 || len(cut) < len(r.Text) {
			break
		}
	}
	return out
}

func joinRuns(all []Run) string {
	var b strings.Builder
	for _, r := range all {
		b.WriteString(r.Text)
	}
	return b.String()
}

// headOf is the beginning of a text, at most n bytes, ended at a word.
func headOf(s string, n int) string {
	if len(s) <= n {
		return s
	}
	n = border(s, max(n, 0))
	if i := strings.LastIndexAny(s[:n], " \n"); i > n/2 {
		n = i
	}
	return strings.TrimRight(s[:n], " \n") + "…"
}

// tailOf is the end of a text, at most n bytes, begun at a word.
func tailOf(s string, n int) string {
	if len(s) <= n {
		return s
	}
	from := len(s) - n
	for from < len(s) && !utf8.RuneStart(s[from]) {
		from++
	}
	if i := strings.IndexAny(s[from:], " \n"); i >= 0 && i < n/2 {
		from += i + 1
	}
	return "…" + s[from:]
}

func peekID(turn string, n int) string { return sourceID(turn, n) + "-peek" }

// ranks says where each way of searching had the passage, or nothing where
// that isn't known.
func (s Source) ranks(l words.Lang) string {
	switch {
	case s.WordsRank > 0 && s.MeaningRank > 0:
		return l.T("why.both-ranks", "words", s.WordsRank, "meaning", s.MeaningRank)
	case s.WordsRank > 0:
		return l.T("why.words-rank", "words", s.WordsRank)
	case s.MeaningRank > 0:
		return l.T("why.meaning-rank", "meaning", s.MeaningRank)
	}
	return ""
}
