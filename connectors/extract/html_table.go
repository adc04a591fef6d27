package extract

import (
	"strconv"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"
)

const (
	longCell = 600 // bytes; a cell longer than this holds a text, not a value
	maxSpan  = 100
)

// table adds a table's rows, or walks on through its cells where the table only
// lays out the page.
func (w *htmlWalk) table(n *html.Node, depth int) {
	if isLayout(n) {
		w.children(n, depth)
		w.flush()
		return
	}
	g := &grid{}
	for c := range n.Descendants() {
		switch c.DataAtom {
		case atom.Caption:
			w.b.paragraph(plain(c))
		case atom.Tr:
			g.row(c)
		}
		if w.b.err != nil {
			return
		}
	}
	w.b.table(g.rows, g.header)
}

// isLayout: it holds tables, headings or long texts, or has one column only.
func isLayout(n *html.Node) bool {
	if attrOf(n, "role") == "presentation" {
		return true
	}
	widest := 0
	for c := range n.Descendants() {
		switch c.DataAtom {
		case atom.Table, atom.H1, atom.H2, atom.H3, atom.Pre:
			return true
		case atom.Tr:
			cells := 0
			for d := c.FirstChild; d != nil; d = d.NextSibling {
				if d.DataAtom == atom.Td || d.DataAtom == atom.Th {
					cells++
					if len(plain(d)) > longCell {
						return true
					}
				}
			}
			widest = max(widest, cells)
		}
	}
	return widest < 2
}

// grid resolves spans: a cell over several rows is said in each of them.
type grid struct {
	rows   [][]string
	header bool
	carry  []span // by column
}

type span struct {
	text string
	left int // rows still to fill
}

func (g *grid) row(tr *html.Node) {
	var row []string
	allHeader := tr.Parent != nil && tr.Parent.DataAtom == atom.Thead
	cells, heads := 0, 0
	for c := tr.FirstChild; c != nil; c = c.NextSibling {
		if c.DataAtom != atom.Td && c.DataAtom != atom.Th || isHidden(c) {
			continue
		}
		cells++
		if c.DataAtom == atom.Th {
			heads++
		}
		row = g.carried(row)
		text := plain(c)
		down := spanOf(c, "rowspan") - 1
		for i := range spanOf(c, "colspan") {
			if i > 0 {
				text = ""
			}
			g.fill(len(row), span{text, down})
			row = append(row, text)
		}
	}
	row = g.carried(row)
	if cells == 0 {
		return
	}
	if len(g.rows) == 0 {
		g.header = allHeader || heads == cells
	}
	g.rows = append(g.rows, row)
}

// carried appends what earlier rows' cells still say at the next columns.
func (g *grid) carried(row []string) []string {
	for len(row) < len(g.carry) && g.carry[len(row)].left > 0 {
		c := &g.carry[len(row)]
		c.left--
		row = append(row, c.text)
	}
	return row
}

func (g *grid) fill(col int, s span) {
	for len(g.carry) <= col {
		g.carry = append(g.carry, span{})
	}
	g.carry[col] = s
}

func spanOf(n *html.Node, key string) int {
	v, err := strconv.Atoi(attrOf(n, key))
	if err != nil || v < 1 {
		return 1
	}
	return min(v, maxSpan)
}
