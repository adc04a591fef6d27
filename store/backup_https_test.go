package store

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"maps"
	numbers "math/big"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"coffre/vault/backupfile"
)

// authority makes one with its key, as the box does for itself.
func authority(t *testing.T, until time.Time) (ca, key []byte) {
	t.Helper()
	k, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	self := &x509.Certificate{
		SerialNumber: numbers.NewInt(time.Now().UnixNano()), Subject: pkix.Name{CommonName: "coffre CA"}, NotBefore: time.Now().Add(-time.Hour), NotAfter: until,
		IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign,
	}
	der, err := x509.CreateCertificate(rand.Reader, self, self, &k.PublicKey, k)
	if err != nil {
		t.Fatal(err)
	}
	secret, err := x509.MarshalPKCS8PrivateKey(k)
	if err != nil {
		t.Fatal(err)
	}
	return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}), pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: secret})
}

// serving gives a data directory what HTTPS leaves in it.
func serving(t *testing.T, data string) map[string][]byte {
	t.Helper()
	ca, key := authority(t, time.Now().AddDate(9, 0, 0))
	firm, firmKey := authority(t, time.Now().AddDate(0, 2, 0))
	all := map[string][]byte{
		"ca.pem": ca, "ca.key": key, "firm.pem": append(firmKey, firm...), "request.pem": firmKey,
		"acme-0123456789abcdef.key": firmKey, "server.pem": append(key, ca...), ".certs-123": key,
	}
	putKeys(t, data, all)
	return all
}

func putKeys(t *testing.T, data string, all map[string][]byte) {
	t.Helper()
	for name, text := range all {
		path := filepath.Join(data, "keys", name)
		os.Remove(path)
		if err := os.WriteFile(path, text, 0o600); err != nil {
			t.Fatal(err)
		}
	}
}

// httpsOf are the files of HTTPS that a data directory has.
func httpsOf(t *testing.T, data string) map[string][]byte {
	t.Helper()
	out := map[string][]byte{}
	for _, name := range left(t, filepath.Join(data, "keys")) {
		if name != "master.age" && !bytes.HasPrefix([]byte(name), []byte("checkpoint-")) {
			b, err := os.ReadFile(filepath.Join(data, "keys", name))
			if err != nil {
				t.Fatal(err)
			}
			out[name] = b
		}
	}
	return out
}

// comesBack is what of a box's keys is in its backups.
func comesBack(all map[string][]byte) map[string][]byte {
	out := maps.Clone(all)
	delete(out, "server.pem")
	delete(out, ".certs-123")
	return out
}

func sameKeys(a, b map[string][]byte) bool { return maps.EqualFunc(a, b, bytes.Equal) }

// TestBackupHTTPS: what browsers know the box by comes back byte for byte, and
// nothing that signs a chain does; the report and the drill know of it.
func TestBackupHTTPS(t *testing.T) {
	k := newKept(t)
	all := serving(t, k.root.Dir)
	file := k.backup(t)
	dir := filepath.Join(t.TempDir(), "new")
	rep, err := RestoreBackup(t.Context(), k.request(file, dir))
	if err != nil {
		t.Fatal(err)
	}
	h := rep.HTTPS
	if h.State != AuthorityKept || len(h.Authority) != 95 || h.Until.Before(time.Now().AddDate(8, 0, 0)) || h.FirmUntil.IsZero() {
		t.Errorf("%+v", h)
	}
	got := httpsOf(t, dir)
	if !sameKeys(got, comesBack(all)) {
		t.Errorf("restored: %q", slices.Sorted(maps.Keys(got)))
	}
	for _, name := range slices.Sorted(maps.Keys(got)) {
		if st, err := os.Stat(filepath.Join(dir, "keys", name)); err != nil || st.Mode().Perm() != 0o600 {
			t.Errorf("%s: %v %v", name, st.Mode(), err)
		}
	}
	if rep, err := VerifyBackup(t.Context(), k.request(file, "").VerifyBackupRequest); err != nil || rep.HTTPS != h {
		t.Errorf("verify: %+v %v", rep.HTTPS, err)
	}
	if rec, err := k.root.Drill(t.Context(), DrillRequest{By: CLI("test")}); err != nil || !rec.OK {
		t.Errorf("drill: %+v %v", rec, err)
	}
	if facts := factsIn(t, k, file); facts.Format != backupfile.FormatHTTPS {
		t.Errorf("layout %d", facts.Format)
	}
}

