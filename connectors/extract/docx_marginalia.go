package extract

import (
	"encoding/xml"
	"strings"
)

// marginalia adds what stands beside the body: headers and footers, each text
// once, and the words of SmartArt; and counts what is embedded and not read.
func (d *docx) marginalia() error {
	seen := map[string]bool{}
	for _, r := range d.rels {
		if r.external {
			continue
		}
		switch r.kind {
		case "header", "footer", "diagramData":
			if !d.pkg.has(r.target) {
				d.b.warn(WarnPartMissing, 1)
				continue
			}
			lines, err := d.marginal(r)
			if err != nil {
				return err
			}
			for _, s := range lines {
				if hasText(s) && !seen[s] {
					seen[s] = true
					d.b.paragraph(s)
				}
			}
		case "package", "oleObject", "chart", "aFChunk":
			if r.kind != "aFChunk" { // counted where the text calls it
				d.b.warn(WarnEmbedded, 1)
			}
		}
	}
	return nil
}

func (d *docx) marginal(r relation) ([]string, error) {
	var lines []string
	err := d.pkg.xml(r.target, func(x *xmlPart, _ xml.StartElement) error {
		if r.kind == "diagramData" {
			return diagram(x, &lines)
		}
		return x.each(func(e xml.StartElement) error {
			pieces, err := d.block(x, e)
			for _, p := range pieces {
				lines = append(lines, p.flat())
			}
			return err
		})
	})
	d.called = nil
	return lines, err
}

// diagram collects the paragraphs of a DrawingML part.
func diagram(x *xmlPart, lines *[]string) error {
	var s strings.Builder
	var in func(e xml.StartElement) error
	in = func(e xml.StartElement) error {
		switch e.Name.Local {
		case "t":
			text, err := x.text()
			s.WriteString(text)
			return err
		case "p":
			s.Reset()
			err := x.each(in)
			*lines = append(*lines, cleanInline(s.String()))
			return err
		}
		return x.each(in)
	}
	return x.each(in)
}

// coreTitle prefers the title that the document shows over the one in its
// properties, which is often the template's.
func (d *docx) coreTitle() (string, error) {
	if d.title != "" || !d.pkg.has("docProps/core.xml") {
		return d.title, nil
	}
	title := ""
	err := d.pkg.xml("docProps/core.xml", func(x *xmlPart, _ xml.StartElement) error {
		return x.each(func(e xml.StartElement) error {
			if e.Name.Local != "title" {
				return x.skip()
			}
			s, err := x.text()
			title = s
			return err
		})
	})
	return title, err
}
