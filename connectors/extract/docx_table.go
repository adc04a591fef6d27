package extract

import (
	"encoding/xml"
	"strconv"
	"strings"
)

// docxTable gathers one w:tbl.
type docxTable struct {
	d      *docx
	rows   [][]string
	cells  []piece // the same content in order, for a table that is layout
	header bool    // its first row is marked as one
	wide   int     // most cells in a row
	layout bool
}

func (d *docx) table(x *xmlPart) ([]piece, error) {
	t := &docxTable{d: d}
	if err := x.each(func(e xml.StartElement) error { return t.child(x, e) }); err != nil {
		return nil, err
	}
	if t.layout || t.wide < 2 {
		return t.cells, nil
	}
	return []piece{{kind: KindTable, rows: t.rows, header: t.header}}, nil
}

func (t *docxTable) child(x *xmlPart, e xml.StartElement) error {
	switch e.Name.Local {
	case "tr":
		return t.row(x)
	case "sdt", "sdtContent", "customXml", "ins":
		return x.each(func(e xml.StartElement) error { return t.child(x, e) })
	case "del":
		t.d.deleted++
	}
	return x.skip()
}

func (t *docxTable) row(x *xmlPart) error {
	var row []string
	deleted := false
	kept := len(t.cells)
	var in func(e xml.StartElement) error
	in = func(e xml.StartElement) error {
		switch e.Name.Local {
		case "trPr":
			return x.each(func(e xml.StartElement) error {
				switch e.Name.Local {
				case "tblHeader":
					t.header = t.header || len(t.rows) == 0 && isOn(e)
				case "del":
					deleted = true
				}
				return x.skip()
			})
		case "tc":
			return t.cell(x, &row)
		case "sdt", "sdtContent", "customXml", "ins":
			return x.each(in)
		}
		return x.skip()
	}
	if err := x.each(in); err != nil {
		return err
	}
	if deleted {
		t.d.deleted++
		t.cells = t.cells[:kept]
		return nil
	}
	t.wide = max(t.wide, len(row))
	t.rows = append(t.rows, row)
	return nil
}

func (t *docxTable) cell(x *xmlPart, row *[]string) error {
	across, goesOn := 1, false
	var pieces []piece
	err := x.each(func(e xml.StartElement) error {
		if e.Name.Local != "tcPr" {
			more, err := t.d.block(x, e)
			pieces = append(pieces, more...)
			return err
		}
		return x.each(func(e xml.StartElement) error {
			switch e.Name.Local {
			case "gridSpan":
				n, _ := strconv.Atoi(xmlAttr(e, "val"))
				across = min(max(n, 1), maxSpan)
			case "vMerge":
				goesOn = xmlAttr(e, "val") != "restart"
			}
			return x.skip()
		})
	})
	if err != nil {
		return err
	}
	t.cells = append(t.cells, pieces...)
	text := t.cellText(pieces)
	if goesOn && text == "" && len(t.rows) > 0 && len(*row) < len(t.rows[len(t.rows)-1]) {
		text = t.rows[len(t.rows)-1][len(*row)] // a cell over several rows is said in each
	}
	*row = append(*row, text)
	for range across - 1 {
		*row = append(*row, "")
	}
	return nil
}

// cellText joins a cell's pieces; what no cell of data would hold makes the
// whole table layout.
func (t *docxTable) cellText(pieces []piece) string {
	var parts []string
	for _, p := range pieces {
		if p.kind == KindTable || p.kind == KindHeading && p.level < 3 && len(pieces) > 1 {
			t.layout = true
		}
		parts = append(parts, p.text)
	}
	text := cleanInline(strings.Join(parts, " "))
	t.layout = t.layout || len(text) > longCell
	return text
}
