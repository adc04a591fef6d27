package store

import (
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/pem"
	"errors"
	mathbig "math/big"
	"strings"
	"testing"
	"time"

	"coffre/chain"
	"coffre/vault"
)

// testPair is a certificate that signs itself, with its key, in PEM.
func testPair(t testing.TB, end time.Time) []byte {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	c := &x509.Certificate{SerialNumber: mathbig.NewInt(1), NotBefore: end.Add(-365 * 24 * time.Hour), NotAfter: end}
	der, err := x509.CreateCertificate(rand.Reader, c, c, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	secret, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	return append(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}), pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: secret})...)
}

// TestPurposes: each purpose takes its own kind of value, for its own kind of
// address.
func TestPurposes(t *testing.T) {
	f := newFirm(t)
	end := time.Now().Add(200 * 24 * time.Hour).Truncate(time.Second)
	pair := testPair(t, end)
	cert, key := pair[:bytes.Index(pair, []byte("-----BEGIN PRIVATE"))], pair[bytes.Index(pair, []byte("-----BEGIN PRIVATE")):]
	other := testPair(t, end)
	otherKey := other[bytes.Index(other, []byte("-----BEGIN PRIVATE")):]
	const siem, dir = "syslog://siem.acme.lan", "ldaps://dc.acme.lan"
	for i, c := range []struct {
		purpose, address string
		value            []byte
		code             string
	}{
		{PurposeSIEM, siem, pair, ""},
		{PurposeSIEM, "syslog://siem.acme.lan:6515", bytes.ReplaceAll(pair, []byte("\n"), []byte("\r\n")), ""},
		{PurposeSAML, "https://idp.acme.lan", append(append([]byte{}, key...), cert...), ""},
		{PurposeSIEM, siem, cert, "secret-pair"},
		{PurposeSIEM, siem, key, "secret-pair"},
		{PurposeSIEM, siem, append(append([]byte{}, cert...), otherKey...), "secret-pair"},
		{PurposeSIEM, siem, []byte("sk-line"), "secret-pair"},
		{PurposeSIEM, siem, append(append([]byte{}, cert...), "-----BEGIN ENCRYPTED PRIVATE KEY-----\nMA==\n-----END ENCRYPTED PRIVATE KEY-----\n"...), "secret-pair-locked"},
		{PurposeSIEM, siem, testPair(t, time.Now().Add(-time.Hour)), "secret-pair-ended"},
		{PurposeSIEM, houseURL, pair, "secret-address-form"},
		{PurposeSIEM, dir, pair, "secret-address-form"},
		{PurposeDirectory, dir, []byte(" Mot de passe, é€ "), ""},
		{PurposeDirectory, "ldap://dc.acme.lan:389", []byte("x"), ""},
		{PurposeDirectory, dir, []byte("two\nlines"), "secret-line"},
		{PurposeDirectory, dir, []byte("\xff"), "secret-line"},
		{PurposeDirectory, dir, nil, "secret-line"},
		{PurposeDirectory, houseURL, []byte("x"), "secret-address-form"},
		{PurposeOIDC, "https://id.acme.lan", []byte("a b"), ""},
		{PurposeOIDC, siem, []byte("a b"), "secret-address-form"},
		{PurposeRuntime, siem, []byte("sk"), "secret-address-form"},
	} {
		got, err := f.CreateCredential(context.Background(), f.admin, NewCredential{Name: string(rune('a' + i)), Purpose: c.purpose, Address: c.address, Value: vault.NewSecret(bytes.Clone(c.value))}, "")
		if c.code == "" && (err != nil || PurposeIsPair(c.purpose) != bytes.Contains(c.value, []byte("PRIVATE"))) || c.code != "" && (err == nil || AsError(err).Code != c.code) {
			t.Errorf("%d, %s: %v, want %q", i, c.purpose, err, c.code)
		}
		if c.code == "" && c.purpose == PurposeSIEM != got.Expires.Equal(end) {
			t.Errorf("%d: expires %v, the certificate at %v", i, got.Expires, end)
		}
	}
}

