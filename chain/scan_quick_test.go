package chain

import (
	"bytes"
	"testing"
)

// quickAgrees holds the quick scanner against the other one: what it accepts,
// that accepts too, with the same result.
func quickAgrees(t *testing.T, b []byte) {
	t.Helper()
	var quick, slow entry
	n := quick.quick(b)
	s := scanner{b: b, strict: true}
	bad := slow.members(&s)
	if n >= 0 {
		if bad != "" || s.err != nil || n != s.i || !sameEntry(quick, slow) {
			t.Errorf("%q: quick ends at %d, the scanner at %d with %q, %v", b, n, s.i, bad, s.err)
		}
	}
	v := scanner{b: b, strict: true}
	sound := v.skip(0)
	if end := quickValue(b, 0, 0); end >= 0 && (!sound || end != v.i) {
		t.Errorf("%q: quick ends at %d, the scanner at %d with %v", b, end, v.i, v.err)
	}
}

func sameEntry(a, b entry) bool {
	same := a.seq == b.seq && a.skew == b.skew
	for _, pair := range [][2][]byte{
		{a.time, b.time}, {a.nonce, b.nonce}, {a.action, b.action}, {a.outcome, b.outcome},
		{a.actor.id.raw, b.actor.id.raw}, {a.actor.kind.raw, b.actor.kind.raw},
		{a.object.id.raw, b.object.id.raw}, {a.object.kind.raw, b.object.kind.raw},
		{a.session.raw, b.session.raw}, {a.request.raw, b.request.raw},
		{a.detail, b.detail}, {a.sealed, b.sealed},
	} {
		same = same && bytes.Equal(pair[0], pair[1]) && (pair[0] == nil) == (pair[1] == nil)
	}
	return same
}

// TestQuickTakesOurs: what a box writes never needs the slower reading.
func TestQuickTakesOurs(t *testing.T) {
	s := newSample(t, 51).some(50)
	s.handover()
	s.restore()
	for i, p := range s.payloads {
		var e entry
		if e.quick(p) != len(p) {
			t.Errorf("payload %d goes the long way: %s", i+1, p)
		}
		quickAgrees(t, p)
		for at := range p {
			cut := bytes.Clone(p)
			cut[at] ^= 1 << (at % 8)
			quickAgrees(t, cut)
			quickAgrees(t, p[:at])
		}
	}
}

func FuzzQuick(f *testing.F) {
	for _, p := range newSample(f, 52).some(5).payloads {
		f.Add(p)
	}
	for _, text := range []string{
		`{"a":1,"b":[true,false,-0,01,1e3]}`, `"\u001f\/\n\""`, `{"é":"\ud800","z":{}}`, `[[],[[]],{"":""}]`,
		"\"\xff\"", `900719925474099`, `9007199254740991`, `9007199254740992`, `{"\n":1}`, `"�􏿿"`,
	} {
		f.Add([]byte(text))
	}
	f.Fuzz(func(t *testing.T, b []byte) { quickAgrees(t, b) })
}

func TestHexWord(t *testing.T) {
	for c := range 256 {
		for at := range 8 {
			var b [8]byte
			copy(b[:], "0f9a5c3e")
			b[at] = byte(c)
			if got, want := hexWord(leUint64(b[:])), isHex(b[:]); got != want {
				t.Errorf("%q: %v", b, got)
			}
		}
	}
}

func leUint64(b []byte) (x uint64) {
	for i := range 8 {
		x |= uint64(b[i]) << (8 * i)
	}
	return x
}

// TestQuickPlain: every byte at every place, in slices that end anywhere in
// memory that goes on with whatever.
func TestQuickPlain(t *testing.T) {
	memory := bytes.Repeat([]byte("a~ /[]^!#"), 20)
	for c := range 256 {
		stops := c < 0x20 || c >= 0x80 || c == '"' || c == '\\'
		for at := range 140 {
			had := memory[at]
			memory[at] = byte(c)
			for _, from := range []int{0, at / 2, at} {
				for _, end := range []int{at, at + 1, at + 9, len(memory)} {
					want := end
					if stops && at < end {
						want = at
					}
					for _, b := range [][]byte{memory[:end], memory[:end:end]} {
						if got := quickPlain(b, from); got != want {
							t.Fatalf("%#x at %d of %d (of %d), from %d: %d", c, at, end, cap(b), from, got)
						}
					}
				}
			}
			memory[at] = had
		}
	}
}
