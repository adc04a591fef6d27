package vault

import (
	"bytes"
	"crypto/ecdh"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"slices"
	"sync"

	"filippo.io/age"
)

// Master is the identity under which all data keys are wrapped. It is made with
// what is public of it, the recipient, and seals with that alone; it opens only
// while it holds the identity itself.
type Master struct {
	mu        sync.RWMutex
	recipient *age.X25519Recipient
	name      string // of recipient: "age1…"
	key       *hidden
	// former opens what is not sealed anew yet while an identity is replaced.
	former     *hidden
	formerName string
}

const (
	publicPrefix = "age"
	secretPrefix = "age-secret-key-"
)

// String hides the identity wherever a Master is printed.
func (m *Master) String() string { return "***" }

// GoString hides the identity from %#v.
func (m *Master) GoString() string { return "***" }

// NewMaster draws an identity, in memory.
func NewMaster() (*Master, error) {
	secret := make([]byte, 32)
	if _, err := rand.Read(secret); err != nil {
		return nil, fmt.Errorf("generate master identity: %w", err)
	}
	return masterOf(secret)
}

// SealedMaster is a Master that only seals, for a recipient as Recipient gives it.
func SealedMaster(recipient string) (*Master, error) {
	r, err := age.ParseX25519Recipient(recipient)
	if err != nil {
		return nil, fmt.Errorf("parse recipient: %w", ErrBadMaster)
	}
	return &Master{recipient: r, name: r.String()}, nil
}

// masterOf makes a Master of 32 secret bytes, which it wipes.
func masterOf(secret []byte) (*Master, error) {
	own, err := ecdh.X25519().NewPrivateKey(secret)
	if err != nil {
		clear(secret)
		return nil, fmt.Errorf("read master identity: %w", ErrBadMaster)
	}
	m, err := SealedMaster(string(bech32Encode(publicPrefix, own.PublicKey().Bytes())))
	if err != nil {
		clear(secret)
		return nil, err
	}
	m.key = hide(secret)
	return m, nil
}

// ParseMaster reads an identity as age-keygen writes it: lines that begin with
// # are comments. It wipes text. Anything else is ErrBadMaster.
func ParseMaster(text []byte) (*Master, error) {
	defer clear(text)
	var found []byte
	for line := range bytes.Lines(text) {
		line = bytes.TrimSpace(line)
		if len(line) == 0 || line[0] == '#' {
			continue
		}
		if found != nil {
			return nil, fmt.Errorf("parse master identity: %w", ErrBadMaster)
		}
		found = line
	}
	secret, err := bech32Decode(secretPrefix, found)
	if err != nil || len(secret) != 32 || !bytes.Equal(found, bytes.ToUpper(found)) {
		clear(secret)
		return nil, fmt.Errorf("parse master identity: %w", ErrBadMaster)
	}
	return masterOf(secret)
}

// secretText writes the identity as ParseMaster reads it. The caller wipes it.
func (m *Master) secretText() ([]byte, error) {
	m.mu.RLock()
	defer m.mu.RUnlock()
	var out []byte
	if !m.key.use(func(secret []byte) { out = bech32Encode(secretPrefix, secret) }) {
		return nil, ErrLocked
	}
	for i, c := range out {
		if c >= 'a' && c <= 'z' {
			out[i] = c - 'a' + 'A'
		}
	}
	return append(out, '\n'), nil
}

// Recipient is what is public of the identity, "age1…", 62 characters.
func (m *Master) Recipient() string {
	m.mu.RLock()
	defer m.mu.RUnlock()
	return m.name
}

// Locked tells whether it can't open anything.
func (m *Master) Locked() bool {
	m.mu.RLock()
	defer m.mu.RUnlock()
	return m.key == nil
}

// Unlock takes over the identity of other, which must be that of the recipient,
// if there is one: ErrWrongKey otherwise. other is used up.
func (m *Master) Unlock(other *Master) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.name != "" && other.name != m.name {
		return fmt.Errorf("unlock master identity: %w", ErrWrongKey)
	}
	if m.key != nil && m.key != other.key {
		m.key.wipe()
	}
	m.recipient, m.name = other.recipient, other.name
	m.key, other.key = other.key, nil
	return nil
}

// SealFor makes a Master without an identity seal for a recipient; what is no
// recipient changes nothing.
func (m *Master) SealFor(recipient string) {
	r, err := age.ParseX25519Recipient(recipient)
	if err != nil {
		return
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.recipient == nil {
		m.recipient, m.name = r, r.String()
	}
}

// Succeed makes next's identity the one that seals; what the one before has
// sealed still opens until Forget. next is used up.
func (m *Master) Succeed(next *Master) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.former.wipe()
	m.former, m.formerName = m.key, m.name
	m.key, m.recipient, m.name = next.key, next.recipient, next.name
	next.key = nil
}

