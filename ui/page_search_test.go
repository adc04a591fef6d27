package ui

import (
	"encoding/json"
	"net/url"
	"slices"
	"strings"
	"testing"

	"coffre/store"
)

// TestSearchPage: what a result marks, what is said of a word that was taken for
// another and of a phrase that isn't there, all of it escaped.
func TestSearchPage(t *testing.T) {
	x := newBox(t, nil)
	x.person(x.a, "claire", store.Admin)
	c := x.collection(x.a, "Recherche", store.Grants{store.Everyone}, store.Grants{store.Everyone})
	x.add(x.a, c, "bail.txt", "Le licenciement est notifié à l’employeur <b>par lettre</b>. La facture FAC-2026-0117 du 12 mars 2026 est due.")
	web := x.session(x.person(x.a, "cherche", store.Member))
	for _, k := range []struct {
		query string
		holds []string
	}{
		{"licencment", []string{"<mark>licenciement</mark>", "licencment", "licenciement"}},
		{"employeurs", []string{"l’<mark>employeur</mark> &lt;b&gt;par lettre&lt;/b&gt;"}},
		{"fac 2026 0117", []string{"<mark>FAC-2026-0117</mark>"}},
		{"12/03/2026", []string{"<mark>12 mars 2026</mark>"}},
		{`"notifié à l'employeur"`, []string{"<mark>notifié à l’employeur</mark>"}},
		{`"employeur notifié" <script>`, []string{"Aucun passage ne contient exactement", "&lt;script&gt;"}},
	} {
		body := x.call(web, "GET", "/search?q="+url.QueryEscape(k.query), nil).body
		for _, want := range k.holds {
			if !strings.Contains(body, want) {
				t.Errorf("%s: the page doesn't hold %q", k.query, want)
			}
		}
		if strings.Contains(body, "<b>par lettre") {
			t.Errorf("%s: not escaped", k.query)
		}
	}
}

// TestSearchWords: completions come from documents that one may read.
func TestSearchWords(t *testing.T) {
	x := newBox(t, nil)
	x.person(x.a, "claire", store.Admin)
	open := x.collection(x.a, "Ouverte", store.Grants{store.Everyone}, store.Grants{store.Everyone})
	boss := x.person(x.a, "patronne", store.Member)
	shut := x.collection(x.a, "Fermée", store.Grants{"user:" + boss.id}, nil)
	x.add(x.a, open, "a.txt", "La restitution des clés est prévue.")
	x.add(x.a, shut, "b.txt", "La restructuration est confidentielle.")
	ask := func(web caller, typed string) []string {
		t.Helper()
		var out struct{ Words []string }
		if err := json.Unmarshal([]byte(x.call(web, "GET", "/search/words?q="+url.QueryEscape(typed), nil).body), &out); err != nil {
			t.Fatal(err)
		}
		return out.Words
	}
	all, some := x.session(boss), x.session(x.person(x.a, "employee", store.Member))
	if got := ask(all, "la RESTR"); !slices.Equal(got, []string{"la restructuration"}) {
		t.Errorf("who may read it is offered %q", got)
	}
	if got := ask(some, "la restr"); len(got) != 0 {
		t.Errorf("who may not is offered %q", got)
	}
	if got := ask(some, "la rest"); !slices.Equal(got, []string{"la restitution"}) {
		t.Errorf("who may read one is offered %q", got)
	}
	if got := ask(some, ""); len(got) != 0 {
		t.Errorf("nothing typed: %q", got)
	}
}
