package look

import (
	"net/http"
	"net/http/httptest"
	"os"
	"path"
	"regexp"
	"strings"
	"testing"
)

func TestHandler(t *testing.T) {
	get := func(method, target, encoding string) *httptest.ResponseRecorder {
		r := httptest.NewRequest(method, target, nil)
		r.Header.Set("Accept-Encoding", encoding)
		w := httptest.NewRecorder()
		Handler().ServeHTTP(w, r)
		return w
	}
	for name, kind := range map[string]string{
		"coffre.css": "text/css; charset=utf-8", "ask.js": "text/javascript; charset=utf-8",
		"inter-latin.woff2": "font/woff2", "mark.svg": "image/svg+xml",
	} {
		w := get("GET", URL(name), "")
		if w.Code != http.StatusOK || w.Header().Get("Content-Type") != kind {
			t.Errorf("%s: %d %s", name, w.Code, w.Header().Get("Content-Type"))
		}
		if c := w.Header().Get("Cache-Control"); !strings.Contains(c, "immutable") {
			t.Errorf("%s: Cache-Control %q", name, c)
		}
	}
	if w := get("GET", URL("coffre.css"), "gzip"); w.Header().Get("Content-Encoding") != "gzip" {
		t.Error("the style sheet isn't compressed")
	}
	if w := get("HEAD", URL("ask.js"), ""); w.Body.Len() != 0 || w.Code != http.StatusOK {
		t.Errorf("HEAD: %d, %d bytes", w.Code, w.Body.Len())
	}
	for _, bad := range []string{"/assets/", "/assets/000000000000/ask.js", path.Dir(URL("ask.js")) + "/base.css", path.Dir(URL("ask.js")) + "/../x"} {
		if w := get("GET", bad, ""); w.Code != http.StatusNotFound {
			t.Errorf("%s: %d", bad, w.Code)
		}
	}
	if w := get("POST", URL("ask.js"), ""); w.Code != http.StatusMethodNotAllowed {
		t.Errorf("POST: %d", w.Code)
	}
}

// TestAssetsNameWhatIsThere follows the imports of the scripts and the
// addresses in the style sheets: all are relative and served.
func TestAssetsNameWhatIsThere(t *testing.T) {
	names := regexp.MustCompile(`(?:from|import) "\./([^"]+)"|url\("([^"]+)"\)`)
	entries, err := os.ReadDir("assets")
	if err != nil {
		t.Fatal(err)
	}
	var listed int
	for _, e := range entries {
		if e.Name() == "htmx.min.js" {
			continue
		}
		raw, err := os.ReadFile("assets/" + e.Name())
		if err != nil {
			t.Fatal(err)
		}
		if path.Ext(e.Name()) == ".css" {
			listed++
			if !strings.Contains(strings.Join(sheets, " "), e.Name()) {
				t.Errorf("%s isn't in sheets", e.Name())
			}
		}
		for _, m := range names.FindAllStringSubmatch(string(raw), -1) {
			if _, ok := loaded().files[m[1]+m[2]]; !ok {
				t.Errorf("%s names %s, which isn't there", e.Name(), m[1]+m[2])
			}
		}
	}
	if listed != len(sheets) {
		t.Errorf("%d style sheets, %d in sheets", listed, len(sheets))
	}
}

// TestScriptsNeedNoEval: the policy forbids what would need it.
func TestScriptsNeedNoEval(t *testing.T) {
	for name, a := range loaded().files {
		if path.Ext(name) != ".js" || name == "htmx.min.js" {
			continue
		}
		// A custom property is data; how it looks is the style sheet's.
		body := strings.ReplaceAll(string(a.body), ".style.setProperty(\"--", "")
		for _, bad := range []string{"eval(", "new Function", "innerHTML +=", ".style.", "setAttribute(\"style\""} {
			if strings.Contains(body, bad) {
				t.Errorf("%s holds %s", name, bad)
			}
		}
	}
}
