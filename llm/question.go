package llm

import (
	"maps"
	"math"
	"regexp"
	"strings"
)

// want is what kind of thing a question asks for, seen from its words.
type want struct {
	date, clock, duration, money, share, number, name, reason, age bool
}

var (
	asksDate     = cue(`quand|dates?|quelles? années?|when|what year|which year|échéance|deadline`)
	asksClock    = cue(`quelle heure|quels horaires|what time|opening hours|horaires`)
	asksDuration = cue(`combien de (?:temps|jours|mois|semaines|années|ans|heures|minutes)|quelle (?:est |sera )?(?:la )?durée|quel (?:est |sera )?(?:le )?(?:délai|préavis)|durée|délai|préavis|how long|how many (?:days|weeks|months|years|hours|minutes)|notice period|duration|how soon`)
	asksMoney    = cue(`quel (?:est |sera )?(?:le )?(?:montant|prix|coût|loyer|salaire|tarif|budget)|combien (?:coûte|coute|vaut|paie|paye|gagne)[a-z]*|montant|prix|coûts?|tarifs?|loyer|salaire|prime|redevance|indemnité|total|plafond|franchise|how much|what (?:is|was) the (?:price|cost|amount|fee|rent|salary|budget)|price|cost|costs|fee|rent|salary|bonus|allowance|total|limit|budget|amount`)
	asksShare    = cue(`pourcentage|taux|quelle part|quelle proportion|percentage|percent|what share|what rate|rate`)
	asksNumber   = cue(`combien|nombre|longueur|largeur|hauteur|épaisseur|diamètre|poids|puissance|capacité|quantité|seuil|minimum|maximum|minimale?|maximale?|length|width|height|thickness|diameter|weight|power|capacity|quantity|threshold|à quel(?:le)? (?:place|rang|âge)|quel âge|how many|number of|how old|how far|how big|how high`)
	asksAge      = cue(`âge|how old|ancienneté|age`)
	asksName     = cue(`qui|à qui|par qui|de qui|chez qui|who|whom|whose|quel(?:le)?s? (?:est |sont |était )?(?:le |la |les )?(?:personnes?|pays|ville|entreprise|société|auteur|nom)|où|where|which (?:person|company|city|country)|comment s['’ ]appelle`)
	asksReason   = cue(`pourquoi|pour quelle raison|quelle est la cause|why|what is the reason|what caused`)
	givesReason  = cue(`car|parce qu[e'’]|puisqu[e'’]|afin|en raison|à cause|grâce|faute|pour cause|donc|because|due to|owing to|in order to|so that|since|thanks to|as a result`)
)

func cue(words string) *regexp.Regexp {
	return regexp.MustCompile(`(?i)(?:^|[^\p{L}])(?:` + words + `)(?:[^\p{L}]|$)`)
}

func readWant(q string) want {
	w := want{
		date: asksDate.MatchString(q), clock: asksClock.MatchString(q), duration: asksDuration.MatchString(q),
		money: asksMoney.MatchString(q), share: asksShare.MatchString(q), number: asksNumber.MatchString(q),
		name: asksName.MatchString(q), reason: asksReason.MatchString(q),
	}
	w.age = asksAge.MatchString(q)
	if w.duration || w.money || w.share {
		w.number = false
	}
	return w
}

// quantity tells whether the answer is a figure or a date.
func (w want) quantity() bool {
	return w.date || w.clock || w.duration || w.money || w.share || w.number
}

// met tells whether a sentence holds what is wanted, beyond what the question says itself; asked tells
// whether anything definite is wanted.
func (w want) met(text string, f facts, q facts, qNames map[string]bool) (met, asked bool) {
	asked = w != want{}
	for _, d := range f.dates {
		if w.date && !q.hasDate(d) {
			return true, asked
		}
	}
	for _, x := range f.figures {
		if q.hasFigure(x) && x.unit == "" {
			continue
		}
		switch x.unit {
		case "h", "min", "s", "day", "night", "week", "month", "quarter", "year":
			met = met || w.duration || w.clock && x.unit == "h"
		case "pct":
			met = met || w.share
		case "eur", "usd", "gbp", "chf":
			met = met || w.money
		default:
			met = met || w.date && isYear(x) || w.money && !isYear(x) && x.nearMoney()
		}
		met = met || w.number && !isYear(x) && (x.unit == "" || x.unit == "year" && w.age)
	}
	if w.clock && !met {
		for _, c := range f.codes {
			met = met || strings.HasPrefix(c, "T") && strings.Contains(c, ":")
		}
	}
	if w.name && !met {
		for _, t := range nameTokens(text) {
			met = met || isName(t) && !t.first && !qNames[t.form]
		}
	}
	return met || w.reason && givesReason.MatchString(text), asked
}

