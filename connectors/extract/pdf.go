package extract

import (
	"context"
	"errors"
	"fmt"
	"io"

	"coffre/connectors/extract/pdfium"
)

// runPDF reads all pages first and composes the text after, because headings
// and hyphens are judged by what is usual in the whole document.
func runPDF(ctx context.Context, r io.ReaderAt, size int64, o Options) (Text, error) {
	// wazero copies a memory that grows, so that the limit must fit twice,
	// beside Go, the compiled code and the text.
	lib, err := pdfium.New(ctx, pdfium.Config{CacheDir: o.CacheDir, MaxMemory: o.Memory / 8 * 3})
	if err != nil {
		return Text{}, err
	}
	defer lib.Close()
	doc, err := lib.Open(ctx, r, size)
	if err != nil {
		return Text{}, pdfError(err)
	}
	if doc.Pages > o.MaxPages {
		return Text{}, fail(CodeTooLarge, fmt.Errorf("%d pages", doc.Pages))
	}
	pages := make([]*pdfPage, doc.Pages)
	left := int(o.MaxText)
	for i := range pages {
		if pages[i], err = readPage(ctx, doc, i, left); err != nil {
			return Text{}, pdfError(err)
		}
		left -= len(pages[i].runes)
	}
	title, err := doc.Meta(ctx, "Title")
	if err != nil {
		return Text{}, pdfError(err)
	}
	return composePDF(pages, title, o)
}

func pdfError(err error) error {
	switch {
	case errors.Is(err, context.Canceled), errors.Is(err, context.DeadlineExceeded):
		return err
	case errors.Is(err, pdfium.ErrPassword):
		return fail(CodeLocked, err)
	case errors.Is(err, pdfium.ErrMemory):
		return fail(CodeMemory, err)
	}
	return fail(CodeCorrupt, err)
}

// pdfPage is what composing needs of a page.
type pdfPage struct {
	width, height float32
	runes         []rune
	lines         []pdfLine
	hidden        int // lines beside the shown part
	damaged       bool
	garbled       bool
}

// readPage reads page i, from 0. A damaged page is noted, not an error: the
// others may be whole. most is how many characters the text may still have.
func readPage(ctx context.Context, doc *pdfium.Document, i, most int) (*pdfPage, error) {
	p, err := doc.Page(ctx, i)
	if errors.Is(err, pdfium.ErrFormat) {
		return &pdfPage{damaged: true}, nil
	}
	if err != nil {
		return nil, err
	}
	if p.Chars > most {
		return nil, fail(CodeTooLarge, fmt.Errorf("page of %d characters", p.Chars))
	}
	out := &pdfPage{width: p.Width, height: p.Height}
	if out.runes, err = p.Runes(ctx); err != nil {
		return nil, err
	}
	if out.lines, out.hidden, err = readLines(ctx, p, out.runes); err != nil {
		return nil, err
	}
	if out.garbled, err = isGarbled(ctx, p, out.runes); err != nil {
		return nil, err
	}
	return out, p.Close(ctx)
}

func composePDF(pages []*pdfPage, title string, o Options) (Text, error) {
	c := &composer{body: newPDFBody(), bodySize: usualSize(pages), hyphens: newHyphens(pages)}
	t := Text{Format: FormatPDF, Extractor: extractors[FormatPDF]}
	for i, p := range pages {
		start := c.body.len()
		c.page(p, i+1)
		if w := pageWarning(p, i+1, c.body.len() > start); w.Code != "" {
			t.Warnings = append(t.Warnings, w)
		}
		if p.hidden > 0 {
			t.Warnings = append(t.Warnings, Warning{Code: WarnHidden, Page: i + 1, N: p.hidden})
		}
		c.body.endPage()
		t.Pages = append(t.Pages, Page{N: i + 1, Start: start, End: c.body.len(), Width: p.width, Height: p.height, Chars: c.body.takeRuns()})
	}
	t.Body, t.Blocks = c.body.finish(t.Pages), c.blocks
	if int64(len(t.Body)) > o.MaxText {
		return Text{}, fail(CodeTooLarge, fmt.Errorf("text of %d bytes", len(t.Body)))
	}
	if !hasText(t.Body) {
		return Text{}, fail(CodeNoText, nil)
	}
	t.Title = clip(cleanInline(title), 300)
	return t, nil
}

func pageWarning(p *pdfPage, n int, text bool) Warning {
	switch {
	case p.damaged:
		return Warning{Code: WarnPageDamaged, Page: n}
	case p.garbled:
		return Warning{Code: WarnGarbled, Page: n}
	case !text:
		return Warning{Code: WarnPageNoText, Page: n}
	}
	return Warning{}
}
