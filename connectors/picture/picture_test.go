package picture

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"image/png"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"coffre/connectors/extract"
)

// The test binary is its own extraction child, as coffre is.
func TestMain(m *testing.M) {
	if len(os.Args) > 1 && os.Args[1] == extract.Command {
		os.Exit(extract.ChildMain())
	}
	os.Exit(m.Run())
}

// pdf has pages of 100 × 200 points with their number on them.
func pdf(pages int) []byte {
	var b bytes.Buffer
	var at []int
	object := func(format string, args ...any) {
		at = append(at, b.Len())
		fmt.Fprintf(&b, "%d 0 obj\n"+format+"\nendobj\n", append([]any{len(at)}, args...)...)
	}
	b.WriteString("%PDF-1.4\n")
	object("<< /Type /Catalog /Pages 2 0 R >>")
	var kids []string
	for i := range pages {
		kids = append(kids, fmt.Sprintf("%d 0 R", 4+2*i))
	}
	object("<< /Type /Pages /Count %d /Kids [%s] >>", pages, strings.Join(kids, " "))
	object("<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>")
	for i := range pages {
		text := fmt.Sprintf("BT /F1 12 Tf 20 150 Td (Page %d) Tj ET", i+1)
		object("<< /Type /Page /Parent 2 0 R /MediaBox [0 0 100 200] /Contents %d 0 R /Resources << /Font << /F1 3 0 R >> >> >>", len(at)+2)
		object("<< /Length %d >>\nstream\n%s\nendstream", len(text), text)
	}
	xref := b.Len()
	fmt.Fprintf(&b, "xref\n0 %d\n0000000000 65535 f \n", len(at)+1)
	for _, o := range at {
		fmt.Fprintf(&b, "%010d 00000 n \n", o)
	}
	fmt.Fprintf(&b, "trailer\n<< /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n", len(at)+1, xref)
	return b.Bytes()
}

func testFile(t *testing.T, pages int) File {
	t.Helper()
	path := filepath.Join(t.TempDir(), "a.pdf")
	if err := os.WriteFile(path, pdf(pages), 0o600); err != nil {
		t.Fatal(err)
	}
	return File{Tenant: "morvandec", SHA256: strings.Repeat("ab", 32), Path: path, Pages: pages}
}

func testStore(t *testing.T, max int64) *Store {
	t.Helper()
	user, err := os.UserCacheDir()
	if err != nil {
		user = os.TempDir()
	}
	s := Open(filepath.Join(t.TempDir(), "pages"), Options{MaxBytes: max, Extract: extract.Options{CacheDir: filepath.Join(user, "coffre-test-wazero")}})
	t.Cleanup(s.Close)
	return s
}

func names(t *testing.T, s *Store) []string {
	t.Helper()
	all, err := filepath.Glob(filepath.Join(s.dir, "*", "*", "*"))
	if err != nil {
		t.Fatal(err)
	}
	for i, n := range all {
		all[i] = strings.TrimPrefix(filepath.Base(n), strings.Repeat("ab", 32)+"-")
	}
	return all
}

func TestPageIsDrawnOnce(t *testing.T) {
	s, f, ctx := testStore(t, 0), testFile(t, 2), context.Background()
	var wg sync.WaitGroup
	for range 6 {
		wg.Go(func() {
			if _, err := s.PNG(ctx, f, 2, PageWidth); err != nil {
				t.Error(err)
			}
		})
		wg.Go(func() {
			l, err := s.Layout(ctx, f, 2)
			if err != nil || len(l.Lines) != 1 || l.Lines[0].Text != "Page 2" {
				t.Errorf("%+v, %v", l, err)
			}
		})
	}
	wg.Wait()
	if got := strings.Join(names(t, s), " "); got != "2-1000.png 2.json" {
		t.Errorf("kept %s", got)
	}
	os.Remove(f.Path) // from here on only what is kept
	raw, err := s.PNG(ctx, f, 2, PageWidth)
	if err != nil {
		t.Fatal(err)
	}
	if c, err := png.DecodeConfig(bytes.NewReader(raw)); err != nil || c.Width != 1000 || c.Height != 2000 {
		t.Errorf("%+v, %v", c, err)
	}
	for _, dir := range []string{s.dir, filepath.Join(s.dir, f.Tenant)} {
		if st, err := os.Stat(dir); err != nil || st.Mode().Perm() != 0o700 {
			t.Errorf("%v %v", st.Mode(), err)
		}
	}
	if err := s.Forget(f.Tenant, f.SHA256); err != nil || len(names(t, s)) != 0 {
		t.Errorf("after forgetting: %v, %v", names(t, s), err)
	}
}