// Revert exchanges the identity and the one before it.
func (m *Master) Revert() error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.former == nil {
		return fmt.Errorf("take former identity back: %w", ErrNoMaster)
	}
	r, err := age.ParseX25519Recipient(m.formerName)
	if err != nil {
		return fmt.Errorf("take former identity back: %w", ErrBadMaster)
	}
	m.key, m.former = m.former, m.key
	m.formerName, m.name, m.recipient = m.name, m.formerName, r
	return nil
}

// Former is the recipient of the identity before, "" once it is forgotten.
func (m *Master) Former() string {
	m.mu.RLock()
	defer m.mu.RUnlock()
	return m.formerName
}

// Forget wipes the identity before the one that Succeed brought.
func (m *Master) Forget() {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.former.wipe()
	m.former, m.formerName = nil, ""
}

// Alone is a Master of its own with the identity that seals now, and not the one
// before. Whoever asks wipes it. ErrLocked without an identity.
func (m *Master) Alone() (*Master, error) {
	m.mu.RLock()
	defer m.mu.RUnlock()
	out := &Master{recipient: m.recipient, name: m.name}
	if !m.key.use(func(secret []byte) { out.key = hide(bytes.Clone(secret)) }) {
		return nil, fmt.Errorf("copy master identity: %w", ErrLocked)
	}
	return out, nil
}

// Wipe destroys the identity in memory.
func (m *Master) Wipe() {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.key.wipe()
	m.former.wipe()
	m.key, m.former = nil, nil
}

// maxSealed bounds what Open returns, bytes.
const maxSealed = 1 << 20

// Seal encrypts plain, at most 1 MB, for the identity; binding says where it
// belongs, and Open wants the same. It needs no identity.
func (m *Master) Seal(binding string, plain []byte) ([]byte, error) {
	m.mu.RLock()
	to := m.recipient
	m.mu.RUnlock()
	if to == nil {
		return nil, fmt.Errorf("seal: %w", ErrNoMaster)
	}
	var buf bytes.Buffer
	w, err := age.Encrypt(&buf, to)
	if err == nil {
		whole := slices.Concat([]byte(binding+"\x00"), plain)
		_, err = w.Write(whole)
		clear(whole)
	}
	if err == nil {
		err = w.Close()
	}
	if err != nil {
		return nil, fmt.Errorf("seal: %w", err)
	}
	return buf.Bytes(), nil
}

// Open is the inverse of Seal. Errors: ErrLocked without the identity,
// ErrWrongKey for what another identity or binding sealed, or was changed.
func (m *Master) Open(binding string, sealed []byte) ([]byte, error) {
	m.mu.RLock()
	defer m.mu.RUnlock()
	if m.key == nil {
		return nil, fmt.Errorf("open: %w", ErrLocked)
	}
	ids := []age.Identity{unwrapper{m.key}}
	if m.former != nil {
		ids = append(ids, unwrapper{m.former})
	}
	r, err := age.Decrypt(bytes.NewReader(sealed), ids...)
	if err != nil {
		return nil, fmt.Errorf("open: %w", ErrWrongKey)
	}
	b, err := io.ReadAll(io.LimitReader(r, maxSealed+int64(len(binding))+2))
	rest, ok := bytes.CutPrefix(b, []byte(binding+"\x00"))
	if err != nil || !ok || len(rest) > maxSealed {
		clear(b)
		return nil, fmt.Errorf("open: %w", ErrWrongKey)
	}
	plain := bytes.Clone(rest)
	clear(b)
	return plain, nil
}

// keyBinding is what a wrapped key says about itself, so that a record moved to
// another tenant or person does not open there.
func keyBinding(tenant, subject string) string {
	return "coffre/datakey/v1\x00" + tenant + "\x00" + subject
}

// NewDataKey makes the data key of a subject (a person's id, or "" for the
// tenant itself) and returns it with its wrapped form, about 300 bytes.
func (m *Master) NewDataKey(tenant, subject string) (DataKey, []byte, error) {
	var k DataKey
	if _, err := rand.Read(k[:]); err != nil {
		return k, nil, fmt.Errorf("draw data key: %w", err)
	}
	wrapped, err := m.WrapDataKey(tenant, subject, k)
	return k, wrapped, err
}

// WrapDataKey wraps a subject's key.
func (m *Master) WrapDataKey(tenant, subject string, k DataKey) ([]byte, error) {
	wrapped, err := m.Seal(keyBinding(tenant, subject), k[:])
	if err != nil {
		return nil, fmt.Errorf("wrap data key: %w", err)
	}
	return wrapped, nil
}

// UnwrapDataKey opens what NewDataKey returned. It fails with ErrWrongKey
// under another master identity, tenant or subject, with ErrLocked without one.
func (m *Master) UnwrapDataKey(tenant, subject string, wrapped []byte) (DataKey, error) {
	var k DataKey
	b, err := m.Open(keyBinding(tenant, subject), wrapped)
	if err != nil {
		return k, fmt.Errorf("unwrap data key: %w", errors.Unwrap(err))
	}
	defer clear(b)
	if len(b) != len(k) {
		return k, fmt.Errorf("unwrap data key: %w", ErrWrongKey)
	}
	copy(k[:], b)
	return k, nil
}
