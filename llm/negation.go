package llm

import "regexp"

var (
	plainNegation = regexp.MustCompile(`(?i)(?:^|[^\p{L}])(?:n['’][^.;:!?\n]{1,60}?(?:^|[^\p{L}])(?:pas|plus|jamais|aucune?|rien|ni)|ne\s[^.;:!?\n]{1,60}?(?:^|[^\p{L}])(?:pas|plus|jamais|aucune?|rien|ni)|aucune?|jamais|not|never|no|none|neither|nor|cannot|\p{L}+n['’]t)(?:[^\p{L}]|$)`)
	// lexical are words that negate without a negation, or turn one round; where one stands, nothing is decided.
	lexicalNegation = regexp.MustCompile(`(?i)(?:^|[^\p{L}])(?:interdi\p{L}*|exclu\p{L}*|sans|sauf|hormis|excepté|refus\p{L}*|inapplicable|impossible|moins|suspend\p{L}*|annul\p{L}*|supprim\p{L}*|seulement|que si|ne\s[^.;:!?\n]{1,40}?\sque|n['’][^.;:!?\n]{1,40}?\sque|qu['’]|without|except|unless|cancel\p{L}*|banned|barred|only|forbid\p{L}*|forbidden|prohibit\p{L}*|exclud\p{L}*|refus\p{L}*|less|fail\p{L}*|lack\p{L}*|no later|no more|no less|no longer|not only|whether or not)(?:[^\p{L}]|$)`)
)

// negated tells whether exactly one of claim and quote is plainly negated, judged on the one sentence of
// the passage that has most of the claim's words.
func (p *passage) negated(c claim, v verdict) bool {
	best, most := -1, 0.0
	for i := v.from; i < v.to; i++ {
		if s := c.share(p.terms[i]); s > most {
			best, most = i, s
		}
	}
	if best < 0 || len(c.words) == 0 || most < minClose {
		return false
	}
	quote := p.src.Text[p.spans[best].Start:p.spans[best].End]
	if lexicalNegation.MatchString(quote) || lexicalNegation.MatchString(c.text) {
		return false
	}
	return plainNegation.MatchString(quote) != plainNegation.MatchString(c.text)
}
