package factor

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"testing"
)

// device is an authenticator with its browser, for tests: one ES256 key, no
// attestation (WebAuthn level 3, sections 6.1 and 8.7).
type device struct {
	origin, party string
	id            []byte
	key           *ecdsa.PrivateKey
	count         uint32
	unverified    bool // it asks for no PIN
}

func newDevice(origin, party string) *device {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		panic(err)
	}
	d := &device{origin: origin, party: party, key: key, id: make([]byte, 16)}
	rand.Read(d.id)
	return d
}

var b64 = base64.RawURLEncoding.EncodeToString

func asked(t *testing.T, options []byte) (challenge, user string) {
	t.Helper()
	var o struct {
		Challenge string `json:"challenge"`
		User      struct {
			ID string `json:"id"`
		} `json:"user"`
	}
	if err := json.Unmarshal(options, &o); err != nil || o.Challenge == "" {
		t.Fatalf("options %s: %v", options, err)
	}
	return o.Challenge, o.User.ID
}

func (d *device) client(kind, challenge string) []byte {
	b, _ := json.Marshal(map[string]any{"type": kind, "challenge": challenge, "origin": d.origin, "crossOrigin": false})
	return b
}

func (d *device) data(flags byte) []byte {
	sum := sha256.Sum256([]byte(d.party))
	if !d.unverified {
		flags |= 0x04
	}
	return binary.BigEndian.AppendUint32(append(sum[:], flags|0x01), d.count)
}

// cborBytes is a byte string of RFC 8949, up to 64 KiB.
func cborBytes(b []byte) []byte {
	if len(b) < 24 {
		return append([]byte{0x40 | byte(len(b))}, b...)
	}
	return append([]byte{0x59, byte(len(b) >> 8), byte(len(b))}, b...)
}

func (d *device) create(t *testing.T, options []byte) []byte {
	t.Helper()
	challenge, _ := asked(t, options)
	x, y := d.key.X.FillBytes(make([]byte, 32)), d.key.Y.FillBytes(make([]byte, 32))
	// {1: 2 (EC2), 3: -7 (ES256), -1: 1 (P-256), -2: x, -3: y}
	cose := append([]byte{0xa5, 0x01, 0x02, 0x03, 0x26, 0x20, 0x01, 0x21}, cborBytes(x)...)
	cose = append(append(cose, 0x22), cborBytes(y)...)
	auth := append(d.data(0x40), make([]byte, 16)...)
	auth = append(append(auth, 0, byte(len(d.id))), d.id...)
	auth = append(auth, cose...)
	object := append([]byte("\xa3\x63fmt\x64none\x67attStmt\xa0\x68authData"), cborBytes(auth)...)
	return d.answer(map[string]any{
		"clientDataJSON": b64(d.client("webauthn.create", challenge)), "attestationObject": b64(object), "transports": []string{"usb"},
	}, map[string]any{"credProps": map[string]any{"rk": true}})
}

func (d *device) get(t *testing.T, options []byte, user string) []byte {
	t.Helper()
	challenge, _ := asked(t, options)
	auth, client := d.data(0), d.client("webauthn.get", challenge)
	hash := sha256.Sum256(client)
	sum := sha256.Sum256(append(append([]byte{}, auth...), hash[:]...))
	sig, err := ecdsa.SignASN1(rand.Reader, d.key, sum[:])
	if err != nil {
		t.Fatal(err)
	}
	r := map[string]any{"clientDataJSON": b64(client), "authenticatorData": b64(auth), "signature": b64(sig)}
	if user != "" {
		r["userHandle"] = b64([]byte(user))
	}
	return d.answer(r, map[string]any{})
}

func (d *device) answer(response, extensions map[string]any) []byte {
	b, _ := json.Marshal(map[string]any{
		"id": b64(d.id), "rawId": b64(d.id), "type": "public-key", "response": response, "clientExtensionResults": extensions,
	})
	return b
}
