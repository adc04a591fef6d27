package ui

import (
	"math"
	"strings"

	"coffre/index"
	"coffre/llm"
	"coffre/store"
	"coffre/ui/page"
)

// explain fills in what lets a reader follow an answer: which words of the
// question the passages hold, and the rule by which it was given.
func explain(out *page.Answer, m store.Message, question string, sources []llm.Source) {
	out.Why = page.Why{
		Declined: m.Mode == llm.ModeModel,
		Judged:   m.Least > 0, Sure: asPercent(m.Sure), Least: asPercent(m.Least),
	}
	lang := index.DetectLanguage(question)
	if lang == "" && len(sources) > 0 {
		lang = sources[0].Lang
	}
	spans := wordSpans(question, lang)
	found := make([]bool, len(spans))
	best := 0.0
	for i, s := range sources {
		best = max(best, s.Coverage)
		for _, k := range heldSpans(question, lang, spans, s) {
			found[k] = true
			out.Sources[i].Matched = append(out.Sources[i].Matched, question[spans[k].Start:spans[k].End])
		}
	}
	for k, sp := range spans {
		out.Why.Terms = append(out.Why.Terms, page.Term{Word: question[sp.Start:sp.End], Found: found[k]})
	}
	out.Why.Coverage = asPercent(best)
}

func asPercent(share float64) int { return int(math.Round(share * 100)) }

// heldSpans are the numbers of those words of a question that a passage, its
// heading or its title holds.
func heldSpans(question, lang string, spans []page.Span, s llm.Source) []int {
	held := map[string]bool{}
	for _, w := range index.Words(s.Title+"\n"+s.Heading+"\n"+s.Text, s.Lang) {
		held[w.Term] = true
	}
	terms := termsAt(question, orElse(s.Lang, lang))
	var out []int
	for k, sp := range spans {
		if held[terms[sp.Start]] {
			out = append(out, k)
		}
	}
	return out
}

// wordSpans are the words of a question that count, each once, as typed.
func wordSpans(question, lang string) []page.Span {
	var out []page.Span
	seen := map[string]bool{}
	for _, w := range index.Words(question, lang) {
		word := strings.ToLower(question[w.Start:w.End])
		inside := len(out) > 0 && w.Start <= out[len(out)-1].Start
		if !seen[word] && !inside {
			out = append(out, page.Span{Start: w.Start, End: w.End})
		}
		seen[word] = true
	}
	return out
}

// termsAt is the question as a language's index sees it, by where a word begins.
func termsAt(question, lang string) map[int]string {
	out := map[int]string{}
	for _, w := range index.Words(question, lang) {
		if _, ok := out[w.Start]; !ok {
			out[w.Start] = w.Term
		}
	}
	return out
}

func orElse(s, other string) string {
	if s == "" {
		return other
	}
	return s
}

// whyHit is why a passage stands where it does.
func whyHit(h store.SearchHit, by store.Rerank) page.HitWhy {
	w := page.HitWhy{
		Words: h.Hit.BM25Rank, Meaning: h.Hit.VectorRank, BM25: h.Hit.BM25, Cosine: h.Hit.Cosine, Coverage: asPercent(h.Hit.Coverage),
	}
	if h.Before > 0 {
		w.Reranker, w.Before, w.Reranked = by.Model, h.Before, h.Reranked
	}
	for _, o := range h.Joined {
		w.Joined = append(w.Joined, page.HitWhy{Words: o.BM25Rank, Meaning: o.VectorRank})
	}
	for _, s := range h.Signals {
		w.Title, w.Recent = w.Title || s.Name == store.SignalTitle, w.Recent || s.Name == store.SignalRecent
	}
	for _, a := range h.Also {
		w.Also = append(w.Also, page.AlsoIn{DocumentID: a.DocumentID, Version: a.Version, Title: a.Title, Start: a.Start, End: a.End})
	}
	return w
}
