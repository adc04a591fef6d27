package extract_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"unicode"

	"golang.org/x/text/unicode/norm"

	"coffre/connectors/extract"
	"coffre/connectors/extract/pdfium"
	"coffre/connectors/passage"
)

// The floors are what was measured, less a little.
const (
	leastRecall    = 0.99
	leastPrecision = 0.99
	wantedFiles    = 30
)

// TestRectanglesHoldTheirText: for ten passages of each real PDF, whole ones
// and parts of them, what PDFium finds inside the rectangles is their words.
func TestRectanglesHoldTheirText(t *testing.T) {
	if testing.Short() {
		t.Skip("a minute of drawing; under the race detector a child outgrows its memory. Run without -short.")
	}
	root := os.Getenv("COFFRE_SHARED")
	if root == "" {
		root = "../../../shared"
	}
	files, _ := filepath.Glob(filepath.Join(root, "data", "office", "pdf", "*.pdf"))
	if len(files) == 0 {
		t.Skipf("no real files in %s: set COFFRE_SHARED to the directory that holds data/office", root)
	}
	all, n := &agreement{}, 0
	for _, path := range files {
		a, ok := agreementOf(t, path)
		if !ok {
			continue
		}
		n++
		all.merge(a)
		if a.recall() < 0.98 || a.precision() < 0.98 {
			t.Logf("%s: recall %.3f, precision %.3f over %d passages", filepath.Base(path), a.recall(), a.precision(), len(a.recalls))
		}
	}
	t.Logf("%d files, %d passages: recall %.4f, precision %.4f; touched by the boxes less a margin: recall %.4f, precision %.4f",
		n, len(all.recalls), all.recall(), all.precision(), mean(all.touchRecalls), mean(all.touchPrecisions))
	if n < wantedFiles {
		t.Errorf("only %d files with text", n)
	}
	if all.recall() < leastRecall || all.precision() < leastPrecision {
		t.Errorf("under %.2f and %.2f", leastRecall, leastPrecision)
	}
}

// agreement is how well words drawn and words meant go together, by passage.
type agreement struct{ recalls, precisions, touchRecalls, touchPrecisions []float64 }

func (a *agreement) merge(b agreement) {
	a.recalls, a.precisions = append(a.recalls, b.recalls...), append(a.precisions, b.precisions...)
	a.touchRecalls, a.touchPrecisions = append(a.touchRecalls, b.touchRecalls...), append(a.touchPrecisions, b.touchPrecisions...)
}
func (a *agreement) recall() float64    { return mean(a.recalls) }
func (a *agreement) precision() float64 { return mean(a.precisions) }

func mean(of []float64) float64 {
	sum := 0.0
	for _, v := range of {
		sum += v
	}
	return sum / float64(max(len(of), 1))
}

// agreementOf takes ten ranges of a file's text; ok is false where it has none.
func agreementOf(t *testing.T, path string) (a agreement, ok bool) {
	ctx, data := context.Background(), read(t, path)
	o := extract.Options{CacheDir: wasmCache(t)}
	text, err := extract.Run(ctx, bytes.NewReader(data), int64(len(data)), path, o)
	if err != nil {
		return a, false
	}
	ranges := someRanges(text)
	if len(ranges) == 0 {
		return a, false
	}
	lib, err := pdfium.New(ctx, pdfium.Config{CacheDir: o.CacheDir, MaxMemory: 192 << 20})
	if err != nil {
		t.Fatal(err)
	}
	defer lib.Close()
	doc, err := lib.Open(ctx, bytes.NewReader(data), int64(len(data)))
	if err != nil {
		t.Fatal(err)
	}
	layouts := layoutsOf(t, path, ranges, o)
	for _, r := range ranges {
		page := text.Pages[r.page-1]
		rects := layouts[r.page].Rects(page.CharSpans(text.Body, r.start, r.end))
		want := letters(text.Body[max(r.start, page.Start):min(r.end, page.End)])
		inside, touched := readBack(t, doc, r.page, rects)
		rec, prec := compare(letters(inside), want)
		a.recalls, a.precisions = append(a.recalls, rec), append(a.precisions, prec)
		if rec < 0.9 || prec < 0.9 {
			t.Logf("%s page %d: %d rectangles, recall %.2f, precision %.2f", filepath.Base(path), r.page, len(rects), rec, prec)
		}
		rec, prec = compare(letters(touched), want)
		a.touchRecalls, a.touchPrecisions = append(a.touchRecalls, rec), append(a.touchPrecisions, prec)
	}
	return a, true
}

func layoutsOf(t *testing.T, path string, ranges []textRange, o extract.Options) map[int]*extract.Layout {
	t.Helper()
	var pages []int
	for _, r := range ranges {
		if !slices.Contains(pages, r.page) {
			pages = append(pages, r.page)
		}
	}
	views, err := extract.Render(context.Background(), extract.RenderRequest{Path: path, Pages: pages, Width: 60, Layout: true, Options: o})
	if err != nil {
		t.Fatalf("%s: %v", filepath.Base(path), err)
	}
	out := map[int]*extract.Layout{}
	for _, v := range views {
		out[v.Page] = v.Layout
	}
	return out
}

