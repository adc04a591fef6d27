package llm

import (
	"cmp"
	"slices"
	"strings"

	"coffre/index"
)

// How sentences are chosen for quotes. Found with TestExtractivePIAF on 67 questions of piaf-fr that were
// labelled by hand (the same 67 that the weights were chosen on, and the choice is flat: neighbouring weights
// lose one or two of them). With the right paragraph given, the best sentence answers 75% and one of the quotes
// 85%; with the best five passages of a word search, which hold the right one in 87%, 66% and 75%. On the 70
// answerable questions of testdata/demo, with the best eight passages that the asker may read, the best
// sentence holds the whole answer for 58, the quotes together for 63 (118 quotes in all).
const (
	weightContext  = 0.45 // words of the question in the sentence before, in heading and title
	weightDocument = 0.20 // words of the question elsewhere in the passages of the same document
	weightCue      = 0.20 // the sentence holds the date, sum, name … that is asked for
	weightSource   = 0.60 // place of the passage in the search
	costQuestion   = 0.30 // a question answers none
	costFragment   = 0.25 // fewer than fragmentWords words
	fragmentWords  = 4
	keepBeside     = 0.80 // share of the best score that a further sentence needs
	maxSentences   = 3
	sameSentence   = 0.70 // share of common words at which two sentences say the same
	maxHeaderBytes = 240
)

// candidate is a sentence that could be quoted.
type candidate struct {
	p     *passage
	span  int
	score float64
	cover float64
}

// Extractive answers without a model: the sentences of the sources that answer the question best, at most
// three, each a quote with its citation. The mode is ModeQuotes, or ModeNone where no sentence shares a word
// with the question. It is pure.
func Extractive(question, lang string, sources []Source) Answer {
	if lang == "" {
		lang = index.DetectLanguage(question)
	}
	out := Answer{Mode: ModeNone, Lang: lang}
	var ps []*passage
	for _, s := range sources {
		ps = append(ps, newPassage(s, lang))
	}
	cs := rank(question, lang, ps)
	if len(cs) == 0 {
		return out
	}
	out.Mode = ModeQuotes
	var lines []string
	for _, c := range choose(cs) {
		cite := c.p.citation(verdict{from: c.span, to: c.span + 1})
		if slices.ContainsFunc(out.Citations, func(o Citation) bool { return o.Quote == cite.Quote }) {
			continue
		}
		text := neat(cite.Quote)
		if c.p == cs[0].p && c.span == cs[0].span {
			out.Best = len(out.Sentences)
		}
		out.Sentences = append(out.Sentences, Sentence{Text: text, Cites: []int{cite.N}, Citations: []int{len(out.Citations)}, Supported: true})
		out.Citations = append(out.Citations, cite)
		lines = append(lines, quoted(text, lang)+" ["+itoa(cite.N)+"]")
	}
	out.Text = strings.Join(lines, "\n")
	return out
}

// rank scores every sentence that shares a word with the question, best first.
func rank(question, lang string, ps []*passage) []candidate {
	byLang := map[string]*asked{}
	byDocument := map[string]map[string]bool{}
	best := 0.0
	for _, p := range ps {
		best = max(best, p.src.Score)
		if byLang[p.lang] == nil {
			byLang[p.lang] = askIn(question, p.lang, p.lang == lang, ps)
		}
		doc := byDocument[p.src.DocumentID]
		if doc == nil {
			doc = map[string]bool{}
			byDocument[p.src.DocumentID] = doc
		}
		for _, set := range append(p.terms, p.head()) {
			for t := range set {
				doc[t] = true
			}
		}
	}
	var out []candidate
	for _, p := range ps {
		place := 1.0
		if best > 0 {
			place = p.src.Score / best
		}
		out = append(out, p.candidates(byLang[p.lang], place, byDocument[p.src.DocumentID])...)
	}
	slices.SortStableFunc(out, func(a, b candidate) int { return cmp.Compare(b.score, a.score) })
	return out
}

// askIn reads a question as passages of one language are compared with it. In a language that is not the
// question's own, words that no passage has count too: one word that both languages share is little.
func askIn(question, lang string, own bool, ps []*passage) *asked {
	q := readQuestion(question, lang)
	var all []map[string]bool
	for _, p := range ps {
		if p.lang == lang {
			all = append(all, p.terms...)
		}
	}
	if own {
		q.weigh(all)
	} else {
		q.weighAll(all)
	}
	return &q
}

