package page

import (
	"time"

	"coffre/ui/look"
)

// Document is one document: its text by page with the passage marked, its
// receipt and its versions.
type Document struct {
	look.Frame
	ID, Title  string
	Collection string
	Format     string
	State      string
	Fault      *look.Fault
	Receipt    Receipt
	Bytes      int64
	Added      time.Time
	By         string
	SHA256     string // hex, of the original
	Version    string // the one shown
	Versions   []Version
	CanWrite   bool
	// Pages are those shown, each with its text cut into runs (see Mark). A
	// document without pages is one DocumentPage with N 0.
	Pages []TextPage
	// HasPages says that the pages can be shown as pictures too, and Pictures
	// are those shown instead of Pages.
	HasPages bool
	Pictures Pages
	// Start and End are the range of the passage in the text, bytes.
	Start, End int
	// Passage says that a passage was asked for; PassagePage is where it is,
	// 0 without pages. A passage that isn't in Pages draws a notice.
	Passage     bool
	PassagePage int
	// Previous and Next are addresses of the neighbouring windows of a long
	// text, or empty.
	Previous, Next string
}

// TextPage is a page of extracted text.
type TextPage struct {
	N    int
	Runs []Run
}

// Version is an entry of the list of versions, the newest first.
type Version struct {
	ID      string
	Number  int
	Added   time.Time
	By      string
	Current bool // the one shown
}

// scripts are the modules that the page needs.
func (v Document) scripts() []string {
	if len(v.Pictures.Shown) > 0 {
		return []string{"pages.js"}
	}
	return []string{"document.js"}
}

func (v Document) marked() bool {
	for _, p := range v.Pages {
		if hasMark(p.Runs) {
			return true
		}
	}
	return false
}

func (v Document) versionURL(id string) string {
	return join("/documents", v.ID) + "?version=" + id
}

func (v Document) original() string {
	return join("/documents", v.ID, "original") + "?version=" + v.Version
}

func (v Document) languageName() string {
	if v.Receipt.Language == "" {
		return v.L.T("lang.unknown")
	}
	return v.L.Or("lang", v.Receipt.Language)
}
