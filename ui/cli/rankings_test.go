package cli

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"coffre/connectors/extract"
	"coffre/connectors/passage"
	"coffre/index"
	"coffre/index/embed"
)

var update = flag.Bool("update", false, "write the golden rankings anew")

// rankings are the golden files: what is found for the same queries in one way
// of searching. Another way is one more line here and its file.
var rankings = []struct {
	file     string
	legs     index.Legs
	embedder index.Embedder // nil for none
	// slack is by how much a score may differ between processors, whose kernels
	// round differently; hits that are so near may change places.
	slack float64
}{
	{"words.txt", index.WordsLeg, nil, 0},
	{"meaning.txt", index.MeaningLeg, embed.Builtin(), 0.02},
	{"both.txt", index.BothLegs, embed.Builtin(), 0.02},
}

// asTyped are queries besides every third question of testdata/demo.
var asTyped = []string{
	"fac 2026 0117", "FAC-2026-0142", "12/03/2026", "12 mars 2026", "article 7.3", "1 250,00 €",
	`"notes de frais"`, `"annual leave"`, `"leave annual"`, "remboursment des frais", "holliday entitlement",
	"télétravail", "teletravail", "l’employeur", "price list pump",
}

// TestGoldenRankings: a change of ranking is a diff that somebody has read. The
// documents are those of the sample firm, without its PDFs.
func TestGoldenRankings(t *testing.T) {
	firm := rankedFirm(t)
	queries := append(demoQuestions(t), asTyped...)
	for _, r := range rankings {
		t.Run(r.file, func(t *testing.T) {
			ix := firm.open(t)
			if r.embedder != nil {
				if err := ix.SetEmbedder(r.embedder); err != nil {
					t.Fatal(err)
				}
				if err := ix.WaitEmbedded(t.Context()); err != nil {
					t.Fatal(err)
				}
			}
			var b bytes.Buffer
			for _, query := range queries {
				firm.rank(t, &b, ix, index.Query{Text: query, Classes: index.NewClasses(evalClass), Limit: 5, Legs: r.legs})
			}
			path := filepath.Join("testdata", "rankings", r.file)
			if *update {
				if err := os.WriteFile(path, b.Bytes(), 0o600); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			if difference := firstDifference(b.String(), string(want), r.slack); difference != "" {
				t.Errorf("%s: %s\nIf that is wanted: go test ./ui/cli -run GoldenRankings -update, and read the diff.", path, difference)
			}
		})
	}
}

func firstDifference(got, want string, slack float64) string {
	a, b := strings.Split(got, "\n"), strings.Split(want, "\n")
	for i := range min(len(a), len(b)) {
		if a[i] != b[i] && !near(a[i], b, i, slack) {
			return fmt.Sprintf("line %d is %q, was %q", i+1, a[i], b[i])
		}
	}
	if len(a) != len(b) {
		return fmt.Sprintf("%d lines, were %d", len(a), len(b))
	}
	return ""
}

// near tells whether a line is the hit that stands at i of want, or one within
// slack of it, with a score that differs by less than slack.
func near(line string, want []string, i int, slack float64) bool {
	score, hit, ok := scored(line)
	here, _, at := scored(want[i])
	if !ok || !at || slack == 0 {
		return false
	}
	const places = 4 // of five hits, the last may come from behind
	for j := max(0, i-places); j < min(len(want), i+places+1); j++ {
		s, h, ok := scored(want[j])
		if ok && h == hit && math.Abs(s-score) <= slack && math.Abs(s-here) <= slack {
			return true
		}
	}
	return false
}

// scored takes the line of a hit apart.
func scored(line string) (score float64, hit string, ok bool) {
	number, hit, ok := strings.Cut(strings.TrimPrefix(line, "  "), " ")
	score, err := strconv.ParseFloat(number, 64)
	return score, hit, ok && err == nil && strings.HasPrefix(line, "  ")
}

// TestNear: a slack forgives places and scores that are as good as equal, no others.
func TestNear(t *testing.T) {
	want := []string{"? q [en]", "  0.80 a: x", "  0.79 b: y", "  0.50 c: z"}
	for _, c := range []struct {
		line string
		at   int
		ok   bool
	}{
		{"  0.80 b: y", 1, true}, {"  0.79 a: x", 2, true}, {"  0.81 a: x", 1, true}, {"  0.84 a: x", 1, false},
		{"  0.50 c: z", 1, false}, {"  0.80 d: x", 1, false}, {"? r [en]", 0, false},
	} {
		if near(c.line, want, c.at, 0.02) != c.ok {
			t.Errorf("%q at %d: %v", c.line, c.at, !c.ok)
		}
	}
}

// ranked are a firm's passages by ordinal, from 1, with their files' names.
type ranked struct {
	docs     []index.Doc
	passages []index.Passage
	files    []string
}

func rankedFirm(t *testing.T) *ranked {
	t.Helper()
	paths, err := filepath.Glob(filepath.Join("..", "..", "testdata", "demo", "documents", "*"))
	if err != nil || len(paths) == 0 {
		t.Fatalf("no documents: %v", err)
	}
	f := new(ranked)
	for _, path := range paths {
		if filepath.Ext(path) != ".pdf" {
			f.add(t, path)
		}
	}
	return f
}

func (f *ranked) add(t *testing.T, path string) {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	name := filepath.Base(path)
	text, err := extract.Run(t.Context(), bytes.NewReader(data), int64(len(data)), name, extract.Options{})
	if err != nil {
		t.Fatalf("read %s: %v", name, err)
	}
	d := index.Doc{Ordinal: uint32(len(f.docs) + 1), Class: evalClass}
	for _, p := range passage.Split(text, passage.Options{Detect: index.DetectLanguage}) {
		title := text.Title
		if p.Heading != "" {
			title += " › " + p.Heading
		}
		one := index.Passage{Ordinal: uint32(len(f.passages) + 1), Title: title, Text: text.Body[p.Start:p.End], Lang: p.Lang}
		d.Passages, f.passages, f.files = append(d.Passages, one), append(f.passages, one), append(f.files, name)
	}
	f.docs = append(f.docs, d)
}

func (f *ranked) open(t *testing.T) *index.Index {
	t.Helper()
	ix, err := index.Open(t.TempDir(), index.Options{Texts: func(_ context.Context, ordinals []uint32) (out []index.Passage, _ error) {
		for _, o := range ordinals {
			out = append(out, f.passages[o-1])
		}
		return out, nil
	}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = ix.Close() })
	if err := ix.Apply(t.Context(), 1, f.docs); err != nil {
		t.Fatal(err)
	}
	return ix
}

// rank writes a query and its first passages: score, file, beginning of the text.
func (f *ranked) rank(t *testing.T, b *bytes.Buffer, ix *index.Index, q index.Query) {
	t.Helper()
	r, err := ix.Search(t.Context(), q)
	if err != nil {
		t.Fatal(err)
	}
	fmt.Fprintf(b, "? %s [%s]\n", q.Text, r.Lang)
	for _, c := range r.Corrected {
		fmt.Fprintf(b, "  for %q: %q\n", c.Typed, c.Taken)
	}
	if r.Loose {
		b.WriteString("  no such phrase\n")
	}
	for _, h := range r.Hits {
		text := strings.Join(strings.Fields(f.passages[h.Ordinal-1].Text), " ")
		fmt.Fprintf(b, "  %.2f %s: %.60s\n", h.Score, f.files[h.Ordinal-1], text)
	}
	b.WriteString("\n")
}

func demoQuestions(t *testing.T) (all []string) {
	t.Helper()
	file, err := os.Open(filepath.Join("..", "..", "testdata", "demo", "questions.jsonl"))
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	const every = 3
	sc := bufio.NewScanner(file)
	sc.Buffer(nil, 1<<20)
	for n := 0; sc.Scan(); n++ {
		var line struct {
			Question string `json:"question"`
		}
		if err := json.Unmarshal(sc.Bytes(), &line); err != nil {
			t.Fatal(err)
		}
		if n%every == 0 {
			all = append(all, line.Question)
		}
	}
	return all
}