func TestThumbnailsComeTogether(t *testing.T) {
	s, f := testStore(t, 0), testFile(t, 15)
	if _, err := s.PNG(context.Background(), f, 14, ThumbWidth); err != nil {
		t.Fatal(err)
	}
	if got := strings.Join(names(t, s), " "); got != "13-200.png 14-200.png 15-200.png" {
		t.Errorf("kept %s", got)
	}
}

func TestLeastUsedGoFirst(t *testing.T) {
	s, f := testStore(t, 0), testFile(t, 3)
	put := func(n int, age time.Duration, size int) {
		name := filepath.Join(s.dir, f.Tenant, "ab", fmt.Sprintf("%s-%d-300.png", f.SHA256, n))
		if err := s.keep.write(name, make([]byte, size)); err != nil {
			t.Fatal(err)
		}
		when := time.Now().Add(-age)
		os.Chtimes(name, when, when)
	}
	s.keep.max = 1000
	put(1, 3*time.Hour, 400)
	put(2, 5*time.Hour, 400)
	if _, err := s.PNG(context.Background(), f, 2, 300); err != nil { // used again
		t.Fatal(err)
	}
	put(3, 0, 400)
	if got := strings.Join(names(t, s), " "); got != "2-300.png 3-300.png" {
		t.Errorf("kept %s", got)
	}
}

func TestWhatCannotBeDrawn(t *testing.T) {
	s, f, ctx := testStore(t, 0), testFile(t, 2), context.Background()
	for _, n := range []int{0, 3, -1} {
		if _, err := s.PNG(ctx, f, n, 300); !errors.Is(err, os.ErrNotExist) {
			t.Errorf("page %d: %v", n, err)
		}
	}
	for _, bad := range []File{{Tenant: "../x", SHA256: f.SHA256, Pages: 1}, {Tenant: "x", SHA256: "../../etc", Pages: 1}} {
		if _, err := s.PNG(ctx, bad, 1, 300); err == nil {
			t.Errorf("drawn: %+v", bad)
		}
	}
	if err := os.WriteFile(f.Path, []byte("%PDF-1.4 and no more"), 0o600); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if _, err := s.Layout(ctx, f, 1); extract.CodeOf(err) != extract.CodeCorrupt {
			t.Errorf("got %v", err)
		}
	}
	if len(s.faults.all) != 1 || len(names(t, s)) != 0 {
		t.Errorf("%d faults, %v", len(s.faults.all), names(t, s))
	}
}

func TestNobodyWaits(t *testing.T) {
	s, f := testStore(t, 0), testFile(t, 1)
	s.slots <- struct{}{}
	s.slots <- struct{}{} // all busy
	ctx, cancel := context.WithCancel(context.Background())
	gave := make(chan error)
	go func() { _, err := s.PNG(ctx, f, 1, 300); gave <- err }()
	cancel()
	if err := <-gave; !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
	s.wg.Wait() // the flight ends by itself
	<-s.slots
	if _, err := s.PNG(context.Background(), f, 1, 300); err != nil {
		t.Error(err)
	}
}

func TestDamagedLayoutIsMadeAnew(t *testing.T) {
	s, f := testStore(t, 0), testFile(t, 1)
	if err := s.keep.write(filepath.Join(s.dir, f.Tenant, "ab", f.SHA256+"-1.json"), []byte(`{"page":1}`)); err != nil {
		t.Fatal(err)
	}
	if l, err := s.Layout(context.Background(), f, 1); err != nil || len(l.Lines) != 1 {
		t.Errorf("%+v, %v", l, err)
	}
}