// TestPairRotated: the end of the certificate before doesn't end the next one.
func TestPairRotated(t *testing.T) {
	f := newFirm(t)
	ctx := context.Background()
	soon, later := time.Now().Add(24*time.Hour).Truncate(time.Second), time.Now().Add(400*24*time.Hour).Truncate(time.Second)
	c, err := f.CreateCredential(ctx, f.admin, NewCredential{Name: "a", Purpose: PurposeSIEM, Address: "syslog://siem", Value: vault.NewSecret(testPair(t, soon))}, "")
	if err != nil || !c.Expires.Equal(soon) {
		t.Fatalf("%v %v", c.Expires, err)
	}
	c, err = f.RotateCredential(ctx, f.admin, c.ID, NewValue{Value: vault.NewSecret(testPair(t, later))}, "")
	if err != nil || !c.Expires.Equal(later) {
		t.Errorf("%v %v", c.Expires, err)
	}
	sooner := soon.Add(time.Hour)
	c, err = f.RotateCredential(ctx, f.admin, c.ID, NewValue{Value: vault.NewSecret(testPair(t, later)), Expires: &sooner}, "")
	if err != nil || !c.Expires.Equal(sooner) {
		t.Errorf("%v %v", c.Expires, err)
	}
}

// TestTrustChanges: whoever may name another authority, and controls DNS, isn't
// sent the value: it is bound to the one of when it was entered.
func TestTrustChanges(t *testing.T) {
	f := newFirm(t)
	ctx := context.Background()
	trust := func(file string) {
		t.Helper()
		f.do(t, chain.SettingsUpdate, func(tx *Tx) error { return tx.PutSetting(SettingRuntimeCA, file) })
	}
	with := func(id, file string) CredentialUse {
		u := useOf(id)
		u.Trust = file
		return u
	}
	trust("/etc/house.pem")
	c := f.keep(t, "Passerelle", plantedKey)
	if c.Trust != "/etc/house.pem" {
		t.Errorf("%+v", c)
	}
	if got, err := f.opened(with(c.ID, "/etc/house.pem")); err != nil || got != plantedKey {
		t.Fatalf("%q %v", got, err)
	}
	for _, file := range []string{"", "/tmp/evil.pem"} {
		got, err := f.opened(with(c.ID, file))
		if wantSecretCode(t, file, err, "secret-trust"); got != "" {
			t.Error("the value came out")
		}
	}
	// In the database itself: the record is bound to it.
	f.do(t, chain.SettingsUpdate, func(tx *Tx) error {
		rec, err := tx.credential(c.ID)
		rec.Trust = "/tmp/evil.pem"
		return errors.Join(err, credentials.put(tx, []byte(c.ID), rec))
	})
	got, err := f.opened(with(c.ID, "/tmp/evil.pem"))
	if wantSecretCode(t, "edited in the database", err, "secret-sealed"); got != "" {
		t.Error("the value came out")
	}
	trust("/etc/next.pem")
	if c, err = f.RotateCredential(ctx, f.admin, c.ID, NewValue{Value: vault.NewSecret([]byte(plantedKey))}, ""); err != nil {
		t.Fatalf("the same value under another authority: %v", err)
	}
	if got, err := f.opened(with(c.ID, "/etc/next.pem")); err != nil || got != plantedKey {
		t.Errorf("%q %v", got, err)
	}
	// The directory's authorities may be pasted as well.
	f.do(t, chain.SettingsUpdate, func(tx *Tx) error {
		return errors.Join(tx.PutSetting("directory.ca_file", "/etc/dir.pem"), tx.PutSetting("directory.ca", "-----BEGIN CERTIFICATE-----\nx\n"))
	})
	dir, err := f.CreateCredential(ctx, f.admin, NewCredential{Name: "dir", Purpose: PurposeDirectory, Address: "ldaps://dc.acme.lan", Value: vault.NewSecret([]byte("geheim"))}, "")
	if err != nil || !strings.HasPrefix(dir.Trust, "/etc/dir.pem sha256:") {
		t.Fatalf("%q %v", dir.Trust, err)
	}
	bind := CredentialUse{ID: dir.ID, Purpose: PurposeDirectory, Address: "ldaps://dc.acme.lan", Tool: "directory"}
	now := func() {
		f.View(func(v *View) error { bind.Trust = v.CredentialTrust(PurposeDirectory); return nil })
	}
	now()
	if got, err := f.opened(bind); err != nil || got != "geheim" {
		t.Errorf("%q %v", got, err)
	}
	f.do(t, chain.SettingsUpdate, func(tx *Tx) error { return tx.PutSetting("directory.ca", "-----BEGIN CERTIFICATE-----\nevil\n") })
	now()
	_, err = f.opened(bind)
	wantSecretCode(t, "another authority pasted", err, "secret-trust")
	// Without encryption nobody is believed by anything.
	plain, err := f.CreateCredential(ctx, f.admin, NewCredential{Name: "b", Purpose: PurposeRuntime, Address: "http://ia.acme.lan", Value: vault.NewSecret([]byte("sk"))}, "")
	if err != nil || plain.Trust != "" {
		t.Errorf("%+v %v", plain, err)
	}
	u := with(plain.ID, "/tmp/evil.pem")
	u.Address = "http://ia.acme.lan/v1"
	if _, err := f.opened(u); err != nil {
		t.Error(err)
	}
}

