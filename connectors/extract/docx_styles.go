package extract

import (
	"encoding/xml"
	"strconv"
	"strings"
)

// docxStyle is what a paragraph style says that matters for text.
type docxStyle struct {
	name, basedOn string
	outline       int // 0 to 8; -1 for none
	numID         string
	ilvl          int
	hidden        bool
}

type docxStyles struct {
	byID map[string]*docxStyle
	lang string
}

func readStyles(p *ooxml, name string) (docxStyles, error) {
	s := docxStyles{byID: map[string]*docxStyle{}}
	err := p.xml(name, func(x *xmlPart, _ xml.StartElement) error {
		return x.each(func(e xml.StartElement) error {
			switch e.Name.Local {
			case "docDefaults", "rPrDefault", "rPr":
				return s.defaults(x)
			case "style":
				return s.style(x, e)
			}
			return x.skip()
		})
	})
	return s, err
}

func (s *docxStyles) defaults(x *xmlPart) error {
	return x.each(func(e xml.StartElement) error {
		switch e.Name.Local {
		case "rPrDefault", "rPr":
			return s.defaults(x)
		case "lang":
			s.lang = xmlAttr(e, "val")
		}
		return x.skip()
	})
}

func (s *docxStyles) style(x *xmlPart, e xml.StartElement) error {
	st := &docxStyle{outline: -1}
	s.byID[xmlAttr(e, "styleId")] = st
	return x.each(func(e xml.StartElement) error {
		switch e.Name.Local {
		case "name":
			st.name = strings.ToLower(xmlAttr(e, "val"))
		case "basedOn":
			st.basedOn = xmlAttr(e, "val")
		case "pPr":
			var pp paraProps
			pp.outline = -1
			err := pp.read(x)
			st.outline, st.numID, st.ilvl = pp.outline, pp.numID, pp.ilvl
			return err
		case "rPr":
			return x.each(func(e xml.StartElement) error {
				if e.Name.Local == "vanish" {
					st.hidden = isOn(e)
				}
				return x.skip()
			})
		}
		return x.skip()
	})
}

// lookup walks a style's ancestors until ok says that it has found its property.
func (s docxStyles) lookup(id string, ok func(*docxStyle) bool) {
	for range 20 { // a loop among styles is a damaged file, not an endless one
		st := s.byID[id]
		if st == nil || ok(st) {
			return
		}
		id = st.basedOn
	}
}

// heading is the level that a style gives, 0 for none; title marks Word's
// document title. Word keeps the English name of built-in styles whatever the
// language of the user.
func (s docxStyles) heading(id string) (level int, title bool) {
	s.lookup(id, func(st *docxStyle) bool {
		if st.outline >= 0 {
			level = st.outline + 1
			return true
		}
		if n, ok := strings.CutPrefix(st.name, "heading "); ok {
			level, _ = strconv.Atoi(n)
			return true
		}
		if st.name == "title" {
			level, title = 1, true
			return true
		}
		return false
	})
	if level > 9 || level < 0 {
		level = 0
	}
	return min(level, 6), title
}

func (s docxStyles) numbering(id string) (numID string, ilvl int) {
	s.lookup(id, func(st *docxStyle) bool {
		numID, ilvl = st.numID, st.ilvl
		return numID != ""
	})
	return numID, ilvl
}

func (s docxStyles) hidden(id string) (hidden bool) {
	s.lookup(id, func(st *docxStyle) bool { hidden = st.hidden; return hidden })
	return hidden
}

// paraProps are the properties of one paragraph.
type paraProps struct {
	style, numID string
	ilvl         int
	outline      int // -1 for none of its own
}

// read consumes a w:pPr.
func (p *paraProps) read(x *xmlPart) error {
	return x.each(func(e xml.StartElement) error {
		switch e.Name.Local {
		case "pStyle":
			p.style = xmlAttr(e, "val")
		case "outlineLvl":
			if n, err := strconv.Atoi(xmlAttr(e, "val")); err == nil && n >= 0 && n < 9 {
				p.outline = n
			}
		case "numPr":
			return x.each(func(e xml.StartElement) error {
				switch e.Name.Local {
				case "ilvl":
					n, _ := strconv.Atoi(xmlAttr(e, "val"))
					p.ilvl = min(max(n, 0), 8)
				case "numId":
					p.numID = xmlAttr(e, "val")
				}
				return x.skip()
			})
		}
		return x.skip()
	})
}