type textRange struct{ page, start, end int }

// someRanges are ten ranges of a text: passages as they are cut, their
// sentences, and pieces between any two words.
func someRanges(text extract.Text) []textRange {
	var all []textRange
	rnd := rand.New(rand.NewPCG(3, 5))
	for _, p := range passage.Split(text, passage.Options{}) {
		if len(letters(text.Body[p.Start:p.End])) == 0 || p.Page == 0 {
			continue
		}
		all = append(all, textRange{p.Page, p.Start, p.End})
		at := p.Start
		for s := range strings.SplitAfterSeq(text.Body[p.Start:p.End], ". ") {
			if len(letters(s)) > 20 {
				all = append(all, textRange{p.Page, at, at + len(s)})
			}
			at += len(s)
		}
		words := strings.SplitAfter(text.Body[p.Start:p.End], " ")
		from := rnd.IntN(len(words))
		to := from + 1 + rnd.IntN(len(words)-from)
		start := p.Start + len(strings.Join(words[:from], ""))
		all = append(all, textRange{p.Page, start, start + len(strings.Join(words[from:to], ""))})
	}
	all = slices.DeleteFunc(all, func(r textRange) bool {
		page := text.Pages[r.page-1]
		return len(letters(text.Body[max(r.start, page.Start):min(max(r.end, page.Start), page.End)])) < 3
	})
	rnd.Shuffle(len(all), func(i, k int) { all[i], all[k] = all[k], all[i] })
	return all[:min(10, len(all))]
}

// readBack asks PDFium, which knows nothing of lines of ours, for the text in
// the rectangles: the characters whose middle lies inside (once, where a file
// prints a text twice on the same spot), and what the rectangles touch where a fifth of their height is taken off above and below
// and half a point at the sides.
func readBack(t *testing.T, doc *pdfium.Document, n int, rects []extract.Rect) (inside, touched string) {
	t.Helper()
	ctx := context.Background()
	p, err := doc.Page(ctx, n-1)
	if err != nil {
		t.Fatal(err)
	}
	m, err := p.Placing(ctx)
	if err != nil {
		t.Fatal(err)
	}
	runes, err := p.Runes(ctx)
	if err != nil {
		t.Fatal(err)
	}
	var b, c strings.Builder
	printed := map[string]int{} // by index; the letters of a ligature stand on one spot, too
	for i, r := range runes {
		box, err := p.TightBox(ctx, i)
		if err != nil {
			t.Fatal(err)
		}
		x, y := m.Point(float64(box.Left+box.Right)/2, float64(box.Top+box.Bottom)/2)
		mark := fmt.Sprintf("%c %.3f %.3f", r, x, y)
		before, again := printed[mark]
		if !(again && i-before > 3) && slices.ContainsFunc(rects, func(r extract.Rect) bool {
			return x >= r.X && x <= r.X+r.Width && y >= r.Y && y <= r.Y+r.Height
		}) {
			b.WriteRune(r)
			printed[mark] = i
		}
	}
	for _, r := range rects {
		x0, y0 := m.Back(r.X, r.Y+0.2*r.Height)
		x1, y1 := m.Back(r.X+r.Width, r.Y+0.8*r.Height)
		if m.Turned() {
			x0, y0 = m.Back(r.X+0.2*r.Width, r.Y)
			x1, y1 = m.Back(r.X+0.8*r.Width, r.Y+r.Height)
		}
		box := pdfium.Box{Left: float32(min(x0, x1)) + 0.5, Right: float32(max(x0, x1)) - 0.5, Bottom: float32(min(y0, y1)), Top: float32(max(y0, y1))}
		s, err := p.BoundedText(ctx, box)
		if err != nil {
			t.Fatal(err)
		}
		c.WriteString(s + "\n")
	}
	if err := p.Close(ctx); err != nil {
		t.Fatal(err)
	}
	return b.String(), c.String()
}

// compare holds letters and digits as bags of runs of three: words would be
// parted differently at a line's end.
func compare(got, want string) (recall, precision float64) {
	count := func(s string) (map[string]int, int) {
		out, n := map[string]int{}, 0
		r := []rune(s)
		for i := 0; i+3 <= len(r); i++ {
			out[string(r[i:i+3])]++
			n++
		}
		return out, n
	}
	g, ng := count(got)
	w, nw := count(want)
	hit := 0
	for k, n := range w {
		hit += min(n, g[k])
	}
	return float64(hit) / float64(max(nw, 1)), float64(hit) / float64(max(ng, 1))
}

func letters(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsLetter(r) || unicode.IsDigit(r) {
			return unicode.ToLower(r)
		}
		return -1
	}, norm.NFKC.String(s))
}

func read(t *testing.T, path string) []byte {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func wasmCache(t *testing.T) string {
	t.Helper()
	dir, err := os.UserCacheDir()
	if err != nil {
		dir = os.TempDir()
	}
	dir = filepath.Join(dir, "coffre-test-wazero")
	if err := os.MkdirAll(dir, 0o700); err != nil && !errors.Is(err, os.ErrExist) {
		t.Fatal(err)
	}
	return dir
}
