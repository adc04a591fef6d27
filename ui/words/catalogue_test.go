package words

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"testing/fstest"
)

// families are the keys that the program puts together from a code, with the
// codes that it may use; nil means that the codes come from elsewhere.
var families = map[string][]string{
	"error": nil, "warning": nil, "fault": nil, "reason": nil, "action": nil, "class": nil, "policy": nil,
	"visit-role": {"member", "auditor", "other"},
	"tampered":   nil, "tampering": {"word", "delete", "swap", "cut", "rewrite", "other"}, "tampering-line": {"word", "delete", "swap", "cut", "rewrite", "other"},
	"looks":             {"edit", "deletion", "insertion", "duplicate", "old-key", "other-key", "reorder", "cut", "rewrite", "foreign", "damage", "other"},
	"status":            {"queued", "extracting", "ready", "failed", "deleted", "other"},
	"kept":              {"hour", "day", "key", "restore", "segment", "export", "backup", "witness", "other"},
	"outcome":           {"ok", "denied", "error", "other"},
	"actor":             {"user", "api_key", "system", "connector", "cli", "other"},
	"role":              {"admin", "auditor", "member", "other"},
	"access":            {"collections", "people", "groups", "keys", "sight", "other"},
	"problem":           {"403", "404", "500", "503", "other"},
	"lang":              {"fr", "en", "other"},
	"egress-for":        {"llm.url", "embed.url", "search.rerank_url", "directory.url", "acme.url", "forward", "alerts.host", "witness", "other"},
	"egress-reason":     {"no-way", "odd-address", "not-tcp", "leads-inside", "leads-elsewhere", "to-clear-text", "default", "other"},
	"directory-check":   {"name-good", "name-unknown-name", "name-no-name-server", "name-no-server", "tcp-good", "tcp-refused", "tcp-timeout", "tcp-closed-way", "tcp-unreachable", "tls-good", "tls-ends-soon", "tls-in-clear", "tls-clear", "tls-unknown-ca", "tls-wrong-name", "tls-expired", "tls-not-yet-valid", "tls-bad-certificate", "tls-not-tls", "tls-timeout", "tls-no-start-tls", "tls-ca-file", "tls-failed", "bind-good", "bind-anonymous", "bind-no-secret", "bind-secret", "bind-wrong-password", "bind-service-disabled", "bind-service-expired", "bind-service-locked", "bind-service-must-change", "bind-service-password-expired", "bind-service-unknown-user", "bind-bad-dn", "base-good", "base-no-base", "base-no-such-base", "filter-good", "filter-referrals", "filter-nobody", "filter-bad-filter", "groups-good", "groups-unset", "groups-none", "groups-missing", "groups-ambiguous", "signin-good", "signin-found", "signin-unknown-user", "signin-ambiguous", "signin-no-id", "signin-wrong-password", "signin-disabled", "signin-expired", "signin-locked", "signin-must-change", "signin-password-expired", "signin-logon-hours", "signin-workstation", "signin-restricted", "any-needs-tls", "any-not-allowed", "any-slow", "any-lost", "any-busy", "any-limit", "any-referral", "any-no-such-base", "any-bad-dn", "any-unwilling", "other"},
	"directory-step":    {"name", "tcp", "tls", "bind", "base", "filter", "groups", "signin", "other"},
	"directory-account": {"new", "known", "taken", "other"},
	"directory-state":   {"locked", "must-change", "other"},
	"egress-state":      {"open", "shut", "barred", "hardened", "other"},
	"quality-cause":     {"person", "setup", "night", "other"},
	"quality-changed":   {"embedder", "model", "prompt", "version", "settings", "documents", "questions", "other"},
	"quality-outcome":   {"right", "refused", "wrong", "answered", "stale", "unowned", "unsettled", "other"},
	"secret-state":      {"good", "soon", "due", "expired", "revoked", "other"},
	"secret-tool":       {"llm", "embed", "rerank", "siem", "directory", "oidc", "saml", "mail", "acme", "other"},
	"secret-purpose":    {"runtime", "siem", "directory", "oidc", "saml", "mail", "acme", "other"},
	"signin-method":     {"password", "directory", "oidc", "saml", "passkey", "guest", "break-glass", "other"},
	"key-state":         {"expiring", "suspended", "expired", "revoked", "other"},
	"key-scope":         {"read", "ask", "write", "admin", "audit", "metrics", "other"},
	"key-scope-hint":    {"read", "ask", "write", "admin", "audit", "metrics", "other"},
	"approval-state":    {"waiting", "approved", "done", "refused", "expired", "failed", "other"},
	"import-do":         {"create", "change", "same", "refuse", "other"},
	"elevation-mode":    {"off", "reason", "approval", "other"},
	"elevation-why":     {"time", "person", "administrator", "account", "clock", "setting", "other"},
	"firm-quota":        {"bytes", "documents", "people", "questions", "other"},
	"firm-state":        {"running", "done", "failed", "other"},
	"elevation-state":   {"waiting", "approved", "running", "ended", "refused", "expired", "other"},
}

