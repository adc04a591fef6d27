package store

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// writers are the files that open a write transaction of bbolt, and why none of
// them changes anything without an entry.
var writers = map[string]string{
	"commit.go":        "the only way: each act with its entry",
	"forward.go":       "how far a receiver has been sent; nothing of the firm's",
	"key_restore.go":   "audit.restore",
	"key_rotate.go":    "commits nothing, so that both header pages are new",
	"mail.go":          "which alerts were told and which mails wait; what was sent has its entry",
	"migrate.go":       "the file's format, before anybody can act",
	"scratch.go":       "scratch.db, which may be lost and proves nothing",
	"session_seen.go":  "when a session or a key was last used; nothing of the firm's, and one entry a request would drown the chain",
	"tamper.go":        "a copy, which is deleted",
	"tenant_create.go": "entry 1, tenant.create",
}

// TestNobodyElseWrites: no mutation goes past the chain.
func TestNobodyElseWrites(t *testing.T) {
	opens := regexp.MustCompile(`\bdb(\(\))?\.(Update|Batch)\(|\.Begin\(true\)`)
	files, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	seen := map[string]bool{}
	for _, name := range files {
		b, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		if strings.HasSuffix(name, "_test.go") || !opens.Match(b) {
			continue
		}
		if seen[name] = true; writers[name] == "" {
			t.Errorf("%s opens a write transaction of its own: go through Tenant.Update, or say here why not", name)
		}
	}
	for name := range writers {
		if !seen[name] {
			t.Errorf("%s writes no more: take it off the list", name)
		}
	}
}
