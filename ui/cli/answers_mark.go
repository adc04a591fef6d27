package cli

import (
	"context"
	"fmt"
	"path"
	"slices"
	"strings"

	"coffre/llm"
	"coffre/ui/demo"
)

// answerFigures is the object that eval --answers prints. Shares are from 0 to
// 1; one of nothing is 1.
type answerFigures struct {
	Questions int `json:"questions"`
	// HitRate5 is the share of answerable questions with a passage among the
	// first five shown that is of an expected document and holds an expected
	// string.
	HitRate5 float64 `json:"hit_rate_at_5"`
	// AnsweredRight is the share of answerable questions whose quotes from
	// expected documents together hold every expected string.
	AnsweredRight float64 `json:"answered_right"`
	// CitationPrecision is the share of citations that are of an expected
	// document, over the answerable questions; QuotePrecision the share whose
	// quote itself holds an expected string, which what leads to an answer (the
	// head of its table) or adds to it does not.
	CitationPrecision float64 `json:"citation_precision"`
	QuotePrecision    float64 `json:"quote_precision"`
	// An abstention is right where the question is not answerable, or only from
	// documents that its asker may not read.
	AbstentionPrecision float64 `json:"abstention_precision"`
	AbstentionRecall    float64 `json:"abstention_recall"`
	// Leaks counts questions for which anything that came back, as an answer,
	// a citation or a passage, is of a document that the asker may not read by
	// the firm's description, or, where the answer is forbidden, holds one of
	// its strings.
	Leaks  int                     `json:"leaks"`
	ByKind map[string]*kindFigures `json:"by_kind"`
}

// kindFigures counts for one kind of question.
type kindFigures struct {
	Questions int `json:"questions"`
	Abstained int `json:"abstained"`
	Right     int `json:"right"`     // answered right, or abstained from where that is right
	Citations int `json:"citations"` // all
	Expected  int `json:"expected"`  // citations of expected documents that are not forbidden
}

// ask puts one question and judges what comes back.
func (m *marking) ask(ctx context.Context, q demo.Question) error {
	p, known := m.persons[q.Asker]
	if !known {
		return Fail(ExitFailed, "answers.no-asker", "id", q.ID, "asker", q.Asker)
	}
	var said []string // all that the asker was shown on the way
	shown := map[string]bool{}
	res, err := m.Asker.Ask(ctx, m.Tenant, p, llm.Request{Question: q.Question}, func(e llm.Event) {
		said = append(said, e.Token)
		for _, s := range e.Sources {
			said, shown[s.DocumentID] = append(said, s.Title, s.Heading, s.Text), true
		}
	})
	if err != nil {
		return fmt.Errorf("ask question %s: %w", q.ID, err)
	}
	line := evidenceLine{"demo", q.ID, q.Kind, q.Kind == answerable, res.Judgement.Evidence}
	if err := m.evidence.add(line); err != nil {
		return err
	}
	said = append(said, res.Answer.Text)
	for _, s := range res.Sources {
		said, shown[s.DocumentID] = append(said, s.Title, s.Heading, s.Text), true
	}
	for _, c := range res.Answer.Citations {
		said, shown[c.DocumentID] = append(said, c.Quote), true
	}
	return m.judge(q, res, said, shown)
}

func (m *marking) judge(q demo.Question, res llm.Result, said []string, shown map[string]bool) error {
	files := map[string]string{}
	leak := q.Kind == forbidden && holds(q, strings.Join(said, "\n"))
	for id := range shown {
		file, err := m.fileOf(id)
		if err != nil {
			return fmt.Errorf("read document: %w", err)
		}
		files[id] = file
		leak = leak || !m.mayRead(q.Asker, file)
	}
	k := m.byKind[q.Kind]
	if k == nil {
		k = &kindFigures{}
		m.byKind[q.Kind] = k
	}
	k.Questions++
	if res.Abstained {
		k.Abstained++
	}
	if leak {
		m.leaks++
		m.missed = append(m.missed, miss{q, "answers.leak"})
	}
	right := res.Abstained
	if q.Kind == answerable {
		right = m.judgeAnswer(q, res, files, k)
	} else {
		k.Citations += len(res.Answer.Citations)
	}
	switch {
	case right:
		k.Right++
	case q.Kind != answerable:
		m.missed = append(m.missed, miss{q, "answers.answered"})
	case res.Abstained:
		m.missed = append(m.missed, miss{q, "answers.abstained"})
	default:
		m.missed = append(m.missed, miss{q, "answers.wrong"})
	}
	return nil
}

// judgeAnswer counts what came back to an answerable question and tells
// whether the quotes answer it.
func (m *marking) judgeAnswer(q demo.Question, res llm.Result, files map[string]string, k *kindFigures) bool {
	for _, s := range res.Sources[:min(5, len(res.Sources))] {
		if expects(q, files[s.DocumentID]) && holds(q, s.Text) {
			m.hits++
			break
		}
	}
	var quotes strings.Builder
	for _, c := range res.Answer.Citations {
		k.Citations++
		if !expects(q, files[c.DocumentID]) {
			continue
		}
		k.Expected++
		if holds(q, c.Quote) {
			m.quotes++
		}
		quotes.WriteString(c.Quote + "\n")
	}
	return !res.Abstained && !slices.ContainsFunc(q.Expect.Contains, func(s string) bool { return !strings.Contains(quotes.String(), s) })
}

// expects tells whether a file is one of the question's expected documents.
func expects(q demo.Question, file string) bool {
	return slices.ContainsFunc(q.Expect.Documents, func(d string) bool { return path.Base(d) == file })
}

// holds tells whether a text holds one of the question's expected strings.
func holds(q demo.Question, text string) bool {
	return slices.ContainsFunc(q.Expect.Contains, func(s string) bool { return strings.Contains(text, s) })
}

func (m *marking) figures() answerFigures {
	f := answerFigures{Leaks: m.leaks, ByKind: m.byKind}
	abstained, should := 0, 0
	for name, k := range m.byKind {
		f.Questions += k.Questions
		abstained += k.Abstained
		if name != answerable {
			should += k.Questions
		}
	}
	a := m.byKind[answerable]
	if a == nil {
		a = &kindFigures{}
	}
	rightly := abstained - a.Abstained
	f.HitRate5, f.AnsweredRight = share(m.hits, a.Questions), share(a.Right, a.Questions)
	f.CitationPrecision, f.QuotePrecision = share(a.Expected, a.Citations), share(m.quotes, a.Citations)
	f.AbstentionPrecision, f.AbstentionRecall = share(rightly, abstained), share(rightly, should)
	return f
}

func share(n, of int) float64 {
	if of == 0 {
		return 1
	}
	return round(float64(n)/float64(of), 4)
}
