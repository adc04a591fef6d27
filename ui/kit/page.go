package kit

import (
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"strings"
	"sync"
)

// policy lets the page run its one script, use its one style, start itself as a
// worker, and reach nothing (CSP level 3; a meta element can't say
// frame-ancestors or sandbox).
const policy = "default-src 'none'; script-src 'sha256-%s'; style-src 'sha256-%s'; worker-src blob:; connect-src 'none'; base-uri 'none'; form-action 'none'"

// Page returns verify.html: one file, in French and English, that verifies
// exports, checkpoints, witnesses' signatures and whole kits in any browser,
// offline. It is the same bytes for every call of one build.
func Page() ([]byte, error) { return page() }

var page = sync.OnceValues(func() ([]byte, error) {
	sentences, err := catalogue()
	if err != nil {
		return nil, err
	}
	script, err := joinScript("start.js", map[string]string{"catalogue.js": sentences})
	if err != nil {
		return nil, err
	}
	style, err := parts.ReadFile("style.css")
	if err != nil {
		return nil, fmt.Errorf("read style: %w", err)
	}
	html, err := parts.ReadFile("page.html")
	if err != nil {
		return nil, fmt.Errorf("read page: %w", err)
	}
	filled := strings.NewReplacer(
		"{{policy}}", fmt.Sprintf(policy, digest(script), digest(string(style))),
		"{{style}}", string(style), "{{script}}", script,
	).Replace(string(html))
	return []byte(filled), nil
})

func digest(text string) string {
	sum := sha256.Sum256([]byte(text))
	return base64.StdEncoding.EncodeToString(sum[:])
}