var literal = regexp.MustCompile(`"((?:[a-z][a-z0-9_-]*)(?:\.[a-z0-9_-]+)+)"`)

// sources calls do with every Go and templ file of the program itself.
func sources(t *testing.T, do func(path, text string)) {
	t.Helper()
	err := filepath.WalkDir("../..", func(path string, d os.DirEntry, err error) error {
		source := strings.HasSuffix(path, ".go") || strings.HasSuffix(path, ".templ")
		if err != nil || d.IsDir() || !source || strings.HasSuffix(path, "_test.go") || strings.HasSuffix(path, "_templ.go") {
			return err
		}
		raw, err := os.ReadFile(path)
		if err == nil {
			do(path, string(raw))
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

func TestEveryKeyIsUsedAndThere(t *testing.T) {
	inUse := map[string]bool{}
	asked := regexp.MustCompile(`\.T\("([^"]+)"[,)]`)
	sources(t, func(path, text string) {
		for _, m := range literal.FindAllStringSubmatch(text, -1) {
			inUse[m[1]] = true
		}
		for _, m := range asked.FindAllStringSubmatch(text, -1) {
			if !English.Has(m[1]) {
				t.Errorf("%s asks for %s, which the catalogue lacks", path, m[1])
			}
		}
	})
	for _, key := range Keys() {
		family, code, _ := strings.Cut(key, ".")
		codes, isFamily := families[family]
		if isFamily && (codes == nil || contains(codes, code)) {
			continue
		}
		if !inUse[key] {
			t.Errorf("nobody uses the key %s", key)
		}
	}
	for family, codes := range families {
		for _, code := range codes {
			if !English.Has(family + "." + code) {
				t.Errorf("no sentence for %s.%s", family, code)
			}
		}
	}
}

func contains(all []string, s string) bool {
	for _, a := range all {
		if a == s {
			return true
		}
	}
	return false
}

func TestLanguagesAgree(t *testing.T) {
	for _, key := range Keys() {
		fr, en := catalogue[French][key].paramList(), catalogue[English][key].paramList()
		if fr != en {
			t.Errorf("%s: French has the parameters %q, English %q", key, fr, en)
		}
	}
}

// TestFrenchSpacing holds the catalogue to French typography: no ordinary space
// before a double sign, none inside guillemets, no straight apostrophe.
func TestFrenchSpacing(t *testing.T) {
	wrong := regexp.MustCompile(` [;:!?»%]|« |'|[^\x{202f}\x{00a0}\s(][;!?]|[^\x{00a0}\d}]:[^/\d]`)
	for key, m := range catalogue[French] {
		if s := m.render(French, map[string]any{}); wrong.MatchString(s) {
			t.Errorf("%s: %q", key, s)
		}
	}
}

// TestRequiredCodes lists the error codes that the rooms may return.
func TestRequiredCodes(t *testing.T) {
	for _, code := range strings.Fields(`locked empty no-text too-large corrupt type-mismatch unsupported
		timeout memory encoding bad-credentials rate-limited weak-password name-taken not-found denied
		question-too-long question-empty runtime-unreachable model-missing prompt-cut disk-full busy internal
		bad-request csrf session-expired stream-interrupted upload-interrupted last-admin invalid-setting
		verification-failed`) {
		if !English.Has("error." + code) {
			t.Errorf("no sentence for %s", code)
		}
	}
}

func TestLoadRefuses(t *testing.T) {
	for name, files := range map[string]fstest.MapFS{
		"a key in two files": {
			"catalogue/a.json": {Data: []byte(`{"x.y":{"fr":"a","en":"a"}}`)},
			"catalogue/b.json": {Data: []byte(`{"x.y":{"fr":"a","en":"a"}}`)},
		},
		"a missing language": {"catalogue/a.json": {Data: []byte(`{"x.y":{"fr":"a"}}`)}},
		"a bad mark":         {"catalogue/a.json": {Data: []byte(`{"x.y":{"fr":"a","en":"{"}}`)}},
		"no JSON":            {"catalogue/a.json": {Data: []byte(`{`)}},
	} {
		if _, err := load(files); err == nil {
			t.Errorf("%s was accepted", name)
		}
	}
}
