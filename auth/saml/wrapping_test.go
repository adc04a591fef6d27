package saml

import (
	"testing"

	"github.com/beevik/etree"

	"coffre/auth/saml/samltest"
)

// child returns the first child of a name.
func child(e *etree.Element, tag string) *etree.Element {
	for _, c := range e.ChildElements() {
		if c.Tag == tag {
			return c
		}
	}
	return nil
}

// without is a copy of e that lacks its signature.
func without(e *etree.Element) *etree.Element {
	c := e.Copy()
	if s := child(c, "Signature"); s != nil {
		c.RemoveChild(s)
	}
	return c
}

// evil makes a copy speak of somebody else, under another id.
func evil(e *etree.Element) *etree.Element {
	c := e.Copy()
	c.CreateAttr("ID", "_evil")
	for _, n := range c.FindElements(".//NameID") {
		n.SetText("evil")
	}
	return c
}

// wrappings are XSW1 to XSW8 of Somorovsky et al., "On Breaking SAML: Be Whoever
// You Want to Be" (USENIX Security 2012), by the numbers of the tool SAML Raider,
// and further ones. Each gets a signed response and returns what is posted.
var wrappings = []struct {
	name     string
	response bool // the response is what is signed
	wrap     func(r *etree.Element) *etree.Element
}{
	{"XSW1: the signed response within the signature of the forged one", true, func(r *etree.Element) *etree.Element {
		forged := evil(r)
		child(forged, "Signature").AddChild(without(r))
		return forged
	}},
	{"XSW2: the signed response before the signature of the forged one", true, func(r *etree.Element) *etree.Element {
		forged := evil(r)
		forged.InsertChildAt(child(forged, "Signature").Index(), without(r))
		return forged
	}},
	{"XSW3: the forged assertion before the signed one", false, func(r *etree.Element) *etree.Element {
		signed := child(r, "Assertion")
		r.InsertChildAt(signed.Index(), evil(without(signed)))
		return r
	}},
	{"XSW4: the signed assertion within the forged one", false, func(r *etree.Element) *etree.Element {
		signed := child(r, "Assertion")
		forged := evil(without(signed))
		r.RemoveChild(signed)
		forged.AddChild(signed)
		r.AddChild(forged)
		return r
	}},
	{"XSW5: the signature in the forged assertion, the signed one at the end", false, func(r *etree.Element) *etree.Element {
		signed := child(r, "Assertion")
		forged := evil(signed)
		original := without(signed)
		r.RemoveChild(signed)
		r.AddChild(forged)
		r.AddChild(original)
		return r
	}},
	{"XSW6: the signed assertion within the signature of the forged one", false, func(r *etree.Element) *etree.Element {
		signed := child(r, "Assertion")
		forged := evil(signed)
		child(forged, "Signature").AddChild(without(signed))
		r.RemoveChild(signed)
		r.AddChild(forged)
		return r
	}},
	{"XSW7: the forged assertion within Extensions", false, func(r *etree.Element) *etree.Element {
		signed := child(r, "Assertion")
		x := etree.NewElement("samlp:Extensions")
		x.AddChild(evil(without(signed)))
		r.InsertChildAt(signed.Index(), x)
		return r
	}},
	{"XSW8: the signed assertion within an Object of the forged one's signature", false, func(r *etree.Element) *etree.Element {
		signed := child(r, "Assertion")
		forged := evil(signed)
		o := child(forged, "Signature").CreateElement("ds:Object")
		o.AddChild(without(signed))
		r.RemoveChild(signed)
		r.AddChild(forged)
		return r
	}},
	{"the same id twice", false, func(r *etree.Element) *etree.Element {
		signed := child(r, "Assertion")
		forged := evil(without(signed))
		forged.CreateAttr("ID", signed.SelectAttrValue("ID", ""))
		r.InsertChildAt(signed.Index(), forged)
		return r
	}},
	{"a second assertion behind the signed one", false, func(r *etree.Element) *etree.Element {
		r.AddChild(evil(without(child(r, "Assertion"))))
		return r
	}},
	{"the signature beside the assertion", false, func(r *etree.Element) *etree.Element {
		signed := child(r, "Assertion")
		s := child(signed, "Signature")
		signed.RemoveChild(s)
		r.AddChild(s)
		return r
	}},
	{"a forged assertion in another namespace's clothes", false, func(r *etree.Element) *etree.Element {
		signed := child(r, "Assertion")
		forged := evil(without(signed))
		forged.Space = "samlp"
		r.InsertChildAt(signed.Index(), forged)
		return r
	}},
	{"a forged response round the signed one", false, func(r *etree.Element) *etree.Element {
		forged := evil(without(r))
		forged.AddChild(r.Copy())
		return forged
	}},
}

// TestWrapping: the shape alone is refused; and were it not, the forged name
// would not come out either.
func TestWrapping(t *testing.T) {
	i, cfg := newIdP(t)
	for _, w := range wrappings {
		a := answer()
		r := i.Response(a, i.Sign(i.Assertion(a)))
		if w.response {
			r = i.Sign(i.Response(a, i.Assertion(a)))
		}
		if _, err := Verify(cfg, samltest.Encode(r), request, Attributes{}); err != nil {
			t.Fatalf("%s: before it is wrapped: %v", w.name, err)
		}
		posted := samltest.Encode(w.wrap(r.Copy()))
		p, err := Verify(cfg, posted, request, Attributes{})
		if why := ReasonOf(err); why != Shape && why != Assertions && why != Unsigned {
			t.Errorf("%s: %+v, %v", w.name, p, err)
		}
		if p, err := verified(cfg, posted, request, Attributes{}); err == nil && p.Subject != "subject-1" {
			t.Errorf("%s: past the shape %q gets in", w.name, p.Subject)
		}
	}
}
