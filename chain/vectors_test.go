package chain

import (
	"crypto/ed25519"
	"encoding/base64"
	"fmt"
	"strings"
	"testing"
	"time"

	"golang.org/x/mod/sumdb/note"
)

// The vectors of audit-chain.md, "Test vectors".
const (
	vectorPayload1 = `{"action":"tenant.create","actor":{"id":"box","kind":"system"},"detail":{"key":"coffre.audit/acme-notaires/752f7d206962df9d+1b675fa5+AQOhB7/zzhC+HXDdGOdLwJln5NYwm6UNXx3chmQSVTG4","recovery_key":"coffre.audit/acme-notaires/752f7d206962df9d+59c2d40b+ASmsuuFBvMrwsi4alNNNC8c2HlJtC/4SyJeUvJMilm3X"},"nonce":"000102030405060708090a0b0c0d0e0f","object":{"id":"acme-notaires","kind":"tenant"},"outcome":"ok","seq":1,"time":"2026-01-15T09:00:00.000Z","v":1}`
	vectorPayload2 = `{"action":"answer.give","actor":{"id":"u-7f3a","kind":"user"},"detail":{"cut":false,"model":"é€ \"<1>","passages":3},"nonce":"101112131415161718191a1b1c1d1e1f","object":{"id":"a-01","kind":"answer"},"outcome":"ok","seq":2,"time":"2026-01-15T09:00:01.250Z","v":1}`
	vectorNote     = "coffre.audit/acme-notaires/752f7d206962df9d\n2\n9m9vMsqbWkUXhs6p2OJjP9RYNG8tPn61HaER6wZNZ3Q=\n\n— coffre.audit/acme-notaires/752f7d206962df9d G2dfpd39cq+pSAF3RS5WSoaAlk35EguB1R8i7tr10V2KZbyFjTzjJyhNIkREh18LyMNpaUbVOqTEvCCxXDbQ40+O8gg=\n"
)

// seededSigner returns the key whose seed counts up from first.
func seededSigner(t testing.TB, name string, first byte) *Signer {
	t.Helper()
	seed := make([]byte, ed25519.SeedSize)
	for i := range seed {
		seed[i] = first + byte(i)
	}
	public := ed25519.NewKeyFromSeed(seed).Public().(ed25519.PublicKey)
	vkey, err := note.NewEd25519VerifierKey(name, public)
	if err != nil {
		t.Fatal(err)
	}
	hash := strings.SplitN(vkey, "+", 3)[1]
	s, err := ParseSigner(fmt.Sprintf("PRIVATE+KEY+%s+%s+%s", name, hash,
		base64.StdEncoding.EncodeToString(append([]byte{1}, seed...))))
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestVectors(t *testing.T) {
	c := Customer{"acme-notaires", "2026-01-15T09:00:00Z"}
	genesis, err := c.Genesis()
	if err != nil {
		t.Fatal(err)
	}
	equal(t, "genesis", genesis.String(), "752f7d206962df9daca06eaedc000593d86d26bd2f033b1f03333eb9ff81707e")
	name := KeyName(c, genesis)
	key, recovery := seededSigner(t, name, 0), seededSigner(t, name, 0x20)

	start := time.Date(2026, 1, 15, 9, 0, 0, 0, time.UTC)
	one, err := Payload{
		Seq: 1, Time: start, Nonce: "000102030405060708090a0b0c0d0e0f",
		Actor: Actor{"system", "box"}, Action: TenantCreate, Outcome: OK, Object: Object{"tenant", c.ID},
		Detail: Detail{"key": key.Verifier(), "recovery_key": recovery.Verifier()},
	}.Canonical()
	if err != nil {
		t.Fatal(err)
	}
	equal(t, "payload 1", string(one), vectorPayload1)
	two, err := Payload{
		Seq: 2, Time: start.Add(1250 * time.Millisecond), Nonce: "101112131415161718191a1b1c1d1e1f",
		Actor: Actor{"user", "u-7f3a"}, Action: AnswerGive, Outcome: OK, Object: Object{"answer", "a-01"},
		Detail: Detail{"model": "é€ \"<1>", "passages": 3, "cut": false},
	}.Canonical()
	if err != nil {
		t.Fatal(err)
	}
	equal(t, "payload 2", string(two), vectorPayload2)

	h1 := Link(genesis, one)
	h2 := Link(h1, two)
	equal(t, "chain hash 1", h1.String(), "57add874258b07ef7637b249aaabb845c27cb17fe24f009a604e62d0fcea02cd")
	equal(t, "chain hash 2", h2.String(), "0e99d333c50cd698bf7a035898d959c26f709588f610ac81938c646f0db9eb36")
	var r Range
	r.Append(h1)
	equal(t, "root 1", r.Root().Base64(), "w5/7Rx5p80oYRuWxwxnr2AzhPAAUFPg0KMG62+mkA08=")
	r.Append(h2)
	equal(t, "root 2", r.Root().Base64(), "9m9vMsqbWkUXhs6p2OJjP9RYNG8tPn61HaER6wZNZ3Q=")

	signed, err := Checkpoint{Origin(c, genesis, 0), r.Size(), r.Root()}.Sign(key)
	if err != nil {
		t.Fatal(err)
	}
	equal(t, "checkpoint", signed, vectorNote)
}

func equal[T comparable](t testing.TB, what string, got, want T) {
	t.Helper()
	if got != want {
		t.Errorf("%s:\n got %v\nwant %v", what, got, want)
	}
}
