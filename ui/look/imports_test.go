package look

import (
	"slices"
	"testing"
)

func TestImports(t *testing.T) {
	got := imports("ask.js")
	for _, want := range []string{"sse.js", "stream.js", "notice.js", "sources.js", "crop.js", "peek.js", "marks.js"} {
		if !slices.Contains(got, want) {
			t.Errorf("ask.js needs %s: %v", want, got)
		}
	}
	for i, name := range got {
		if slices.Contains(got[:i], name) || name == "ask.js" {
			t.Errorf("%s is named twice: %v", name, got)
		}
	}
	if got := imports("kit.js"); len(got) != 0 {
		t.Errorf("kit.js needs nothing: %v", got)
	}
}
