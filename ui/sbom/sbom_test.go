package sbom

import (
	"encoding/json"
	"runtime/debug"
	"slices"
	"testing"
)

// TestOf: modules, what replaces one, the language's own library and the files
// that are no modules are each named once, with what identifies them.
func TestOf(t *testing.T) {
	info := &debug.BuildInfo{
		GoVersion: "go1.26.8",
		Settings:  []debug.BuildSetting{{Key: "vcs.time", Value: "2026-11-23T12:00:00Z"}, {Key: "GOOS", Value: "linux"}, {Key: "-ldflags", Value: "-X main.releaseKeys=x"}},
		Deps: []*debug.Module{
			{Path: "go.etcd.io/bbolt", Version: "v1.4.3", Sum: "h1:abc="},
			{Path: "example.org/old", Version: "v1.0.0", Replace: &debug.Module{Path: "example.org/new", Version: "v1.1.0+incompatible"}},
		},
	}
	d, err := of(info, "1.2.0")
	if err != nil {
		t.Fatal(err)
	}
	if d.Metadata.Component.Version != "1.2.0" || d.Metadata.Timestamp != "2026-11-23T12:00:00Z" || len(d.Metadata.Properties) != 1 {
		t.Errorf("%+v", d.Metadata)
	}
	var purls []string
	for _, c := range d.Components {
		if c.Name == "" || c.Version == "" || c.Ref != c.PURL || slices.Contains(purls, c.PURL) {
			t.Errorf("%+v", c)
		}
		purls = append(purls, c.PURL)
	}
	for _, want := range []string{"pkg:golang/std@1.26.8", "pkg:golang/go.etcd.io/bbolt@v1.4.3", "pkg:golang/example.org/new@v1.1.0+incompatible", "pkg:npm/%40hyzyla/pdfium@2.1.13", "pkg:npm/htmx.org@4.0.1"} {
		if !slices.Contains(purls, want) {
			t.Errorf("%s is missing: %v", want, purls)
		}
	}
	if slices.Contains(purls, "pkg:golang/example.org/old@v1.0.0") {
		t.Error("what was replaced is named")
	}
}

// TestOwn: the document of a program twice is the same bytes.
func TestOwn(t *testing.T) {
	var texts [2]string
	for i := range texts {
		d, err := Own("dev")
		if err != nil {
			t.Fatal(err)
		}
		b, err := json.Marshal(d)
		if err != nil {
			t.Fatal(err)
		}
		texts[i] = string(b)
	}
	if texts[0] != texts[1] {
		t.Errorf("%s\n%s", texts[0], texts[1])
	}
}
