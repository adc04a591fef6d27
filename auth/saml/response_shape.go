package saml

import (
	"bytes"
	"encoding/xml"
	"errors"
	"io"
	"strings"
)

const (
	protocolNS  = "urn:oasis:names:tc:SAML:2.0:protocol"
	assertionNS = "urn:oasis:names:tc:SAML:2.0:assertion"
	dsigNS      = "http://www.w3.org/2000/09/xmldsig#"

	maxDepth    = 40
	maxElements = 20000
)

// shape follows a response from its first sign to its last.
type shape struct {
	path       []xml.Name
	ids        []string // of the elements of path, "" for none
	seen       map[string]bool
	elements   int
	assertions int
	signatures []signature
}

// signature is where one stands and what it says that it covers.
type signature struct {
	parent     xml.Name
	parentID   string
	depth      int
	references []string
}

// checkShape refuses what no provider sends and every wrapping attack needs,
// before a signature is looked at: Somorovsky et al., "On Breaking SAML" (USENIX
// Security 2012), its XSW1 to XSW8; comments within names (CERT VU#475445);
// document types and entities. What is left has one Response as its root, one
// Assertion as its child, and signatures that are children of what they cover.
func checkShape(raw []byte) error {
	s := &shape{seen: map[string]bool{}}
	d := xml.NewDecoder(bytes.NewReader(raw))
	d.Strict = true
	for {
		t, err := d.RawToken()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return refuse(Malformed, errors.New("no well-formed XML"))
		}
		switch t := t.(type) {
		case xml.Directive:
			return refuse(DocType, nil)
		case xml.Comment:
			return refuse(Comment, nil)
		case xml.ProcInst:
			if t.Target != "xml" || s.elements > 0 {
				return refuse(Malformed, errors.New("a processing instruction"))
			}
		}
	}
	if err := s.read(xml.NewDecoder(bytes.NewReader(raw))); err != nil {
		return err
	}
	return s.judge()
}

// read walks the elements with their namespaces.
func (s *shape) read(d *xml.Decoder) error {
	d.Strict = true
	roots := 0
	for {
		t, err := d.Token()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return refuse(Malformed, errors.New("no well-formed XML"))
		}
		switch t := t.(type) {
		case xml.StartElement:
			if len(s.path) == 0 {
				roots++
			}
			if err := s.begin(t); err != nil {
				return err
			}
		case xml.EndElement:
			s.path, s.ids = s.path[:len(s.path)-1], s.ids[:len(s.ids)-1]
		case xml.CharData:
			if len(s.path) == 0 && len(bytes.TrimSpace(t)) > 0 {
				return refuse(Malformed, errors.New("text outside the document"))
			}
		}
	}
	if roots != 1 {
		return refuse(Malformed, errors.New("not one document"))
	}
	return nil
}

func (s *shape) begin(e xml.StartElement) error {
	if s.elements++; s.elements > maxElements || len(s.path) >= maxDepth {
		return refuse(TooLarge, nil)
	}
	id := ""
	for _, a := range e.Attr {
		if !strings.EqualFold(a.Name.Local, "id") {
			continue
		}
		if id != "" || a.Value == "" || s.seen[a.Value] || a.Name.Space != "" {
			return refuse(Shape, errors.New("an id that is empty or there twice"))
		}
		id, s.seen[a.Value] = a.Value, true
	}
	switch {
	case len(s.path) == 0 && e.Name != xml.Name{Space: protocolNS, Local: "Response"}:
		return refuse(Shape, errors.New("the root is no Response"))
	case len(s.path) > 0 && e.Name.Local == "Response":
		return refuse(Shape, errors.New("a Response within"))
	case e.Name.Local == "EncryptedAssertion" || e.Name.Local == "EncryptedID" || e.Name.Local == "EncryptedAttribute":
		return refuse(Encrypted, nil)
	case e.Name.Local == "Assertion":
		if s.assertions++; s.assertions > 1 {
			return refuse(Assertions, nil)
		}
		if e.Name.Space != assertionNS || len(s.path) != 1 || id == "" {
			return refuse(Shape, errors.New("an Assertion elsewhere"))
		}
	}
	if err := s.inSignature(e); err != nil {
		return err
	}
	s.path, s.ids = append(s.path, e.Name), append(s.ids, id)
	return nil
}

// inSignature looks at what belongs to XML-Signature.
func (s *shape) inSignature(e xml.StartElement) error {
	attr := func(name string) string {
		for _, a := range e.Attr {
			if a.Name.Local == name {
				return a.Value
			}
		}
		return ""
	}
	switch e.Name.Local {
	case "Signature":
		if e.Name.Space != dsigNS || len(s.path) == 0 {
			return refuse(Shape, errors.New("a Signature elsewhere"))
		}
		s.signatures = append(s.signatures, signature{parent: s.path[len(s.path)-1], parentID: s.ids[len(s.ids)-1], depth: len(s.path)})
	case "Object", "Manifest", "RetrievalMethod":
		return refuse(Shape, errors.New("a Signature with content"))
	case "Reference":
		if len(s.signatures) == 0 {
			return refuse(Shape, errors.New("a Reference without a Signature"))
		}
		last := &s.signatures[len(s.signatures)-1]
		last.references = append(last.references, attr("URI"))
	case "SignatureMethod", "DigestMethod":
		if a := attr("Algorithm"); strings.HasSuffix(a, "sha1") || strings.Contains(a, "md5") || strings.Contains(a, "hmac") {
			return refuse(Algorithm, nil)
		}
	}
	return nil
}

// judge looks at the whole.
func (s *shape) judge() error {
	if s.assertions != 1 {
		return refuse(Assertions, nil)
	}
	if len(s.signatures) == 0 {
		return refuse(Unsigned, nil)
	}
	of := map[string]bool{}
	for _, g := range s.signatures {
		own := g.depth == 1 && g.parent.Local == "Response" || g.depth == 2 && g.parent == xml.Name{Space: assertionNS, Local: "Assertion"}
		if !own || len(g.references) != 1 || g.parentID == "" || g.references[0] != "#"+g.parentID || of[g.parent.Local] {
			return refuse(Shape, errors.New("a Signature that doesn't cover its parent, or a second one"))
		}
		of[g.parent.Local] = true
	}
	return nil
}