func (p *passage) candidates(q *asked, place float64, document map[string]bool) []candidate {
	var out []candidate
	head := p.head()
	whole := q.coverage(document)
	for i, sp := range p.spans {
		if sp.Kind == Heading {
			continue
		}
		cover := q.coverage(p.terms[i])
		around := q.coverage(union(head, p.terms[max(0, i-1)], p.terms[i]))
		if around == 0 {
			continue
		}
		score := cover + weightContext*(around-cover) + weightDocument*(whole-around) + weightSource*place
		out = append(out, candidate{p, i, score + p.form(q, i), cover})
	}
	return out
}

// form is what speaks for or against a sentence apart from the words that it shares with the question.
func (p *passage) form(q *asked, i int) (score float64) {
	text := p.src.Text[p.spans[i].Start:p.spans[i].End]
	if met, _ := q.want.met(text, p.facts[i], q.facts, q.names); met {
		score += weightCue
	}
	if strings.HasSuffix(text, "?") {
		score -= costQuestion
	}
	if strings.HasSuffix(text, ":") || p.spans[i].Kind == Prose && len(strings.Fields(text)) < fragmentWords {
		score -= costFragment
	}
	return score
}

// head is what the title and the headings over the passage say.
func (p *passage) head() map[string]bool {
	head := terms(p.src.Title+"\n"+p.src.Heading, p.lang)
	for _, m := range findFacts(p.src.Title+"\n"+p.src.Heading, p.lang).marks() {
		head[m] = true
	}
	return head
}

func union(sets ...map[string]bool) map[string]bool {
	out := map[string]bool{}
	for _, s := range sets {
		for t := range s {
			out[t] = true
		}
	}
	return out
}

// choose takes the best sentence, what it needs to be understood, and what adds to it.
func choose(cs []candidate) []candidate {
	best := cs[0]
	out := []candidate{best}
	if before, ok := best.lead(); ok {
		out = []candidate{before, best}
	}
	for _, c := range cs[1:] {
		if len(out) == maxSentences || c.score < keepBeside*best.score || c.cover == 0 {
			break
		}
		if !slices.ContainsFunc(out, func(o candidate) bool { return o.same(c) }) {
			out = append(out, c)
		}
	}
	return inOrder(out)
}

// lead is what a quote needs before it: the head of its table, or, where it begins with a pronoun, the
// sentence that tells who is meant.
func (c candidate) lead() (candidate, bool) {
	p := c.p
	if c.span == 0 {
		return candidate{}, false
	}
	if p.spans[c.span].Kind == Row {
		first := c.span
		for first > 0 && p.spans[first-1].Kind == Row {
			first--
		}
		sp := p.spans[first]
		if first == c.span || len(p.facts[first].figures) > 0 || sp.End-sp.Start > maxHeaderBytes {
			return candidate{}, false
		}
		return candidate{p: p, span: first}, true
	}
	ts := nameTokens(p.src.Text[p.spans[c.span].Start:p.spans[c.span].End])
	if len(ts) == 0 || !pronouns[ts[0].form] || p.spans[c.span-1].Kind != Prose {
		return candidate{}, false
	}
	return candidate{p: p, span: c.span - 1}, true
}

var pronouns = set("il elle ils elles celui celle ceux celles ce cela ceci cette ces il's it he she they this these those that such")

// same tells whether two sentences are one, or say nearly the same.
func (c candidate) same(o candidate) bool {
	if c.p == o.p && c.span == o.span {
		return true
	}
	a, b := c.p.terms[c.span], o.p.terms[o.span]
	if len(a) == 0 || len(b) == 0 {
		return false
	}
	both := 0
	for t := range a {
		if b[t] {
			both++
		}
	}
	return float64(both) >= sameSentence*float64(min(len(a), len(b)))
}

// inOrder puts sentences of one passage in its order, passages in the order of their best sentence.
func inOrder(cs []candidate) []candidate {
	rank := map[*passage]int{}
	for i, c := range cs {
		if _, ok := rank[c.p]; !ok {
			rank[c.p] = i
		}
	}
	slices.SortStableFunc(cs, func(a, b candidate) int {
		if a.p != b.p {
			return rank[a.p] - rank[b.p]
		}
		return a.span - b.span
	})
	return cs
}

// neat is a quote as it is read: one line, cells apart, no [12] that could be taken for a citation of ours.
func neat(quote string) string {
	s := strings.NewReplacer("\t", " | ").Replace(quote)
	s = strings.Trim(strings.Join(strings.Fields(s), " "), "| ")
	ms := findMarkers(s)
	ms = slices.DeleteFunc(ms, func(m marker) bool { return m.prose })
	s, _ = cut(s, ms)
	return strings.TrimSpace(s)
}

func quoted(s, lang string) string {
	if lang == "en" {
		return "“" + s + "”"
	}
	return "« " + s + " »"
}
