package index

import (
	"strings"
	"unicode/utf8"
)

// references finds what people write in several ways (references, dates,
// amounts, IBANs, telephone numbers) and gives each one more term, the same for
// all its ways. It takes the simple tokens of a text in their order.
type references struct {
	tokens []token
	last   int // index of the last token that holds a digit, -1 for none
	emit   func(token)
	text   string
}

// eachTerm calls emit for the tokens of a text and then for the terms of its
// references, which are marked as extra.
func eachTerm(text string, emit func(token)) { new(references).each(text, emit) }

// each is eachTerm, with memory that was used before.
func (refs *references) each(text string, emit func(token)) {
	refs.text, refs.last, refs.emit, refs.tokens = text, -1, emit, refs.tokens[:0]
	tokenize(text, func(t token) {
		emit(t)
		if t.exact {
			refs.amount(t)
		}
		if !t.compound {
			if t.exact {
				refs.last = len(refs.tokens)
			}
			refs.tokens = append(refs.tokens, t)
		}
	})
	if refs.last < 0 {
		return
	}
	for i, t := range refs.tokens[:refs.last+1] {
		if t.exact {
			refs.numbered(i)
			refs.date(i)
			refs.telephone(i)
			refs.account(i)
			refs.establishment(i)
		}
	}
}

// add emits a term that spans tokens i to j, ends included.
func (f *references) add(i, j int, term string) {
	if term != "" && len(term) <= maxTermBytes {
		f.emit(token{start: f.tokens[i].start, end: f.tokens[j].end, term: term, exact: true, extra: true})
	}
}

func (f *references) raw(i int) string { return f.text[f.tokens[i].start:f.tokens[i].end] }

// gap is what stands between a token and the one before it.
func (f *references) gap(i int) string { return f.text[f.tokens[i-1].end:f.tokens[i].start] }

// linked tells whether at most max separators, and nothing else, stand between a
// token and the one before it.
func (f *references) linked(i, max int) bool {
	if i <= 0 || i >= len(f.tokens) {
		return false
	}
	gap := f.gap(i)
	return gap == "" || utf8.RuneCountInString(gap) <= max && strings.Trim(gap, separators) == ""
}

// separators are what references are written with, between their parts.
const separators = " \u00a0\u202f\u2009-\u2010\u2011\u2013/_.°#'’"

const (
	maxReferenceParts  = 5
	maxReferencePrefix = 10 // letters
)

// sections are the words before a number that have several forms.
var sections = map[string]string{
	"article": "art", "articles": "art", "arts": "art",
	"section": "sect", "sections": "sect", "sec": "sect",
	"chapitre": "chap", "chapter": "chap", "ch": "chap",
	"paragraphe": "par", "paragraph": "par", "para": "par",
	"annexes": "annexe", "annex": "annexe", "appendix": "annexe",
	"page": "p", "pages": "p", "pp": "p", "figure": "fig", "table": "tab", "tableau": "tab",
}

// numeros say that a number follows and are no part of it.
var numeros = map[string]bool{"n": true, "no": true, "nr": true, "num": true, "numero": true, "number": true}

// numbered finds letters followed by numbers: L. 1234-5, FAC 2026 0117, article
// 1er. A reference is found by its beginnings too.
func (f *references) numbered(i int) {
	joined, from, parts := "", i, 1
	switch prefix := f.prefix(i); {
	case prefix != "" && allDigits(ordinalNumber(f.tokens[i].term)):
		joined, from, parts = prefix+ordinalNumber(f.tokens[i].term), i-1, 2
		f.add(from, i, joined)
	case f.lettered(i):
		joined = f.tokens[i].term
	default:
		return
	}
	for j := i + 1; parts < maxReferenceParts && f.linked(j, 1) && allDigits(f.tokens[j].term); j++ {
		joined += f.tokens[j].term
		parts++
		f.add(from, j, joined)
	}
}

// prefix is the word before token i, if that can be a reference's: no stop word,
// and not one that another reference ends with.
func (f *references) prefix(i int) string {
	if !f.linked(i, 2) || f.tokens[i-1].exact {
		return ""
	}
	word := f.tokens[i-1].term
	if at := strings.IndexByte(word, '\''); at >= 0 { // l'article 12
		word = word[at+1:]
	}
	if name := sections[word]; name != "" {
		return name
	}
	switch {
	case len(word) > maxReferencePrefix || word == "" || numeros[word] || monthNumber(word) != 0:
		return ""
	case len(word) > 1 && (stopWords("fr")[word] || stopWords("en")[word]):
		return ""
	case len(word) == 1 && (word == "a" || word == "y") && f.raw(i-1) != strings.ToUpper(f.raw(i-1)):
		return ""
	}
	return word
}

