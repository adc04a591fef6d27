package ui

import (
	"bytes"
	"fmt"
	pngimage "image/png"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"coffre/chain"
	"coffre/store"
)

// pdfOf has one page for each text, of 200 × 100 points.
func pdfOf(pages ...string) string {
	var b strings.Builder
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
	object("<< /Type /Pages /Count %d /Kids [%s] >>", len(pages), strings.Join(kids, " "))
	object("<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>")
	for _, text := range pages {
		ops := "BT /F1 9 Tf 10 80 Td 12 TL (" + strings.ReplaceAll(text, "\n", ") Tj T* (") + ") Tj ET"
		object("<< /Type /Page /Parent 2 0 R /MediaBox [0 0 200 100] /Contents %d 0 R /Resources << /Font << /F1 3 0 R >> >> >>", len(at)+2)
		object("<< /Length %d >>\nstream\n%s\nendstream", len(ops), ops)
	}
	xref := b.Len()
	fmt.Fprintf(&b, "xref\n0 %d\n0000000000 65535 f \n", len(at)+1)
	for _, o := range at {
		fmt.Fprintf(&b, "%010d 00000 n \n", o)
	}
	fmt.Fprintf(&b, "trailer\n<< /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n", len(at)+1, xref)
	return b.String()
}

// reads counts the entries document.read of a tenant.
func (x *box) reads(t *store.Tenant) (n int) {
	x.t.Helper()
	err := t.View(func(v *store.View) error {
		all, _, err := v.Journal(store.JournalFilter{Class: chain.DocumentRead, Limit: 1000})
		n = len(all)
		return err
	})
	if err != nil {
		x.t.Fatal(err)
	}
	return n
}

const twice = "Le bail dure neuf ans.\nLe loyer est fixe.\nLe bail dure neuf ans."

func TestPagesOfPDFs(t *testing.T) {
	x := newBox(t, nil)
	x.person(x.a, "adam", store.Admin)
	reader := x.person(x.a, "irene", store.Member)
	stranger := x.person(x.a, "olga", store.Member)
	c := x.collection(x.a, "Baux", store.Grants{"user:" + reader.id}, nil)
	d := x.add(x.a, c, "bail.pdf", pdfOf("Premiere page.", twice))
	if d.Latest().Status != store.Ready {
		t.Fatalf("%+v", d.Latest())
	}
	in, out := x.session(reader), x.session(stranger)
	path := "/documents/" + d.ID
	before := x.reads(x.a)

	r := x.call(in, "GET", path+"/pages/2.png?width=400", nil)
	if r.status != http.StatusOK || r.header.Get("Content-Type") != "image/png" {
		t.Fatalf("page: %d %.200s", r.status, r.body)
	}
	if img, err := pngimage.DecodeConfig(bytes.NewReader([]byte(r.body))); err != nil || img.Width != 400 || img.Height != 200 {
		t.Errorf("%+v, %v", img, err)
	}
	if again := x.call(in, "GET", path+"/pages/2.png?width=400", nil, "If-None-Match", r.header.Get("Etag")); again.status != http.StatusNotModified || again.body != "" {
		t.Errorf("again: %d", again.status)
	}
	for _, path := range []string{path + "/pages/1.png", "/api/v1" + path + "/pages/1.png", path + "/pages/1.json", path + "/pages/2.png?version=" + d.Current} {
		if r := x.call(in, "GET", path, nil); r.status != http.StatusOK {
			t.Errorf("%s: %d", path, r.status)
		}
	}
	if n := x.reads(x.a) - before; n != 1 {
		t.Errorf("looking at pages made %d entries", n)
	}
	for _, bad := range []string{"/pages/0.png", "/pages/3.png", "/pages/-1.png", "/pages/1.gif", "/pages/1", "/pages/x.json", "/pages/passage.json", "/pages/passage.png?start=0&end=3", "/pages/1.png?version=none"} {
		if r := x.call(in, "GET", path+bad, nil); r.status != http.StatusNotFound {
			t.Errorf("%s: %d", bad, r.status)
		}
	}
	for _, path := range []string{path + "/pages/1.png", "/api/v1" + path + "/pages/2.json"} {
		if r := x.call(out, "GET", path, nil, "If-None-Match", r.header.Get("Etag")); r.status != http.StatusNotFound {
			t.Errorf("a stranger got %d for %s", r.status, path)
		}
	}
	if n := x.reads(x.a) - before; n != 1 {
		t.Errorf("what isn't there made %d entries", n-1)
	}
	x.checkPicturesAreClosed()
}

// checkPicturesAreClosed: others of the machine can't look into the cache.
func (x *box) checkPicturesAreClosed() {
	x.t.Helper()
	n := 0
	err := filepath.WalkDir(filepath.Join(x.dir, "cache", "pages"), func(name string, d os.DirEntry, err error) error {
		if err != nil {
			return err
		}
		st, err := d.Info()
		if err == nil && st.Mode().Perm()&0o077 != 0 {
			x.t.Errorf("%s has mode %v", name, st.Mode())
		}
		n++
		return err
	})
	if err != nil || n < 4 {
		x.t.Errorf("%d files and directories, %v", n, err)
	}
}

