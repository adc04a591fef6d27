package ui

import (
	"net/http"
	"net/url"
	"strconv"

	"coffre/auth"
	"coffre/store"
	"coffre/ui/look"
	"coffre/ui/page"
)

// A long document is shown in windows of about this many bytes of text.
const documentWindow = 60_000

// documentPage shows a version's pages as pictures, or its text by page where
// it has none or view=text asks for it, with a passage marked where start and
// end are given. The read is traced before anything is shown.
func (q *request) documentPage() error {
	d, err := q.document()
	if err != nil {
		return err
	}
	ver, err := q.version(d)
	if err != nil {
		return err
	}
	if err := q.traceRead(d, ver); err != nil {
		return err
	}
	v := page.Document{
		Frame: q.frame(look.Documents), ID: d.ID, Title: titleOf(d), Format: ver.Format, State: string(ver.Status),
		Receipt: receiptOf(ver), Bytes: ver.Bytes, Added: ver.Added.Local(), SHA256: ver.SHA256, Version: ver.ID,
	}
	if !d.Deleted.IsZero() {
		v.State = page.Deleted
	}
	if ver.Status == store.Failed {
		v.Fault = &look.Fault{Code: ver.Code, Params: map[string]string{"name": d.Name}}
	}
	err = q.view(func(view *store.View) error {
		c, err := view.Collection(d.Collection)
		if err != nil {
			return err
		}
		v.Collection, v.CanWrite = c.Name, q.p.MayWrite(c) && q.mayChange(auth.DocumentsWrite)
		people := peopleNames(view)
		v.By = q.addedBy(ver, people)
		for i := len(d.Versions) - 1; i >= 0; i-- {
			o := d.Versions[i]
			v.Versions = append(v.Versions, page.Version{ID: o.ID, Number: i + 1, Added: o.Added.Local(), By: q.addedBy(o, people), Current: o.ID == ver.ID})
		}
		if ver.Status != store.Ready {
			return nil
		}
		if v.HasPages = q.drawn(ver); v.HasPages && q.r.FormValue("view") != "text" {
			return q.fillPictures(view, d, ver, &v)
		}
		return q.fillText(view, d, ver, &v)
	})
	if err != nil {
		return err
	}
	return q.render(http.StatusOK, page.DocumentPage(v))
}

// textPiece is a range of the text under one page number.
type textPiece struct{ n, start, end int }

// fillText cuts the text into pages and shows the window that holds the
// passage, or that was asked for.
func (q *request) fillText(view *store.View, d store.Document, ver store.Version, v *page.Document) error {
	text, err := view.VersionText(ver)
	if err != nil {
		return err
	}
	pieces, err := textPieces(view, ver, len(text))
	if err != nil {
		return err
	}
	start, end := q.passageRange(len(text))
	v.Start, v.End, v.Passage = start, end, end > start
	at, err := q.number("from", 0)
	if err != nil {
		return err
	}
	for i, p := range pieces {
		if v.Passage && q.r.FormValue("from") == "" && start >= p.start && start < p.end {
			at, v.PassagePage = max(i-1, 0), p.n
		}
	}
	at = min(at, max(len(pieces)-1, 0))
	to, size := at, 0
	for to < len(pieces) && (to == at || size+pieces[to].end-pieces[to].start <= documentWindow) {
		size += pieces[to].end - pieces[to].start
		to++
	}
	for _, p := range pieces[at:to] {
		v.Pages = append(v.Pages, page.TextPage{N: p.n, Runs: page.Mark(text[p.start:p.end], page.Span{Start: start - p.start, End: min(end, p.end) - p.start})})
	}
	if at > 0 {
		back, size := at, 0
		for back > 0 && size+pieces[back-1].end-pieces[back-1].start <= documentWindow {
			back--
			size += pieces[back].end - pieces[back].start
		}
		v.Previous = windowURL(d.ID, ver.ID, min(back, at-1))
	}
	if to < len(pieces) {
		v.Next = windowURL(d.ID, ver.ID, to)
	}
	return nil
}

func windowURL(id, version string, from int) string {
	return "/documents/" + id + "?" + url.Values{"version": {version}, "view": {"text"}, "from": {strconv.Itoa(from)}}.Encode()
}

// textPieces are the pages of a version, or for formats without pages runs of
// whole passages.
func textPieces(view *store.View, ver store.Version, size int) ([]textPiece, error) {
	pages, err := view.VersionPages(ver)
	if err != nil {
		return nil, err
	}
	var out []textPiece
	for _, p := range pages {
		out = append(out, textPiece{p.N, p.Start, p.End})
	}
	if len(out) > 0 || size == 0 {
		return out, nil
	}
	if size <= documentWindow {
		return []textPiece{{0, 0, size}}, nil
	}
	ps, err := view.VersionPassages(ver)
	cur := textPiece{}
	for _, p := range ps {
		if p.End-cur.start > documentWindow/2 && cur.end > cur.start {
			out = append(out, cur)
			cur = textPiece{start: p.Start}
		}
		cur.end = p.End
	}
	return append(out, cur), err
}

// passageRange reads start and end; anything that is no range marks nothing.
func (q *request) passageRange(size int) (start, end int) {
	start, err1 := strconv.Atoi(q.r.FormValue("start"))
	end, err2 := strconv.Atoi(q.r.FormValue("end"))
	if err1 != nil || err2 != nil || start < 0 || end > size || start >= end {
		return 0, 0
	}
	return start, end
}

func (q *request) originalPage() error {
	d, err := q.document()
	if err != nil {
		return err
	}
	ver, err := q.version(d)
	if err != nil {
		return err
	}
	return q.sendOriginal(d, ver)
}
