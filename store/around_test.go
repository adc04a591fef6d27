package store

import (
	"fmt"
	"strings"
	"testing"
)

// TestAround: what stands around a passage is read up to a document's ends, of
// current versions alone, and by who may read them at that moment.
func TestAround(t *testing.T) {
	f := newFirm(t)
	text := "un\n\ndeux\n\ntrois\n\nquatre\n\ncinq"
	d := f.add(t, f.alice, f.open, "a.txt", text)
	shut := f.add(t, f.alice, f.closed, "b.txt", text)
	old := f.add(t, f.alice, f.open, "c.txt", text).Latest()
	f.add(t, f.alice, f.open, "c.txt", text+" bis")
	first := d.Latest().First
	for _, c := range []struct {
		name          string
		who           Principal
		ord           uint32
		whole, beside int
		want          string
		complete      bool
	}{
		{"both sides", f.alice, first + 2, 0, 1, "deux trois quatre", false},
		{"the beginning", f.alice, first, 0, 1, "un deux", false},
		{"the end, not the next document", f.alice, first + 4, 0, 2, "trois quatre cinq", false},
		{"all of it", f.alice, first + 1, len(text), 1, "un deux trois quatre cinq", true},
		{"a byte too long", f.alice, first + 1, len(text) - 1, 0, "deux", false},
		{"who may not read", f.carol, shut.Latest().First, len(text), 1, "not found", false},
		{"who may", f.alice, shut.Latest().First, 0, 0, "un", false},
		{"an earlier version", f.alice, old.First, len(text), 1, "not found", false},
		{"no passage", f.alice, 9999, len(text), 1, "not found", false},
	} {
		var got []string
		complete := false
		err := f.View(func(v *View) error {
			var all []Passage
			var err error
			all, complete, err = v.Around(c.who, c.ord, c.whole, c.beside)
			for _, p := range all {
				got = append(got, strings.TrimSpace(p.Text))
			}
			return err
		})
		if IsNotFound(err) {
			got, err = []string{"not found"}, nil
		}
		if s := strings.Join(got, " "); err != nil || s != c.want || complete != c.complete {
			t.Errorf("%s: %s, complete %t, %v; want %s", c.name, s, complete, fmt.Sprint(err), c.want)
		}
	}
}
