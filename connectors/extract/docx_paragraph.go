package extract

import (
	"encoding/xml"
	"strconv"
	"strings"
	"unicode/utf8"
)

// piece is a block on its way to the builder, or into a table's cell.
type piece struct {
	kind   string
	level  int
	text   string
	rows   [][]string // KindTable
	header bool
}

// paragraph gathers one w:p.
type paragraph struct {
	d           *docx
	props       paraProps
	text        strings.Builder
	bold, plain int     // characters
	boxes       []piece // text boxes anchored here
}

func (d *docx) paragraph(x *xmlPart) ([]piece, error) {
	p := &paragraph{d: d}
	p.props.outline = -1
	if err := x.each(func(e xml.StartElement) error { return p.inline(x, e) }); err != nil {
		return nil, err
	}
	s := cleanParagraph(p.text.String())
	if s == "" {
		return p.boxes, nil
	}
	if d.styles.hidden(p.props.style) {
		d.hidden++
		return p.boxes, nil
	}
	return append([]piece{p.classify(s)}, p.boxes...), nil
}

// classify decides between heading, list item and paragraph.
func (p *paragraph) classify(s string) piece {
	level, title := p.d.styles.heading(p.props.style)
	if p.props.outline >= 0 {
		level = min(p.props.outline+1, 6)
	}
	if title && p.d.title == "" {
		p.d.title = s
	}
	numID, ilvl := p.props.numID, p.props.ilvl
	if numID == "" {
		numID, ilvl = p.d.styles.numbering(p.props.style)
	}
	label := p.d.numbering.label(numID, ilvl)
	long := utf8.RuneCountInString(s) > 300
	switch {
	case level > 0 && !long:
		if label != "" && label != "-" {
			s = label + " " + s
		}
		return piece{kind: KindHeading, level: level, text: s}
	case label != "":
		return piece{kind: KindList, level: ilvl + 1, text: label + " " + s}
	case strings.Contains(s, "\n"):
	case headingLevel(s) > 0:
		return piece{kind: KindHeading, level: headingLevel(s), text: s}
	case p.plain == 0 && p.bold > 2 && p.bold <= 90 && !strings.ContainsAny(s[len(s)-1:], ".,;:!?"):
		// Many firms' documents know no styles: a short bold line is their heading.
		return piece{kind: KindHeading, level: 3, text: s}
	}
	return piece{kind: KindParagraph, text: s}
}

// inline handles a child of a paragraph, or of what may wrap runs.
func (p *paragraph) inline(x *xmlPart, e xml.StartElement) error {
	switch e.Name.Local {
	case "pPr":
		return p.props.read(x)
	case "r":
		return p.run(x)
	case "del", "moveFrom":
		p.d.deleted++
		return x.skip()
	case "hyperlink", "ins", "moveTo", "smartTag", "sdt", "sdtContent", "fldSimple", "customXml", "dir", "bdo":
		return x.each(func(e xml.StartElement) error { return p.inline(x, e) })
	case "AlternateContent":
		return alternate(x, func(e xml.StartElement) error { return p.inline(x, e) })
	case "oMath", "oMathPara":
		p.text.WriteByte(' ')
		err := p.math(x)
		p.text.WriteByte(' ')
		return err
	}
	return x.skip()
}

// run reads a w:r. Its properties come first, so that hidden text is known.
func (p *paragraph) run(x *xmlPart) error {
	bold, hidden := false, false
	at := p.text.Len()
	err := x.each(func(e xml.StartElement) error {
		if e.Name.Local != "rPr" {
			if hidden {
				return x.skip()
			}
			return p.runContent(x, e)
		}
		return x.each(func(e xml.StartElement) error {
			switch e.Name.Local {
			case "b":
				bold = isOn(e)
			case "vanish":
				if hidden = isOn(e); hidden {
					p.d.hidden++
				}
			}
			return x.skip()
		})
	})
	if n := utf8.RuneCountInString(strings.TrimSpace(p.text.String()[at:])); bold {
		p.bold += n
	} else {
		p.plain += n
	}
	return err
}

func (p *paragraph) runContent(x *xmlPart, e xml.StartElement) error {
	switch e.Name.Local {
	case "t":
		s, err := x.text()
		p.text.WriteString(s)
		return err
	case "tab", "ptab":
		p.text.WriteByte(' ')
	case "br", "cr":
		if t := xmlAttr(e, "type"); t == "" || t == "textWrapping" {
			p.text.WriteByte('\n')
		}
	case "noBreakHyphen":
		p.text.WriteByte('-')
	case "sym":
		p.text.WriteString(symbol(xmlAttr(e, "char")))
	case "footnoteReference", "endnoteReference":
		p.text.WriteString(p.d.note(strings.TrimSuffix(e.Name.Local, "Reference") + xmlAttr(e, "id")))
	case "commentReference":
		p.d.comments++
	case "ruby":
		return x.each(func(e xml.StartElement) error {
			if e.Name.Local != "rubyBase" {
				return x.skip()
			}
			return x.each(func(e xml.StartElement) error { return p.inline(x, e) })
		})
	case "drawing", "pict", "object":
		return p.boxed(x)
	case "AlternateContent":
		return alternate(x, func(e xml.StartElement) error { return p.runContent(x, e) })
	}
	return x.skip()
}

// boxed looks for text boxes inside a drawing.
func (p *paragraph) boxed(x *xmlPart) error {
	return x.each(func(e xml.StartElement) error {
		switch e.Name.Local {
		case "txbxContent":
			return x.each(func(e xml.StartElement) error {
				pieces, err := p.d.block(x, e)
				p.boxes = append(p.boxes, pieces...)
				return err
			})
		case "AlternateContent":
			return alternate(x, func(e xml.StartElement) error {
				if e.Name.Local == "Choice" || e.Name.Local == "Fallback" {
					return p.boxed(x)
				}
				return x.skip()
			})
		}
		return p.boxed(x)
	})
}

// alternate consumes an mc:AlternateContent: of the versions of one thing the
// first counts, or the same text would come twice.
func alternate(x *xmlPart, fn func(xml.StartElement) error) error {
	taken := false
	return x.each(func(e xml.StartElement) error {
		if taken {
			return x.skip()
		}
		taken = true
		return x.each(fn)
	})
}

// math writes a formula's letters in reading order with / ^ _ between parts.
func (p *paragraph) math(x *xmlPart) error {
	return x.each(func(e xml.StartElement) error {
		switch e.Name.Local {
		case "t":
			s, err := x.text()
			p.text.WriteString(s)
			return err
		case "den":
			p.text.WriteByte('/')
		case "sup":
			p.text.WriteByte('^')
		case "sub":
			p.text.WriteByte('_')
		case "oMath":
			p.text.WriteByte(' ')
		}
		return p.math(x)
	})
}

// symbol maps the few characters of picture fonts that carry meaning in forms.
func symbol(hex string) string {
	n, err := strconv.ParseUint(hex, 16, 16)
	if err != nil {
		return ""
	}
	switch n & 0xff {
	case 0xfc, 0x50:
		return "✓"
	case 0xfe, 0x52:
		return "☑"
	case 0xfd, 0x54, 0x78:
		return "☒"
	case 0xa8, 0x6f, 0xa3:
		return "☐"
	case 0xb7, 0xa7:
		return "•"
	case 0xe0, 0xae:
		return "→"
	}
	return ""
}
