package preview

import (
	"bytes"
	"context"
	"flag"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"coffre/ui/look"
	"coffre/ui/words"
)

var update = flag.Bool("update", false, "write the golden pages anew")

var version = regexp.MustCompile(`/assets/[0-9a-f]{12}/`)

func render(t *testing.T, s Sample) string {
	t.Helper()
	var b bytes.Buffer
	if err := s.Page.Render(context.Background(), &b); err != nil {
		t.Fatalf("render %s: %v", s.Name, err)
	}
	return b.String()
}

// lines breaks a page at its tags, so that a change of one shows as one line.
func lines(html string) string {
	html = version.ReplaceAllString(html, "/assets/VERSION/")
	return strings.ReplaceAll(html, "><", ">\n<") + "\n"
}

// TestGolden compares every page with the one that was looked at and kept.
func TestGolden(t *testing.T) {
	for _, l := range words.Langs {
		for _, s := range All(l, look.System) {
			got := lines(render(t, s))
			file := filepath.Join("testdata", s.Name+"."+string(l)+".html")
			if *update {
				if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
					t.Fatal(err)
				}
				continue
			}
			want, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			if got != string(want) {
				t.Errorf("%s differs from its golden page (look at it, then go test -update): %s", file, firstDifference(got, string(want)))
			}
		}
	}
}

func firstDifference(got, want string) string {
	g, w := strings.Split(got, "\n"), strings.Split(want, "\n")
	for i := range min(len(g), len(w)) {
		if g[i] != w[i] {
			return "got " + g[i] + ", want " + w[i]
		}
	}
	return "one is longer than the other"
}

// TestPolicy holds every page to the content security policy and to the
// catalogue: no inline script or style, no handler attribute, no missing key.
func TestPolicy(t *testing.T) {
	for name, bad := range map[string]*regexp.Regexp{
		"inline script":     regexp.MustCompile(`<script[^>]*>[^<]`),
		"style attribute":   regexp.MustCompile(`<[^>]+\sstyle=`),
		"style element":     regexp.MustCompile(`<style`),
		"handler attribute": regexp.MustCompile(`<[^>]+\s(on[a-z]+|hx-on[:a-z]*)=`),
		"foreign address":   regexp.MustCompile(`(src|href|action)="(https?:)?//`),
		"missing sentence":  regexp.MustCompile(`⟨[^⟩]*⟩`),
		"missing parameter": regexp.MustCompile(`\{[a-z]+\}`),
	} {
		for _, l := range words.Langs {
			for _, s := range Served(l, look.Dark) {
				if m := bad.FindString(withoutConfig(render(t, s))); m != "" {
					t.Errorf("%s.%s: %s: %q", s.Name, l, name, m)
				}
			}
		}
	}
}

func withoutConfig(html string) string {
	return regexp.MustCompile(`<meta name="htmx-config"[^>]*>`).ReplaceAllString(html, "")
}

var (
	idAttr  = regexp.MustCompile(`\sid="([^"]*)"`)
	refAttr = regexp.MustCompile(`\s(?:for|aria-labelledby|aria-describedby|popovertarget)="([^"]*)"`)
)

// TestIDs holds every whole page to unique ids, and every label and
// description to an id that is there.
func TestIDs(t *testing.T) {
	for _, s := range Served(words.French, look.System) {
		html := render(t, s)
		ids := map[string]bool{}
		for _, m := range idAttr.FindAllStringSubmatch(html, -1) {
			if ids[m[1]] {
				t.Errorf("%s has the id %q twice", s.Name, m[1])
			}
			ids[m[1]] = true
		}
		for _, m := range refAttr.FindAllStringSubmatch(html, -1) {
			for _, id := range strings.Fields(m[1]) {
				if !ids[id] {
					t.Errorf("%s refers to the id %q, which isn't there", s.Name, id)
				}
			}
		}
	}
}
