package ui

import (
	"net/url"
	"strconv"
	"unicode/utf8"

	"coffre/connectors/extract"
	"coffre/store"
	"coffre/ui/page"
)

// A long document is shown in windows of so many pages.
const pictureWindow = 150

// maxQuote is how much of a passage stands above its page, bytes.
const maxQuote = 600

// drawn reports that a version can be shown as pictures of its pages.
func (q *request) drawn(ver store.Version) bool {
	return q.s.Pictures != nil && ver.Status == store.Ready && ver.Format == extract.FormatPDF && ver.Pages > 0
}

// fillPictures lists the pages of the window that holds the passage, or that
// was asked for. Which of them the passage stands on is known from the text;
// where on them, the browser asks for later.
func (q *request) fillPictures(view *store.View, d store.Document, ver store.Version, v *page.Document) error {
	pages, err := view.VersionPages(ver)
	if err != nil {
		return err
	}
	start, end := q.passageRange(ver.TextBytes)
	v.Start, v.End, v.Passage = start, end, end > start
	from, err := q.number("from", 0)
	if err != nil {
		return err
	}
	for _, p := range pages {
		if v.Passage && v.PassagePage == 0 && p.Start <= start && start < p.End {
			v.PassagePage = p.N
			if q.r.FormValue("from") == "" {
				from = (p.N - 1) / pictureWindow * pictureWindow
			}
		}
	}
	from = min(from, max(len(pages)-1, 0))
	to := min(from+pictureWindow, len(pages))
	v.Pictures.All = len(pages)
	for _, p := range pages[from:to] {
		pic := page.Picture{N: p.N, Width: p.Width, Height: p.Height, Passage: v.Passage && p.Start < end && start < p.End}
		if pic.Width <= 0 || pic.Height <= 0 {
			pic.Width, pic.Height = 595, 842 // a damaged page has no size
		}
		v.Pictures.Shown = append(v.Pictures.Shown, pic)
	}
	v.Pictures.Earlier = pictureRange(d.ID, ver.ID, max(from-pictureWindow, 0), from)
	v.Pictures.Later = pictureRange(d.ID, ver.ID, to, min(to+pictureWindow, len(pages)))
	if !v.Passage {
		return nil
	}
	text, err := view.VersionText(ver)
	if err != nil {
		return err
	}
	quote := clipText(text[start:end], maxQuote)
	v.Pictures.Quote = page.Mark(quote, page.Span{End: len(quote)})
	return nil
}

// pictureRange is the window of pages from+1 to to; none where that is empty.
func pictureRange(id, version string, from, to int) page.PageRange {
	if to <= from {
		return page.PageRange{}
	}
	q := url.Values{"version": {version}, "view": {"pages"}, "from": {strconv.Itoa(from)}}
	return page.PageRange{From: from + 1, To: to, URL: "/documents/" + id + "?" + q.Encode()}
}

// clipText cuts a text of more than n bytes between characters and says so.
func clipText(s string, n int) string {
	if len(s) <= n {
		return s
	}
	for n > 0 && !utf8.RuneStart(s[n]) {
		n--
	}
	return s[:n] + "…"
}
