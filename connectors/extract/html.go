package extract

import (
	"regexp"
	"strconv"
	"strings"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"
	"golang.org/x/net/html/charset"
	"golang.org/x/text/encoding"
)

func runHTML(data []byte, o Options) (Text, error) {
	d, err := decode(data, declaredHTML(data))
	if err != nil {
		return Text{}, err
	}
	b := newBuilder(o)
	b.warnDecoded(d)
	doc, err := html.Parse(strings.NewReader(d.text))
	if err != nil {
		return Text{}, fail(CodeCorrupt, err)
	}
	w := &htmlWalk{b: b}
	w.node(doc, 0)
	w.flush()
	b.warn(WarnHidden, w.hidden)
	return b.text(FormatHTML, w.title, w.lang, CodeNoText)
}

// htmlFragment adds the blocks of a piece of HTML inside another format.
func (b *builder) htmlFragment(s string) {
	doc, err := html.Parse(strings.NewReader(s))
	if err != nil {
		return // only a failing reader gives an error, and this one can't fail
	}
	w := &htmlWalk{b: b}
	w.node(doc, 0)
	w.flush()
	b.warn(WarnHidden, w.hidden)
}

var metaCharset = regexp.MustCompile(`(?i)<(?:meta|\?xml)[^>]{0,300}?(?:charset|encoding)\s*=\s*["' ]?\s*([a-z0-9_:-]{2,40})`)

// declaredHTML is the encoding that a page's head names, nil for none or UTF-8
// (which decode has tried by then). Browsers look at 1024 bytes; saved pages
// often carry longer preambles.
func declaredHTML(data []byte) encoding.Encoding {
	for _, m := range metaCharset.FindAllSubmatch(data[:min(len(data), 64<<10)], 4) {
		if e, name := charset.Lookup(string(m[1])); e != nil && name != "utf-8" {
			return e
		}
	}
	return nil
}

// htmlWalk gathers inline text until a block ends.
type htmlWalk struct {
	b           *builder
	inline      strings.Builder
	marker      string // of the list item whose first text is still to come
	level       int    // of lists
	title, lang string
	hidden      int
}

func (w *htmlWalk) flush() {
	s := cleanParagraph(w.inline.String())
	w.inline.Reset()
	if s == "" {
		return
	}
	if w.marker != "" {
		w.b.item(w.level, w.marker+s)
		w.marker = ""
		return
	}
	w.b.paragraph(s)
}

func (w *htmlWalk) node(n *html.Node, depth int) {
	if depth > 3*maxDepth {
		w.b.err = fail(CodeTooLarge, nil)
	}
	if w.b.err != nil {
		return
	}
	switch n.Type {
	case html.TextNode:
		w.inline.WriteString(oneLine(n.Data))
	case html.ElementNode:
		w.element(n, depth)
	default:
		w.children(n, depth)
	}
}

func (w *htmlWalk) children(n *html.Node, depth int) {
	for c := n.FirstChild; c != nil; c = c.NextSibling {
		w.node(c, depth+1)
	}
}

func (w *htmlWalk) element(n *html.Node, depth int) {
	if leftOut(n) {
		return
	}
	if isHidden(n) {
		if hasText(plain(n)) {
			w.hidden++
		}
		return
	}
	switch n.DataAtom {
	case atom.Html:
		w.lang = attrOf(n, "lang")
		w.children(n, depth)
	case atom.Title:
		if w.title == "" {
			w.title = plain(n)
		}
	case atom.Br:
		w.inline.WriteByte('\n')
	case atom.H1, atom.H2, atom.H3, atom.H4, atom.H5, atom.H6:
		w.flush()
		w.b.heading(int(n.Data[1]-'0'), plain(n))
	case atom.Pre, atom.Textarea:
		w.flush()
		w.b.verbatim(rawText(n))
	case atom.Ul, atom.Ol, atom.Menu:
		w.list(n, depth)
	case atom.Table:
		w.flush()
		w.table(n, depth)
	default:
		block := isBlock(n.DataAtom)
		if block {
			w.flush()
		}
		w.children(n, depth)
		if block {
			w.flush()
		}
	}
}

