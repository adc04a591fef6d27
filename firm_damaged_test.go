package main

import (
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"filippo.io/age"
)

// at asks the box over the network under a host name.
func (b *firmBox) at(t *testing.T, host, path, accept string) (status int, body string) {
	t.Helper()
	req, err := http.NewRequest(http.MethodGet, b.url+path, nil)
	if err != nil {
		t.Fatal(err)
	}
	req.Host = host
	req.Header.Set("Accept", accept)
	req.Header.Set("Accept-Language", "en")
	resp, err := b.client.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	raw, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return resp.StatusCode, string(raw)
}

// backedUpWithout makes a backup of a box of which gamma doesn't open, and restores it:
// each step says which firm isn't there as the others are.
func (b *firmBox) backedUpWithout(t *testing.T, identity, to string) {
	t.Helper()
	file := filepath.Join(t.TempDir(), "b.age")
	o := bounded(t, time.Minute, "backup", "create", "--json", "--tenant", b.tenant, "--recipient", to, "--out", file, "--data", b.dir)
	if o.code != 3 || !strings.Contains(o.out, `"damaged":[{"tenant":"gamma"`) || !strings.Contains(o.errout, "gamma") {
		t.Errorf("create: %+v", o)
	}
	o = bounded(t, time.Minute, "backup", "verify", file, "--identity", identity, "--data", b.dir)
	if o.code != 0 || !strings.Contains(o.errout, "gamma") || !strings.Contains(o.errout, "NOT") {
		t.Errorf("verify: %+v", o)
	}
	data := filepath.Join(t.TempDir(), "new")
	o = bounded(t, time.Minute, "backup", "restore", file, "--identity", identity, "--data", data)
	if o.code != 0 || !strings.Contains(o.errout, "gamma") {
		t.Errorf("restore: %+v", o)
	}
	if o = bounded(t, time.Minute, "backup", "list", "--tenant", b.tenant, "--data", b.dir); !strings.Contains(o.out, "partial") {
		t.Errorf("list: %+v", o)
	}
}

// TestFirmThatDoesNotOpen: whatever is wrong with one firm's data, the other one is
// served; the broken one's address says so in words, and the operator's list, the
// checks of health, the figures and a backup without it name it.
func TestFirmThatDoesNotOpen(t *testing.T) {
	b, _ := seedBox(t)
	do := func(c *firmBox, want int, args ...string) outcome {
		t.Helper()
		o := bounded(t, time.Minute, append(args, "--data", c.dir)...)
		if o.code != want {
			t.Fatalf("%v: exit %d\n%s%s", args, o.code, o.out, o.errout)
		}
		return o
	}
	do(b, 0, "tenant", "hosts", b.tenant, "localhost")
	do(b, 0, "tenant", "create", "gamma", "--firm", "Gamma", "--admin", "Gaëlle", "--host", "gamma.test")
	id, err := age.GenerateHybridIdentity()
	if err != nil {
		t.Fatal(err)
	}
	identity, to := filepath.Join(t.TempDir(), "identity"), id.Recipient().String()
	if err := os.WriteFile(identity, []byte(id.String()+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	do(b, 0, "settings", "set", "backup.recipients="+to, "--tenant", b.tenant, "--reason", "a first opener")
	for name, damage := range map[string]func(db, key string) error{
		"truncated": func(db, _ string) error { return os.Truncate(db, 3*4096) },
		"pages": func(db, _ string) error {
			raw, err := os.ReadFile(db)
			for i := 2 * 4096; err == nil && i < len(raw); i += 512 {
				raw[i] ^= 0xff
			}
			if err == nil {
				err = os.WriteFile(db, raw, 0o600)
			}
			return err
		},
		"removed": func(db, _ string) error { return os.Remove(db) },
		"key":     func(_, key string) error { return os.Remove(key) },
	} {
		t.Run(name, func(t *testing.T) {
			c := copyBox(t, b)
			db := filepath.Join(c.dir, "tenants", "gamma", "store.db")
			if err := damage(db, filepath.Join(c.dir, "keys", "checkpoint-gamma.key")); err != nil {
				t.Fatal(err)
			}
			c.start(t)
			if hits, err := c.search(t.Context(), "télétravail"); err != nil || len(hits) == 0 {
				t.Errorf("the sound firm: %d hits, %v", len(hits), err)
			}
			if status, page := c.at(t, "localhost", "/signin", "text/html"); status != http.StatusOK {
				t.Errorf("the sound firm's sign-in: %d %.300s", status, page)
			}
			for path, accept := range map[string]string{"/signin": "text/html", "/": "text/html", "/api/v1/documents": "application/json"} {
				status, page := c.at(t, "gamma.test", path, accept)
				if status != http.StatusServiceUnavailable || strings.Contains(page, c.dir) || !strings.Contains(page, "can’t be opened") {
					t.Errorf("%s of the broken firm: %d %.600s", path, status, page)
				}
			}
			if status, page := c.at(t, "localhost", "/readyz", "text/plain"); status != http.StatusOK {
				t.Errorf("readyz: %d %s", status, page)
			}
			o := do(c, 0, "tenant", "list", "--json")
			lines := strings.Split(strings.TrimSpace(o.out), "\n")
			if len(lines) != 2 || !strings.Contains(lines[0]+lines[1], `"state":"open"`) || !strings.Contains(lines[0]+lines[1], `"state":"damaged"`) {
				t.Errorf("tenant list: %s", o.out)
			}
			if o = do(c, 0, "tenant", "list"); !strings.Contains(o.out, "gamma.key") && !strings.Contains(o.out, db) {
				t.Errorf("tenant list doesn't name the file: %s", o.out)
			}
			if o = do(c, 1, "doctor", "--tenant", c.tenant); !strings.Contains(o.out, "1 of 2 firms do not open") {
				t.Errorf("doctor: %s", o.out)
			}
			c.backedUpWithout(t, identity, to)
			c.stop(t)
			if !strings.Contains(c.stderr.String(), "gamma") {
				t.Errorf("the log doesn't name the firm: %s", c.stderr)
			}
		})
	}
}
