package extract

import (
	"encoding/xml"
	"errors"
	"io"
	"path"
	"strconv"
	"strings"
)

// docx reads a WordprocessingML document (ECMA-376 part 1). What a reader sees
// is text: tracked deletions, hidden runs and field codes are not, footnotes
// stand after the paragraph that calls them, headers and footers once at the end.
type docx struct {
	pkg       *ooxml
	b         *builder
	rels      []relation
	styles    docxStyles
	numbering docxNumbering
	notes     map[string]string // "footnote2" → its text
	called    []string          // notes to print after this block, with their numbers
	notesSeen int
	title     string

	deleted, hidden, comments int
}

func runDOCX(r io.ReaderAt, size int64, o Options) (Text, error) {
	pkg, err := openOOXML(r, size)
	if err != nil {
		return Text{}, err
	}
	d := &docx{pkg: pkg, b: newBuilder(o), notes: map[string]string{}}
	main, err := d.mainPart()
	if err != nil {
		return Text{}, err
	}
	if err := d.supports(); err != nil {
		return Text{}, err
	}
	if err := pkg.xml(main, d.document); err != nil {
		return Text{}, err
	}
	if err := d.marginalia(); err != nil {
		return Text{}, err
	}
	d.b.warn(WarnDeleted, d.deleted)
	d.b.warn(WarnHidden, d.hidden)
	d.b.warn(WarnComments, d.comments)
	title, err := d.coreTitle()
	if err != nil {
		return Text{}, err
	}
	return d.b.text(FormatDOCX, title, d.styles.lang, CodeNoText)
}

// mainPart finds the document and its relations.
func (d *docx) mainPart() (string, error) {
	rels, err := d.pkg.relations("")
	if err != nil {
		return "", err
	}
	main := "word/document.xml"
	for _, r := range rels {
		if r.kind == "officeDocument" {
			main = strings.TrimPrefix(r.target, "/")
		}
	}
	if !d.pkg.has(main) {
		if !d.pkg.has("[Content_Types].xml") {
			return "", fail(CodeTypeMismatch, errors.New("an archive, not a document"))
		}
		return "", fail(CodeCorrupt, errors.New("no main part"))
	}
	d.rels, err = d.pkg.relations(main)
	return main, err
}

// supports reads the parts that the main part's text depends on.
func (d *docx) supports() error {
	for _, r := range d.rels {
		if r.external {
			continue
		}
		var err error
		switch r.kind {
		case "styles", "numbering", "footnotes", "endnotes":
			if !d.pkg.has(r.target) {
				d.b.warn(WarnPartMissing, 1)
				continue
			}
		}
		switch r.kind {
		case "styles":
			d.styles, err = readStyles(d.pkg, r.target)
		case "numbering":
			d.numbering, err = readNumbering(d.pkg, r.target)
		}
		if err != nil {
			return err
		}
	}
	for _, r := range d.rels { // after styles and numbering: notes are blocks too
		if (r.kind == "footnotes" || r.kind == "endnotes") && d.pkg.has(r.target) {
			if err := d.readNotes(r.target); err != nil {
				return err
			}
		}
	}
	return nil
}

func (d *docx) readNotes(part string) error {
	return d.pkg.xml(part, func(x *xmlPart, _ xml.StartElement) error {
		return x.each(func(e xml.StartElement) error {
			key, kind := e.Name.Local+xmlAttr(e, "id"), xmlAttr(e, "type")
			var parts []string
			err := x.each(func(e xml.StartElement) error {
				pieces, err := d.block(x, e)
				for _, p := range pieces {
					parts = append(parts, p.flat())
				}
				return err
			})
			if kind == "" || kind == "normal" { // the others are the line above the notes
				d.notes[key] = cleanInline(strings.Join(parts, " "))
			}
			return err
		})
	})
}

// note returns the mark that stands in the text for a note, and remembers to
// print the note itself.
func (d *docx) note(key string) string {
	text := d.notes[key]
	if text == "" {
		return ""
	}
	d.notesSeen++
	mark := "[" + strconv.Itoa(d.notesSeen) + "]"
	d.called = append(d.called, mark+" "+text)
	return mark
}

func (d *docx) document(x *xmlPart, root xml.StartElement) error {
	if root.Name.Local != "document" || !strings.Contains(root.Name.Space, "wordprocessingml") {
		return fail(CodeTypeMismatch, errors.New("main part is no word-processing document"))
	}
	return x.each(func(e xml.StartElement) error {
		if e.Name.Local != "body" {
			return x.skip()
		}
		return x.each(func(e xml.StartElement) error { return d.top(x, e) })
	})
}

// top handles a child of the body and hands it to the builder.
func (d *docx) top(x *xmlPart, e xml.StartElement) error {
	if e.Name.Local == "altChunk" {
		if err := d.chunk(xmlAttr(e, "id")); err != nil {
			return err
		}
		return x.skip()
	}
	pieces, err := d.block(x, e)
	if err != nil {
		return err
	}
	d.emit(pieces)
	for _, n := range d.called {
		d.b.paragraph(n)
	}
	d.called = nil
	return d.b.err
}

// block reads a block-level element into pieces.
func (d *docx) block(x *xmlPart, e xml.StartElement) ([]piece, error) {
	switch e.Name.Local {
	case "p":
		return d.paragraph(x)
	case "tbl":
		return d.table(x)
	case "del", "moveFrom":
		d.deleted++
	case "sdt", "sdtContent", "customXml", "ins", "moveTo", "smartTag":
		var all []piece
		err := x.each(func(e xml.StartElement) error {
			pieces, err := d.block(x, e)
			all = append(all, pieces...)
			return err
		})
		return all, err
	case "AlternateContent":
		var all []piece
		err := alternate(x, func(e xml.StartElement) error {
			pieces, err := d.block(x, e)
			all = append(all, pieces...)
			return err
		})
		return all, err
	}
	return nil, x.skip()
}

func (d *docx) emit(pieces []piece) {
	for _, p := range pieces {
		switch p.kind {
		case KindTable:
			d.b.table(p.rows, p.header)
		case KindHeading:
			if d.title == "" && p.level == 1 {
				d.title = p.text
			}
			d.b.heading(p.level, p.text)
		case KindList:
			d.b.item(p.level, p.text)
		default:
			d.b.paragraph(p.text)
		}
	}
}

// flat is a piece on one line.
func (p piece) flat() string {
	if p.kind != KindTable {
		return p.text
	}
	var lines []string
	for _, row := range p.rows {
		lines = append(lines, strings.Join(row, " | "))
	}
	return strings.Join(lines, "; ")
}

// chunk adds a file of another format that stands for a part of the text.
func (d *docx) chunk(id string) error {
	for _, r := range d.rels {
		if r.id != id || r.external {
			continue
		}
		ext := strings.ToLower(path.Ext(r.target))
		if ext != ".html" && ext != ".htm" && ext != ".xhtml" && ext != ".txt" {
			break
		}
		return d.pkg.read(r.target, func(src io.Reader) error {
			data, err := io.ReadAll(src)
			if err != nil {
				return err
			}
			dec, err := decode(data, declaredHTML(data))
			if err != nil {
				return err
			}
			d.b.warnDecoded(dec)
			if ext == ".txt" {
				d.b.textBlocks(dec.text)
			} else {
				d.b.htmlFragment(dec.text)
			}
			return nil
		})
	}
	d.b.warn(WarnEmbedded, 1)
	return nil
}
