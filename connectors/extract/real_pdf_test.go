package extract

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

// TestPDFAgainstPoppler holds our words against pdftotext's, as bags.
func TestPDFAgainstPoppler(t *testing.T) {
	if _, err := exec.LookPath("pdftotext"); err != nil {
		t.Skip("no pdftotext: apt-get install poppler-utils")
	}
	var all []float64
	for _, path := range sharedFiles(t, "pdf") {
		want, err := exec.Command("pdftotext", "-enc", "UTF-8", path, "-").Output()
		if err != nil || len(words(string(want))) < 5 {
			continue
		}
		text, err := runFile(t, path)
		f1 := bagF1(words(text.Body), words(string(want)))
		all = append(all, f1)
		if f1 < 0.9 {
			t.Logf("%.3f %s %v", f1, filepath.Base(path), err)
		}
	}
	slices.Sort(all)
	sum := 0.0
	for _, f := range all {
		sum += f
	}
	t.Logf("%d files: mean %.3f, median %.3f", len(all), sum/float64(len(all)), all[len(all)/2])
	if sum/float64(len(all)) < 0.9 {
		t.Error("mean below 0.9")
	}
}

func runFile(t testing.TB, path string) (Text, error) {
	t.Helper()
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	st, err := f.Stat()
	if err != nil {
		t.Fatal(err)
	}
	return Run(context.Background(), f, st.Size(), filepath.Base(path), Options{CacheDir: testCache(t)})
}

// testCache is shared by the tests of this machine: compiling PDFium takes 5 s.
func testCache(t testing.TB) string {
	t.Helper()
	dir, err := os.UserCacheDir()
	if err != nil {
		dir = os.TempDir()
	}
	dir = filepath.Join(dir, "coffre-test-wazero")
	if err := os.MkdirAll(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	return dir
}

func words(s string) []string {
	return strings.FieldsFunc(strings.ToLower(norm.NFKC.String(s)), func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) })
}

func bagF1(got, want []string) float64 {
	count := map[string]int{}
	for _, w := range want {
		count[w]++
	}
	hit := 0
	for _, w := range got {
		if count[w] > 0 {
			count[w]--
			hit++
		}
	}
	if hit == 0 {
		return 0
	}
	p, r := float64(hit)/float64(len(got)), float64(hit)/float64(len(want))
	return 2 * p * r / (p + r)
}
