package chain

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"testing"
)

// FuzzVerifyExport: no input makes the verifier panic, and a verdict is always
// one of the two: sound without a fault, or not sound with one.
func FuzzVerifyExport(f *testing.F) {
	s := newSample(f, 31).some(3)
	s.handover()
	s.restore()
	s.some(2)
	key := s.first.Verifier()
	f.Add(s.export(true), key, s.notes[0].note)
	f.Add(s.filtered(map[string]any{"from": "2026-01-15T09:00:00Z"}, func(uint64) bool { return true }), key, "")
	s.pruned = 3
	f.Add(s.export(false), key+"\n"+s.recovery.Verifier(), "")
	if files, _ := filepath.Glob("../../shared/data/audit/*.ndjson"); len(files) > 0 {
		firstKey, _ := os.ReadFile("../../shared/data/audit/first.key")
		for _, name := range files {
			if b, err := os.ReadFile(name); err == nil {
				f.Add(b, string(firstKey), "")
			}
		}
	}
	f.Fuzz(func(t *testing.T, export []byte, firstKey, checkpoint string) {
		o := VerifyOptions{FirstKey: firstKey, Progress: func(uint64) {}}
		if checkpoint != "" {
			o.Checkpoints = []string{checkpoint}
		}
		r, err := VerifyExport(bytes.NewReader(export), o)
		if err != nil {
			for _, named := range []error{ErrNotExport, ErrLineTooLong, ErrKey, ErrCheckpoint} {
				if errors.Is(err, named) {
					return
				}
			}
			t.Fatalf("unnamed error %v", err)
		}
		if r.OK == (r.Fault != "") || r.Authentic && (!r.OK || firstKey == "") {
			t.Fatalf("contradiction: %+v", r)
		}
	})
}

// FuzzHeader: a header that can be read comes back the same.
func FuzzHeader(f *testing.F) {
	s := newSample(f, 32).some(2)
	s.handover()
	s.pruned = 1
	export := s.export(false)
	f.Add(export[:bytes.IndexByte(export, '\n')])
	f.Fuzz(func(t *testing.T, b []byte) {
		h, err := parseHeader(b)
		if err != nil {
			return
		}
		for _, o := range h.Handovers {
			if checkCanonical(o.Entry.Payload) != nil {
				return // its bytes are kept as they came, and refused by begin
			}
		}
		once, err := h.encode()
		if err != nil {
			t.Fatalf("a header that was read can't be written: %v", err)
		}
		h, err = parseHeader(once)
		if err != nil {
			t.Fatalf("a header that was written can't be read: %v", err)
		}
		if twice, err := h.encode(); err != nil || !bytes.Equal(once, twice) {
			t.Fatalf("%s, then %s, %v", once, twice, err)
		}
	})
}
