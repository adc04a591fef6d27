package llm

import (
	"cmp"
	"slices"
	"strings"

	"coffre/index"
)

// How sentences are chosen for quotes. Found with TestExtractivePIAF on 67 questions of piaf-fr that were
// labelled by hand, and with the questions of testdata/demo that have an even number; neighbouring weights lose
// one or two of them. With the right paragraph of piaf-fr given, the best quote answers 81% and one of the
// quotes 82%; with the best five passages of a word search, which hold the right one in 87%, 72% and 73%. What
// testdata/demo comes to is measured by `coffre eval --answers`.
const (
	weightContext  = 0.45 // words of the question in the sentence before, in heading and title
	weightDocument = 0.20 // words of the question elsewhere in the passages of the same document
	weightCue      = 0.20 // the sentence holds the date, sum, name … that is asked for
	weightNames    = 0.20 // proper names of the question that its document holds
	weightSource   = 0.60 // place of the passage in the search
	placeBeside    = 0.50 // of that, for a passage beside one that was found
	costQuestion   = 0.30 // a question answers none
	costFragment   = 0.25 // fewer than fragmentWords words
	costYear       = 0.30 // its document's title names another year than the question
	fragmentWords  = 4
	keepMet        = 0.80 // share of the best score from which a sentence that holds what is asked for goes first
	keepBeside     = 0.85 // share of the best score that a further sentence needs
	keepOther      = 0.97 // the same for one of another document
	minTopic       = 0.35 // share of the topic in and around a sentence that is to give a figure or a date
	maxSentences   = 3
	sameSentence   = 0.70 // share of common words at which two sentences say the same
	maxHeaderBytes = 240
)

// candidate is a sentence that could be quoted.
type candidate struct {
	about   *asked
	p       *passage
	span    int
	score   float64
	cover   float64 // share of the question's idf mass in the sentence
	whole   float64 // the same for its document
	names   float64 // share of the question's proper names in its document
	other   bool    // its document is of another year than the question
	foreign bool    // it is not in the question's language
	held    int     // figures, dates and codes of the question that it holds
	met     bool    // it holds the kind of thing that is asked for
}

// Extractive answers without a model: the sentences of the sources that answer the question best, at most
// three quotes, each with its citation. The mode is ModeQuotes, or ModeNone where no sentence shares a word
// with the question, or the best one would give a figure of something else. It is pure.
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
	if len(cs) == 0 || cs[0].astray() {
		return out
	}
	out.Mode = ModeQuotes
	var lines []string
	for _, g := range choose(cs) {
		cite := g.p.citation(verdict{from: g.from, to: g.to})
		if slices.ContainsFunc(out.Citations, func(o Citation) bool { return o.Quote == cite.Quote }) {
			continue
		}
		text := neat(cite.Quote)
		if g.p == cs[0].p && g.from <= cs[0].span && cs[0].span < g.to {
			out.Best = len(out.Sentences)
		}
		out.Sentences = append(out.Sentences, Sentence{Text: text, Cites: []int{cite.N}, Citations: []int{len(out.Citations)}, Supported: true})
		out.Citations = append(out.Citations, cite)
		lines = append(lines, quoted(text, lang)+" ["+itoa(cite.N)+"]")
	}
	out.Text = strings.Join(lines, "\n")
	return out
}

// rank scores every sentence that could answer the question, best first.
func rank(question, lang string, ps []*passage) []candidate {
	docs := documentsOf(ps)
	byLang := map[string]*asked{}
	best := 0.0
	for _, p := range ps {
		best = max(best, p.src.Score)
		if byLang[p.lang] == nil {
			byLang[p.lang] = askIn(question, p.lang, p.lang == lang, ps)
		}
	}
	about := map[string]*asked{}
	for l, q := range byLang {
		docs = q.holding(docs)
		about[l] = topic(question, l, ps)
	}
	var out []candidate
	for _, p := range ps {
		d := docs[p.src.DocumentID]
		if d == nil {
			continue
		}
		for _, c := range p.candidates(byLang[p.lang], best, d) {
			c.about = about[p.lang]
			out = append(out, c)
		}
	}
	slices.SortStableFunc(out, func(a, b candidate) int { return cmp.Compare(b.score, a.score) })
	return preferMet(out)
}

