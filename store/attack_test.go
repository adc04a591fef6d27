package store

import (
	"fmt"
	"os"
	"strings"
	"testing"
)

// held is what somebody has from elsewhere: the columns of the auditor's table.
var held = []struct {
	en, fr string
	least  needs // the attacks that it shows
	give   func(v *victim) (firstKey string, notes []string)
}{
	{"nothing", "rien", needNothing, func(*victim) (string, []string) { return "", nil }},
	{"first key", "première clé", needKey, func(v *victim) (string, []string) { return v.firstKey, nil }},
	{"checkpoint from before", "point de contrôle d’avant", needKey, func(v *victim) (string, []string) { return v.firstKey, []string{v.earlier} }},
	{"receipt", "reçu", needNote, func(v *victim) (string, []string) { return "", []string{v.receipt} }},
	{"checkpoint", "point de contrôle", needNote, func(v *victim) (string, []string) { return "", []string{v.kept} }},
	{"witness", "témoin", needNote, func(v *victim) (string, []string) { return "", []string{v.witness} }},
}

// TestAttacksOnARealBox does each attack in copies of a real box's files and has
// them verified as the box does: it is red with what it is said to need, and
// honestly not red with less.
func TestAttacksOnARealBox(t *testing.T) {
	if testing.Short() {
		t.Skip("one goroutine works for long: nothing for the race detector; run without -short")
	}
	v := newVictim(t)
	live := v.copyOf(v.f.Tenant)
	week, other := v.lastWeek, v.other
	for _, h := range held {
		if key, notes := h.give(v); true {
			if seen, rep := v.seen(live, key, notes...); seen {
				t.Fatalf("the live journal with %s: %+v", h.en, rep)
			}
		}
	}
	for _, a := range attacks {
		t.Run(a.en, func(t *testing.T) {
			v.t = t
			v.db, v.other, v.lastWeek = v.copyOf(v.f.Tenant), copied(t, other), t.TempDir()+"/box"
			if err := os.CopyFS(v.lastWeek, os.DirFS(week)); err != nil {
				t.Fatal(err)
			}
			db := a.do(v)
			for _, h := range held {
				key, notes := h.give(v)
				if seen, rep := v.seen(db, key, notes...); seen != (h.least >= a.needs) {
					t.Errorf("with %s: %+v", h.en, rep)
				}
			}
		})
	}
}

func copied(t *testing.T, path string) string {
	t.Helper()
	b, err := os.ReadFile(path)
	if err == nil {
		path = t.TempDir() + "/other.db"
		err = os.WriteFile(path, b, 0o600)
	}
	if err != nil {
		t.Fatal(err)
	}
	return path
}

// attackTable is the table as the auditor's page has it: ● where it is seen.
func attackTable(lang string) string {
	text := func(en, fr string) string {
		if lang == "fr" {
			return fr
		}
		return en
	}
	var b strings.Builder
	b.WriteString("| " + text("what somebody did", "ce que quelqu’un a fait") + " |")
	for _, h := range held {
		b.WriteString(" " + text(h.en, h.fr) + " |")
	}
	b.WriteString("\n|---|" + strings.Repeat(":-:|", len(held)) + "\n")
	for _, a := range attacks {
		fmt.Fprintf(&b, "| %s |", text(a.en, a.fr))
		for _, h := range held {
			mark := "–"
			if h.least >= a.needs {
				mark = "●"
			}
			b.WriteString(" " + mark + " |")
		}
		b.WriteString("\n")
	}
	return b.String()
}

// TestAttackTableInDocs holds the auditor's page to the test; COFFRE_WRITE_DOCS=1
// writes the tables anew.
func TestAttackTableInDocs(t *testing.T) {
	for _, lang := range []string{"fr", "en"} {
		path := "../docs/auditor." + lang + ".md"
		b, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		const begin, end = "<!-- attacks -->\n", "<!-- /attacks -->"
		before, rest, ok := strings.Cut(string(b), begin)
		had, after, closed := strings.Cut(rest, end)
		if !ok || !closed {
			t.Fatalf("%s: the marks %q and %q are missing", path, begin, end)
		}
		if want := attackTable(lang); had != want {
			if os.Getenv("COFFRE_WRITE_DOCS") == "" {
				t.Errorf("%s is not what the test shows: COFFRE_WRITE_DOCS=1 go test -run AttackTable ./store", path)
			} else if err := os.WriteFile(path, []byte(before+begin+want+end+after), 0o644); err != nil {
				t.Fatal(err)
			}
		}
	}
}
