package ldaptest

import (
	ber "github.com/go-asn1-ber/asn1-ber"
)

// message is an LDAPMessage (RFC 4511, section 4.1.1).
func message(id int64, op *ber.Packet) *ber.Packet {
	p := ber.Encode(ber.ClassUniversal, ber.TypeConstructed, ber.TagSequence, nil, "")
	p.AppendChild(ber.NewInteger(ber.ClassUniversal, ber.TypePrimitive, ber.TagInteger, id, ""))
	p.AppendChild(op)
	return p
}

// result is an LDAPResult (section 4.1.9), with a referral where there is one.
func result(tag ber.Tag, code int64, said, referral string) *ber.Packet {
	r := ber.Encode(ber.ClassApplication, ber.TypeConstructed, tag, nil, "")
	r.AppendChild(ber.NewInteger(ber.ClassUniversal, ber.TypePrimitive, ber.TagEnumerated, code, ""))
	r.AppendChild(octets(""))
	r.AppendChild(octets(said))
	if referral != "" {
		to := ber.Encode(ber.ClassContext, ber.TypeConstructed, 3, nil, "")
		to.AppendChild(octets(referral))
		r.AppendChild(to)
	}
	return r
}

// entry is a SearchResultEntry (section 4.5.2).
func entry(name string, attributes map[string]string) *ber.Packet {
	const searchResultEntry = 4
	e := ber.Encode(ber.ClassApplication, ber.TypeConstructed, searchResultEntry, nil, "")
	e.AppendChild(octets(name))
	all := ber.Encode(ber.ClassUniversal, ber.TypeConstructed, ber.TagSequence, nil, "")
	for key, value := range attributes {
		one := ber.Encode(ber.ClassUniversal, ber.TypeConstructed, ber.TagSequence, nil, "")
		one.AppendChild(octets(key))
		values := ber.Encode(ber.ClassUniversal, ber.TypeConstructed, ber.TagSet, nil, "")
		values.AppendChild(octets(value))
		one.AppendChild(values)
		all.AppendChild(one)
	}
	e.AppendChild(all)
	return e
}

func octets(s string) *ber.Packet {
	return ber.NewString(ber.ClassUniversal, ber.TypePrimitive, ber.TagOctetString, s, "")
}

func text(p *ber.Packet) string {
	s, _ := p.Value.(string)
	return s
}
