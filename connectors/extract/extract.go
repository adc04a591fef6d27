// Package extract turns a file that somebody put in into plain text with its
// structure: headings, paragraphs, list items, table rows, pages.
//
// The room's rule: a file is hostile until proven dull. Run, which parses, is
// called by a bounded child process only (see child.go); Extract starts that
// child and turns whatever happens to it, a crash included, into one of the
// codes of codes.go. A file yields its whole text or an error with a code,
// never a silent part: what is left out on purpose is named in a warning.
//
// Text is UTF-8 in NFC (of a PDF, letters and accents are composed and the rest
// is as it stands) with LF line ends, without BOM, NUL, other control
// characters, zero-width or bidirectional marks; the no-break spaces of French
// typography become plain spaces, so that a figure can be compared.
//
// The package writes nothing but the cache of compiled PDFium, in
// Options.CacheDir (mode 0700, since it is executed).
package extract

// Formats that Run understands; Sniff may name others, which are refused.
const (
	FormatPDF      = "pdf"
	FormatDOCX     = "docx"
	FormatHTML     = "html"
	FormatMarkdown = "markdown"
	FormatCSV      = "csv"
	FormatText     = "text"
)

// Kinds of block.
const (
	KindHeading   = "heading"
	KindParagraph = "paragraph"
	KindTable     = "table" // a line of a table whose columns have no names
	KindRow       = "row"   // a table row as "Column: value | Column: value"
	KindList      = "list"  // one list item, marker included
)

// Text is what a file says.
type Text struct {
	Format    string    `json:"format"`
	Extractor string    `json:"extractor"` // name/version, changes when the text may change
	Title     string    `json:"title,omitempty"`
	Lang      string    `json:"lang,omitempty"` // "fr", "en" or "": what the file declares, not detected
	Body      string    `json:"-"`
	Blocks    []Block   `json:"blocks"`
	Pages     []Page    `json:"pages,omitempty"` // PDF only; they partition Body
	Warnings  []Warning `json:"warnings,omitempty"`
}

// Block is a piece of structure at Body[Start:End). Blocks are in order, don't
// overlap, are never empty, and cover everything but white space.
type Block struct {
	Start int    `json:"s"`
	End   int    `json:"e"`
	Kind  string `json:"k"`
	Level int    `json:"l,omitempty"` // heading: 1 to 6; list item: depth from 1
	Page  int    `json:"p,omitempty"` // from 1; 0 where the format has no pages
}

// Page is one page of a PDF. A page without text has Start == End.
type Page struct {
	N      int       `json:"n"` // from 1
	Start  int       `json:"s"` // byte offsets in Body
	End    int       `json:"e"`
	Width  float32   `json:"w"` // points of 1/72 inch, as shown (rotation applied)
	Height float32   `json:"h"`
	Chars  []CharRun `json:"c,omitempty"`
}

// CharRun says that the N characters (not bytes) of Body from byte Start are
// PDFium's characters Char, Char+1 … of the page. Characters that stand in no
// run, such as line breaks of ours, have no place on the page.
type CharRun struct {
	Start int `json:"s"`
	Char  int `json:"c"`
	N     int `json:"n"`
}

// Warning is something a reader of the receipt should know; the text is there.
type Warning struct {
	Code string `json:"code"`
	Page int    `json:"page,omitempty"`
	N    int    `json:"n,omitempty"` // how many
}
