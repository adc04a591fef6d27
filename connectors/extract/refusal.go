package extract

import (
	"bytes"
	"io"
	"path"
	"strings"
)

// Head is a file of which only a few bytes are read.
type Head struct {
	File io.ReaderAt
	Size int64  // bytes
	Name string // with its ending
}

// Refusal is the code with which Run would refuse a file by its first bytes and its
// name, "" where it would go on and parse. It parses nothing, so that it may be
// called outside the child.
func Refusal(h Head) string {
	if h.Size == 0 {
		return CodeEmpty
	}
	head := make([]byte, min(h.Size, SniffLen))
	if _, err := io.ReadFull(io.NewSectionReader(h.File, 0, h.Size), head); err != nil {
		return "" // Run says what is wrong
	}
	return CodeOf(judge(Sniff(head, h.Name), byExtension[strings.ToLower(path.Ext(h.Name))], h.File, h.Size))
}

// cutTail is where a PDF's end is looked for, in bytes. ISO 32000-1 wants it in the
// last line, readers in the last 1,024 bytes; copiers fill blocks behind it.
const cutTail = 8192

// Cut tells whether a PDF lacks its end, as one does that is being written, or whose
// writing was broken off. Other formats are never said to be.
func Cut(h Head) bool {
	head := make([]byte, min(h.Size, SniffLen))
	if _, err := io.ReadFull(io.NewSectionReader(h.File, 0, h.Size), head); err != nil || Sniff(head, h.Name) != FormatPDF {
		return false
	}
	tail := make([]byte, min(h.Size, cutTail))
	if _, err := h.File.ReadAt(tail, h.Size-int64(len(tail))); err != nil && err != io.EOF {
		return false
	}
	return !bytes.Contains(tail, []byte("%%EOF"))
}
