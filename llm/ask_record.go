package llm

import (
	"slices"

	"coffre/chain"
	"coffre/store"
)

// What an answer said is kept once, as the private part of its entry: the
// text and its sentences with their verdicts. Citations are ids and ranges in
// the message.

func privateOf(a Answer) chain.Detail {
	if a.Text == "" {
		return nil
	}
	sentences := make([]any, len(a.Sentences))
	for i, s := range a.Sentences {
		m := map[string]any{"text": s.Text, "supported": s.Supported}
		if len(s.Cites) > 0 {
			cites := make([]any, len(s.Cites))
			for k, n := range s.Cites {
				cites[k] = n
			}
			m["cites"] = cites
		}
		if s.Reason != "" {
			m["reason"] = s.Reason
		}
		sentences[i] = m
	}
	return chain.Detail{"answer": a.Text, "sentences": sentences}
}

// Said is a turn of a conversation as it was, read back for its owner.
type Said struct {
	Message  store.Message
	Question string
	Answer   Answer
	// Sources are the passages that were shown and that the owner may still
	// read; where a right has ended, the passage is missing.
	Sources []Source
	// Withdrawn says that the answer rests on a passage that its asker may not
	// read any more: what it said is that document's text, or made of it, and
	// is not given back.
	Withdrawn bool
}

// Recall reads a conversation back. The view's Conversation has checked that
// it is p's own.
func Recall(v *store.View, p store.Principal, c store.Conversation) ([]Said, error) {
	all, err := v.Messages(c)
	if err != nil {
		return nil, err
	}
	out := make([]Said, 0, len(all))
	for _, m := range all {
		s, err := recall(v, p, m)
		if err != nil {
			return nil, err
		}
		out = append(out, s)
	}
	return out, nil
}

func recall(v *store.View, p store.Principal, m store.Message) (Said, error) {
	s := Said{Message: m, Answer: Answer{Mode: m.Mode}}
	q, err := private(v, m.Question)
	if err != nil {
		return s, err
	}
	s.Question, _ = q["question"].(string)
	a, err := private(v, m.Answer)
	if err != nil {
		return s, err
	}
	s.Answer.Text, _ = a["answer"].(string)
	list, _ := a["sentences"].([]any)
	for _, e := range list {
		s.Answer.Sentences = append(s.Answer.Sentences, sentenceOf(e))
	}
	for i, ord := range m.Nearest {
		var f store.Found
		if i < len(m.Found) {
			f = m.Found[i]
		}
		src, err := shownAgain(v, p, i+1, ord, f)
		if store.IsNotFound(err) {
			continue
		}
		if err != nil {
			return s, err
		}
		s.Sources = append(s.Sources, src)
	}
	if s.Withdrawn = withdrawn(m, s.Sources); s.Withdrawn {
		s.Answer = Answer{Mode: m.Mode}
		return s, nil
	}
	for _, c := range m.Citations {
		s.Answer.Citations = append(s.Answer.Citations, Citation{
			N: c.N, DocumentID: c.Document, Version: c.Version, Page: c.Page, Start: c.Start, End: c.End,
			Verified: c.Verified, Ordinal: c.Passage, Quote: quoteFrom(s.Sources, c),
		})
	}
	return s, nil
}

// shownAgain reads a source as it was shown; NotFound where a right to any of it
// has ended.
func shownAgain(v *store.View, p store.Principal, n int, ord uint32, f store.Found) (Source, error) {
	var out Source
	text := ""
	for o := ord - uint32(f.Before); o <= ord+uint32(f.After); o++ {
		info, err := v.CitedPassage(p, o)
		if err != nil {
			return out, err
		}
		one := sourceOf(n, info)
		if o == ord-uint32(f.Before) {
			out = one
		}
		text += one.Text
		out.End, out.Ordinal = one.End, ord
		if f.Before+f.After > 0 {
			out.Parts = append(out.Parts, Part{Ordinal: o, Start: one.Start, End: one.End, Page: one.Page, Heading: one.Heading})
		}
	}
	out.Text = text
	out.WordsRank, out.MeaningRank, out.Coverage = f.Words, f.Meaning, f.Coverage
	return out, nil
}

// withdrawn: quotations rest on the passages that they cite, a model's answer on
// all that it was sent.
func withdrawn(m store.Message, readable []Source) bool {
	may := map[uint32]bool{}
	for _, s := range readable {
		may[s.Ordinal] = true
	}
	if m.Mode == ModeModel && len(readable) < len(m.Nearest) {
		return true
	}
	return slices.ContainsFunc(m.Citations, func(c store.Citation) bool { return !may[c.Passage] })
}

// private reads a private part; one that has been erased is empty.
func private(v *store.View, seq uint64) (map[string]any, error) {
	if seq == 0 {
		return nil, nil
	}
	m, err := v.Private(seq)
	if store.IsNotFound(err) {
		return nil, nil
	}
	return m, err
}

func sentenceOf(e any) Sentence {
	m, _ := e.(map[string]any)
	var s Sentence
	s.Text, _ = m["text"].(string)
	s.Supported, _ = m["supported"].(bool)
	s.Reason, _ = m["reason"].(string)
	cites, _ := m["cites"].([]any)
	for _, c := range cites {
		if n, ok := c.(int64); ok {
			s.Cites = append(s.Cites, int(n))
		}
	}
	return s
}

func quoteFrom(sources []Source, c store.Citation) string {
	for _, s := range sources {
		if s.Ordinal == c.Passage && c.Start >= s.Start && c.End <= s.End {
			return s.Text[c.Start-s.Start : c.End-s.Start]
		}
	}
	return ""
}

// history returns the turns before m, for the model and for follow-ups.
func history(v *store.View, p store.Principal, m store.Message) ([]Turn, error) {
	c, err := v.Conversation(p, m.Conversation)
	if err != nil {
		return nil, err
	}
	all, err := v.Messages(c)
	if err != nil {
		return nil, err
	}
	var out []Turn
	for _, old := range all {
		if old.N >= m.N || old.N < m.N-4 || old.Answer == 0 {
			continue
		}
		s, err := recall(v, p, old)
		if err != nil {
			return nil, err
		}
		if s.Question != "" && !s.Withdrawn {
			out = append(out, Turn{s.Question, s.Answer.Text})
		}
	}
	return out, nil
}
