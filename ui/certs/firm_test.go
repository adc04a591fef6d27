package certs

import (
	"crypto/ecdsa"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"os"
	"path/filepath"
	"testing"
	"time"
)

// firmFiles writes a certificate of a foreign authority that is valid from at,
// and returns options that name it.
func firmFiles(t *testing.T, dir string, at time.Time) (cert, key []byte, o Options) {
	t.Helper()
	box := &machine{at: at}
	m := newManager(t, t.TempDir(), box.options())
	k, err := privateKeyPEM(m.current.PrivateKey.(*ecdsa.PrivateKey))
	if err != nil {
		t.Fatal(err)
	}
	o = Options{CertFile: filepath.Join(dir, "firm.pem"), KeyFile: filepath.Join(dir, "firm.key"), Hosts: []string{"coffre.firme.lan"}}
	return certificatePEM(m.current.Certificate[0]), k, o
}

func write(t *testing.T, o Options, cert, key []byte) {
	t.Helper()
	for path, b := range map[string][]byte{o.CertFile: cert, o.KeyFile: key} {
		if b == nil {
			os.Remove(path)
		} else if err := os.WriteFile(path, b, 0o600); err != nil {
			t.Fatal(err)
		}
	}
}

func TestFirmCertificateIsRefused(t *testing.T) {
	dir := t.TempDir()
	cert, key, o := firmFiles(t, dir, today)
	_, otherKey, _ := firmFiles(t, dir, today)
	old, oldKey, _ := firmFiles(t, dir, today.Add(-500*24*time.Hour))
	early, earlyKey, _ := firmFiles(t, dir, today.Add(50*24*time.Hour))
	locked := pem.EncodeToMemory(&pem.Block{Type: "ENCRYPTED PRIVATE KEY", Bytes: []byte("x")})
	o.Now = func() time.Time { return today }
	for name, c := range map[string]struct {
		cert, key []byte
		want      error
	}{
		"good":            {cert, key, nil},
		"key first":       {append(append([]byte{}, key...), cert...), key, nil},
		"no certificate":  {nil, key, ErrFile},
		"no key":          {cert, nil, ErrFile},
		"not PEM":         {[]byte("hello"), key, ErrFile},
		"swapped":         {key, cert, ErrFile},
		"passphrase":      {cert, locked, ErrFile},
		"another key":     {cert, otherKey, ErrPair},
		"passed by date":  {old, oldKey, nil},
		"not yet":         {early, earlyKey, nil},
		"damaged":         {cert[:len(cert)/2], key, ErrFile},
		"damaged key":     {cert, key[:len(key)/2], ErrFile},
		"not a key block": {cert, pem.EncodeToMemory(&pem.Block{Type: "EC PRIVATE KEY", Bytes: []byte("x")}), ErrFile},
	} {
		write(t, o, c.cert, c.key)
		m, err := New(dir, o)
		if !errors.Is(err, c.want) {
			t.Errorf("%s: %v", name, err)
		}
		if err == nil && (m.CAFile() != "" || m.Status().Own) {
			t.Errorf("%s: claims to be the box's own", name)
		}
	}
	if made, _ := filepath.Glob(filepath.Join(dir, "ca*")); len(made) != 0 {
		t.Errorf("made %v though the firm has its own", made)
	}
}

func TestFirmCertificateIsReadAgain(t *testing.T) {
	dir := t.TempDir()
	box := &machine{at: today}
	cert, key, o := firmFiles(t, dir, today)
	next, nextKey, _ := firmFiles(t, dir, today.Add(time.Hour))
	o.Now = box.now
	write(t, o, cert, key)
	m := newManager(t, dir, o)
	serves := func(want []byte) bool {
		box.change(checkEvery)
		c, err := parseCertificate(want)
		return err == nil && m.certificate().Leaf.Equal(c)
	}
	touch := func(at time.Time) {
		for _, f := range []string{o.CertFile, o.KeyFile} {
			if err := os.Chtimes(f, at, at); err != nil {
				t.Fatal(err)
			}
		}
	}
	// Between the two files of an exchange the old pair is served.
	write(t, o, next, key)
	touch(today.Add(time.Minute))
	if !serves(cert) || !errors.Is(m.Status().Problem, ErrPair) {
		t.Errorf("half exchanged: %v", m.Status().Problem)
	}
	write(t, o, next, nextKey)
	touch(today.Add(2 * time.Minute))
	if !serves(next) || m.Status().Problem != nil {
		t.Errorf("exchanged: %v", m.Status().Problem)
	}
	write(t, o, nil, nil)
	if !serves(next) || !errors.Is(m.Status().Problem, ErrFile) {
		t.Errorf("removed: %v", m.Status().Problem)
	}
	write(t, o, next, nextKey)
	touch(today.Add(2 * time.Minute))
	box.change(500 * 24 * time.Hour)
	if !serves(next) || !errors.Is(m.Status().Problem, ErrDate) {
		t.Errorf("ended: %v", m.Status().Problem)
	}
	roots := x509.NewCertPool()
	roots.AppendCertsFromPEM(next)
	if _, err := shake(t, m, roots, "coffre.firme.lan", today.Add(2*time.Hour), 0); err != nil {
		t.Errorf("handshake: %v", err)
	}
}
