package extract

import (
	"strconv"
	"strings"

	"github.com/yuin/goldmark"
	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/extension"
	east "github.com/yuin/goldmark/extension/ast"
	"github.com/yuin/goldmark/text"
	"github.com/yuin/goldmark/util"
)

const maxDepth = 200 // nesting of lists, quotes, tags, tables; deeper is an attack

func runMarkdown(data []byte, o Options) (Text, error) {
	d, err := decode(data, nil)
	if err != nil {
		return Text{}, err
	}
	b := newBuilder(o)
	b.warnDecoded(d)
	front, body := frontMatter(strings.ReplaceAll(d.text, "\r\n", "\n"))
	title := ""
	for line := range strings.SplitSeq(front, "\n") {
		if k, v, ok := strings.Cut(line, ":"); ok && strings.EqualFold(strings.TrimSpace(k), "title") {
			title = strings.Trim(strings.TrimSpace(v), `"'`)
		}
	}
	b.verbatim(front)
	m := &markdown{b: b, src: []byte(body)}
	md := goldmark.New(goldmark.WithExtensions(extension.Table, extension.Strikethrough, extension.TaskList))
	m.children(md.Parser().Parse(text.NewReader(m.src)), 0)
	if title == "" {
		title = m.title
	}
	return b.text(FormatMarkdown, title, "", CodeEmpty)
}

// frontMatter parts the "---" block that may open a file from the rest.
func frontMatter(s string) (front, body string) {
	rest, ok := strings.CutPrefix(s, "---\n")
	if !ok {
		return "", s
	}
	front, body, ok = strings.Cut(rest, "\n---\n")
	if !ok || len(front) > 8<<10 {
		return "", s
	}
	return front, body
}

type markdown struct {
	b     *builder
	src   []byte
	title string // first heading of level 1
}

func (m *markdown) children(n ast.Node, depth int) {
	if depth > maxDepth {
		m.b.err = fail(CodeTooLarge, nil)
		return
	}
	for c := n.FirstChild(); c != nil && m.b.err == nil; c = c.NextSibling() {
		m.block(c, depth)
	}
}

func (m *markdown) block(n ast.Node, depth int) {
	switch n := n.(type) {
	case *ast.Heading:
		s := m.inline(n)
		if n.Level == 1 && m.title == "" {
			m.title = s
		}
		m.b.heading(n.Level, s)
	case *ast.Paragraph, *ast.TextBlock:
		m.b.paragraph(m.inline(n))
	case *ast.CodeBlock, *ast.FencedCodeBlock:
		m.b.verbatim(m.lines(n))
	case *ast.HTMLBlock:
		m.b.htmlFragment(m.htmlLines(n))
	case *ast.List:
		m.list(n, depth)
	case *east.Table:
		m.table(n)
	default:
		m.children(n, depth+1)
	}
}

func (m *markdown) list(l *ast.List, depth int) {
	level, number := 1, max(l.Start, 1)
	for p := l.Parent(); p != nil; p = p.Parent() {
		if _, ok := p.(*ast.List); ok {
			level++
		}
	}
	for item := l.FirstChild(); item != nil && m.b.err == nil; item = item.NextSibling() {
		marker := "- "
		if l.IsOrdered() {
			marker = strconv.Itoa(number) + ". "
			number++
		}
		first := item.FirstChild()
		if first == nil {
			continue
		}
		if k := first.Kind(); k == ast.KindParagraph || k == ast.KindTextBlock {
			m.b.item(level, marker+m.inline(first))
			first = first.NextSibling()
		}
		for c := first; c != nil && depth <= maxDepth; c = c.NextSibling() {
			m.block(c, depth+2)
		}
	}
}

func (m *markdown) table(t *east.Table) {
	var rows [][]string
	for r := t.FirstChild(); r != nil; r = r.NextSibling() {
		var row []string
		for c := r.FirstChild(); c != nil; c = c.NextSibling() {
			row = append(row, cleanInline(m.inline(c)))
		}
		rows = append(rows, row)
	}
	m.b.table(rows, true)
}

func (m *markdown) lines(n ast.Node) string {
	var s strings.Builder
	for i := range n.Lines().Len() {
		line := n.Lines().At(i)
		s.Write(line.Value(m.src))
	}
	return s.String()
}

// inline is a node's words without emphasis marks and link targets; an image
// gives its description.
func (m *markdown) inline(n ast.Node) string {
	var s strings.Builder
	depth := 0
	err := ast.Walk(n, func(c ast.Node, entering bool) (ast.WalkStatus, error) {
		if !entering {
			depth--
			return ast.WalkContinue, nil
		}
		if depth++; depth > maxDepth {
			return ast.WalkStop, fail(CodeTooLarge, nil)
		}
		switch c := c.(type) {
		case *ast.Text:
			s.Write(unescape(c, m.src))
			if c.HardLineBreak() {
				s.WriteByte('\n')
			} else if c.SoftLineBreak() {
				s.WriteByte(' ')
			}
		case *ast.String:
			s.Write(c.Value)
		case *ast.AutoLink:
			s.Write(c.Label(m.src))
		case *ast.RawHTML:
			if tag := string(c.Segments.Value(m.src)); strings.HasPrefix(tag, "<br") {
				s.WriteByte('\n')
			}
		case *east.TaskCheckBox:
			s.WriteString(map[bool]string{true: "[x] ", false: "[ ] "}[c.IsChecked])
		}
		return ast.WalkContinue, nil
	})
	if err != nil && m.b.err == nil {
		m.b.err = err
	}
	return s.String()
}

func (m *markdown) htmlLines(n *ast.HTMLBlock) string {
	s := m.lines(n)
	if n.HasClosure() {
		s += string(n.ClosureLine.Value(m.src))
	}
	return s
}

// unescape is a text node's words with \* and &amp; resolved, as a reader sees them.
func unescape(t *ast.Text, src []byte) []byte {
	v := t.Value(src)
	if t.IsRaw() {
		return v
	}
	return util.UnescapePunctuations(util.ResolveEntityNames(util.ResolveNumericReferences(v)))
}