// TestLeaseAcrossRekey: a use that goes on while a new master identity takes its
// place opens its value under it; one whose value was replaced too does not.
func TestLeaseAcrossRekey(t *testing.T) {
	f := newFirm(t)
	ctx := context.Background()
	c := f.keep(t, "Passerelle", plantedKey)
	l, err := f.LeaseCredential(ctx, f.alice.Actor, useOf(c.ID))
	if err != nil {
		t.Fatal(err)
	}
	defer l.End()
	opens := func(what string, want error) {
		t.Helper()
		n := 0
		err := l.Open(func(b []byte) error {
			if n++; string(b) != plantedKey {
				t.Errorf("%s: another value", what)
			}
			return nil
		})
		if !errors.Is(err, want) || (n == 1) != (want == nil) {
			t.Errorf("%s: %v, opened %d times", what, err, n)
		}
	}
	for range 2 {
		if _, err := f.root.Rekey(ctx, System("test"), nil); err != nil {
			t.Fatal(err)
		}
		opens("after a rekey", nil)
	}
	if _, err := f.RotateCredential(ctx, f.admin, c.ID, NewValue{Value: vault.NewSecret([]byte("sk-next"))}, ""); err != nil {
		t.Fatal(err)
	}
	opens("within the grace", nil)
	if _, err := f.root.Rekey(ctx, System("test"), nil); err != nil {
		t.Fatal(err)
	}
	opens("replaced, and a rekey", ErrCredentialRotated)
	if got, err := f.opened(useOf(c.ID)); err != nil || got != "sk-next" {
		t.Errorf("%q %v", got, err)
	}
}

// FuzzValues: whatever is given as a value is refused with a code or is what its
// purpose needs: a pair has an end, a line holds nothing that ends one.
func FuzzValues(f *testing.F) {
	f.Add(testPair(f, time.Unix(2e9, 0)))
	f.Add([]byte("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"))
	f.Add([]byte("Mot de passe é\x00"))
	f.Add([]byte("0000000000000000000000\n"))
	f.Fuzz(func(t *testing.T, value []byte) {
		for _, p := range purposes {
			err := p.check(bytes.Clone(value))
			if e := AsError(err); err != nil && (e.Kind != Invalid || e.Params["name"] != "value" || len(value) > 8 && strings.Contains(err.Error(), string(value))) {
				t.Errorf("%s: %v", p.name, err)
			}
			if end := endOfPair(bytes.Clone(value)); err == nil && p.pair && end.IsZero() {
				t.Errorf("%s: no end", p.name)
			}
			if err == nil && !p.pair && bytes.ContainsAny(value, "\r\n\x00") {
				t.Errorf("%s: %q", p.name, value)
			}
		}
	})
}