func (w *htmlWalk) list(n *html.Node, depth int) {
	w.flush()
	w.level++
	number, err := strconv.Atoi(attrOf(n, "start"))
	if err != nil {
		number = 1
	}
	for c := n.FirstChild; c != nil; c = c.NextSibling {
		if c.DataAtom == atom.Li && !isHidden(c) {
			w.marker = "- "
			if n.DataAtom == atom.Ol {
				w.marker = strconv.Itoa(number) + ". "
				number++
			}
		}
		w.node(c, depth+1)
		if c.DataAtom == atom.Li {
			w.flush()
			w.marker = ""
		}
	}
	w.flush()
	w.level--
}

// leftOut: elements whose content is code or a replacement for something shown.
func leftOut(n *html.Node) bool {
	switch n.DataAtom {
	case atom.Script, atom.Style, atom.Noscript, atom.Template, atom.Svg, atom.Iframe,
		atom.Object, atom.Canvas, atom.Audio, atom.Video, atom.Datalist:
		return true
	}
	return false
}

func isHidden(n *html.Node) bool {
	for _, a := range n.Attr {
		switch a.Key {
		case "hidden":
			return true
		case "style":
			s := strings.ToLower(strings.ReplaceAll(a.Val, " ", ""))
			if strings.Contains(s, "display:none") || strings.Contains(s, "visibility:hidden") {
				return true
			}
		}
	}
	return false
}

func isBlock(a atom.Atom) bool {
	switch a {
	case atom.P, atom.Div, atom.Section, atom.Article, atom.Aside, atom.Header, atom.Footer, atom.Nav,
		atom.Main, atom.Figure, atom.Figcaption, atom.Blockquote, atom.Address, atom.Dl, atom.Dt, atom.Dd,
		atom.Li, atom.Form, atom.Fieldset, atom.Legend, atom.Hr, atom.Details, atom.Summary, atom.Center,
		atom.Body, atom.Tr, atom.Td, atom.Th, atom.Caption, atom.Option, atom.Table, atom.Ul, atom.Ol,
		atom.H1, atom.H2, atom.H3, atom.H4, atom.H5, atom.H6, atom.Pre:
		return true
	}
	return false
}

func attrOf(n *html.Node, key string) string {
	for _, a := range n.Attr {
		if a.Key == key {
			return a.Val
		}
	}
	return ""
}

// oneLine: line ends of the source are spaces; those of the reader come from <br>.
func oneLine(s string) string {
	return strings.Map(func(r rune) rune {
		if r == '\n' || r == '\r' || r == '\f' {
			return ' '
		}
		return r
	}, s)
}

// plain is the visible text below n on one line.
func plain(n *html.Node) string {
	var s strings.Builder
	var walk func(*html.Node, int)
	walk = func(n *html.Node, depth int) {
		switch {
		case depth > 3*maxDepth || n.Type == html.ElementNode && (leftOut(n) || depth > 0 && isHidden(n)):
			return
		case n.Type == html.TextNode:
			s.WriteString(n.Data)
		case n.DataAtom == atom.Br || isBlock(n.DataAtom):
			s.WriteByte(' ')
		}
		for c := n.FirstChild; c != nil; c = c.NextSibling {
			walk(c, depth+1)
		}
		if isBlock(n.DataAtom) {
			s.WriteByte(' ')
		}
	}
	walk(n, 0)
	return cleanInline(s.String())
}

// rawText keeps line ends, for <pre>.
func rawText(n *html.Node) string {
	var s strings.Builder
	for c := range n.Descendants() {
		if c.Type == html.TextNode {
			s.WriteString(c.Data)
		} else if c.DataAtom == atom.Br {
			s.WriteByte('\n')
		}
	}
	return s.String()
}
