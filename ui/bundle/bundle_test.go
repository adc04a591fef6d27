package bundle

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func one(id string) string {
	if id == "acme" || id == "" {
		return "firm-1"
	}
	return ""
}

func TestReadLog(t *testing.T) {
	in := `{"time":"2026-11-23T09:00:00Z","level":"INFO","msg":"request","request":"aaaaaaaaaaaaaaaaaaaaaaaaaa","method":"GET","route":"/documents/{id}","status":200,"ms":1.5,"bytes":10,"caller":"person","tenant":"acme"}
{"time":"2026-11-23T09:00:00Z","level":"ERROR","msg":"extraction failed","document":"canari","err":"open /srv/canari/plan.pdf: canari","code":"pdf-damaged","tenant":"acme"}
{"time":"2026-11-23T09:00:00Z","level":"ERROR","msg":"handler panicked","request":"canari","stack":"goroutine 1:\nmain.f(0xc0001)\n\t/home/canari/coffre/ui/route.go:99 +0x1\n"}
{"time":"2026-11-23T09:00:00Z","level":"DEBUG","msg":"canari"}
{"time":"2026-11-23T09:00:00Z","level":"WARN","msg":"http: TLS handshake error from 192.0.2.7:443: canari"}
{"time":"2026-11-23T09:00:00Z","level":"WARN","msg":"of another firm","tenant":"canari"}
{"time":"canari","level":"WARN","msg":"x"}
{"time":"2026-11-23T09:00:00Z","level":"WARN","msg":"odd","route":"/canari?q=canari","code":"Canari 7","caller":"Jean CANARI","status":"canari","canari canari":1}
not JSON canari
`
	got := ReadLog([]byte(in), one)
	text := string(got.Text)
	if strings.Contains(strings.ToLower(text), "canari") || strings.Contains(text, "192.0.2") || strings.Contains(text, "acme") {
		t.Errorf("told:\n%s", text)
	}
	for _, want := range []string{`"route":"/documents/{id}"`, `"code":"pdf-damaged"`, `"err ••• (33)"`, `"route.go:99"`, `"tenant":"firm-1"`, `"ms":1.5`} {
		if !strings.Contains(text, want) {
			t.Errorf("no %s in\n%s", want, text)
		}
	}
	if got.Kept != 4 || got.Left != 5 || got.Counts["ERROR extraction failed pdf-damaged"] != 1 {
		t.Errorf("%d kept, %d left, %v", got.Kept, got.Left, got.Counts)
	}
}

func FuzzReadLog(f *testing.F) {
	f.Add([]byte(`{"time":"2026-11-23T09:00:00Z","level":"WARN","msg":"x","err":"y"}`))
	f.Fuzz(func(t *testing.T, b []byte) {
		got := ReadLog(b, one)
		if strings.Contains(string(got.Text), "@") {
			t.Errorf("%q", got.Text)
		}
	})
}

func TestReadPlaces(t *testing.T) {
	dir := t.TempDir()
	for _, p := range []string{"box.db", "keys/master.age", "tenants/acme/store.db", "tenants/acme/files/canari", "tenants/canari/store.db", "canari/canari.txt"} {
		path := filepath.Join(dir, p)
		os.MkdirAll(filepath.Dir(path), 0o700)
		if err := os.WriteFile(path, []byte("abc"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	seen := map[string]Place{}
	for _, p := range ReadPlaces(dir, one) {
		seen[p.Place] = p
		if strings.Contains(p.Place, "canari") || strings.Contains(p.Place, "acme") {
			t.Errorf("%s is told", p.Place)
		}
	}
	if p := seen["tenants/firm-1/files/*"]; p.Files != 1 || p.Bytes != 3 || p.Modes["-rw-------"] != 1 {
		t.Errorf("%v", seen)
	}
}

func TestBuild(t *testing.T) {
	if b := ReadBuild("1.2"); b.Version != "1.2" || b.Go == "" || len(b.Modules) == 0 && b.Settings == nil {
		t.Errorf("%+v", b)
	}
}
