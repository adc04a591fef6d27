package chain

import (
	"bytes"
	"crypto/sha256"
	"fmt"
	"strings"
	"testing"
)

func TestVerifyFiltered(t *testing.T) {
	s := life(t, 11)
	key := VerifyOptions{FirstKey: s.first.Verifier(), Checkpoints: []string{s.checkpoint(s.signer), s.notes[0].note}}
	class := map[string]any{"class": "answer"}
	third := func(seq uint64) bool { return seq%3 == 0 }
	at := func(seq uint64) string {
		p, err := ParsePayload(s.payloads[seq-1])
		if err != nil {
			t.Fatal(err)
		}
		return p.Time.Format(milliLayout)
	}
	span := func(from, to uint64) func(uint64) bool {
		return func(seq uint64) bool { return seq >= from && seq <= to }
	}
	last := s.tree.Size()
	between := map[string]any{"from": at(100), "to": at(200)}
	for name, c := range map[string]struct {
		export []byte
		fault  string
	}{
		"by class":              {s.filtered(class, third), ""},
		"nothing chosen":        {s.filtered(class, func(uint64) bool { return false }), ""},
		"with entry 1":          {s.filtered(class, span(1, 3)), ""},
		"by time":               {s.filtered(between, span(99, 201)), ""},
		"by time, gap":          {s.filtered(between, func(n uint64) bool { return n >= 99 && n <= 201 && n != 150 }), FaultNeighbour},
		"by time, no left":      {s.filtered(between, span(100, 201)), FaultNeighbour},
		"by time, no right":     {s.filtered(between, span(99, 199)), FaultNeighbour},
		"by time, nothing":      {s.filtered(between, span(1, 0)), FaultNeighbour},
		"from alone":            {s.filtered(map[string]any{"from": at(2400)}, span(2399, last)), ""},
		"from alone, cut":       {s.filtered(map[string]any{"from": at(2400)}, span(2399, last-1)), FaultNeighbour},
		"to alone":              {s.filtered(map[string]any{"to": at(50)}, span(1, 51)), ""},
		"to alone, late":        {s.filtered(map[string]any{"to": at(50)}, span(2, 51)), FaultNeighbour},
		"by time and class":     {s.filtered(map[string]any{"from": at(100), "class": "answer"}, third), ""},
		"a time nobody can use": {s.filtered(map[string]any{"from": "yesterday"}, third), ""},
	} {
		r := mustVerify(t, c.export, key)
		if r.Fault != c.fault || r.OK != (c.fault == "") {
			t.Errorf("%s: %+v, want %q", name, r, c.fault)
		}
	}
}

func TestVerifyFilteredTampered(t *testing.T) {
	s := life(t, 12)
	good := s.filtered(map[string]any{"class": "answer"}, func(seq uint64) bool { return seq%5 == 0 })
	o := VerifyOptions{FirstKey: s.first.Verifier()}
	lines := strings.SplitAfter(strings.TrimSuffix(string(good), "\n"), "\n")
	end := len(lines) - 1
	for name, c := range map[string]struct {
		change func(l []string) []string
		refit  bool
		fault  string
	}{
		"line edited":      {func(l []string) []string { l[3] = strings.Replace(l[3], `"u-`, `"v-`, 1); return l }, true, FaultHash},
		"line moved":       {func(l []string) []string { l[3], l[4] = l[4], l[3]; return l }, true, FaultSequence},
		"line doubled":     {func(l []string) []string { l[4] = l[3]; return l }, true, FaultSequence},
		"proof of another": {func(l []string) []string { l[3] = swapProof(l[3], l[4]); return l }, true, FaultProof},
		"no proof":         {func(l []string) []string { l[3] = swapProof(l[3], `"proof":[]`); return l }, true, FaultProof},
		"proof member":     {func(l []string) []string { l[3] = strings.Replace(l[3], `"proof"`, `"prove"`, 1); return l }, true, FaultLine},
		"left out":         {func(l []string) []string { return append(l[:3], l[4:]...) }, false, FaultEnd},
		"no end":           {func(l []string) []string { return l[:end] }, false, FaultTruncated},
		"more after end":   {func(l []string) []string { return append(l, l[1]) }, false, FaultEnd},
		"end miscounts":    {func(l []string) []string { l[end] = strings.Replace(l[end], `"entries":`, `"entries":1`, 1); return l }, false, FaultEnd},
		"end of text":      {func(l []string) []string { l[end] = `{"end":1}`; return l }, false, FaultEnd},
	} {
		l := c.change(append([]string(nil), lines...))
		l[len(l)-1] = strings.TrimSuffix(l[len(l)-1], "\n")
		for i := range l {
			l[i] = strings.TrimSuffix(l[i], "\n") + "\n"
		}
		if c.refit {
			body := strings.Join(l[1:len(l)-1], "")
			l[len(l)-1] = fmt.Sprintf(`{"end":{"entries":%d,"sha256":"%x"}}`+"\n", len(l)-2, sha256.Sum256([]byte(body)))
		}
		r := mustVerify(t, []byte(strings.Join(l, "")), o)
		if r.OK || r.Fault != c.fault {
			t.Errorf("%s: %+v, want %s", name, r, c.fault)
		}
	}
}

// swapProof gives line the proof of another.
func swapProof(line, other string) string {
	proof := func(s string) string {
		from := strings.Index(s, `"proof":[`)
		return s[from : from+strings.IndexByte(s[from:], ']')+1]
	}
	return strings.Replace(line, proof(line), proof(other), 1)
}

func TestWriter(t *testing.T) {
	s := newSample(t, 13).some(3)
	w, err := NewWriter(&bytes.Buffer{}, s.Header())
	if err != nil {
		t.Fatal(err)
	}
	if err := w.ProvenEntry(s.genesis, s.hashes[0], s.payloads[0], nil, nil, nil); err == nil {
		t.Error("a line with a proof in a complete export")
	}
	if err := w.Entry(s.hashes[0], s.payloads[0], nil, nil); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err == nil {
		t.Error("a complete export of one entry in four")
	}
	export := s.filtered(map[string]any{"actor": "u-1"}, func(seq uint64) bool { return seq > 1 })
	h, err := parseHeader(export[:bytes.IndexByte(export, '\n')])
	if err != nil {
		t.Fatal(err)
	}
	again, err := h.encode()
	if err != nil || !bytes.HasPrefix(export, again) {
		t.Errorf("a header is read and written as %s, %v", again, err)
	}
}

// TestHeaderByOthers: only payloads must be canonical, not the lines around them.
func TestHeaderByOthers(t *testing.T) {
	s := newSample(t, 14).some(3)
	lines := bytes.SplitAfter(s.export(false), []byte("\n"))
	lines[0] = bytes.ReplaceAll(lines[0], []byte(`,"`), []byte(` , "`))
	lines[0] = bytes.Replace(lines[0], []byte(`"format"`), []byte(`"\u0066ormat"`), 1)
	for i := 1; i < len(lines)-1; i++ {
		hash := lines[i][1 : 1+len(`"chain_hash":""`)+64]
		payload := lines[i][len(hash)+2 : len(lines[i])-2]
		lines[i] = fmt.Appendf(nil, "\t{ %s , %s }\r\n", payload, hash)
	}
	if r := mustVerify(t, bytes.Join(lines, nil), VerifyOptions{FirstKey: s.first.Verifier()}); !r.OK || !r.Authentic {
		t.Errorf("%+v\n%s", r, bytes.Join(lines, nil))
	}
}
