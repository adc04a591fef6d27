package cli

import (
	"context"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"coffre/store"
)

// sealed is a data directory with one tenant and a few entries, closed, and the
// tenant's first key.
func sealed(t *testing.T) (dir, firstKey string) {
	t.Helper()
	dir = filepath.Join(t.TempDir(), "data")
	root, err := store.OpenRoot(dir, store.Options{})
	if err != nil {
		t.Fatal(err)
	}
	kit, err := root.CreateTenant(context.Background(), store.System("test"), store.NewTenant{ID: "acme", Firm: "Acme"})
	if err != nil {
		t.Fatal(err)
	}
	if err := root.Close(); err != nil {
		t.Fatal(err)
	}
	return dir, kit.FirstKey
}

func at(dir string, e Env) Env {
	e.Getenv = func(name string) string { return map[string]string{"COFFRE_DATA": dir}[name] }
	return e
}

func TestAuditVerifyDirectory(t *testing.T) {
	dir, key := sealed(t)
	a := &api{answers: map[string]http.HandlerFunc{
		"POST /audit/verify": says(`{"ok":true,"authentic":true,"tenant":"acme","entries":2,"checkpoint_size":2,"handovers":0,"entries_per_s":5,"seconds":0.4}`),
	}}
	o := runWith(t, at(dir, Env{Open: opens(a)}), "audit", "verify", "--key", key)
	o.want(t, ExitDone, "The journal holds: 2 entries checked", "")
	o.want(t, ExitDone, "Authentic", "")
	if q := a.last(t, "POST /audit/verify"); !strings.Contains(q.body, key) || !strings.Contains(q.body, `"checkpoints":[]`) {
		t.Errorf("posted %s", q.body)
	}
	corrupt := func(string) (http.Handler, func() error, error) {
		return nil, nil, store.Fail(store.Corrupt, "damaged")
	}
	runWith(t, at(dir, Env{Open: corrupt}), "audit", "verify", "--json").want(t, ExitUnverified, `"fault":"page-damaged"`, "coffre: ")
	other := func(string) (http.Handler, func() error, error) {
		return nil, nil, store.Fail(store.Unavailable, "in-use")
	}
	runWith(t, at(dir, Env{Open: other}), "audit", "verify").want(t, ExitUnreachable, "holds", "coffre: ")
	runWith(t, at(dir, Env{}), "audit", "verify", "--tenant", "box", "--json").want(t, ExitDone, `"tenant":"box"`, "")
	runWith(t, at(t.TempDir(), Env{}), "audit", "verify").want(t, ExitUnreachable, "", "no box in")
	_, wrong := sealed(t)
	runWith(t, at(dir, Env{Open: opens(a)}), "audit", "verify", "--key", wrong).want(t, ExitUnverified, "does not hold", "")
	runWith(t, at(dir, Env{Open: opens(a)}), "audit", "verify", "--key", "coffre.audit/short").want(t, ExitUsage, "", "first key given")
}

// TestAuditVerifyTampered changes the payload of an entry in place: only the
// child reads that file, and says which entry it is.
func TestAuditVerifyTampered(t *testing.T) {
	dir, _ := sealed(t)
	path := store.TenantDB(dir, "acme")
	raw, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if strings.Count(string(raw), `"kind":"tenant"`) == 0 {
		t.Fatal("no payload found")
	}
	raw = []byte(strings.ReplaceAll(string(raw), `"kind":"tenant"`, `"kind":"tenanx"`))
	if err := os.WriteFile(path, raw, 0o600); err != nil {
		t.Fatal(err)
	}
	never := func(string) (http.Handler, func() error, error) {
		t.Error("a tampered file was opened")
		return nil, nil, io.EOF
	}
	o := runWith(t, at(dir, Env{Open: never}), "audit", "verify", "--json")
	o.want(t, ExitUnverified, `"first_fault":1`, "")
	o.want(t, ExitUnverified, `"ok":false,"authentic":false,"tenant":"acme"`, "")
	runWith(t, at(dir, Env{Open: never}), "audit", "verify", "--lang", "fr").want(t, ExitUnverified, "la première faute est à l’entrée 1", "")
}

