// Package words holds every sentence that coffre shows to a person, in French
// and in English, and the way numbers, sizes and dates are written in each.
//
// Its rule: a page, a receipt or a command never holds a sentence of its own,
// only a key of this catalogue and parameters. Both languages of a key stand
// side by side in catalogue/*.json, and the package's tests fail on a key that
// is missing, that nobody uses, or whose parameters differ between the two.
//
// A message is plain text with these marks:
//
//	{name}              the parameter's value
//	{limit:size}        the same, as a size: the value is a number of bytes
//	{n|page|pages}      a form chosen by the number n and the language's rule
//	[ of {name}]        left out where one of its parameters is not given
//
// French spacing is set when the catalogue is read: the files hold ordinary
// spaces, readers get U+202F before ; ! ? and U+00A0 before : and in « ».
package words

import (
	"net/http"
	"strconv"
	"strings"
)

// Lang is a language of the catalogue. Its methods translate and format.
type Lang string

// The languages that the catalogue holds.
const (
	French  Lang = "fr"
	English Lang = "en"
)

// Langs lists the languages in the order in which they are offered.
var Langs = []Lang{French, English}

// Parse accepts a language tag such as "fr", "fr-CH" or "EN_us".
func Parse(tag string) (Lang, bool) {
	primary, _, _ := strings.Cut(strings.ReplaceAll(strings.ToLower(strings.TrimSpace(tag)), "_", "-"), "-")
	for _, l := range Langs {
		if primary == string(l) {
			return l, true
		}
	}
	return "", false
}

// Negotiate picks the first language of the request's Accept-Language that the
// catalogue has, by descending weight (RFC 9110, section 12.5.4), otherwise
// fallback.
func Negotiate(r *http.Request, fallback Lang) Lang {
	best, weight := fallback, 0.0
	for _, part := range strings.Split(r.Header.Get("Accept-Language"), ",") {
		tag, q := splitWeight(part)
		if l, ok := Parse(tag); ok && q > weight {
			best, weight = l, q
		}
	}
	return best
}

func splitWeight(part string) (string, float64) {
	tag, rest, found := strings.Cut(part, ";")
	if !found {
		return tag, 1
	}
	value, isWeight := strings.CutPrefix(strings.TrimSpace(rest), "q=")
	q, err := strconv.ParseFloat(value, 64)
	if !isWeight || err != nil || q < 0 || q > 1 {
		return tag, 0
	}
	return tag, q
}

// T is the sentence of key. Args are pairs of a parameter's name and its value:
// strings stand as they are, whole numbers and times are written in the
// language's way. An unknown key comes back in ⟨⟩, so that it is seen.
func (l Lang) T(key string, args ...any) string {
	m, ok := catalogue[l][key]
	if !ok {
		return "⟨" + key + "⟩"
	}
	return m.render(l, pairs(args))
}

// Has says whether the catalogue knows key.
func (l Lang) Has(key string) bool {
	_, ok := catalogue[l][key]
	return ok
}

// Or is the sentence of family.name, or of family.other where the catalogue
// has no such name: for codes that come from other rooms or older data.
func (l Lang) Or(family, name string, args ...any) string {
	if key := family + "." + name; l.Has(key) {
		return l.T(key, args...)
	}
	return l.T(family+".other", append([]any{"code", name}, args...)...)
}

// Error is the sentence for an error code of store, extract, llm or ui: what
// happened, where, and what to do. Params fill the sentence's parameters;
// those that are absent leave their part of the sentence out. A code that the
// catalogue doesn't know gets the sentence of "internal". Where a setting is named
// that has a form (family setting-form), what will do is said, too.
func Error(l Lang, code string, params map[string]string) string {
	m, ok := catalogue[l]["error."+code]
	if !ok {
		m = catalogue[l]["error.internal"]
	}
	values := make(map[string]any, len(params))
	for name, value := range params {
		values[name] = value
	}
	if form := "setting-form." + params["name"]; code == "invalid-setting" && l.Has(form) {
		return m.render(l, values) + " " + l.T(form)
	}
	return m.render(l, values)
}

// Codes lists the error codes that have a sentence, sorted.
func Codes() []string {
	var codes []string
	for _, key := range Keys() {
		if code, ok := strings.CutPrefix(key, "error."); ok {
			codes = append(codes, code)
		}
	}
	return codes
}

func pairs(args []any) map[string]any {
	values := make(map[string]any, len(args)/2)
	for i := 0; i+1 < len(args); i += 2 {
		if name, ok := args[i].(string); ok {
			values[name] = args[i+1]
		}
	}
	return values
}
