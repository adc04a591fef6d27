package llm

import (
	"strings"

	"coffre/index"
)

// metaWords speak of the answer and its sources, not of what they say ("Selon le passage, …"), or are verbs
// that every paraphrase adds or drops.
var metaWords = set(`selon apres passage passages document documents extrait extraits source sources texte indique indiquent precise precisent
 mentionne mentionnent stipule prevoit egalement ainsi donc toutefois cependant voici suivant suivants suivante suivantes
 doit doivent devez devra devront peut peuvent pouvez pourra pourront faut faudra etre est sont avoir etait sera seront vous
 must can may should shall will would could have has had you your
 according text excerpt excerpts states state mentions mention says indicates also however therefore following based provided stated specifies`)

// monthWords are compared as dates. "may" is a verb more often.
var monthWords = set(`janvier fevrier mars avril mai juin juillet aout septembre octobre novembre decembre
 january february march april june july august september october november december`)

// word is a content word: neither a stop word nor a figure, and by its stem.
type word struct {
	term       string
	raw        string // as written, folded
	start, end int
}

// contentWords returns the words of a text that carry its meaning. Figures, number words, units and months
// are left out: facts compare them exactly.
func contentWords(text, lang string) []word {
	var out []word
	end := 0
	for _, w := range index.Words(text, lang) {
		if w.Start < end {
			continue // a reference or grouped number again, as a whole
		}
		end = w.End
		raw := fold(text[w.Start:w.End])
		_, number := numberWords[raw]
		_, nth := ordinalWords[raw]
		_, unit := unitWords[raw]
		if number || nth || unit || metaWords[raw] || strings.Trim(raw, "0123456789.,") == "" || monthWords[raw] {
			continue
		}
		out = append(out, word{w.Term, raw, w.Start, w.End})
	}
	return out
}

// terms is the set of stems of a text.
func terms(text, lang string) map[string]bool {
	m := map[string]bool{}
	for _, w := range contentWords(text, lang) {
		m[w.term] = true
	}
	return m
}