// lettered tells a token such as L1234 or FR76, which begins a reference itself.
func (f *references) lettered(i int) bool {
	c := f.tokens[i].term[0]
	return c < '0' || c > '9'
}

// ordinalNumber is a number without the ending that makes it an ordinal: 1er, 2nd.
func ordinalNumber(term string) string {
	digits := strings.TrimRight(term, "abcdefghijklmnopqrstuvwxyz")
	switch term[len(digits):] {
	case "er", "re", "e", "eme", "ere", "st", "nd", "rd", "th":
		return digits
	}
	return term
}

// amount gives a number one more term where it has another form: 1250.00 is
// 1250, 1.250 (1,250 as well) may be 1250.
func (f *references) amount(t token) {
	whole, decimals, found := strings.Cut(t.term, ".")
	if !found || !allDigits(whole) || !allDigits(decimals) {
		return
	}
	if len(decimals) == 2 && decimals == "00" {
		t.term = whole
	} else if len(decimals) == 3 && len(whole) <= 3 && whole[0] != '0' {
		t.term = whole + decimals
	} else {
		return
	}
	t.extra = true
	f.emit(t)
}

// telephone finds French numbers in pairs, with or without the country's code.
func (f *references) telephone(i int) {
	t := f.tokens[i].term
	if parts := strings.Split(t, "-"); len(parts) == 5 && parts[0][0] == '0' { // 01.23.45.67.89
		f.add(i, i, pairs(parts))
		return
	}
	if len(t) == 11 && strings.HasPrefix(t, "33") && f.tokens[i].start > 0 && f.text[f.tokens[i].start-1] == '+' {
		f.add(i, i, "0"+t[2:])
		return
	}
	from, first := i, t
	if (t == "33" || t == "0033") && f.linkedTo(i+1, 2) && len(f.tokens[i+1].term) == 1 {
		first = "0" + f.tokens[i+1].term
		i++
	}
	if i+4 >= len(f.tokens) {
		return
	}
	parts := []string{first}
	for j := i + 1; j <= i+4; j++ {
		if !f.linked(j, 1) {
			return
		}
		parts = append(parts, f.tokens[j].term)
	}
	if first[0] == '0' {
		f.add(from, i+4, pairs(parts))
	}
}

func (f *references) linkedTo(i, max int) bool { return f.linked(i, max) && f.tokens[i].exact }

// pairs joins five pairs of digits, "" if they aren't.
func pairs(parts []string) string {
	for _, p := range parts {
		if len(p) != 2 || !allDigits(p) {
			return ""
		}
	}
	return strings.Join(parts, "")
}

// establishment finds a French SIRET in groups: three times three digits and five.
func (f *references) establishment(i int) {
	joined := ""
	for j, n := range []int{3, 3, 3, 5} {
		if j > 0 && !f.linked(i+j, 1) || len(f.tokens[i+j].term) != n || !allDigits(f.tokens[i+j].term) {
			return
		}
		joined += f.tokens[i+j].term
	}
	f.add(i, i+3, joined)
}

const minAccount, maxAccount = 15, 34 // characters of an IBAN, ISO 13616

// account finds an IBAN in groups. Its check digits tell it from other things
// (ISO 7064, mod 97-10).
func (f *references) account(i int) {
	joined := f.tokens[i].term
	if len(joined) < 4 || f.digitAt(joined, 0) || f.digitAt(joined, 1) || !allDigits(joined[2:4]) {
		return
	}
	for j := i + 1; f.linked(j, 1) && len(joined)+len(f.tokens[j].term) <= maxAccount; j++ {
		joined += f.tokens[j].term
		if len(joined) >= minAccount && accountNumber(joined) {
			f.add(i, j, joined)
		}
	}
}

func (f *references) digitAt(s string, i int) bool { return allDigits(s[i : i+1]) }

// accountNumber tells whether the check digits of a folded IBAN are right.
func accountNumber(s string) bool {
	rest := 0
	for _, c := range []byte(s[4:] + s[:4]) {
		switch {
		case '0' <= c && c <= '9':
			rest = (rest*10 + int(c-'0')) % 97
		case 'a' <= c && c <= 'z':
			rest = (rest*100 + int(c-'a') + 10) % 97
		default:
			return false
		}
	}
	return rest == 1
}