// nearMoney tells a bare figure in a row whose head, or in a line whose label, names a currency.
func (f figure) nearMoney() bool {
	return f.near["eur"] || f.near["usd"] || f.near["gbp"] || f.near["chf"]
}

func isYear(f figure) bool {
	v := f.values[0]
	i := strings.IndexByte(v, 'e')
	if i < 0 || f.unit != "" {
		return false
	}
	n := atoi(v[:i])
	for k := atoi(v[i+1:]); k > 0 && n < 3000; k-- {
		n *= 10
	}
	return n >= 1000 && n < 2100
}

// asked is a question made ready for choosing sentences.
type asked struct {
	lang   string
	own    bool            // it is the question's own
	terms  []string        // distinct stems
	has    map[string]bool // the same
	proper map[string]bool // those that are proper names
	idf    map[string]float64
	total  float64
	want   want
	facts  facts
	names  map[string]bool
}

func readQuestion(question, lang string) asked {
	q := asked{lang: lang, want: readWant(question), facts: findFacts(question, lang), names: map[string]bool{}, proper: map[string]bool{}, idf: map[string]float64{}}
	seen := map[string]bool{}
	names := map[string]bool{}
	for _, t := range nameTokens(question) {
		q.names[t.form] = true
		names[t.form] = isName(t) && !t.first
	}
	for _, w := range contentWords(question, lang) {
		q.proper[w.term] = q.proper[w.term] || names[w.raw]
		if !seen[w.term] {
			seen[w.term] = true
			q.terms = append(q.terms, w.term)
		}
	}
	for _, t := range q.facts.marks() {
		if !seen[t] {
			seen[t] = true
			q.terms = append(q.terms, t)
		}
	}
	maps.DeleteFunc(q.proper, func(_ string, is bool) bool { return !is })
	q.has = seen
	return q
}

// marks are the facts of a text as words, so that "DN 50" and an invoice number count when sentences are
// ranked. No term of the index begins with a "#".
func (f facts) marks() []string {
	var out []string
	for _, x := range f.figures {
		out = append(out, "#"+x.values[0])
	}
	for _, d := range f.dates {
		for _, n := range []int{d.year, d.month, d.day} {
			if n > 0 {
				out = append(out, "#"+decimal(itoa(n), "", 0))
			}
		}
	}
	for _, c := range f.codes {
		out = append(out, "#"+c)
	}
	return out
}

// weigh gives each word of the question its idf among the sentences at hand. A word of no sentence weighs
// nothing: it can't tell one sentence from another.
func (q *asked) weigh(sentences []map[string]bool) {
	n := float64(len(sentences))
	q.total = 0
	for _, t := range q.terms {
		df := 0.0
		for _, s := range sentences {
			df += matches(t, s)
		}
		if df > 0 {
			q.idf[t] = math.Log(1 + n/df)
			q.total += q.idf[t]
		}
	}
}

// coverage is the share of the question's idf mass in a sentence.
func (q *asked) coverage(s map[string]bool) float64 {
	if q.total == 0 {
		return 0
	}
	sum := 0.0
	for _, t := range q.terms {
		sum += q.idf[t] * matches(t, s)
	}
	return sum / q.total
}

// kinship is what a word counts that only shares its beginning with a word of the question:
// commercialisation and commercialisée.
const kinship = 0.6

func matches(term string, s map[string]bool) float64 {
	if s[term] {
		return 1
	}
	if len(term) < 5 || term[0] == '#' {
		return 0
	}
	for w := range s {
		if n := sharedPrefix(term, w); n >= 5 && n*10 >= 6*max(len(term), len(w)) {
			return kinship
		}
	}
	return 0
}

func sharedPrefix(a, b string) int {
	n := 0
	for n < len(a) && n < len(b) && a[n] == b[n] {
		n++
	}
	return n
}
