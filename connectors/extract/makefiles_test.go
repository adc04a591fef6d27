package extract

import (
	"archive/zip"
	"bytes"
	"context"
	"fmt"
	"strings"
	"testing"

	"golang.org/x/text/encoding/charmap"
)

// makePDF writes a PDF with one page for each argument, whose lines stand 14
// points below each other in 10 point Helvetica; "#" before a line prints it in
// 18 points. An empty page has no text.
func makePDF(pages ...string) []byte {
	var b bytes.Buffer
	var offsets []int
	object := func(s string) {
		offsets = append(offsets, b.Len())
		fmt.Fprintf(&b, "%d 0 obj\n%s\nendobj\n", len(offsets), s)
	}
	b.WriteString("%PDF-1.4\n")
	object("<< /Type /Catalog /Pages 2 0 R >>")
	var kids []string
	for i := range pages {
		kids = append(kids, fmt.Sprintf("%d 0 R", 4+2*i))
	}
	object(fmt.Sprintf("<< /Type /Pages /Count %d /Kids [%s] >>", len(pages), strings.Join(kids, " ")))
	object("<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>")
	for i, page := range pages {
		object(fmt.Sprintf("<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Resources << /Font << /F 3 0 R >> >> /Contents %d 0 R >>", 5+2*i))
		var c strings.Builder
		for k, line := range strings.Split(page, "\n") {
			size := 10
			if l, ok := strings.CutPrefix(line, "#"); ok {
				line, size = l, 18
			}
			line, _ = charmap.Windows1252.NewEncoder().String(line)
			fmt.Fprintf(&c, "BT /F %d Tf 72 %d Td (%s) Tj ET\n", size, 770-14*k, strings.NewReplacer(`\`, `\\`, "(", `\(`, ")", `\)`).Replace(line))
		}
		object(fmt.Sprintf("<< /Length %d >>\nstream\n%s\nendstream", c.Len(), c.String()))
	}
	start := b.Len()
	fmt.Fprintf(&b, "xref\n0 %d\n0000000000 65535 f \n", len(offsets)+1)
	for _, o := range offsets {
		fmt.Fprintf(&b, "%010d 00000 n \n", o)
	}
	fmt.Fprintf(&b, "trailer\n<< /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n", len(offsets)+1, start)
	return b.Bytes()
}

const wordSpace = `xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main" xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"`

// makeDOCX packs a document whose body is the given XML; parts are more files,
// name and content by turns, named after what they are in word/.
func makeDOCX(body string, parts ...string) []byte {
	rels := ""
	files := []string{
		"[Content_Types].xml", `<Types/>`,
		"_rels/.rels", `<Relationships><Relationship Id="a" Type="http://x/officeDocument" Target="word/document.xml"/></Relationships>`,
		"word/document.xml", `<w:document ` + wordSpace + `><w:body>` + body + `</w:body></w:document>`,
	}
	for i := 0; i < len(parts); i += 2 {
		kind, _, _ := strings.Cut(parts[i], ".")
		kind = strings.TrimRight(kind, "0123456789")
		rels += fmt.Sprintf(`<Relationship Id="r%d" Type="http://x/%s" Target="%s"/>`, i, kind, parts[i])
		files = append(files, "word/"+parts[i], parts[i+1])
	}
	files = append(files, "word/_rels/document.xml.rels", `<Relationships>`+rels+`</Relationships>`)
	return makeZip(files...)
}

func makeZip(files ...string) []byte {
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	for i := 0; i < len(files); i += 2 {
		w, err := z.Create(files[i])
		if err != nil {
			panic(err)
		}
		if _, err := w.Write([]byte(files[i+1])); err != nil {
			panic(err)
		}
	}
	if err := z.Close(); err != nil {
		panic(err)
	}
	return b.Bytes()
}

// runBytes extracts in this process.
func runBytes(t testing.TB, name string, data []byte, o Options) (Text, error) {
	t.Helper()
	o.CacheDir = testCache(t)
	x, err := Run(context.Background(), bytes.NewReader(data), int64(len(data)), name, o)
	if err == nil {
		checkText(t, name, x)
	}
	return x, err
}

// outline writes blocks as "kind level: text", one a line.
func outline(x Text) string {
	var s strings.Builder
	for _, b := range x.Blocks {
		fmt.Fprintf(&s, "%s", b.Kind)
		if b.Level > 0 {
			fmt.Fprintf(&s, "%d", b.Level)
		}
		fmt.Fprintf(&s, ": %s\n", strings.ReplaceAll(x.Body[b.Start:b.End], "\n", "⏎"))
	}
	return strings.TrimSuffix(s.String(), "\n")
}

func wantOutline(t *testing.T, name string, data []byte, want string) Text {
	t.Helper()
	x, err := runBytes(t, name, data, Options{})
	if err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	if got := outline(x); got != want {
		t.Errorf("%s gives\n%s\nwant\n%s", name, got, want)
	}
	return x
}
