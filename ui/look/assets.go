// Package look is what every page of coffre shares: the shell around a page,
// the components, the tokens for colour, type and spacing, and the embedded
// assets (style sheets, our own scripts, htmx, the font, the icons).
//
// Its rule: components are pure functions of the values that they are given.
// They read no store, no request and no clock, and their HTML holds neither an
// inline script nor a style attribute, so that it works under the strict
// content security policy in Policy.
package look

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"fmt"
	"io/fs"
	"mime"
	"net/http"
	"path"
	"sort"
	"strconv"
	"strings"
	"sync"
)

// Policy is the content security policy under which every page works.
const Policy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; " +
	"connect-src 'self'; font-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'"

// Prefix is the path under which Handler serves.
const Prefix = "/assets/"

// sheets are joined in this order into coffre.css.
var sheets = []string{
	"tokens.css", "base.css", "shell.css", "control.css", "surface.css", "palette.css",
	"ask.css", "answer.css", "document.css", "pages.css", "journal.css", "quality.css", "backup.css", "design.css", "print.css",
}

//go:embed assets
var embedded embed.FS

// asset is one served file with its compressed form, where that is smaller.
type asset struct {
	kind         string
	body, packed []byte
}

// bundle is every asset by name, and the version that stands in their URLs: the
// first 12 hex digits of the SHA-256 over all names and contents. One version
// for all of them lets scripts import each other, and the style sheet name its
// font, by relative path.
type bundle struct {
	version string
	files   map[string]asset
}

var loaded = sync.OnceValue(func() bundle {
	files, err := readAssets(embedded)
	if err != nil {
		panic(err) // compiled in: only a build that skipped its tests gets here
	}
	return pack(files)
})

// URL is the address of an asset such as "coffre.css"; it changes whenever any
// asset does. It panics on a name that isn't there.
func URL(name string) string {
	b := loaded()
	if _, ok := b.files[name]; !ok {
		panic("look: no asset " + name)
	}
	return Prefix + b.version + "/" + name
}

// Handler serves the assets under Prefix, to be cached for ever. An address of
// another version is 404: a page never mixes two versions.
func Handler() http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		b := loaded()
		name, ours := strings.CutPrefix(r.URL.Path, Prefix+b.version+"/")
		a, ok := b.files[name]
		if !ours || !ok {
			http.NotFound(w, r)
			return
		}
		if r.Method != http.MethodGet && r.Method != http.MethodHead {
			w.Header().Set("Allow", "GET, HEAD")
			http.Error(w, http.StatusText(http.StatusMethodNotAllowed), http.StatusMethodNotAllowed)
			return
		}
		a.serve(w, r)
	})
}

func (a asset) serve(w http.ResponseWriter, r *http.Request) {
	h := w.Header()
	h.Set("Content-Type", a.kind)
	h.Set("Cache-Control", "public, max-age=31536000, immutable")
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Vary", "Accept-Encoding")
	body := a.body
	if a.packed != nil && strings.Contains(r.Header.Get("Accept-Encoding"), "gzip") {
		h.Set("Content-Encoding", "gzip")
		body = a.packed
	}
	h.Set("Content-Length", strconv.Itoa(len(body)))
	if r.Method == http.MethodGet {
		_, _ = w.Write(body) // the reader went away; nobody is left to tell
	}
}

// readAssets gives the served files by name, the sheets joined into one.
func readAssets(from fs.FS) (map[string][]byte, error) {
	files := map[string][]byte{}
	var css bytes.Buffer
	for _, name := range sheets {
		raw, err := fs.ReadFile(from, "assets/"+name)
		if err != nil {
			return nil, fmt.Errorf("read style sheet: %w", err)
		}
		css.Write(raw)
	}
	files["coffre.css"] = css.Bytes()
	entries, err := fs.ReadDir(from, "assets")
	if err != nil {
		return nil, fmt.Errorf("list assets: %w", err)
	}
	for _, e := range entries {
		if path.Ext(e.Name()) == ".css" {
			continue
		}
		raw, err := fs.ReadFile(from, "assets/"+e.Name())
		if err != nil {
			return nil, fmt.Errorf("read asset: %w", err)
		}
		files[e.Name()] = raw
	}
	return files, nil
}

func pack(files map[string][]byte) bundle {
	names := make([]string, 0, len(files))
	for name := range files {
		names = append(names, name)
	}
	sort.Strings(names)
	sum := sha256.New()
	b := bundle{files: map[string]asset{}}
	for _, name := range names {
		fmt.Fprintf(sum, "%s %d\n", name, len(files[name]))
		sum.Write(files[name])
		b.files[name] = asset{kind: kindOf(name), body: files[name], packed: compress(files[name])}
	}
	b.version = hex.EncodeToString(sum.Sum(nil))[:12]
	return b
}

func kindOf(name string) string {
	switch path.Ext(name) {
	case ".js":
		return "text/javascript; charset=utf-8"
	case ".css":
		return "text/css; charset=utf-8"
	case ".woff2":
		return "font/woff2"
	case ".svg":
		return "image/svg+xml"
	}
	return mime.TypeByExtension(path.Ext(name))
}

// compress returns nil where gzip saves nothing worth its header.
func compress(raw []byte) []byte {
	var buf bytes.Buffer
	z, err := gzip.NewWriterLevel(&buf, gzip.BestCompression)
	if err != nil {
		return nil
	}
	if _, err := z.Write(raw); err != nil {
		return nil
	}
	if err := z.Close(); err != nil || buf.Len() > len(raw)*9/10 {
		return nil
	}
	return buf.Bytes()
}
