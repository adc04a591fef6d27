package extract

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"path"
	"strings"
)

// extractors names what made a text; the number changes when the same file may
// give another text.
var extractors = map[string]string{
	FormatText:     "coffre-text/1",
	FormatMarkdown: "coffre-markdown/1",
	FormatHTML:     "coffre-html/1",
	FormatCSV:      "coffre-csv/1",
	FormatDOCX:     "coffre-docx/1",
	FormatPDF:      "coffre-pdfium-2.1.13/1",
}

// Current reports that an extractor is the one that reads a format today: only
// then do the character numbers that it gave still hold.
func Current(format, extractor string) bool {
	return extractor != "" && extractors[format] == extractor
}

// maxParsed are bytes of the formats that are held in memory as a tree: beyond
// them the child would end for want of memory, which is a worse sentence.
var maxParsed = map[string]int64{
	FormatHTML: 24 << 20, FormatMarkdown: 16 << 20, FormatText: 32 << 20, FormatCSV: 32 << 20,
}

// Run extracts the text of a file of size bytes in this process. It trusts the
// file with this process's memory and time, so that all but the child and the
// tests call Extract. Errors are *Error, or ctx's, or PDFium's failure to start.
func Run(ctx context.Context, r io.ReaderAt, size int64, name string, o Options) (Text, error) {
	o = o.withDefaults()
	if size == 0 {
		return Text{}, fail(CodeEmpty, nil)
	}
	if size > o.MaxFile {
		return Text{}, fail(CodeTooLarge, fmt.Errorf("%d bytes", size))
	}
	head := make([]byte, min(size, SniffLen))
	if _, err := io.ReadFull(io.NewSectionReader(r, 0, size), head); err != nil {
		return Text{}, fmt.Errorf("read head: %w", err)
	}
	format := Sniff(head, name)
	promised := byExtension[strings.ToLower(path.Ext(name))]
	if err := judge(format, promised, r, size); err != nil {
		return Text{}, err
	}
	t, err := parse(ctx, format, r, size, o)
	if err != nil {
		return Text{}, err
	}
	if promised != "" && promised != format {
		t.Warnings = append(t.Warnings, Warning{Code: WarnWrongExtension})
	}
	return t, nil
}

// judge refuses what isn't read. A name that promises a format that is no text
// must keep the promise: what a browser saves under such a name when a download
// fails is a page of text, and no document.
func judge(format, promised string, r io.ReaderAt, size int64) error {
	lied := promised != "" && promised != format && !textual(promised)
	switch {
	case format == "ole":
		if encryptedOffice(r, size) {
			return fail(CodeLocked, nil)
		}
		if lied {
			return fail(CodeTypeMismatch, nil)
		}
		return fail(CodeUnsupported, nil)
	case lied:
		return fail(CodeTypeMismatch, fmt.Errorf("%s is not %s", format, promised))
	case extractors[format] == "":
		return fail(CodeUnsupported, fmt.Errorf("format %s", format))
	case maxParsed[format] > 0 && size > maxParsed[format]:
		return fail(CodeTooLarge, fmt.Errorf("%d bytes of %s", size, format))
	}
	return nil
}

func textual(format string) bool {
	switch format {
	case FormatHTML, FormatMarkdown, FormatCSV, FormatText, "eml":
		return true
	}
	return false
}

func parse(ctx context.Context, format string, r io.ReaderAt, size int64, o Options) (Text, error) {
	switch format {
	case FormatPDF:
		return runPDF(ctx, r, size, o)
	case FormatDOCX:
		return runDOCX(r, size, o)
	}
	data := make([]byte, size)
	if _, err := io.ReadFull(io.NewSectionReader(r, 0, size), data); err != nil {
		return Text{}, fmt.Errorf("read file: %w", err)
	}
	switch format {
	case FormatHTML:
		return runHTML(data, o)
	case FormatMarkdown:
		return runMarkdown(data, o)
	case FormatCSV:
		return runCSV(data, o)
	}
	return runText(data, o)
}

// encryptedOffice looks for the stream that holds an encrypted OOXML package
// (MS-OFFCRYPTO 2.3.4.4); names in the directory of such a file are UTF-16.
func encryptedOffice(r io.ReaderAt, size int64) bool {
	var mark []byte
	for _, c := range "EncryptedPackage" {
		mark = append(mark, byte(c), 0)
	}
	buf := make([]byte, 1<<20)
	for off := int64(0); off < size; off += int64(len(buf) - len(mark)) {
		n, err := r.ReadAt(buf, off)
		if bytes.Contains(buf[:n], mark) {
			return true
		}
		if err != nil {
			return false
		}
	}
	return false
}
