package extract

import (
	"fmt"
	"strings"
	"unicode"
)

// builder collects the blocks of formats without pages.
type builder struct {
	body   []byte
	blocks []Block
	warned map[string]int // code → N
	order  []string
	max    int // bytes of body
	err    error
}

func newBuilder(o Options) *builder {
	return &builder{max: int(o.MaxText), warned: map[string]int{}}
}

func (b *builder) heading(level int, s string) {
	b.add(KindHeading, min(max(level, 1), 6), cleanInline(s))
}
func (b *builder) paragraph(s string)       { b.add(KindParagraph, 0, cleanParagraph(s)) }
func (b *builder) verbatim(s string)        { b.add(KindParagraph, 0, cleanLines(s)) }
func (b *builder) item(level int, s string) { b.add(KindList, max(level, 1), cleanParagraph(s)) }

// add appends a block whose text is clean already. Rows and items of one list
// stand on neighbouring lines, everything else after a blank one.
func (b *builder) add(kind string, level int, s string) {
	if s == "" || b.err != nil {
		return
	}
	if n := len(b.blocks); n > 0 {
		sep := "\n\n"
		if b.blocks[n-1].Kind == kind && (kind == KindRow || kind == KindTable || kind == KindList) {
			sep = "\n"
		}
		b.body = append(b.body, sep...)
	}
	if len(b.body)+len(s) > b.max {
		b.err = fail(CodeTooLarge, fmt.Errorf("text over %d bytes", b.max))
		return
	}
	start := len(b.body)
	b.body = append(b.body, s...)
	b.blocks = append(b.blocks, Block{Start: start, End: len(b.body), Kind: kind, Level: level})
}

func (b *builder) warn(code string, n int) {
	if n == 0 {
		return
	}
	if _, seen := b.warned[code]; !seen {
		b.order = append(b.order, code)
	}
	b.warned[code] += n
}

// text ends the collection. A body without a letter or digit is no document:
// the code given says why (empty, no-text).
func (b *builder) text(format, title, lang, ifNone string) (Text, error) {
	if b.err != nil {
		return Text{}, b.err
	}
	body := string(b.body)
	if !hasText(body) {
		return Text{}, fail(ifNone, nil)
	}
	t := Text{Format: format, Extractor: extractors[format], Title: clip(cleanInline(title), 300), Lang: langOf(lang), Body: body, Blocks: b.blocks}
	for _, code := range b.order {
		t.Warnings = append(t.Warnings, Warning{Code: code, N: b.warned[code]})
	}
	return t, nil
}

func hasText(s string) bool {
	for _, r := range s {
		if unicode.IsLetter(r) || unicode.IsDigit(r) {
			return true
		}
	}
	return false
}

// clip cuts s to at most n bytes between characters.
func clip(s string, n int) string {
	if len(s) <= n {
		return s
	}
	for n > 0 && s[n]&0xc0 == 0x80 {
		n--
	}
	return s[:n]
}

// langOf takes "fr-CA", "EN_us", "english"; only the two languages of the box count.
func langOf(tag string) string {
	if len(tag) < 2 || len(tag) > 2 && tag[2] != '-' && tag[2] != '_' {
		return ""
	}
	switch strings.ToLower(tag[:2]) {
	case "fr":
		return "fr"
	case "en":
		return "en"
	}
	return ""
}
