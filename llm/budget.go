package llm

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// EstimateTokens tells how many tokens of a model a text takes, erring upwards: a prompt that is estimated too
// long loses a passage, one estimated too short is cut by the runtime. Counted by character class: letters
// without accents in threes, every other sign by itself. TestOllamaReal compares it with a real tokenizer.
func EstimateTokens(s string) int {
	n, run := 0, 0
	flush := func() {
		n += (run + 2) / 3
		run = 0
	}
	for _, r := range s {
		switch {
		case r == ' ':
			flush()
		case r < utf8.RuneSelf && unicode.IsLetter(r):
			run++
		case r < 0x250 && unicode.IsLetter(r):
			run += 2 // accented letters split words in most vocabularies
		case r >= 0x3000:
			flush()
			n += 2
		default:
			flush()
			n++
		}
	}
	flush()
	return n
}

// fewestTokens is a bound from below: no vocabulary packs more than a word and its space into a token, save
// for runs of signs.
func fewestTokens(s string) int { return len(strings.Fields(s)) }

// perMessage is what a chat template adds to a message.
const perMessage = 8

// EstimateMessages is EstimateTokens for a whole prompt, template included.
func EstimateMessages(ms []Message) int {
	n := perMessage
	for _, m := range ms {
		n += EstimateTokens(m.Content) + perMessage
	}
	return n
}

// Budget is how many tokens are left for passages in a context of numCtx tokens, once the prompt's own text,
// the question, the history and answer tokens of answer are taken off. It can be negative.
func Budget(numCtx, answer int, question, lang string, history []Turn) int {
	return numCtx - answer - EstimateMessages(Prompt(question, lang, nil, history))
}

// leastPassage is the smallest part of a passage that is worth sending, in tokens.
const leastPassage = 60

// Fit keeps the first sources that fit into budget tokens, in their order; the first that does not fit whole is
// cut behind a sentence, and its End moves with its Text, so that ranges stay true. Sources too long for what is
// left are passed over for shorter ones behind them. The numbers N stay as they are. A source is never
// changed in place.
func Fit(sources []Source, budget int) (kept []Source, dropped int) {
	shortened := false
	for _, s := range sources {
		frame := EstimateTokens(s.Title+s.Heading) + 40 // the lines around it, with mark and page
		need := frame + EstimateTokens(s.Text)
		switch {
		case need <= budget:
			kept = append(kept, s)
			budget -= need
		case !shortened && budget-frame >= leastPassage:
			shortened = true
			if s = shorten(s, budget-frame); s.Text == "" {
				dropped++
				continue
			}
			kept = append(kept, s)
			budget -= frame + EstimateTokens(s.Text)
		default:
			dropped++
		}
	}
	return kept, dropped
}

// shorten keeps the sentences at the head of a source that fit into budget tokens.
func shorten(s Source, budget int) Source {
	end := 0
	for _, sp := range Sentences(s.Text) {
		if EstimateTokens(s.Text[:sp.End]) > budget {
			break
		}
		end = sp.End
	}
	s.Text, s.End = s.Text[:end], s.Start+end
	for i, p := range s.Parts {
		if p.End >= s.End {
			s.Parts = slices.Clone(s.Parts[:i+1])
			s.Parts[i].End = s.End
			break
		}
	}
	return s
}

// clip cuts s to at most n bytes, between characters.
func clip(s string, n int) string {
	if len(s) <= n {
		return s
	}
	for n > 0 && !utf8.RuneStart(s[n]) {
		n--
	}
	return s[:n] + "…"
}
