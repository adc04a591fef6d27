package llm

import (
	"regexp"
	"slices"
	"strings"

	"coffre/index"
)

var (
	thinking   = regexp.MustCompile(`(?s)^\s*<think(?:ing)?>.*?(?:</think(?:ing)?>|$)`)
	echoes     = regexp.MustCompile(`(?m)^[ \t]*<{1,2}/?[0-9a-f]{8}\b[^\n]*$`) // boundaries of the prompt, repeated by weak models
	references = regexp.MustCompile(`(?im)^[ \t*#_]*(?:sources?|références?|references?|citations?)[ \t]*:?[ \t*_]*$`)
)

// Check reads a model's answer against the passages that were sent to it: citations of passages that do not
// exist are dropped and counted, each sentence is marked supported or gets its Reason, and each citation
// the range of the passage that carries its sentence best. The rule is in the package comment. It is pure.
func Check(answer string, sources []Source) Answer {
	plain, marks := cleanAnswer(answer)
	k := checker{out: Answer{Mode: ModeModel, Lang: index.DetectLanguage(plain)}, plain: plain}
	for _, s := range sources {
		k.passages = append(k.passages, newPassage(s, k.out.Lang))
	}
	k.common = smallWords(k.passages)
	spans := Sentences(plain)
	cites := k.assign(spans, marks)
	var text strings.Builder
	at := 0
	for i, sp := range spans {
		said := strings.TrimSpace(plain[sp.Start:sp.End])
		if !hasLetters(said) && len(cites[i]) == 0 && !strings.ContainsAny(said, "0123456789") {
			continue
		}
		s := k.sentence(said, blankProse(plain, sp, marks), cites[i])
		text.WriteString(plain[at:sp.Start])
		text.WriteString(withMarks(said, s.Cites))
		at = sp.End
		k.out.Sentences = append(k.out.Sentences, s)
	}
	k.out.Text = strings.TrimSpace(text.String())
	return k.out
}

// cleanAnswer takes away what is no part of an answer (a thinking block, bold marks, boundaries of the prompt,
// a list of sources at the end) and the citations, which it returns with their places.
func cleanAnswer(answer string) (string, []marker) {
	s := strings.ToValidUTF8(answer, "�")
	s = strings.ReplaceAll(strings.ReplaceAll(s, "\r\n", "\n"), "\x00", "")
	s = thinking.ReplaceAllString(s, "")
	s = echoes.ReplaceAllString(s, "")
	s = strings.NewReplacer("**", "", "__", "").Replace(s)
	if m := references.FindStringIndex(s); m != nil && strings.TrimSpace(s[:m[0]]) != "" {
		s = s[:m[0]]
	}
	s = strings.TrimSpace(s)
	return cut(s, findMarkers(s))
}

type checker struct {
	out      Answer
	plain    string
	passages []*passage
	common   func(string) bool
}

// assign gives each marker to its sentence: the one that ends before it or holds it, or, where it opens a
// line, the one that follows. Numbers of no source are dropped and counted.
func (k *checker) assign(spans []Span, marks []marker) [][]int {
	cites := make([][]int, len(spans))
	for _, m := range marks {
		at := -1
		for i, sp := range spans {
			if sp.Start < m.start || m.prose && sp.Start == m.start || opensLine(k.plain, m.start) && sp.Start == skipSpace(k.plain, m.start, len(k.plain)) {
				at = i
			}
		}
		for _, n := range m.ns {
			switch {
			case k.passage(n) == nil:
				k.out.Dropped++
			case at >= 0 && !slices.Contains(cites[at], n):
				cites[at] = append(cites[at], n)
			}
		}
	}
	return cites
}

// opensLine tells whether only space and list marks stand before at on its line.
func opensLine(s string, at int) bool {
	head := s[strings.LastIndexByte(s[:at], '\n')+1 : at]
	return strings.Trim(head, " \t-*•–0123456789.)") == ""
}

func (k *checker) passage(n int) *passage {
	for _, p := range k.passages {
		if p.src.N == n {
			return p
		}
	}
	return nil
}

// sentence judges one sentence. facts is its text without mentions of source numbers.
func (k *checker) sentence(said, facts string, cites []int) Sentence {
	s := Sentence{Text: said}
	c := newClaim(facts, k.out.Lang)
	switch {
	case saysNoAnswer(said):
		s.Reason = ReasonNoAnswer
		return s
	case len(cites) == 0 && strings.HasSuffix(said, ":") && len(c.facts.figures)+len(c.facts.dates)+len(c.facts.codes) == 0:
		s.Reason = ReasonLeadIn
		return s
	case len(cites) == 0:
		k.find(&s, c)
		return s
	}
	for _, n := range cites {
		p := k.passage(n)
		v := p.compare(c, minWords, k.common)
		if v.reason == "" {
			s.Supported, s.Reason = true, ""
		} else if !s.Supported && s.Reason == "" {
			s.Reason = v.reason
		}
		k.cite(&s, p.citation(v))
	}
	return s
}

// find looks for a passage that carries a sentence for which the model cited none.
func (k *checker) find(s *Sentence, c claim) {
	s.Reason = ReasonNoCitation
	var best *passage
	var bestV verdict
	for _, p := range k.passages {
		if len(c.words) < 2 {
			break
		}
		if v := p.compare(c, minFound, k.common); v.reason == "" && (best == nil || v.share > bestV.share) {
			best, bestV = p, v
		}
	}
	if best == nil {
		return
	}
	s.Supported, s.Reason = true, ""
	cite := best.citation(bestV)
	cite.Found = true
	k.cite(s, cite)
}

// cite adds a citation to a sentence; two sentences with the same quote share one.
func (k *checker) cite(s *Sentence, c Citation) {
	at := slices.Index(k.out.Citations, c)
	if at < 0 {
		at = len(k.out.Citations)
		k.out.Citations = append(k.out.Citations, c)
	}
	s.Cites = append(s.Cites, c.N)
	s.Citations = append(s.Citations, at)
}

// withMarks writes the citations before the mark that ends the sentence.
func withMarks(said string, cites []int) string {
	if len(cites) == 0 {
		return said
	}
	var b strings.Builder
	body := strings.TrimRight(said, ".!?…:; \u00a0\u202f")
	if body == "" {
		body = said
	}
	b.WriteString(body)
	b.WriteByte(' ')
	for _, n := range cites {
		b.WriteString("[" + itoa(n) + "]")
	}
	b.WriteString(said[len(body):])
	return b.String()
}

// blankProse returns the sentence with mentions such as "source 2" blanked: their number is no figure.
func blankProse(plain string, sp Span, marks []marker) string {
	b := []byte(plain[sp.Start:sp.End])
	for _, m := range marks {
		if m.prose && m.start >= sp.Start && m.end <= sp.End {
			blank(b, m.start-sp.Start, m.end-sp.Start)
		}
	}
	return string(b)
}

// smallWords tells which words the passages write with a small first letter: those are no names.
func smallWords(ps []*passage) func(string) bool {
	m := map[string]bool{}
	for _, p := range ps {
		for _, t := range p.tokens {
			if !t.upper {
				m[t.form] = true
			}
		}
	}
	return func(form string) bool { return m[form] }
}

func hasLetters(s string) bool { return strings.IndexFunc(s, isLetter) >= 0 }
