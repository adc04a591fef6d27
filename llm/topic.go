package llm

// askingWords say what kind of thing is asked for, or that something is asked. An answer need not repeat them:
// it holds a sum, not the word "amount".
var askingWords = set(`combien montant prix cout couts coute coutait coutent couter tarif tarifs valeur date dates quand delai duree longtemps temps nombre numero
 quantite minimum maximum minimal minimale maximal maximale limite long length much many price cost costs amount number when long size date period
 quel quelle quels quelles faut falloir avoir dit dire existe vaut pouvait what which whose does usually happen apply applies`)

// topic are the words that say what a question is about: without its names, figures and codes, which are
// looked for as such, and without askingWords. A word that no sentence holds counts as one that few hold.
func topic(question, lang string, ps []*passage) *asked {
	q := askIn(question, lang, false, ps)
	kept := q.terms[:0:0]
	q.total = 0
	asking := map[string]bool{}
	for _, w := range contentWords(question, lang) {
		if askingWords[w.raw] {
			asking[w.term] = true
		}
	}
	for _, t := range q.terms {
		if t[0] != '#' && !q.proper[t] && !asking[t] {
			kept = append(kept, t)
			q.total += q.idf[t]
		}
	}
	q.terms = kept
	return q
}

// near is what a sentence is read with: the sentence before it in the passage, and the title and headings.
func (c candidate) near() map[string]bool {
	return union(c.p.head(c.span), c.p.terms[max(0, c.span-1)], c.p.terms[c.span])
}

// onTopic is the share of the topic's words in and around a sentence; 1 where the question has none.
func (c candidate) onTopic() float64 {
	if len(c.about.terms) == 0 {
		return 1
	}
	return c.about.coverage(c.near())
}

// astray tells a sentence that would answer a question for a figure with the figure of something else. A
// sentence without one may stand although it shares little with the question: its reader sees what it says.
func (c candidate) astray() bool {
	return c.about.want.quantity() && !c.foreign && c.onTopic() < minTopic
}
