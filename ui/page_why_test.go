package ui

import (
	"net/url"
	"regexp"
	"strings"
	"testing"

	"coffre/store"
)

// TestWhyIsKept: how passages were found, and how much of the question they
// hold, stands on the page of an old answer as it stood under the new one.
func TestWhyIsKept(t *testing.T) {
	d, m := modelled(t)
	m.Close() // quotations
	c := d.collection(d.a, "Dossier ouvert", store.Grants{store.Everyone}, nil)
	d.add(d.a, c, "prime.txt", "La prime zibelouk des chauffeurs est de huit cents euros par an.")
	reader := d.person(d.a, "renaud", store.Member)
	web, key := d.session(reader), d.apiKey(reader)
	for _, test := range []struct{ question, want string }{
		{"Quelle est la prime des chauffeurs ?", `n° 1 par les mots`},
		{"Quelle est la prime de rentrée des comptables polonais en Norvège ?", `le meilleur passage en porte \d+\x{202f}%`},
	} {
		var a answerJSON
		d.call(key, "POST", "/api/v1/ask", map[string]any{"question": test.question}).json(t, &a)
		body := d.call(web, "GET", "/ask/"+url.PathEscape(a.Conversation), nil).body
		if !regexp.MustCompile(test.want).MatchString(body) {
			t.Errorf("%s: the page read back doesn't say %q (abstained: %v)", test.question, test.want, strings.Contains(body, "abstention"))
		}
	}
}
