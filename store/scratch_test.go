package store

import (
	"bytes"
	"maps"
	"os"
	"testing"
)

// TestScratch: what was put is there after the tenant was opened anew; a missing
// or damaged file is nothing, and the next is whole.
func TestScratch(t *testing.T) {
	f := newFirm(t)
	read := func(kind string) map[string]string {
		t.Helper()
		out := map[string]string{}
		if err := f.EachScratch(kind, func(k string, text []byte) { out[k] = string(text) }); err != nil {
			t.Error(err)
		}
		return out
	}
	if got := read("a"); len(got) > 0 {
		t.Errorf("before anything: %v", got)
	}
	if _, err := os.Stat(f.scratchPath()); err == nil {
		t.Error("reading made the file")
	}
	head, _ := f.Head()
	put := func(kind string, values map[string]any) {
		t.Helper()
		if err := f.PutScratch(kind, values); err != nil {
			t.Fatal(err)
		}
	}
	put("a", map[string]any{"x": 1, "y": "deux"})
	put("b", map[string]any{"z": 3})
	put("a", map[string]any{"y": "trois"})
	if a, b := read("a"), read("b"); !maps.Equal(a, map[string]string{"y": `"trois"`}) || !maps.Equal(b, map[string]string{"z": "3"}) {
		t.Errorf("%v %v", a, b)
	}
	if now, _ := f.Head(); now != head {
		t.Error("it has made entries")
	}
	if info, err := os.Stat(f.scratchPath()); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("%v %v", info, err)
	}
	whole, err := os.ReadFile(f.scratchPath())
	if err != nil {
		t.Fatal(err)
	}
	for what, damaged := range map[string][]byte{
		"empty": {}, "text": []byte("rien"), "cut": whole[:len(whole)/3], "zeros": make([]byte, len(whole)),
		"filled": bytes.Repeat([]byte{0xff}, len(whole)),
	} {
		if err := os.WriteFile(f.scratchPath(), damaged, 0o600); err != nil {
			t.Fatal(err)
		}
		if got := read("a"); len(got) > 0 {
			t.Errorf("%s: %v", what, got)
		}
		put("a", map[string]any{"x": what})
		if got := read("a"); got["x"] != `"`+what+`"` {
			t.Errorf("%s: %v afterwards", what, got)
		}
	}
}