func factsIn(t *testing.T, k *kept, file string) backupfile.Facts {
	t.Helper()
	facts, _, _, err := backupReading{identity: k.identity, file: file}.unpack(t.Context(), t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	return facts
}

// TestBackupHalfAuthority: files that are not of each other are no authority, and
// keep nobody from a backup.
func TestBackupHalfAuthority(t *testing.T) {
	k := newKept(t)
	ca, _ := authority(t, time.Now().AddDate(1, 0, 0))
	_, key := authority(t, time.Now().AddDate(1, 0, 0))
	for name, files := range map[string]map[string][]byte{
		"none": {}, "the key alone": {"ca.key": key}, "the certificate alone": {"ca.pem": ca}, "of two": {"ca.pem": ca, "ca.key": key}, "no text": {"ca.pem": nil, "ca.key": nil},
	} {
		for _, old := range []string{"ca.pem", "ca.key"} {
			os.Remove(filepath.Join(k.root.Dir, "keys", old))
		}
		putKeys(t, k.root.Dir, files)
		file := k.backup(t)
		dir := filepath.Join(t.TempDir(), "new")
		rep, err := RestoreBackup(t.Context(), k.request(file, dir))
		if err != nil || rep.HTTPS != (RestoredHTTPS{State: AuthorityNone}) || len(httpsOf(t, dir)) > 0 {
			t.Errorf("%s: %+v %v", name, rep.HTTPS, err)
		}
		if got := factsIn(t, k, file).Format; got != backupfile.Format {
			t.Errorf("%s: layout %d, which an older program doesn't read", name, got)
		}
	}
}

// TestRestoreAuthority: what becomes of the authority is said as it is.
func TestRestoreAuthority(t *testing.T) {
	k := newKept(t)
	for name, c := range map[string]struct {
		until time.Time
		other bool
		want  string
	}{
		"for years":        {time.Now().AddDate(5, 0, 0), false, AuthorityKept},
		"for a month more": {time.Now().Add(AuthorityRenews + time.Hour), false, AuthorityKept},
		"nearly over":      {time.Now().Add(AuthorityRenews - time.Hour), false, AuthorityEnds},
		"over":             {time.Now().Add(-time.Minute), false, AuthorityEnds},
		"another":          {time.Now().AddDate(5, 0, 0), true, AuthorityOther},
	} {
		ca, key := authority(t, c.until)
		putKeys(t, k.root.Dir, map[string][]byte{"ca.pem": ca, "ca.key": key})
		q := k.request(k.backup(t), filepath.Join(t.TempDir(), "new"))
		q.NewAuthority = c.other
		rep, err := RestoreBackup(t.Context(), q)
		if err != nil || rep.HTTPS.State != c.want {
			t.Errorf("%s: %+v %v", name, rep.HTTPS, err)
		}
		if got := httpsOf(t, q.Data); len(got) > 0 == c.other {
			t.Errorf("%s: %d files", name, len(got))
		}
	}
}

// TestRestoreForgedAuthority: a box would not start with an authority whose files are
// not of each other.
func TestRestoreForgedAuthority(t *testing.T) {
	k := newKept(t)
	serving(t, k.root.Dir)
	for name, change := range map[string]func(dir string){
		"another's key": func(dir string) {
			_, key := authority(t, time.Now().AddDate(1, 0, 0))
			putKeys(t, dir, map[string][]byte{"ca.key": key})
		},
		"no key": func(dir string) { os.Remove(filepath.Join(dir, "keys", "ca.key")) },
		"no certificate": func(dir string) {
			os.Remove(filepath.Join(dir, "keys", "ca.pem"))
		},
		"text": func(dir string) { putKeys(t, dir, map[string][]byte{"ca.pem": []byte("hello")}) },
	} {
		t.Run(name, func(t *testing.T) {
			refusedRestore(t, k, remade(t, k, func(dir string, _ *backupfile.Facts) { change(dir) }), "backup-damaged")
		})
	}
}

// TestKilledRestoreHTTPS: killed at any moment, a box shows the authority from before
// or the backup's, with its own key, and never another.
func TestKilledRestoreHTTPS(t *testing.T) {
	k := newKept(t)
	kept := comesBack(serving(t, k.root.Dir))
	file := k.backup(t)
	identity := filepath.Join(t.TempDir(), "id.txt")
	text := k.text + k.kits["acme"].RecoverySecret + "\n" + k.kits[BoxID].RecoverySecret + "\n"
	if err := os.WriteFile(identity, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, step := range append([]string{"restore-made", "restore-staged", "restore-awake", "restore-exchanged", "never"}, moments(4, 900*time.Millisecond)...) {
		live := filepath.Join(t.TempDir(), "data")
		copyBox(t, k.root.Dir, live)
		own := serving(t, live)
		killedChild(t, "__restorefile", file, identity, live, step)
		f, end := opened(t, live)
		restored := 0
		f.View(func(v *View) (err error) { restored, err = v.restores(); return err })
		end()
		if got := httpsOf(t, live); restored > 0 && !sameKeys(got, kept) || restored == 0 && !sameKeys(got, own) {
			t.Errorf("%s: restored %d times, with %q", step, restored, slices.Sorted(maps.Keys(got)))
		}
	}
	for _, step := range []string{"first-made", "first-staged", "first-awake", "first-before-mark", "first-marked", "first-taking", "first-taken", "first-unmarked", "never"} {
		data := filepath.Join(t.TempDir(), "data")
		newRoot(t, data, nil).Close()
		own := serving(t, data)
		killedChild(t, "__firstrestore", file, identity, data, step)
		restored := emptyOrRestored(t, step, data)
		if got := httpsOf(t, data); restored && !sameKeys(got, kept) || !restored && !sameKeys(got, own) {
			t.Errorf("%s: restored %v, with %q", step, restored, slices.Sorted(maps.Keys(got)))
		}
	}
}

// TestFirstRestoreAuthority: somebody may leave the authority out before the word is
// given, and not afterwards.
func TestFirstRestoreAuthority(t *testing.T) {
	k := newKept(t)
	serving(t, k.root.Dir)
	file := k.backup(t)
	r := newRoot(t, filepath.Join(t.TempDir(), "data"), nil)
	none := RestoredHTTPS{State: AuthorityKept}
	if err := r.LeaveAuthority(&none); AsError(err).Code != "restore-none" {
		t.Errorf("nothing is staged: %v", err)
	}
	found, err := r.StageRestore(t.Context(), FirstRequest{File: file, Identity: k.identity, By: System("restore")})
	if err != nil || found.HTTPS.State != AuthorityKept {
		t.Fatalf("%+v %v", found.HTTPS, err)
	}
	if err := r.LeaveAuthority(&found.HTTPS); err != nil || found.HTTPS.State != AuthorityOther {
		t.Fatalf("%+v %v", found.HTTPS, err)
	}
	if err := r.CommitRestore(); err != nil {
		t.Fatal(err)
	}
	if err := r.LeaveAuthority(&found.HTTPS); AsError(err).Code != "restore-none" {
		t.Errorf("after the word: %v", err)
	}
	dir := r.Dir
	r.Close()
	emptyOrRestored(t, "left out", dir)
	got := httpsOf(t, dir)
	if got["ca.pem"] != nil || got["ca.key"] != nil || got["firm.pem"] == nil {
		t.Errorf("%q", slices.Sorted(maps.Keys(got)))
	}
}
