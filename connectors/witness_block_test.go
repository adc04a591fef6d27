package connectors

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"math/big"
	"strings"
	"testing"

	"coffre/chain"
	"coffre/chain/chaintest"
	"coffre/store"
)

// someKey and someCA are a witness's key and an authority.
func someKey(t testing.TB) string {
	t.Helper()
	c, err := chain.NewCosigner("coffre.witness/guard/0011223344556677")
	if err != nil {
		t.Fatal(err)
	}
	return c.Verifier()
}

func someCA(t testing.TB) string {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	cert := &x509.Certificate{SerialNumber: big.NewInt(1), IsCA: true, BasicConstraintsValid: true}
	der, err := x509.CreateCertificate(rand.Reader, cert, cert, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	return string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}))
}

func TestWitnessBlock(t *testing.T) {
	key, ca := someKey(t), someCA(t)
	for name, c := range map[string]struct{ text, address, ca string }{
		"a key alone":             {"  " + key + "\r\n", "", ""},
		"a box":                   {WitnessBlock("https://coffre.local:8443", key, ca), "https://coffre.local:8443", ca},
		"through a form":          {strings.ReplaceAll(WitnessBlock("https://10.0.0.7", key, ca), "\n", "\r\n  "), "https://10.0.0.7", ca},
		"a firm's certificate":    {WitnessBlock("https://coffre.firm.example", key, ""), "https://coffre.firm.example", ""},
		"two authorities, one CA": {WitnessBlock("https://coffre.local", key, ca+ca), "https://coffre.local", ca + ca},
	} {
		w, err := ParseWitnessBlock(c.text)
		if err != nil || w.Key != key || w.Address != c.address || w.CA != c.ca {
			t.Errorf("%s: %+v %v", name, w, err)
		}
	}
	good := WitnessBlock("https://coffre.local", key, ca)
	for name, c := range map[string]struct{ text, code string }{
		"nothing":            {"", "witness-key"},
		"a word":             {"hello", "witness-key"},
		"a log's block":      {LogBlock("a", "b"), "witness-key"},
		"no key":             {strings.Replace(good, "key ", "clef ", 1), "witness-key"},
		"two keys":           {good + "key " + key, "witness-key"},
		"an edited key":      {strings.Replace(good, "guard", "guart", 1), "witness-key"},
		"http":               {strings.Replace(good, "https", "http", 1), "witness-address"},
		"a path":             {strings.Replace(good, "coffre.local", "coffre.local/x", 1), "witness-address"},
		"a person":           {strings.Replace(good, "coffre.local", "me@coffre.local", 1), "witness-address"},
		"no host":            {strings.Replace(good, "coffre.local", ":8443", 1), "witness-address"},
		"no authority":       {strings.Replace(good, "ca MI", "ca !!", 1), "witness-ca"},
		"an edited one":      {strings.Replace(good, "ca MI", "ca AA", 1), "witness-ca"},
		"longer than a page": {good + strings.Repeat(" \n", maxBlock), "witness-key"},
	} {
		_, err := ParseWitnessBlock(c.text)
		if e := (*store.Error)(nil); !errors.As(err, &e) || e.Code != c.code {
			t.Errorf("%s: %v, want %s", name, err, c.code)
		}
	}
}

func TestLogBlock(t *testing.T) {
	l := chaintest.New(41, "acme")
	first, recovery := l.FirstKey(), l.Recovery.Verifier()
	for name, text := range map[string]string{
		"a block":        LogBlock(first, recovery),
		"through a form": strings.ReplaceAll(LogBlock(first, recovery), "\n", " \r\n"),
		"bare keys":      first + "\n" + recovery,
	} {
		if keys, err := ParseLogBlock(text); err != nil || keys != first+"\n"+recovery {
			t.Errorf("%s: %q %v", name, keys, err)
		}
	}
	if keys, err := ParseLogBlock(LogBlock(first, "")); err != nil || keys != first {
		t.Errorf("without recovery key: %q %v", keys, err)
	}
	for _, bad := range []string{"", "coffre-log/v1", "x y", "first-key a\nfirst-key b", first + "\n" + recovery + "\nmore", strings.Repeat("a", maxBlock+1)} {
		if keys, err := ParseLogBlock(bad); store.AsError(err).Code != "watch-keys" {
			t.Errorf("%.40q: %q %v", bad, keys, err)
		}
	}
}

// FuzzWitnessBlock: what is read is written the same way again, and nothing but
// an https address of a host gets a way out.
func FuzzWitnessBlock(f *testing.F) {
	key := someKey(f)
	f.Add(WitnessBlock("https://coffre.local:8443", key, someCA(f)))
	f.Add(key)
	f.Add(LogBlock(key, key))
	f.Fuzz(func(t *testing.T, text string) {
		if keys, err := ParseLogBlock(text); err == nil {
			first, recovery, _ := strings.Cut(keys, "\n")
			if again, err := ParseLogBlock(LogBlock(first, recovery)); err != nil || again != keys {
				t.Fatalf("%q, then %q %v", keys, again, err)
			}
		}
		w, err := ParseWitnessBlock(text)
		if err != nil {
			return
		}
		if chain.CheckCosigner(w.Key) != nil || w.Address != "" && !strings.HasPrefix(w.Address, "https://") {
			t.Fatalf("%+v", w)
		}
		if w.Address == "" {
			return
		}
		again, err := ParseWitnessBlock(WitnessBlock(w.Address, w.Key, w.CA))
		if err != nil || again != w {
			t.Fatalf("%+v, then %+v %v", w, again, err)
		}
	})
}
