// Package sbom tells what this program is made of: Go's modules, from what the
// linker left in it, and the third-party files in the tree, from the list that
// .ci/assets/fetch.go brings and checks (assets.json).
//
// Source: CycloneDX 1.6 (ECMA-424), Package URL (ECMA-427).
package sbom

import (
	_ "embed"
	"encoding/json"
	"fmt"
	"net/url"
	"runtime"
	"runtime/debug"
	"strings"
	"time"
)

//go:embed assets.json
var assetList []byte

// Document is a bill of materials. It holds nothing that changes from one run to
// the next, so that two of one program are the same bytes.
type Document struct {
	Format     string      `json:"bomFormat"`
	Spec       string      `json:"specVersion"`
	Version    int         `json:"version"`
	Metadata   Metadata    `json:"metadata"`
	Components []Component `json:"components"`
}

// Metadata is about the program as a whole.
type Metadata struct {
	Timestamp  string     `json:"timestamp,omitempty"` // of the commit that it was built from
	Component  Component  `json:"component"`
	Properties []Property `json:"properties,omitempty"`
}

// Component is one part.
type Component struct {
	Type       string     `json:"type"`
	Ref        string     `json:"bom-ref"`
	Name       string     `json:"name"`
	Version    string     `json:"version"`
	PURL       string     `json:"purl,omitempty"`
	Hashes     []Hash     `json:"hashes,omitempty"`
	Licenses   []Licence  `json:"licenses,omitempty"`
	Properties []Property `json:"properties,omitempty"`
}

// Hash is of the package as its registry hands it out.
type Hash struct {
	Algorithm string `json:"alg"`
	Content   string `json:"content"`
}

// Licence is a name as the list of assets has it.
type Licence struct {
	License struct {
		Name string `json:"name"`
	} `json:"license"`
}

// Property is what CycloneDX has no member for.
type Property struct {
	Name  string `json:"name"`
	Value string `json:"value"`
}

// Built is the time of the commit that the program was built from, zero where the
// linker was told of none.
func Built() time.Time {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return time.Time{}
	}
	t, _ := time.Parse(time.RFC3339, setting(info, "vcs.time"))
	return t
}

// Own is the document of the running program.
func Own(version string) (Document, error) {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		info = &debug.BuildInfo{GoVersion: runtime.Version()}
	}
	return of(info, version)
}

func of(info *debug.BuildInfo, version string) (Document, error) {
	d := Document{Format: "CycloneDX", Spec: "1.6", Version: 1, Metadata: Metadata{
		Timestamp: setting(info, "vcs.time"),
		Component: Component{Type: "application", Ref: "coffre", Name: "coffre", Version: version},
	}}
	for _, key := range []string{"vcs.revision", "vcs.modified", "GOOS", "GOARCH", "CGO_ENABLED"} {
		if v := setting(info, key); v != "" {
			d.Metadata.Properties = append(d.Metadata.Properties, Property{"build:" + key, v})
		}
	}
	d.Components = append(d.Components, module("std", strings.TrimPrefix(info.GoVersion, "go"), ""))
	for _, m := range info.Deps {
		if m.Replace != nil {
			m = m.Replace
		}
		d.Components = append(d.Components, module(m.Path, m.Version, m.Sum))
	}
	own, err := assets()
	d.Components = append(d.Components, own...)
	return d, err
}

func module(path, version, sum string) Component {
	c := Component{Type: "library", Name: path, Version: version, PURL: "pkg:golang/" + path + "@" + url.PathEscape(version)}
	if c.Ref = c.PURL; sum != "" {
		c.Properties = []Property{{"go:sum", sum}}
	}
	return c
}

// assets are npm's packages of which files are in the tree. Texts in the list are
// nobody's package.
func assets() (out []Component, err error) {
	var list struct {
		Assets []struct {
			Package, Version, Licence string
			Tarball                   string `json:"tarball_sha256"`
		}
	}
	if err := json.Unmarshal(assetList, &list); err != nil {
		return nil, fmt.Errorf("read list of assets: %w", err)
	}
	for _, a := range list.Assets {
		purl := "pkg:npm/" + strings.Replace(a.Package, "@", "%40", 1) + "@" + url.PathEscape(a.Version)
		c := Component{Type: "library", Ref: purl, Name: a.Package, Version: a.Version, PURL: purl, Licenses: make([]Licence, 1)}
		c.Licenses[0].License.Name = a.Licence
		if a.Tarball != "" {
			c.Hashes = []Hash{{"SHA-256", a.Tarball}}
		}
		out = append(out, c)
	}
	return out, nil
}

func setting(info *debug.BuildInfo, key string) string {
	for _, s := range info.Settings {
		if s.Key == key {
			return s.Value
		}
	}
	return ""
}
