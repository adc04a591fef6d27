// Package preview renders every page with sample data, in both languages: for
// the golden tests of the pages, and to look at them in a browser while one
// works on them:
//
//	go test ./ui/look/preview -run TestServe -timeout 0 -serve 127.0.0.1:8099
//
// Its rule: nothing outside tests imports it, and its people, firms and texts
// are invented.
package preview

import (
	"time"

	"github.com/a-h/templ"

	"coffre/ui/look"
	"coffre/ui/words"
)

// Sample is a page in a state worth looking at. Name is unique and fit for a
// file name.
type Sample struct {
	Name string
	Page templ.Component
}

// now is the moment of every sample, so that golden pages stay the same.
var now = time.Date(2026, 11, 20, 14, 32, 7, 0, time.UTC)

// All gives every sample in one language and theme.
func All(l words.Lang, theme look.Theme) []Sample {
	s := scene{l: l, theme: theme}
	var all []Sample
	all = append(all, s.entryPages()...)
	all = append(all, s.askPages()...)
	all = append(all, s.documentPages()...)
	all = append(append(all, s.journalPages()...), s.retentionPages()...)
	all = append(append(all, s.accessPages()...), s.accountPages()...)
	all = append(append(append(all, s.egressPages()...), append(append(s.hardenedPages(), s.forwardPages()...), append(s.alertPages(), s.inboxPages()...)...)...), s.witnessPages()...)
	all = append(append(all, s.qualityPages()...), s.healthPages()...)
	return append(append(append(all, s.secretPages()...), s.providerPages()...), append(s.settingsPages(), append(append(s.tlsPages(), s.acmePages()...), s.updatePages()...)...)...)
}

// Served are those to look at: besides All, states that differ in a sentence alone.
func Served(l words.Lang, theme look.Theme) []Sample {
	return append(All(l, theme), scene{l: l, theme: theme}.acmeRefusals()...)
}

// scene is the language and theme that the samples are in.
type scene struct {
	l     words.Lang
	theme look.Theme
}

// say picks the text of the scene's language.
func (s scene) say(fr, en string) string {
	if s.l == words.French {
		return fr
	}
	return en
}

func (s scene) frame(area look.Area, path string) look.Frame {
	return look.Frame{
		L: s.l, Theme: s.theme, Firm: "Berthier & Associés", Area: area, Path: path,
		Person: look.Person{Name: "Camille Berthier", Role: "admin", Audit: true, Admin: true},
	}
}

func (s scene) outside(path string) look.Frame {
	return look.Frame{L: s.l, Theme: s.theme, Firm: "Berthier & Associés", Path: path}
}

func (s scene) member(area look.Area, path string) look.Frame {
	f := s.frame(area, path)
	f.Person = look.Person{Name: "Naïma Rousseau", Role: "member"}
	return f
}

func (s scene) collections() []look.Choice {
	return []look.Choice{
		{Value: "c-rh", Label: s.say("Ressources humaines", "Human resources"), Hint: "14"},
		{Value: "c-contrats", Label: s.say("Contrats fournisseurs", "Supplier contracts"), Hint: "31"},
		{Value: "c-direction", Label: s.say("Direction", "Management"), Hint: "6"},
	}
}