// preferMet puts a sentence first that holds what is asked for, if one is nearly as good as the best and as much
// on the topic.
func preferMet(cs []candidate) []candidate {
	if len(cs) == 0 || cs[0].met {
		return cs
	}
	least := cs[0].onTopic()
	for i, c := range cs {
		if c.score < keepMet*cs[0].score {
			break
		}
		if c.met && (c.cover > 0 || c.foreign) && c.onTopic() >= least {
			return slices.Insert(slices.Delete(cs, i, i+1), 0, c)
		}
	}
	return cs
}

// askIn reads a question as passages of one language are compared with it. In a language that is not the
// question's own, words that no passage has count too: one word that both languages share is little.
func askIn(question, lang string, own bool, ps []*passage) *asked {
	q := readQuestion(question, lang)
	q.own = own
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

// candidates are the sentences that could be quoted; best is the best score of a source.
func (p *passage) candidates(q *asked, best float64, d *document) []candidate {
	var out []candidate
	given := q.references(d)
	whole := q.coverage(d.terms)
	names, other := q.named(d), q.otherYear(d)
	for i, sp := range p.spans {
		text, head := p.src.Text[sp.Start:sp.End], p.head(i)
		if sp.Kind == Heading || q.repeats(p.terms[i], head) || q.rival(p.terms[i]) || d.running(text) {
			continue
		}
		cover := q.coverage(p.terms[i])
		said := q.coverage(union(given, p.terms[i]))
		around := q.coverage(union(given, head, p.terms[max(0, i-1)], p.terms[i]))
		if around == 0 {
			continue
		}
		c := candidate{p: p, span: i, cover: cover, whole: whole, names: names, other: other, foreign: !q.own, held: q.marked(p.terms[i], given)}
		c.score = said + weightContext*(around-said) + weightDocument*(whole-around) + weightSource*p.place(i, best)
		c.score += weightNames * names
		if other {
			c.score -= costYear
		}
		c.met, c.score = q.form(c, text)
		out = append(out, c)
	}
	return out
}

// repeats tells a sentence that says nothing but what the question and the title over it say.
func (q *asked) repeats(sentence, head map[string]bool) bool {
	for t := range sentence {
		if !head[t] && !q.has[t] {
			return false
		}
	}
	return true
}

// form adds what speaks for or against a sentence apart from the words that it shares with the question, and
// tells whether it holds the kind of thing that is asked for.
func (q *asked) form(c candidate, text string) (met bool, score float64) {
	score = c.score
	p, i := c.p, c.span
	if met, _ = q.want.met(text, p.facts[i], q.facts, q.names); met {
		score += weightCue
	}
	if strings.HasSuffix(text, "?") {
		score -= costQuestion
	}
	if strings.HasSuffix(text, ":") || p.spans[i].Kind == Prose && len(strings.Fields(text)) < fragmentWords {
		score -= costFragment
	}
	return met, score
}

// place is what the search thinks of a sentence's passage, from 0 to 1 for the best. What was not found and
// stands beside what was counts less.
func (p *passage) place(span int, best float64) float64 {
	if best <= 0 {
		return 1
	}
	if part := p.src.parts()[p.part[span]]; part.Score > 0 {
		return part.Score / best
	}
	return placeBeside * p.src.Score / best
}

// found tells whether the search found a sentence's passage.
func (p *passage) found(span int) bool {
	return len(p.src.Parts) == 0 || p.src.Parts[p.part[span]].Score > 0
}

// head is what the title and the headings over a sentence say.
func (p *passage) head(span int) map[string]bool {
	parts := p.src.parts()
	if p.heads == nil {
		p.heads = make([]map[string]bool, len(parts))
	}
	i := p.part[span]
	if p.heads[i] == nil {
		p.heads[i] = headOf(p.src.Title+"\n"+parts[i].Heading, p.lang)
	}
	return p.heads[i]
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
