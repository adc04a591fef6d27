package extract

import (
	"context"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"coffre/connectors/extract/pdfium"
)

func TestPDF(t *testing.T) {
	data := makePDF(
		"#Bail commercial\nEntre les soussignés, la société Morvandec, dont le siège est à Autun, et la\nsociété Durand, il a été convenu ce qui suit pour une durée de neuf ans entiers et\nconsécutifs.\n \nArticle 1 Loyer\nLe loyer est de 900 euros.",
		"",
		"Seconde page, à Mâcon.")
	x := wantOutline(t, "a.pdf", data,
		"heading1: Bail commercial\nparagraph: Entre les soussignés, la société Morvandec, dont le siège est à Autun, et la société Durand, il a été convenu ce qui suit pour une durée de neuf ans entiers et consécutifs.\n"+
			"heading4: Article 1 Loyer\nparagraph: Le loyer est de 900 euros.\nparagraph: Seconde page, à Mâcon.")
	if len(x.Pages) != 3 || x.Pages[0].Width != 595 || x.Pages[0].Height != 842 || x.Pages[1].Start != x.Pages[1].End {
		t.Errorf("pages %+v", x.Pages)
	}
	if len(x.Warnings) != 1 || x.Warnings[0] != (Warning{Code: WarnPageNoText, Page: 2}) {
		t.Errorf("warnings %+v", x.Warnings)
	}
	last := x.Blocks[len(x.Blocks)-1]
	if last.Page != 3 {
		t.Errorf("last block on page %d", last.Page)
	}
	at := last.Start + strings.Index(x.Body[last.Start:], "Mâcon")
	if got := x.Pages[2].CharSpans(x.Body, at, at+len("Mâcon")); len(got) != 1 || got[0] != (CharSpan{16, 5}) {
		t.Errorf("characters %v", got)
	}
	if got := x.Pages[0].CharSpans(x.Body, at, at+3); got != nil {
		t.Error("a range on another page has characters")
	}
}

func TestPDFHyphens(t *testing.T) {
	data := makePDF("Le paiement se fait par prélèvement chaque trimes-\ntre et le bailleur peut-être vous écrira. Le rendez-\nvous est pris pour la période qui va de l'année 2024-\n2025. Il sera question du sous-sol puis du sous-\nsol.")
	x, err := runBytes(t, "a.pdf", data, Options{})
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"trimestre", "rendez-vous", "2024-2025", "puis du sous-sol."} {
		if !strings.Contains(x.Body, want) {
			t.Errorf("no %q in %q", want, x.Body)
		}
	}
}

func TestPDFRefused(t *testing.T) {
	whole := makePDF("Un texte.")
	tests := []struct {
		name string
		data []byte
		o    Options
		code string
	}{
		{"no text", makePDF("", ""), Options{}, CodeNoText},
		{"head only", whole[:30], Options{}, CodeCorrupt},
		{"too many pages", makePDF("a", "b", "c"), Options{MaxPages: 2}, CodeTooLarge},
		{"too much text", makePDF("Un texte assez long."), Options{MaxText: 5}, CodeTooLarge},
	}
	for _, tc := range tests {
		t.Run(tc.name, func(t *testing.T) {
			if _, err := runBytes(t, "a.pdf", tc.data, tc.o); CodeOf(err) != tc.code {
				t.Errorf("got %v, want %s", err, tc.code)
			}
		})
	}
}

// TestPDFMap holds every mapped character of real files against PDFium's own.
func TestPDFMap(t *testing.T) {
	ctx := context.Background()
	lib, err := pdfium.New(ctx, pdfium.Config{CacheDir: testCache(t), MaxMemory: 192 << 20})
	if err != nil {
		t.Fatal(err)
	}
	defer lib.Close()
	for _, path := range sharedFiles(t, "pdf") {
		if st, err := os.Stat(path); err != nil || st.Size() > 400_000 {
			continue // the rest is enough, and the long ones take a minute
		}
		x, err := runFile(t, path)
		if err != nil {
			continue
		}
		checkMap(ctx, t, lib, path, x)
	}
}

func checkMap(ctx context.Context, t *testing.T, lib *pdfium.Library, path string, x Text) {
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	st, _ := f.Stat()
	doc, err := lib.Open(ctx, f, st.Size())
	if err != nil {
		t.Fatal(err)
	}
	defer doc.Close(ctx)
	mapped, total := 0, 0
	for i, page := range x.Pages {
		p, err := doc.Page(ctx, i)
		if err != nil {
			continue
		}
		runes, err := p.Runes(ctx)
		if err != nil {
			t.Fatal(err)
		}
		p.Close(ctx)
		for _, run := range page.Chars {
			at := run.Start
			for k := range run.N {
				r, n := utf8.DecodeRuneInString(x.Body[at:])
				// A composed letter keeps the place of its base.
				if want := pdfRune(runes[run.Char+k]); r != want && run.N > 1 && r != '-' {
					t.Fatalf("%s page %d: %q is mapped to %q", filepath.Base(path), i+1, r, want)
				}
				mapped++
				at += n
			}
		}
		total += utf8.RuneCountInString(strings.ReplaceAll(x.Body[page.Start:page.End], "\n", ""))
	}
	if mapped*100 < total*95 {
		t.Errorf("%s: %d of %d characters are mapped", filepath.Base(path), mapped, total)
	}
}

// TestPDFMutated flips bytes of PDFs: each end is a text or a code.
func TestPDFMutated(t *testing.T) {
	whole := makePDF("Un texte sur une page.", "Un autre.")
	codes := []string{"", CodeCorrupt, CodeNoText, CodeLocked, CodeTooLarge, CodeTypeMismatch, CodeMemory, CodeUnsupported}
	for i := 0; i < len(whole); i += 23 {
		data := slices.Clone(whole)
		data[i] ^= byte(1 + i%255)
		_, err := runBytes(t, "a.pdf", data, Options{})
		if code := CodeOf(err); err != nil && code == "" || !slices.Contains(codes, code) {
			t.Fatalf("byte %d: %v", i, err)
		}
	}
}

func FuzzPDF(f *testing.F) {
	f.Add(makePDF("Un texte.", ""))
	f.Fuzz(func(t *testing.T, data []byte) {
		if _, err := runBytes(t, "a.pdf", data, Options{}); err != nil && CodeOf(err) == "" {
			t.Fatal(err)
		}
	})
}
