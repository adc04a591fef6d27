package extract

import (
	"bytes"
	"path"
	"strings"
	"unicode/utf8"
)

// SniffLen is how many leading bytes Sniff wants to see.
const SniffLen = 8192

// magics are formats that their first bytes give away, none of them read.
var magics = []struct{ prefix, format string }{
	{"\x89PNG\r\n\x1a\n", "image"}, {"\xff\xd8\xff", "image"}, {"GIF8", "image"},
	{"II*\x00", "image"}, {"MM\x00*", "image"}, {"BM", "image-bmp"}, {"RIFF", "media"},
	{"MZ", "executable-dos"}, {"\x7fELF", "executable"}, {"\xcf\xfa\xed\xfe", "executable"},
	{"\xca\xfe\xba\xbe", "executable"}, {"\xce\xfa\xed\xfe", "executable"}, {"\x00asm", "executable"},
	{"\x1f\x8b", "archive"}, {"7z\xbc\xaf\x27\x1c", "archive"}, {"Rar!\x1a\x07", "archive"},
	{"BZh", "archive-bzip"}, {"\xfd7zXZ\x00", "archive"}, {"\x28\xb5\x2f\xfd", "archive"},
	{"ID3", "media-mp3"}, {"OggS", "media"}, {"fLaC", "media"}, {"\x1aE\xdf\xa3", "media"},
	{"SQLite format 3\x00", "database"}, {"{\\rtf", "rtf"}, {"%!PS", "postscript"},
}

// byExtension is what a name promises. Other names promise nothing, and nor do
// .doc and .xls, under which many programs export HTML.
var byExtension = map[string]string{
	".pdf": FormatPDF, ".docx": FormatDOCX, ".docm": FormatDOCX, ".dotx": FormatDOCX,
	".html": FormatHTML, ".htm": FormatHTML, ".xhtml": FormatHTML,
	".md": FormatMarkdown, ".markdown": FormatMarkdown, ".mdown": FormatMarkdown,
	".csv": FormatCSV, ".tsv": FormatCSV,
	".xlsx": "xlsx", ".pptx": "pptx", ".epub": "epub", ".odt": "odf", ".ods": "odf", ".odp": "odf",
	".png": "image", ".jpg": "image", ".jpeg": "image", ".gif": "image", ".tif": "image", ".tiff": "image",
	".zip": "zip", ".eml": "eml", ".mht": "eml", ".mhtml": "eml", ".svg": "image",
}

// Sniff names the format of a file from its first bytes (up to SniffLen) and,
// where these leave a choice among texts, from its name. Formats outside the
// Format constants aren't read: "ole" (old Office, or encrypted new Office),
// "zip", "xlsx", "image", "binary" and so on; "" for no bytes at all.
func Sniff(head []byte, name string) string {
	if len(head) == 0 {
		return ""
	}
	if bytes.Contains(head[:min(len(head), 1024)], []byte("%PDF-")) {
		return FormatPDF
	}
	ext := byExtension[strings.ToLower(path.Ext(name))]
	switch {
	case bytes.HasPrefix(head, []byte("PK\x03\x04")), bytes.HasPrefix(head, []byte("PK\x05\x06")):
		return sniffZip(head, ext)
	case bytes.HasPrefix(head, []byte("\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1")):
		return "ole"
	}
	text := looksLikeText(head)
	for _, m := range magics {
		base, short, _ := strings.Cut(m.format, "-")
		// Two or three letters may begin a text too.
		if bytes.HasPrefix(head, []byte(m.prefix)) && (short == "" || !text) {
			return base
		}
	}
	if len(head) > 12 && string(head[4:8]) == "ftyp" {
		return "media"
	}
	if !text {
		return "binary"
	}
	if ext == FormatHTML || looksLikeHTML(head) && ext != FormatMarkdown && ext != FormatCSV && ext != "eml" {
		return FormatHTML
	}
	switch ext {
	case FormatMarkdown, FormatCSV, "eml", "image":
		return ext
	}
	return FormatText
}

// sniffZip looks for the folder that each office format keeps its parts in.
func sniffZip(head []byte, ext string) string {
	for _, f := range []struct{ mark, format string }{
		{"word/", FormatDOCX}, {"xl/", "xlsx"}, {"ppt/", "pptx"},
		{"application/epub", "epub"}, {"application/vnd.oasis.opendocument", "odf"},
	} {
		if bytes.Contains(head, []byte(f.mark)) {
			return f.format
		}
	}
	switch ext {
	case FormatDOCX, "xlsx", "pptx", "epub", "odf":
		return ext // the parts' names may come later; the parser will tell
	}
	return "zip"
}

// looksLikeText: no control characters that a text wouldn't have, or UTF-16.
func looksLikeText(head []byte) bool {
	for _, bom := range []string{"\xef\xbb\xbf", "\xff\xfe", "\xfe\xff", "\x00\x00\xfe\xff"} {
		if bytes.HasPrefix(head, []byte(bom)) {
			return true
		}
	}
	if zerosOrder(head) != nil {
		return true
	}
	if bytes.IndexByte(head, 0) >= 0 {
		return false
	}
	odd := 0
	for _, c := range head {
		if c < 0x20 && c != '\n' && c != '\r' && c != '\t' && c != '\f' && c != 0x1b {
			odd++
		}
	}
	return odd*100 <= len(head) || utf8.Valid(head) && odd*20 <= len(head)
}

func looksLikeHTML(head []byte) bool {
	s := bytes.TrimLeft(bytes.TrimPrefix(head, []byte("\xef\xbb\xbf")), " \t\r\n\f")
	s = bytes.ToLower(s[:min(len(s), 2048)])
	for bytes.HasPrefix(s, []byte("<!--")) || bytes.HasPrefix(s, []byte("<?xml")) {
		end := bytes.IndexByte(s, '>')
		if end < 0 {
			return false
		}
		s = bytes.TrimLeft(s[end+1:], " \t\r\n\f")
	}
	for _, tag := range []string{"<!doctype html", "<html", "<head", "<body", "<title", "<meta "} {
		if bytes.HasPrefix(s, []byte(tag)) {
			return true
		}
	}
	return false
}
