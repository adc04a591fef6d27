package page

import (
	"net/url"
	"strconv"

	"github.com/a-h/templ"

	"coffre/ui/words"
)

// Pages is a PDF as pictures of its pages; the zero value has none.
type Pages struct {
	Shown   []Picture
	All     int // pages of the document
	Quote   []Run
	Earlier PageRange // the windows before and after, of a long document
	Later   PageRange
}

// Picture is one page. Width and Height are points of 1/72 inch as shown.
type Picture struct {
	N             int
	Width, Height float32
	Passage       bool // a part of the cited passage stands on it
}

// PageRange is a window of a long document, with its address; From 0 is none.
type PageRange struct {
	From, To int
	URL      string
}

// Pixels at 100 %: 96 to the inch.
func (p Picture) wide() string { return strconv.Itoa(int(p.Width*4/3 + 0.5)) }
func (p Picture) high() string { return strconv.Itoa(int(p.Height*4/3 + 0.5)) }

// Thumbnails are 120 pixels wide; their heights follow the page's shape.
func (p Picture) thumbHigh() string {
	return strconv.Itoa(int(min(120*p.Height/max(p.Width, 1), 400) + 0.5))
}

func (p Picture) viewBox() string {
	f := func(v float32) string { return strconv.FormatFloat(float64(v), 'f', 2, 32) }
	return "0 0 " + f(p.Width) + " " + f(p.Height)
}

// PicturePath is the address of a page's file, such as "3.png", of a version.
func PicturePath(document, version, file string, more url.Values) string {
	q := url.Values{"version": {version}}
	for k, v := range more {
		q[k] = v
	}
	return join("/documents", document, "pages", file) + "?" + q.Encode()
}

func (v Document) picture(n, width int) string {
	return PicturePath(v.ID, v.Version, strconv.Itoa(n)+".png", url.Values{"width": {strconv.Itoa(width)}})
}

// words is where a page's lines stand, and the passage's rectangles.
func (v Document) words(p Picture) string {
	more := url.Values{}
	if p.Passage {
		more.Set("start", strconv.Itoa(v.Start))
		more.Set("end", strconv.Itoa(v.End))
	}
	return PicturePath(v.ID, v.Version, strconv.Itoa(p.N)+".json", more)
}

// as is this document's address in a view, with its passage.
func (v Document) as(view string) templ.SafeURL {
	q := url.Values{"version": {v.Version}, "view": {view}}
	hash := ""
	if v.Passage {
		q.Set("start", strconv.Itoa(v.Start))
		q.Set("end", strconv.Itoa(v.End))
		hash = "#passage"
	}
	return templ.SafeURL(join("/documents", v.ID) + "?" + q.Encode() + hash)
}

func (r PageRange) label(l words.Lang) string {
	return l.T("pages.earlier", "from", r.From, "to", r.To)
}

func (s Source) crop() string {
	return PicturePath(s.DocumentID, s.Version, strconv.Itoa(s.Page)+".png", url.Values{"width": {"1000"}})
}

func (s Source) cropWords() string {
	return PicturePath(s.DocumentID, s.Version, strconv.Itoa(s.Page)+".json", url.Values{"start": {strconv.Itoa(s.Start)}, "end": {strconv.Itoa(s.End)}})
}
