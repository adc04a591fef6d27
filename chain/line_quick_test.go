package chain

import (
	"bytes"
	"encoding/hex"
	"testing"
)

// lineAgrees holds the quick reading of a line against the other one.
func lineAgrees(t *testing.T, b []byte) {
	t.Helper()
	var quick, slow line
	if !quick.quick(b) {
		return
	}
	if err := slow.parse(b); err != nil || quick.hash != slow.hash || quick.have != slow.have ||
		!bytes.Equal(quick.payload, slow.payload) || !sameEntry(quick.entry, slow.entry) {
		t.Errorf("%q: %+v, otherwise %+v, %v", b, quick, slow, err)
	}
}

func TestLineQuick(t *testing.T) {
	lines := bytes.SplitAfter(newSample(t, 53).some(20).export(false), []byte("\n"))
	for _, b := range lines[1 : len(lines)-1] {
		var l line
		if !l.quick(b) {
			t.Errorf("goes the long way: %s", b)
		}
		for at := range b {
			changed := bytes.Clone(b)
			changed[at] ^= 1 << (at % 8)
			lineAgrees(t, changed)
			lineAgrees(t, b[:at])
		}
	}
	for n := range 256 {
		b := bytes.Repeat([]byte{byte(n), byte(255 - n)}, 16)
		var got Hash
		if !quickDecode(got[:], []byte(hex.EncodeToString(b))) || !bytes.Equal(got[:], b) {
			t.Errorf("%x is read as %s", b, got)
		}
	}
}

func FuzzLine(f *testing.F) {
	s := newSample(f, 54).some(3)
	for _, b := range bytes.SplitAfter(s.export(false), []byte("\n")) {
		f.Add(b)
	}
	for _, b := range bytes.SplitAfter(s.export(true), []byte("\n")) {
		f.Add(b)
	}
	f.Fuzz(func(t *testing.T, b []byte) { lineAgrees(t, b) })
}
