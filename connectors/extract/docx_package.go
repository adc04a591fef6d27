package extract

import (
	"archive/zip"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"path"
	"strings"

	"golang.org/x/net/html/charset"
)

// Limits on an office package, whose sizes its own directory may lie about:
// they are counted as the parts are read. encoding/xml holds a text node whole,
// so that one part may not be as large as all.
const (
	maxEntries  = 10_000
	maxPackage  = 256 << 20 // bytes unpacked, all parts together
	maxPart     = 64 << 20  // bytes unpacked, one part
	maxXMLDepth = 400
)

var errBomb = errors.New("unpacks to more than the limit")

// ooxml is an opened package (ECMA-376 part 2).
type ooxml struct {
	parts map[string]*zip.File
	left  int64 // bytes that may still be unpacked
}

func openOOXML(r io.ReaderAt, size int64) (*ooxml, error) {
	z, err := zip.NewReader(r, size)
	if err != nil {
		return nil, fail(CodeCorrupt, err)
	}
	if len(z.File) > maxEntries {
		return nil, fail(CodeTooLarge, errBomb)
	}
	p := &ooxml{parts: make(map[string]*zip.File, len(z.File)), left: maxPackage}
	for _, f := range z.File {
		p.parts[partName(f.Name)] = f
	}
	return p, nil
}

// partName: part names compare without case, and some writers use backslashes.
func partName(s string) string {
	return strings.ToLower(strings.TrimPrefix(path.Clean("/"+strings.ReplaceAll(s, `\`, "/")), "/"))
}

func (p *ooxml) has(name string) bool { return p.parts[partName(name)] != nil }

// read gives the part's bytes to fn. The part is read to its end whatever fn
// leaves, so that a wrong checksum or a cut is an error, never a shorter text.
func (p *ooxml) read(name string, fn func(io.Reader) error) error {
	f := p.parts[partName(name)]
	if f == nil {
		return fail(CodeCorrupt, fmt.Errorf("no part %q", name))
	}
	if f.Flags&1 != 0 {
		return fail(CodeLocked, nil)
	}
	rc, err := f.Open()
	if err != nil {
		return fail(CodeCorrupt, err)
	}
	defer rc.Close()
	lim := &meter{r: rc, left: min(p.left, maxPart)}
	before := lim.left
	err = fn(lim)
	if err == nil {
		_, err = io.Copy(io.Discard, lim)
	}
	p.left -= before - lim.left
	if lim.over {
		return fail(CodeTooLarge, errBomb)
	}
	if lim.err != nil {
		err = lim.err // the archive is damaged, whatever the parser made of it
	}
	if err != nil {
		return fail(CodeCorrupt, err)
	}
	return nil
}

// meter refuses to read beyond its limit and remembers how reading failed.
type meter struct {
	r    io.Reader
	left int64
	over bool
	err  error
}

func (m *meter) Read(b []byte) (int, error) {
	if m.left <= 0 {
		// One byte more tells a part of exactly the limit from a larger one.
		if n, _ := m.r.Read(make([]byte, 1)); n == 0 {
			return 0, io.EOF
		}
		m.over = true
		return 0, errBomb
	}
	n, err := m.r.Read(b[:min(int64(len(b)), m.left)])
	m.left -= int64(n)
	if err != nil && !errors.Is(err, io.EOF) {
		m.err = err
	}
	return n, err
}

// xml parses a part: fn gets its root and must consume it.
func (p *ooxml) xml(name string, fn func(*xmlPart, xml.StartElement) error) error {
	return p.read(name, func(r io.Reader) error {
		x := &xmlPart{d: xml.NewDecoder(r)}
		x.d.CharsetReader = charset.NewReaderLabel
		for {
			tok, err := x.d.Token()
			if err != nil {
				return fail(CodeCorrupt, err)
			}
			if e, ok := tok.(xml.StartElement); ok {
				return fn(x, e)
			}
		}
	})
}

// xmlPart reads elements one by one, without a tree.
type xmlPart struct {
	d     *xml.Decoder
	depth int
}

// each calls fn for every child of the element just opened, up to its end. fn
// must consume the child, by each, text or skip.
func (x *xmlPart) each(fn func(xml.StartElement) error) error {
	if x.depth >= maxXMLDepth {
		return fail(CodeTooLarge, errors.New("nested too deep"))
	}
	x.depth++
	defer func() { x.depth-- }()
	for {
		tok, err := x.d.Token()
		if err != nil {
			return fail(CodeCorrupt, err)
		}
		switch e := tok.(type) {
		case xml.StartElement:
			if err := fn(e); err != nil {
				return err
			}
		case xml.EndElement:
			return nil
		}
	}
}

func (x *xmlPart) skip() error {
	if err := x.d.Skip(); err != nil {
		return fail(CodeCorrupt, err)
	}
	return nil
}

// text consumes the element just opened and returns its own characters.
func (x *xmlPart) text() (string, error) {
	var s strings.Builder
	for {
		tok, err := x.d.Token()
		if err != nil {
			return "", fail(CodeCorrupt, err)
		}
		switch e := tok.(type) {
		case xml.CharData:
			s.Write(e)
		case xml.StartElement:
			if err := x.skip(); err != nil {
				return "", err
			}
		case xml.EndElement:
			return s.String(), nil
		}
	}
}

func xmlAttr(e xml.StartElement, local string) string {
	for _, a := range e.Attr {
		if a.Name.Local == local {
			return a.Value
		}
	}
	return ""
}

// isOn reads the value of an on/off property: no value means on.
func isOn(e xml.StartElement) bool {
	switch xmlAttr(e, "val") {
	case "0", "false", "off", "none":
		return false
	}
	return true
}

// relation is a link between parts; kind is the last element of its type.
type relation struct {
	id, kind, target string
	external         bool
}

func (p *ooxml) relations(part string) ([]relation, error) {
	name := path.Join(path.Dir(part), "_rels", path.Base(part)+".rels")
	if part == "" {
		name = "_rels/.rels"
	}
	if !p.has(name) {
		return nil, nil
	}
	var rels []relation
	err := p.xml(name, func(x *xmlPart, _ xml.StartElement) error {
		return x.each(func(e xml.StartElement) error {
			r := relation{id: xmlAttr(e, "Id"), kind: path.Base(xmlAttr(e, "Type")), target: xmlAttr(e, "Target")}
			r.external = xmlAttr(e, "TargetMode") == "External"
			if !r.external && !strings.HasPrefix(r.target, "/") {
				r.target = path.Join(path.Dir(part), r.target)
			}
			rels = append(rels, r)
			return x.skip()
		})
	})
	return rels, err
}
