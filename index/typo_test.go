package index

import (
	"context"
	"fmt"
	"strings"
	"testing"
)

var typoShelf = []Passage{
	{Lang: "fr", Text: "Le licenciement pour motif économique ouvre droit à une indemnité. Préavis de deux mois."},
	{Lang: "fr", Text: "Congés payés : l’employeur fixe les dates. Remboursement des frais, FAC-2026-0117."},
	{Lang: "en", Text: "The employment agreement sets the retirement age and the confidentiality duties."},
	{Lang: "en", Text: "Holiday entitlement and reimbursement of expenses."},
	{Lang: "fr", Text: "Restructuration confidentielle : fermeture de l'usine de Vierzon, prime d'intéressement."}, // forbidden
}

func typoClass(i int) uint32 {
	if i == 4 {
		return 2
	}
	return 1
}

func TestTypos(t *testing.T) {
	ix := shelf(t, typoClass, typoShelf...)
	for _, c := range []struct{ query, taken, want string }{
		{"licencment économique", "licenciement", "1"},
		{"le licensiement", "licenciement", "1"},
		{"indemnitée et préavsi", "préavis", "1"},
		{"preavi de deux mois", "", "1"}, // another form of the same word
		{"rembousrement des frais", "remboursement", "2"},
		{"retirment age", "", "3"},
		{"holliday", "holiday", "4"},
		{"the confidentialty duties", "confidentiality", "3"},
		{"FAC-2026-0118", "", "2"}, // its other parts are there; it is not another's number
		{"0118", "", ""},
		{"mos", "", ""},          // too short
		{"vierzom", "", ""},      // forbidden
		{"intéresement", "", ""}, // forbidden
		{"xylophone", "", ""},
	} {
		r := put(t, ix, c.query)
		var taken []string
		for _, x := range r.Corrected {
			taken = append(taken, x.Taken)
			if len(r.Hits) == 0 {
				t.Errorf("%s: corrected, and nothing found", c.query)
			}
		}
		if got := strings.Join(taken, " "); got != c.taken || ordinals(r) != c.want {
			t.Errorf("%s: taken for %q, found %s, want %q, %s", c.query, got, ordinals(r), c.taken, c.want)
		}
		for _, h := range r.Hits {
			for _, m := range h.Matched {
				if len(r.Corrected) > 0 && m == r.Corrected[0].Typed {
					t.Errorf("%s: a passage is said to hold %q", c.query, m)
				}
			}
		}
	}
}

// TestCorrectionsDoNotTellOfForbiddenWords compares every answer with that of an
// index that never held what is forbidden.
func TestCorrectionsDoNotTellOfForbiddenWords(t *testing.T) {
	ix := shelf(t, typoClass, append([]Passage{}, typoShelf...)...)
	alone := shelf(t, typoClass, append([]Passage{}, typoShelf[:4]...)...)
	forbidden := 0
	for _, p := range typoShelf {
		for _, w := range Words(p.Text, "") {
			word := p.Text[w.Start:w.End]
			for _, query := range misspelt(word) {
				got, want := put(t, ix, query), put(t, alone, query)
				if fmt.Sprint(got) != fmt.Sprint(want) {
					t.Errorf("%q: %v, without the forbidden passage %v", query, got, want)
				}
			}
			for n := minPrefix; n <= len(word); n++ {
				got, err := ix.Complete(context.Background(), NewClasses(1), word[:n], 10)
				want, err2 := alone.Complete(context.Background(), NewClasses(1), word[:n], 10)
				if err != nil || err2 != nil || fmt.Sprint(got) != fmt.Sprint(want) {
					t.Errorf("completing %q: %v %v, without the forbidden passage %v %v", word[:n], got, err, want, err2)
				}
			}
			if all, _ := ix.Complete(context.Background(), NewClasses(1, 2), word[:min(4, len(word))], 10); len(all) > 0 {
				forbidden++
			}
		}
	}
	if forbidden == 0 {
		t.Error("nothing is ever completed")
	}
}

// misspelt are a word and some mistakes in it.
func misspelt(word string) []string {
	runes := []rune(word)
	all := []string{word}
	for i := 1; i+1 < len(runes); i++ {
		swapped := append([]rune{}, runes...)
		swapped[i], swapped[i+1] = swapped[i+1], swapped[i]
		all = append(all, string(swapped), string(runes[:i])+string(runes[i+1:]), string(runes[:i])+"x"+string(runes[i:]))
	}
	return all
}

func TestComplete(t *testing.T) {
	ix := shelf(t, typoClass, append([]Passage{}, typoShelf...)...)
	for _, c := range []struct{ typed, want string }{
		{"pré", "préavis"},
		{"prea", "préavis"},
		{"délai de PRÉA", "préavis"},
		{"préavi", "préavis"},
		{"préavis", ""},
		{"l’emplo", "employment employeur"},
		{"rem", "remboursement"},
		{"licencieme", "licenciement"},
		{"confid", "confidentiality"},
		{"vierz", ""},
		{"pr", ""},
		{"préavis ", ""},
		{"FAC-2026", ""},
		{"", ""},
	} {
		got, err := ix.Complete(context.Background(), NewClasses(1), c.typed, 8)
		if err != nil {
			t.Fatal(err)
		}
		if !sameWords(got, c.want) {
			t.Errorf("%q is completed by %q, want %q", c.typed, got, c.want)
		}
	}
	if got, _ := ix.Complete(context.Background(), Classes{}, "préa", 8); len(got) > 0 {
		t.Errorf("nobody is shown %q", got)
	}
}

func sameWords(got []string, want string) bool {
	all := strings.Fields(want)
	for _, w := range got {
		if !strings.Contains(" "+want+" ", " "+w+" ") {
			return false
		}
	}
	return len(got) == len(all)
}

// TestRevokedWordsAreGone: a class that changes is seen by the next search, by
// the next correction and by the next completion.
func TestRevokedWordsAreGone(t *testing.T) {
	ix := shelf(t, allowed, append([]Passage{}, typoShelf...)...)
	if r := put(t, ix, "licencment"); len(r.Corrected) != 1 {
		t.Fatalf("corrected %v", r.Corrected)
	}
	ix.SetClass(1, 2)
	if r := put(t, ix, "licencment"); len(r.Corrected)+len(r.Hits) != 0 {
		t.Errorf("after revocation: %v, %s", r.Corrected, ordinals(r))
	}
	if r := put(t, ix, `"motif économique"`); len(r.Hits) != 0 {
		t.Errorf("after revocation a phrase finds %s", ordinals(r))
	}
	if got, err := ix.Complete(context.Background(), NewClasses(1), "licen", 5); err != nil || len(got) > 0 {
		t.Errorf("after revocation: %v, %v", got, err)
	}
}
