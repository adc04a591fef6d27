package backupfile

import (
	"crypto/hkdf"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"regexp"

	"filippo.io/age"
	"golang.org/x/crypto/chacha20poly1305"
)

// Objects is the member that says which originals lie beside a file.
type Objects struct {
	// Set names the directory of the objects: those for one group of recipients.
	Set     string   `json:"set"`
	Objects []Object `json:"objects"`
}

// Object is an original of a tenant. Name is its file's, Bytes its length.
type Object struct {
	Tenant string `json:"tenant"`
	SHA256 string `json:"sha256"`
	Size   int64  `json:"size"`
	Name   string `json:"name"`
	Bytes  int64  `json:"bytes"`
}

var (
	setName    = regexp.MustCompile(`^[0-9a-f]{16}$`)
	objectName = regexp.MustCompile(`^[0-9a-f]{64}$`)
)

// ObjectPath is where an object lies under the directory of a box's copies.
func ObjectPath(set, name string) string {
	return "objects/" + set + "/" + name[:2] + "/" + name + ".age"
}

// ParseObjects reads the member ObjectsName. Errors: ErrDamaged, ErrUnsafe.
func ParseObjects(text []byte) (o Objects, err error) {
	if err := json.Unmarshal(text, &o); err != nil {
		return o, fmt.Errorf("%w: %w", ErrDamaged, err)
	}
	if !setName.MatchString(o.Set) {
		return o, fmt.Errorf("%w: its list of objects", ErrUnsafe)
	}
	seen := map[string]bool{}
	for _, one := range o.Objects {
		member := one.Member()
		if OriginalHash(member) == "" || !objectName.MatchString(one.Name) || one.Size < 0 || seen[member] {
			return o, fmt.Errorf("%w: its list of objects", ErrUnsafe)
		}
		seen[member] = true
	}
	return o, nil
}

// Encode is the inverse of ParseObjects.
func (o Objects) Encode() ([]byte, error) { return encode(o) }

// Member is the name that the original has in a backup that holds it.
func (o Object) Member() string { return "tenants/" + o.Tenant + "/files/" + o.SHA256 }

// ObjectKey is the secret of a set of objects: it gives them names that say nothing
// to others, and whoever makes the copies opens them with it again, without an
// identity of the recipients.
type ObjectKey [32]byte

// String hides the key wherever it is printed.
func (ObjectKey) String() string { return "***" }

// GoString hides the key from %#v.
func (ObjectKey) GoString() string { return "***" }

// Name is an original's object: 64 hex digits of HMAC-SHA-256.
func (k ObjectKey) Name(tenant, sha string) string {
	h := hmac.New(sha256.New, k[:])
	h.Write([]byte("coffre/object/v1\x00" + tenant + "\x00" + sha))
	return hex.EncodeToString(h.Sum(nil))
}

// stanzaType is of the stanza that wraps an object's file key under the set's key,
// bound to the object's name. age passes over stanzas that it doesn't know.
const stanzaType = "coffre-set"

// wrap derives what seals an object's file key. It is used once or for the same
// object written again, so that the nonce is drawn.
func (k ObjectKey) wrap(name string) ([]byte, error) {
	return hkdf.Expand(sha256.New, k[:], "coffre/object-wrap/v1\x00"+name, chacha20poly1305.KeySize)
}

type objectRecipient struct {
	key    ObjectKey
	name   string
	labels []string
}

// Wrap implements age.Recipient.
func (r objectRecipient) Wrap(fileKey []byte) ([]*age.Stanza, error) {
	s, _, err := r.WrapWithLabels(fileKey)
	return s, err
}

// WrapWithLabels implements age.RecipientWithLabels: a symmetric key is as good as
// any of the others, also against a quantum computer.
func (r objectRecipient) WrapWithLabels(fileKey []byte) ([]*age.Stanza, []string, error) {
	sealed, err := r.key.seal(r.name, fileKey)
	if err != nil {
		return nil, nil, err
	}
	return []*age.Stanza{{Type: stanzaType, Body: sealed}}, r.labels, nil
}

// Identity opens the object of that name.
func (k ObjectKey) Identity(name string) Identity { return objectIdentity{k, name} }

type objectIdentity struct {
	key  ObjectKey
	name string
}

// Unwrap implements age.Identity.
func (i objectIdentity) Unwrap(stanzas []*age.Stanza) ([]byte, error) {
	for _, s := range stanzas {
		if s.Type != stanzaType {
			continue
		}
		if key, err := i.key.open(i.name, s.Body); err == nil {
			return key, nil
		}
	}
	return nil, age.ErrIncorrectIdentity
}

// SealObject begins the age file of an object.
func SealObject(recipients []Recipient, key ObjectKey, name string) (*Sealing, error) {
	if len(recipients) == 0 {
		return nil, ErrRecipient
	}
	var labels []string
	if l, ok := recipients[0].(age.RecipientWithLabels); ok {
		var err error
		if _, labels, err = l.WrapWithLabels(make([]byte, 16)); err != nil {
			return nil, fmt.Errorf("begin object: %w", err)
		}
	}
	return (&Sealing{}).begin(append(append([]Recipient{}, recipients...), objectRecipient{key, name, labels}))
}

// ReadObject reads the age file of an object to its end and writes what it holds.
// Errors: those of Open, and ErrDamaged where it is another original than sha says;
// "" takes any.
func ReadObject(w io.Writer, r io.Reader, ids []Identity, sha string) (n int64, err error) {
	plain, err := Open(r, ids)
	if err != nil {
		return 0, err
	}
	h := sha256.New()
	if n, err = io.Copy(io.MultiWriter(w, h), plain); err != nil {
		return n, err
	}
	if sha != "" && hex.EncodeToString(h.Sum(nil)) != sha {
		return n, fmt.Errorf("%w: an object is another original", ErrDamaged)
	}
	return n, nil
}

func (k ObjectKey) seal(name string, fileKey []byte) ([]byte, error) {
	key, err := k.wrap(name)
	if err != nil {
		return nil, fmt.Errorf("derive key: %w", err)
	}
	aead, err := chacha20poly1305.NewX(key)
	if err != nil {
		return nil, fmt.Errorf("seal file key: %w", err)
	}
	nonce := make([]byte, aead.NonceSize(), aead.NonceSize()+len(fileKey)+aead.Overhead())
	rand.Read(nonce) // never fails (crypto/rand)
	return aead.Seal(nonce, nonce, fileKey, []byte(name)), nil
}

func (k ObjectKey) open(name string, sealed []byte) ([]byte, error) {
	key, err := k.wrap(name)
	if err != nil {
		return nil, fmt.Errorf("derive key: %w", err)
	}
	aead, err := chacha20poly1305.NewX(key)
	if err != nil {
		return nil, fmt.Errorf("open file key: %w", err)
	}
	if len(sealed) < aead.NonceSize() {
		return nil, ErrDamaged
	}
	return aead.Open(nil, sealed[:aead.NonceSize()], sealed[aead.NonceSize():], []byte(name))
}

// ObjectLength is how long an object's file is for an original of so many bytes.
func ObjectLength(recipients []Recipient, size int64) (int64, error) {
	s, err := SealObject(recipients, ObjectKey{}, "")
	if err != nil {
		return 0, err
	}
	return s.Length(size), nil
}
