package llm

import (
	"regexp"
	"unicode"
)

// NoAnswer is the sentence that the prompt asks a model to write when the passages do not hold the answer.
func NoAnswer(lang string) string {
	if lang == "en" {
		return noAnswerEN
	}
	return noAnswerFR
}

const (
	noAnswerFR = "Les documents fournis ne répondent pas à cette question."
	noAnswerEN = "The documents provided do not answer this question."
)

var noAnswer = regexp.MustCompile(`(?i)(?:` +
	`(?:passages?|documents?|extraits?|sources?|textes?|informations?)[^.!?]{0,60}\bn(?:e |['’])[^.!?]{0,30}(?:contien|répond|mentionn|précis|permet|indiqu|fourni|donn|trouv)[^.!?]{0,20}(?:pas|aucun|rien)` +
	`|aucun(?:e)? (?:des? )?(?:passages?|documents?|extraits?|sources?|informations?|réponse)[^.!?]{0,80}` +
	`|(?:passages?|documents?|excerpts?|sources?|texts?|context)[^.!?]{0,60}(?:do(?:es)? not|don['’]t|doesn['’]t|did not) (?:contain|answer|mention|say|provide|specify|include|state|give)` +
	`|(?:no|none of the) (?:passages?|documents?|excerpts?|sources?|information|answer)[^.!?]{0,60}(?:answers?|contains?|mentions?|found|provided|available)` +
	`)`)

// saysNoAnswer tells a sentence that says that the passages hold no answer and nothing else: a figure in it
// would be a claim.
func saysNoAnswer(s string) bool {
	f := findFacts(s, "")
	return len(s) < 240 && len(f.figures)+len(f.dates)+len(f.codes) == 0 && noAnswer.MatchString(s)
}

// Abstained tells whether the model only said that the passages hold no answer.
func (a Answer) Abstained() bool {
	for _, s := range a.Sentences {
		if s.Reason != ReasonNoAnswer && s.Reason != ReasonLeadIn {
			return false
		}
	}
	return len(a.Sentences) > 0
}

func isLetter(r rune) bool { return unicode.IsLetter(r) }
