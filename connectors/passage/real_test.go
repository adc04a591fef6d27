package passage

import (
	"context"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"unicode/utf8"

	"coffre/connectors/extract"
)

// TestRealTexts splits what extraction makes of real files: the partition holds,
// no passage is too long, pages are not crossed.
func TestRealTexts(t *testing.T) {
	root := shared(t)
	cache := filepath.Join(os.TempDir(), "coffre-test-wazero")
	if dir, err := os.UserCacheDir(); err == nil {
		cache = filepath.Join(dir, "coffre-test-wazero")
	}
	if err := os.MkdirAll(cache, 0o700); err != nil {
		t.Fatal(err)
	}
	for _, kind := range []string{"html", "docx", "csv", "pdf"} {
		files, _ := filepath.Glob(filepath.Join(root, "data/office", kind, "*"))
		var sizes []int
		for _, path := range files {
			st, err := os.Stat(path)
			if err != nil || kind == "pdf" && st.Size() > 300_000 {
				continue
			}
			f, err := os.Open(path)
			if err != nil {
				t.Fatal(err)
			}
			text, err := extract.Run(context.Background(), f, st.Size(), filepath.Base(path), extract.Options{CacheDir: cache})
			f.Close()
			if err != nil {
				continue
			}
			ps := Split(text, Options{})
			check(t, text, ps)
			for i, p := range ps {
				n := utf8.RuneCountInString(text.Body[p.Start:p.End])
				sizes = append(sizes, n)
				if n > 1200 {
					t.Errorf("%s: passage %d has %d characters", filepath.Base(path), i, n)
				}
				if p.Page > 0 && (p.Start < text.Pages[p.Page-1].Start || p.End > text.Pages[p.Page-1].End) {
					t.Errorf("%s: passage %d leaves page %d", filepath.Base(path), i, p.Page)
				}
			}
		}
		if len(sizes) > 0 {
			slices.Sort(sizes)
			t.Logf("%s: %d passages, median %d characters, a tenth below %d, a tenth above %d",
				kind, len(sizes), sizes[len(sizes)/2], sizes[len(sizes)/10], sizes[len(sizes)*9/10])
		}
	}
}
