package ui

import (
	"errors"
	"os"
	"strconv"
	"strings"

	"coffre/auth"
	"coffre/connectors/extract"
	"coffre/connectors/picture"
	"coffre/store"
)

// pageImageRoutes are the pages of PDFs as pictures ("3.png") and where their
// words stand on them ("3.json", or "passage.json" for the page on which a
// passage begins).
func (s *Server) pageImageRoutes() []route {
	return []route{
		{method: "GET", path: "/documents/{id}/pages/{file}", may: auth.DocumentsRead, do: (*request).pageFile},
		{method: "GET", path: "/api/v1/documents/{id}/pages/{file}", may: auth.DocumentsRead, do: (*request).pageFile},
	}
}

const leastWidth = 16 // pixels

// pageFile answers with a page of a version to those who may read it: to look
// at a page is to read the document. What isn't there, isn't drawn or may not
// be seen is the same 404.
func (q *request) pageFile() error {
	d, err := q.document()
	if err != nil {
		return err
	}
	ver, err := q.version(d)
	if err != nil {
		return err
	}
	name, kind, _ := strings.Cut(q.r.PathValue("file"), ".")
	if ver.Status != store.Ready || ver.Format != extract.FormatPDF || kind != "png" && kind != "json" || q.s.Pictures == nil {
		return store.Fail(store.NotFound, "not-found")
	}
	n, err := strconv.Atoi(name)
	if name == "passage" && kind == "json" {
		n, err = q.passagePage(ver)
	}
	if err != nil || n < 1 || n > ver.Pages {
		return store.Fail(store.NotFound, "not-found")
	}
	width, err := q.number("width", picture.PageWidth)
	if err != nil {
		return err
	}
	width = min(max(width, leastWidth), extract.MaxWidth)
	if err := q.traceLook(d, ver); err != nil {
		return err
	}
	if kind == "json" {
		return q.pageJSON(ver, n)
	}
	return q.pagePNG(ver, n, width)
}

func (q *request) pictureFile(ver store.Version) picture.File {
	return picture.File{Tenant: q.t.ID, SHA256: ver.SHA256, Path: q.t.FilePath(ver.SHA256), Pages: ver.Pages}
}

// pagePNG lets browsers keep a picture, but ask each time whether they still
// may show it: rights are checked before the tag is compared.
func (q *request) pagePNG(ver store.Version, n, width int) error {
	h := q.w.Header()
	tag := `"` + ver.SHA256[:32] + "-" + strconv.Itoa(n) + "-" + strconv.Itoa(width) + `"`
	h.Set("Etag", tag)
	h.Set("Cache-Control", "private, no-cache")
	if strings.Contains(q.r.Header.Get("If-None-Match"), tag) {
		q.w.WriteHeader(304)
		return nil
	}
	raw, err := q.s.Pictures.PNG(q.r.Context(), q.pictureFile(ver), n, width)
	if err != nil {
		h.Del("Etag")
		h.Set("Cache-Control", "no-store")
		return pictureError(err)
	}
	h.Set("Content-Type", "image/png")
	h.Set("Content-Length", strconv.Itoa(len(raw)))
	_, err = q.w.Write(raw)
	return err
}

// pictureError: the page was found to be there, so that a missing file is ours.
func pictureError(err error) error {
	if errors.Is(err, os.ErrNotExist) {
		return store.Fail(store.Corrupt, "original-missing").Because(err)
	}
	return err
}

// pageJSON is what stands on a page. Rectangles are fractions of the page's
// width and height from its upper left corner; width and height are points.
type pageJSON struct {
	Page   int            `json:"page"`
	Width  float32        `json:"width"`
	Height float32        `json:"height"`
	Rects  []extract.Rect `json:"rects"` // of the range [start, end) of the text
	Lines  []lineJSON     `json:"lines"`
}

type lineJSON struct {
	extract.Rect
	Upright bool   `json:"upright,omitempty"`
	Text    string `json:"text"`
}

func (q *request) pageJSON(ver store.Version, n int) error {
	l, err := q.s.Pictures.Layout(q.r.Context(), q.pictureFile(ver), n)
	if err != nil {
		return pictureError(err)
	}
	out := pageJSON{Page: n, Width: l.Width, Height: l.Height, Rects: []extract.Rect{}, Lines: []lineJSON{}}
	for _, line := range l.Lines {
		if r, ok := line.Rect(); ok {
			out.Lines = append(out.Lines, lineJSON{r, line.Upright, strings.Join(strings.Fields(line.Text), " ")})
		}
	}
	spans, err := q.passageSpans(ver, n)
	if err != nil {
		return err
	}
	if rects := l.Rects(spans); rects != nil {
		out.Rects = rects
	}
	return q.json(200, out)
}

// passageSpans are the page's characters that the range asked for covers. A
// text that another release of PDFium has read is numbered otherwise: then
// nothing is marked rather than something else.
func (q *request) passageSpans(ver store.Version, n int) (spans []extract.CharSpan, err error) {
	start, end := q.passageRange(ver.TextBytes)
	if end <= start || !extract.Current(ver.Format, ver.Extractor) {
		return nil, nil
	}
	err = q.view(func(view *store.View) error {
		pages, err := view.VersionPages(ver)
		if err != nil {
			return err
		}
		text, err := view.VersionText(ver)
		if err != nil {
			return err
		}
		for _, p := range pages {
			if p.N == n {
				spans = pageOf(p).CharSpans(text, start, end)
			}
		}
		return nil
	})
	return spans, err
}

func pageOf(p store.Page) extract.Page {
	out := extract.Page{N: p.N, Start: p.Start, End: p.End, Width: p.Width, Height: p.Height}
	for _, c := range p.Chars {
		out.Chars = append(out.Chars, extract.CharRun{Start: c.Byte, Char: c.Char, N: c.N})
	}
	return out
}

// passagePage is the page on which the range asked for begins; 0 for none.
func (q *request) passagePage(ver store.Version) (n int, err error) {
	start, end := q.passageRange(ver.TextBytes)
	if end <= start {
		return 0, nil
	}
	err = q.view(func(view *store.View) error {
		pages, err := view.VersionPages(ver)
		for _, p := range pages {
			if p.Start <= start && start < p.End {
				n = p.N
			}
		}
		return err
	})
	return n, err
}