// TestAuditVerifyBusy: a database that another process writes is no fault.
func TestAuditVerifyBusy(t *testing.T) {
	dir, _ := sealed(t)
	root, err := store.OpenRoot(dir, store.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer root.Close()
	_, release, err := root.Acquire("acme")
	if err != nil {
		t.Fatal(err)
	}
	defer release()
	runWith(t, at(dir, Env{}), "audit", "verify").want(t, ExitUnreachable, "", "coffre: ")
}

func TestAuditVerifyFile(t *testing.T) {
	shared := filepath.Join("..", "..", "..", "shared", "data", "audit")
	if s := os.Getenv("COFFRE_SHARED"); s != "" {
		shared = filepath.Join(s, "data", "audit")
	}
	table, err := os.ReadFile(filepath.Join(shared, "EXPECTED.tsv"))
	if err != nil {
		t.Skip("no exports: set COFFRE_SHARED to the directory that holds data/audit")
	}
	for line := range strings.Lines(string(table)) {
		f := strings.Split(strings.TrimRight(line, "\n"), "\t")
		if !strings.HasSuffix(f[0], ".ndjson") {
			continue
		}
		args := []string{"audit", "verify", "--json", "--file", filepath.Join(shared, f[0])}
		if len(f) > 2 && strings.HasPrefix(f[2], "--") {
			words := strings.Fields(f[2])
			args = append(args, words[0], filepath.Join(shared, words[1]))
		}
		o := run(t, nil, args...)
		if f[1] == "fault" {
			o.want(t, ExitUnverified, `"ok":false`, "")
		} else {
			o.want(t, ExitDone, `"ok":true`, "")
		}
	}
	sound, key := filepath.Join(shared, "sound.ndjson"), filepath.Join(shared, "first.key")
	run(t, nil, "audit", "verify", "--file", sound, "--key", key).want(t, ExitDone, "Authentic", "")
	run(t, nil, "audit", "verify", "--file", sound, "--lang", "fr").want(t, ExitDone, "Cohérent avec lui-même seulement", "")
	raw, err := os.ReadFile(sound)
	if err != nil {
		t.Fatal(err)
	}
	runWith(t, Env{Stdin: strings.NewReader(string(raw))}, "audit", "verify", "--file", "-").want(t, ExitDone, "The journal holds", "")
}

func TestAuditVerifyNoExport(t *testing.T) {
	path := filepath.Join(t.TempDir(), "x")
	if err := os.WriteFile(path, []byte("hello\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	run(t, nil, "audit", "verify", "--file", path).want(t, ExitUnverified, "this file is no export", "")
	run(t, nil, "audit", "verify", "--file", path, "--json").want(t, ExitUnverified, `"fault":"not-export"`, "")
	run(t, nil, "audit", "verify", "--file", path+"y").want(t, ExitFailed, "", "does not exist")
	run(t, nil, "audit", "verify", "--file", path, "--checkpoint", path).want(t, ExitUsage, "", "is not a checkpoint")
	run(t, nil, "audit", "verify", "--file", path, "--checkpoint", path+"y").want(t, ExitFailed, "", "does not exist")
}

func TestAuditExport(t *testing.T) {
	a := &api{answers: map[string]http.HandlerFunc{"GET /audit/export": says("line\n")}}
	out := filepath.Join(t.TempDir(), "export.ndjson")
	run(t, a, "audit", "export", "--out", out, "--private").want(t, ExitDone, "The journal is in "+out, "")
	if q := a.last(t, "GET /audit/export"); q.query != "private=1" {
		t.Errorf("asked %+v", q)
	}
	run(t, a, "audit", "export", "--out", out, "--from", "2026-03-01", "--class", "document", "--format", "csv").want(t, ExitDone, "", "")
	if q := a.last(t, "GET /audit/export"); q.query != "class=document&form=csv&from=2026-03-01" {
		t.Errorf("asked %+v", q)
	}
	if b, err := os.ReadFile(out); string(b) != "line\n" || err != nil {
		t.Errorf("wrote %q, %v", b, err)
	}
	run(t, a, "audit", "export", "--out", "-").want(t, ExitDone, "line\n", "")
	run(t, a, "audit", "export", "--out", filepath.Join(out, "x")).want(t, ExitFailed, "", "coffre: ")

	a.answers["GET /audit/export"] = func(w http.ResponseWriter, _ *http.Request) {
		io.WriteString(w, "half a li")
		panic(http.ErrAbortHandler)
	}
	run(t, a, "audit", "export", "--out", out+"2").want(t, ExitUnreachable, "", "connection to the box was lost")
	for _, path := range []string{out + "2", out + "2.partial"} {
		if _, err := os.Stat(path); !os.IsNotExist(err) {
			t.Errorf("%s was left behind", path)
		}
	}
}

func TestAuditProve(t *testing.T) {
	a := &api{answers: map[string]http.HandlerFunc{"GET /audit/proof": says(`{"size":3}`)}}
	run(t, a, "audit", "prove", "--seq", "2").want(t, ExitDone, `{"size":3}`, "")
	if q := a.last(t, "GET /audit/proof"); q.query != "seq=2" {
		t.Errorf("asked %+v", q)
	}
	run(t, a, "audit", "prove", "--from-size", "2").want(t, ExitDone, `{"size":3}`, "")
	if q := a.last(t, "GET /audit/proof"); q.query != "from_size=2" {
		t.Errorf("asked %+v", q)
	}
}

func TestAuditCheckpoint(t *testing.T) {
	note := "coffre.audit/acme/752f7d206962df9d\n2\n9m9vMsqbWkUXhs6p2OJjP9RYNG8tPn61HaER6wZNZ3Q=\n\n— coffre.audit/acme/752f7d206962df9d G2dfpd39cq+pSAF3RS5WSoaAlk35EguB1R8i7tr10V2KZbyFjTzjJyhNIkREh18LyMNpaUbVOqTEvCCxXDbQ40+O8gg=\n"
	a := &api{answers: map[string]http.HandlerFunc{"GET /audit/checkpoint": says(note)}}
	run(t, a, "audit", "checkpoint").want(t, ExitDone, note, "")
	if m := run(t, a, "audit", "checkpoint", "--json").lines(t)[0]; m["note"] != note || m["size"] != 2.0 {
		t.Errorf("audit checkpoint --json: %v", m)
	}
}