// TestRectanglesOfARepeatedSentence: the text stands twice on the page, and the
// place is the one that was asked for.
func TestRectanglesOfARepeatedSentence(t *testing.T) {
	x := newBox(t, nil)
	x.person(x.a, "adam", store.Admin)
	reader := x.person(x.a, "irene", store.Member)
	c := x.collection(x.a, "Baux", store.Grants{"user:" + reader.id}, nil)
	d := x.add(x.a, c, "bail.pdf", pdfOf("Premiere page.", twice))
	in := x.session(reader)
	text := x.call(in, "GET", "/api/v1/documents/"+d.ID+"/content", nil).body
	const sentence = "Le bail dure neuf ans."
	first, last := strings.Index(text, sentence), strings.LastIndex(text, sentence)
	if first == last {
		t.Fatalf("text %q", text)
	}
	var tops []float64
	for _, at := range []int{first, last} {
		var got pageJSON
		r := x.call(in, "GET", fmt.Sprintf("/documents/%s/pages/passage.json?start=%d&end=%d", d.ID, at, at+len(sentence)), nil)
		r.json(t, &got)
		if got.Page != 2 || got.Width != 200 || got.Height != 100 || len(got.Rects) != 1 || len(got.Lines) != 3 {
			t.Fatalf("got %+v", got)
		}
		tops = append(tops, got.Rects[0].Y)
		if x0 := got.Rects[0].X; x0 < 0.04 || x0 > 0.07 {
			t.Errorf("begins at %v, the text at 0.05", x0)
		}
	}
	if d := tops[1] - tops[0]; d < 0.23 || d > 0.25 { // two lines of 12 points
		t.Errorf("rectangles at %v", tops)
	}
	var none pageJSON
	x.call(in, "GET", fmt.Sprintf("/documents/%s/pages/1.json?start=%d&end=%d", d.ID, last, last+9), nil).json(t, &none)
	if len(none.Rects) != 0 || none.Lines[0].Text != "Premiere page." {
		t.Errorf("got %+v", none)
	}
}

// TestLooksAreTraced: other formats have no pictures, and a reading is traced
// once more in another session, or when a document is opened again.
func TestLooksAreTraced(t *testing.T) {
	x := newBox(t, nil)
	x.person(x.a, "adam", store.Admin)
	reader := x.person(x.a, "irene", store.Member)
	c := x.collection(x.a, "Baux", store.Grants{"user:" + reader.id}, nil)
	d := x.add(x.a, c, "bail.pdf", pdfOf("Premiere page."))
	note := x.add(x.a, c, "note.txt", "Une note sans page.")
	in := x.session(reader)
	want := x.reads(x.a)
	check := func(what string, more int) {
		t.Helper()
		want += more
		if got := x.reads(x.a); got != want {
			t.Errorf("%s: %d entries, want %d", what, got, want)
			want = got
		}
	}
	x.call(in, "GET", "/documents/"+d.ID, nil)
	check("opened", 1)
	x.call(in, "GET", "/documents/"+d.ID+"/pages/1.png", nil)
	x.call(in, "GET", "/documents/"+d.ID+"/pages/1.json", nil)
	check("looked at", 0)
	x.call(in, "GET", "/documents/"+d.ID, nil)
	check("opened again", 1)
	x.call(x.session(reader), "GET", "/documents/"+d.ID+"/pages/1.png", nil)
	check("another session", 1)
	x.call(x.apiKey(reader), "GET", "/api/v1/documents/"+d.ID+"/pages/1.png", nil)
	check("a key", 1)
	if r := x.call(in, "GET", "/documents/"+note.ID+"/pages/1.png", nil); r.status != http.StatusNotFound {
		t.Errorf("a note's page: %d", r.status)
	}
	check("no pages", 0)
}

// TestDocumentPageOfAPDF: pages first, with what the scripts need; the text
// where it is asked for; the passage said and marked in both.
func TestDocumentPageOfAPDF(t *testing.T) {
	x := newBox(t, nil)
	x.person(x.a, "adam", store.Admin)
	reader := x.person(x.a, "irene", store.Member)
	c := x.collection(x.a, "Baux", store.Grants{"user:" + reader.id}, nil)
	d := x.add(x.a, c, "bail.pdf", pdfOf("Premiere page.", twice))
	in := x.session(reader)
	text := x.call(in, "GET", "/api/v1/documents/"+d.ID+"/content", nil).body
	at := strings.Index(text, "Le loyer")
	passage := fmt.Sprintf("start=%d&end=%d", at, at+len("Le loyer est fixe."))

	pages := x.call(in, "GET", "/documents/"+d.ID+"?"+passage, nil).body
	for _, want := range []string{
		`id="page-1"`, `id="page-2"`, `loading="lazy"`, `width="267" height="133"`, "/pages/2.png?version=" + d.Current + "&amp;width=1000",
		`data-passage`, "<mark>Le loyer est fixe.</mark>", "/pages.js",
	} {
		if !strings.Contains(pages, want) {
			t.Errorf("pages lack %s", want)
		}
	}
	if strings.Count(pages, "data-passage") != 1 || strings.Count(pages, `id="passage"`) != 1 {
		t.Error("the passage is on another number of pages than one")
	}
	asText := x.call(in, "GET", "/documents/"+d.ID+"?view=text&"+passage, nil).body
	if !strings.Contains(asText, `<mark id="passage"`) || strings.Contains(asText, "data-page=") {
		t.Error("no text where it is asked for")
	}
	note := x.add(x.a, c, "note.txt", "Une note sans page.")
	if body := x.call(in, "GET", "/documents/"+note.ID, nil).body; strings.Contains(body, "view-switch") || !strings.Contains(body, "Une note sans page.") {
		t.Error("a note has pages")
	}
}
