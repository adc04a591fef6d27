package chain

import (
	"errors"
	"fmt"
)

// ErrNotExport is returned where the first line is no coffre-audit/v1 header at
// all.
var ErrNotExport = errors.New("not a coffre-audit/v1 export")

// errHeader is wrapped where a header of the right format breaks its rules.
var errHeader = errors.New("malformed header")

// fields are the raw values of an object's members.
type fields map[string][]byte

func objectFields(b []byte) (fields, error) {
	s := scanner{b: b}
	f := fields{}
	s.space()
	if !s.take('{') {
		return nil, s.err
	}
	var last text
	for n := 0; s.next(n, '}'); n++ {
		k, ok := s.key(n, &last)
		if !ok {
			break
		}
		if _, double := f[k.String()]; double {
			s.fail("member doubled")
			break
		}
		start := s.i
		if s.skip(1) {
			f[k.String()] = b[start:s.i]
		}
	}
	if !s.end() {
		return nil, s.err
	}
	return f, nil
}

func arrayItems(b []byte) ([][]byte, bool) {
	s := scanner{b: b}
	var list [][]byte
	if !s.take('[') {
		return nil, false
	}
	for n := 0; s.next(n, ']'); n++ {
		start := s.i
		s.skip(1)
		list = append(list, b[start:s.i])
	}
	return list, s.end()
}

// only reports whether no members but those named are there.
func (f fields) only(names ...string) bool {
	n := 0
	for _, name := range names {
		if _, ok := f[name]; ok {
			n++
		}
	}
	return n == len(f)
}

func (f fields) text(name string) (string, bool) {
	s := scanner{b: f[name]}
	t, ok := s.str()
	return t.String(), ok && s.end()
}

func (f fields) count(name string) (uint64, bool) {
	s := scanner{b: f[name]}
	n, ok := s.integer()
	return uint64(n), ok && n >= 0 && s.end()
}

func (f fields) flag(name string) (value, ok bool) {
	s := scanner{b: f[name]}
	value, ok = s.boolean()
	return value, ok && s.end()
}

func (f fields) hash(name string) (Hash, bool) {
	t, ok := f.text(name)
	h, err := ParseHash(t)
	return h, ok && err == nil
}

func (f fields) base64(name string) ([]Hash, bool) {
	items, ok := arrayItems(f[name])
	if !ok || len(items) > 64 {
		return nil, false
	}
	list := make([]Hash, len(items))
	for i, raw := range items {
		s := scanner{b: raw}
		t, ok := s.str()
		h, err := ParseBase64(t.String())
		if !ok || err != nil {
			return nil, false
		}
		list[i] = h
	}
	return list, true
}

// parseHeader returns ErrNotExport where line is not of the format, and an error
// that wraps errHeader where it is but breaks its rules.
func parseHeader(line []byte) (Header, error) {
	f, err := objectFields(line)
	if err != nil {
		return Header{}, fmt.Errorf("%w: %w", ErrNotExport, err)
	}
	format, _ := f.text("format")
	if format != Format && format != SegmentFormat {
		return Header{}, ErrNotExport
	}
	h := Header{Segment: format == SegmentFormat}
	bad := ""
	need := func(ok bool, name string) {
		if !ok && bad == "" {
			bad = name
		}
	}
	var ok bool
	h.Genesis, ok = f.hash("genesis")
	need(ok, "genesis")
	h.Complete, ok = f.flag("complete")
	need(ok, "complete")
	h.First, ok = f.count("first")
	need(ok, "first")
	h.Last, ok = f.count("last")
	need(ok, "last")
	h.Checkpoint, ok = f.text("checkpoint")
	need(ok, "checkpoint")
	need(f.customer(&h), "customer")
	need(f.handovers(&h), "handovers")
	need(f.pruned(&h), "pruned")
	need(f.filter(&h), "filter")
	need(f.only("format", "genesis", "complete", "first", "last", "checkpoint",
		"customer", "handovers", "pruned", "filter"), "an unknown one")
	if bad != "" {
		return h, fmt.Errorf("%w: member %s", errHeader, bad)
	}
	return h, nil
}

func (f fields) customer(h *Header) bool {
	c, err := objectFields(f["customer"])
	if err != nil {
		return false
	}
	id, ok1 := c.text("id")
	at, ok2 := c.text("created_at")
	h.Customer = Customer{ID: id, CreatedAt: at}
	return ok1 && ok2 && c.only("id", "created_at")
}

func (f fields) pruned(h *Header) bool {
	if f["pruned"] == nil {
		return true
	}
	p, err := objectFields(f["pruned"])
	if err != nil {
		return false
	}
	to, ok1 := p.count("to")
	hash, ok2 := p.hash("chain_hash")
	roots, ok3 := p.base64("range")
	h.Pruned = &Pruned{To: to, ChainHash: hash, Range: roots}
	return ok1 && ok2 && ok3 && p.only("to", "chain_hash", "range")
}

func (f fields) filter(h *Header) bool {
	if f["filter"] == nil {
		return true
	}
	s := scanner{b: f["filter"]}
	if s.peek() != '{' {
		return false
	}
	h.Filter = s.object(1)
	return s.end()
}

func (f fields) handovers(h *Header) bool {
	if f["handovers"] == nil {
		return true
	}
	items, ok := arrayItems(f["handovers"])
	if !ok {
		return false
	}
	for _, raw := range items {
		o, ok := parseHandover(raw)
		if !ok {
			return false
		}
		h.Handovers = append(h.Handovers, o)
	}
	return true
}

func parseHandover(raw []byte) (Handover, bool) {
	f, err := objectFields(raw)
	if err != nil {
		return Handover{}, false
	}
	e, err := objectFields(f["entry"])
	if err != nil {
		return Handover{}, false
	}
	var o Handover
	var ok [5]bool
	o.Note, ok[0] = f.text("note")
	o.Inclusion, ok[1] = f.base64("inclusion")
	o.Consistency, ok[2] = f.base64("consistency")
	o.Entry.ChainHash, ok[3] = e.hash("chain_hash")
	o.Entry.PreviousHash, ok[4] = e.hash("previous_hash")
	o.Entry.Payload = e["payload"]
	return o, ok == [5]bool{true, true, true, true, true} && o.Entry.Payload != nil &&
		f.only("note", "entry", "inclusion", "consistency") &&
		e.only("chain_hash", "previous_hash", "payload")
}
