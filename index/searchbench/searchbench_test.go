package searchbench

import (
	"context"
	"os"
	"slices"
	"testing"

	"coffre/index"
)

// TestRun: a small run measures everything, finds what it asks for and leaves
// nothing behind.
func TestRun(t *testing.T) {
	dir := t.TempDir()
	var stages []string
	f, err := Run(context.Background(), Options{Dir: dir, Passages: 205, Questions: 20, Opens: 1,
		Tell: func(stage string, _ int) { stages = append(stages, stage) }})
	if err != nil {
		t.Fatal(err)
	}
	if want := []string{StageFill, StageVectors, StageOpen, StageAsk}; !slices.Equal(stages, want) {
		t.Errorf("stages %v, want %v", stages, want)
	}
	if f.FillPS <= 0 || f.VectorsPS <= 0 || f.OpenMS <= 0 || f.Both.P50 <= 0 || f.Both.P99 < f.Both.P50 || f.Found <= 0 || f.WordsMB <= 0 || f.VectorsMB <= 0 {
		t.Errorf("a figure is missing: %+v", f)
	}
	if left, _ := os.ReadDir(dir); len(left) != 0 {
		t.Errorf("left behind: %v", left)
	}
}

// TestTargets: each figure is held to its own limit.
func TestTargets(t *testing.T) {
	missed := Figures{FillPeakMB: 501, OpenMS: 500, FirstMS: 50.1, Both: Asked{10, 40.5}, ResidentMB: 1536}
	var got []string
	for _, target := range missed.Targets() {
		if !target.Met() {
			got = append(got, target.Name)
		}
	}
	if want := []string{"indexing_peak_mb", "first_query_ms", "p99_ms"}; !slices.Equal(got, want) {
		t.Errorf("missed %v, want %v", got, want)
	}
}

// TestLibrary: the same passages each time, in the languages that they are
// said to be in, and questions that their askers may see answered.
func TestLibrary(t *testing.T) {
	one, two := newLibrary(), newLibrary()
	right := 0
	for o := uint32(1); o <= 300; o += 10 {
		p, q := one.passage(o), two.passage(o)
		if p != q {
			t.Fatalf("passage %d differs from one time to the next", o)
		}
		if lang := index.DetectLanguage(p.Text); lang == p.Lang {
			right++
		}
	}
	if right < 27 {
		t.Errorf("%d of 30 passages are of the language that they are said to be in", right)
	}
	for n := range 20 {
		if q := one.question(n, 300); q.Classes.Len() != permitted || q.Text == "" {
			t.Errorf("question %d: %d classes, %q", n, q.Classes.Len(), q.Text)
		}
	}
	doc := one.doc(21, 205)
	if len(doc.Passages) != 5 || doc.Passages[4].Ordinal != 205 || docOf(205) != 21 {
		t.Errorf("the last document: %+v", doc)
	}
}
