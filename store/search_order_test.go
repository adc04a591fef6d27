package store

import (
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"coffre/index"
)

func hitFor(doc, title, text string, score float64, added time.Time) SearchHit {
	h := SearchHit{Hit: index.Hit{Score: score}}
	h.DocumentID, h.Title, h.Text, h.Added = doc, title, text, added
	return h
}

func docsOf(hits []SearchHit) string {
	var out []string
	for _, h := range hits {
		out = append(out, h.DocumentID)
	}
	return strings.Join(out, " ")
}

func TestOrder(t *testing.T) {
	old, now := time.Date(2024, 1, 1, 0, 0, 0, 0, time.UTC), time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	for _, c := range []struct {
		name, query string
		hits        []SearchHit
		want        string
	}{
		{"by score", "préavis des cadres", []SearchHit{hitFor("a", "x", "", 1, old), hitFor("b", "y", "", 0.9, now)}, "a b"},
		{"newer of two equals", "préavis des cadres", []SearchHit{hitFor("a", "x", "", 1, old), hitFor("b", "y", "", 0.99, now)}, "b a"},
		{"asked for the current one", "préavis actuel des cadres", []SearchHit{hitFor("a", "x", "", 1, old), hitFor("b", "y", "", 0.93, now)}, "b a"},
		{"asked for it, but far worse", "latest notice period", []SearchHit{hitFor("a", "x", "", 1, old), hitFor("b", "y", "", 0.7, now)}, "a b"},
		{"hours apart say nothing", "latest notice period", []SearchHit{hitFor("a", "x", "", 1, now), hitFor("b", "y", "", 0.99, now.Add(time.Hour))}, "a b"},
		{"by its title", "bail de Vorane", []SearchHit{hitFor("a", "x", "", 1, now), hitFor("b", "Le bail de Vorane.pdf", "", 0.9, now)}, "b a"},
		{"one word is no title", "bail", []SearchHit{hitFor("a", "x", "", 1, now), hitFor("b", "bail", "", 0.9, now)}, "a b"},
		{"nothing", "bail de Vorane", nil, ""},
	} {
		order(c.query, "fr", c.hits)
		if got := docsOf(c.hits); got != c.want {
			t.Errorf("%s: %s, want %s", c.name, got, c.want)
		}
	}
}

const clause = "Le locataire s'engage à entretenir les lieux loués et à les rendre en bon état à la fin du bail, sauf usure normale, " +
	"et à laisser visiter les lieux par le bailleur ou son représentant deux fois par an, aux heures ouvrables, après un préavis d'une semaine. " +
	"Les charges sont réglées chaque trimestre sur présentation du décompte, et la taxe foncière reste à la charge du bailleur, comme les grosses réparations."

func TestCollapse(t *testing.T) {
	day := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	hit := func(doc, text string) SearchHit { return hitFor(doc, doc, text, 1, day) }
	almost := strings.Replace(clause, "usure normale", "usure courante", 1)
	for _, c := range []struct {
		name string
		hits []SearchHit
		want string
		also int
	}{
		{"the same text", []SearchHit{hit("a", clause), hit("b", clause+"\n"), hit("c", "autre chose")}, "a c", 1},
		{"nearly the same text", []SearchHit{hit("a", clause), hit("b", almost)}, "a", 1},
		{"a document is named once", []SearchHit{hit("a", clause), hit("b", clause), hit("b", clause)}, "a", 1},
		{"not within one document", []SearchHit{hit("a", clause), hit("a", clause)}, "a a", 0},
		{"another amount", []SearchHit{hit("a", clause+" 12 000 €"), hit("b", clause+" 15 000 €")}, "a b", 0},
		{"another name", []SearchHit{hit("a", clause+" Vorane"), hit("b", clause+" Marcheroux")}, "a b", 0},
		{"empty texts", []SearchHit{hit("a", ""), hit("b", " ")}, "a b", 0},
		{"short and different", []SearchHit{hit("a", "oui"), hit("b", "non")}, "a b", 0},
	} {
		got := collapse(slices.Clone(c.hits))
		if docsOf(got) != c.want || len(got) > 0 && len(got[0].Also) != c.also {
			t.Errorf("%s: %s with %d others, want %s with %d", c.name, docsOf(got), len(got[0].Also), c.want, c.also)
		}
	}
}

// TestCollapseProperties: every document is still there, as a hit or with one,
// the best stay first, and collapsing twice changes nothing.
func TestCollapseProperties(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	texts := []string{clause, strings.Replace(clause, "usure normale", "usure courante", 1), clause + " 12 000 €", "court", "", "Vorane"}
	for range 500 {
		var hits []SearchHit
		docs := map[string]bool{}
		for i := range rng.IntN(12) {
			d := string(rune('a' + rng.IntN(6)))
			docs[d] = true
			hits = append(hits, hitFor(d, d, texts[rng.IntN(len(texts))], float64(100-i), time.Time{}))
		}
		once := collapse(slices.Clone(hits))
		for _, h := range once {
			delete(docs, h.DocumentID)
			for _, a := range h.Also {
				delete(docs, a.DocumentID)
			}
		}
		if len(docs) > 0 || !slices.IsSortedFunc(once, func(a, b SearchHit) int { return int(b.Hit.Score - a.Hit.Score) }) || len(hits) > 0 && once[0].Hit.Score != 100 {
			t.Fatalf("%v lost, or out of order", docs)
		}
		if twice := collapse(slices.Clone(once)); docsOf(twice) != docsOf(once) {
			t.Fatalf("%s, then %s", docsOf(once), docsOf(twice))
		}
	}
}
