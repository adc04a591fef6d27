package extract

import (
	"encoding/xml"
	"strconv"
	"strings"
)

// A contract's article numbers are rarely typed: Word computes them from
// numbering.xml (ECMA-376 part 1, 17.9), and so must we, or nobody finds
// "article 5".

type numLevel struct {
	format, pattern string // "decimal", "%1.%2"
	start           int
}

type numList struct { // w:num
	abstract string
	restart  map[int]int // level → start, once
}

type docxNumbering struct {
	levels   map[string]*[9]numLevel // by abstract id
	lists    map[string]*numList
	counters map[string]*[9]int // by abstract id; lists of one kind count on
}

func readNumbering(p *ooxml, name string) (docxNumbering, error) {
	n := docxNumbering{map[string]*[9]numLevel{}, map[string]*numList{}, map[string]*[9]int{}}
	err := p.xml(name, func(x *xmlPart, _ xml.StartElement) error {
		return x.each(func(e xml.StartElement) error {
			switch e.Name.Local {
			case "abstractNum":
				levels := &[9]numLevel{}
				n.levels[xmlAttr(e, "abstractNumId")] = levels
				return x.each(func(e xml.StartElement) error {
					if e.Name.Local == "lvl" {
						return readLevel(x, e, levels)
					}
					return x.skip()
				})
			case "num":
				return n.list(x, xmlAttr(e, "numId"))
			}
			return x.skip()
		})
	})
	return n, err
}

func readLevel(x *xmlPart, e xml.StartElement, levels *[9]numLevel) error {
	i, err := strconv.Atoi(xmlAttr(e, "ilvl"))
	if err != nil || i < 0 || i > 8 {
		return x.skip()
	}
	l := numLevel{start: 1, format: "decimal"}
	err = x.each(func(e xml.StartElement) error {
		switch e.Name.Local {
		case "start":
			l.start, _ = strconv.Atoi(xmlAttr(e, "val"))
		case "numFmt":
			l.format = xmlAttr(e, "val")
		case "lvlText":
			l.pattern = xmlAttr(e, "val")
		}
		return x.skip()
	})
	levels[i] = l
	return err
}

func (n *docxNumbering) list(x *xmlPart, id string) error {
	l := &numList{restart: map[int]int{}}
	n.lists[id] = l
	return x.each(func(e xml.StartElement) error {
		switch e.Name.Local {
		case "abstractNumId":
			l.abstract = xmlAttr(e, "val")
		case "lvlOverride":
			level, _ := strconv.Atoi(xmlAttr(e, "ilvl"))
			return x.each(func(e xml.StartElement) error {
				if e.Name.Local == "startOverride" && level >= 0 && level < 9 {
					l.restart[level], _ = strconv.Atoi(xmlAttr(e, "val"))
				}
				return x.skip()
			})
		}
		return x.skip()
	})
}

// label advances a list at a level and returns what Word prints before the
// paragraph: "2.1", "b)", "-" for any bullet, "" for nothing.
func (n *docxNumbering) label(numID string, ilvl int) string {
	list := n.lists[numID]
	if list == nil || n.levels[list.abstract] == nil || ilvl < 0 || ilvl > 8 {
		return ""
	}
	levels := n.levels[list.abstract]
	c := n.counters[list.abstract]
	if c == nil {
		c = &[9]int{}
		for i := range c {
			c[i] = levels[i].start - 1
		}
		n.counters[list.abstract] = c
	}
	if start, ok := list.restart[ilvl]; ok {
		c[ilvl] = start - 1
		delete(list.restart, ilvl)
	}
	c[ilvl]++
	for i := ilvl + 1; i < 9; i++ {
		c[i] = levels[i].start - 1
	}
	l := levels[ilvl]
	if l.format == "bullet" {
		return "-"
	}
	return strings.TrimSpace(clip(fillPattern(l.pattern, levels, c), 40))
}

// fillPattern puts the counters into "Article %1.%2". A level that was never
// counted stands at its start.
func fillPattern(pattern string, levels *[9]numLevel, c *[9]int) string {
	var s strings.Builder
	for i := 0; i < len(pattern); i++ {
		if pattern[i] != '%' || i+1 == len(pattern) || pattern[i+1] < '1' || pattern[i+1] > '9' {
			s.WriteByte(pattern[i])
			continue
		}
		i++
		k := int(pattern[i] - '1')
		s.WriteString(formatNumber(max(c[k], levels[k].start), levels[k].format))
	}
	return s.String()
}

func formatNumber(n int, format string) string {
	switch format {
	case "none", "bullet":
		return ""
	case "lowerLetter", "upperLetter":
		if n < 1 || n > 780 {
			return strconv.Itoa(n)
		}
		s := strings.Repeat(string(rune('a'+(n-1)%26)), (n-1)/26+1)
		if format == "upperLetter" {
			return strings.ToUpper(s)
		}
		return s
	case "lowerRoman":
		return strings.ToLower(roman(n))
	case "upperRoman":
		return roman(n)
	case "decimalZero":
		if n >= 0 && n < 10 {
			return "0" + strconv.Itoa(n)
		}
	}
	return strconv.Itoa(n)
}

func roman(n int) string {
	if n < 1 || n > 3999 {
		return strconv.Itoa(n)
	}
	var s strings.Builder
	for _, d := range []struct {
		v int
		s string
	}{{1000, "M"}, {900, "CM"}, {500, "D"}, {400, "CD"}, {100, "C"}, {90, "XC"}, {50, "L"}, {40, "XL"}, {10, "X"}, {9, "IX"}, {5, "V"}, {4, "IV"}, {1, "I"}} {
		for n >= d.v {
			s.WriteString(d.s)
			n -= d.v
		}
	}
	return s.String()
}
