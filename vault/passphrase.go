package vault

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"runtime/debug"

	"filippo.io/age"
	"filippo.io/age/armor"
)

// Work of scrypt as the power of two of N (RFC 7914): age's own default, about a
// second and 256 MB for as long. A file that asks for more is refused.
const (
	scryptWork = 18
	scryptMost = 18
)

// work is scryptWork; tests lower it.
var work = scryptWork

// MinPassphrase is how short a passphrase may be, in bytes.
const MinPassphrase = 12

// wrapMaster encrypts an identity under a passphrase: an armored age file with
// one scrypt recipient, which `age -d` opens too.
func wrapMaster(secret, pass []byte) ([]byte, error) {
	r, err := age.NewScryptRecipient(string(pass))
	if err != nil {
		return nil, fmt.Errorf("wrap master identity: %w", ErrPassphrase)
	}
	r.SetWorkFactor(work)
	defer debug.FreeOSMemory() // of scrypt
	var out bytes.Buffer
	a := armor.NewWriter(&out)
	w, err := age.Encrypt(a, r)
	if err == nil {
		_, err = w.Write(secret)
	}
	if err == nil {
		err = w.Close()
	}
	if err == nil {
		err = a.Close()
	}
	if err != nil {
		return nil, fmt.Errorf("wrap master identity: %w", err)
	}
	return out.Bytes(), nil
}

// CheckPassphrase tells whether the file at path opens under a passphrase, also
// where a key store would open it without. Errors as of LoadMaster.
func CheckPassphrase(path string, pass []byte) error {
	text, err := readMasterFile(path)
	if err != nil {
		return err
	}
	defer clear(text)
	h, body, err := parseHolding(text)
	if err != nil || !h.Holder.WantsPassphrase() {
		return err
	}
	m, err := unwrapMaster(body, pass)
	if err != nil {
		return err
	}
	m.Wipe()
	return nil
}

// unwrapMaster is the inverse. Errors: ErrPassphrase, ErrBadMaster for what is no
// such file.
func unwrapMaster(wrapped, pass []byte) (*Master, error) {
	id, err := age.NewScryptIdentity(string(pass))
	if err != nil {
		return nil, fmt.Errorf("open master identity: %w", ErrPassphrase)
	}
	id.SetMaxWorkFactor(scryptMost)
	defer debug.FreeOSMemory()
	r, err := age.Decrypt(armor.NewReader(bytes.NewReader(wrapped)), id)
	var none *age.NoIdentityMatchError
	if errors.As(err, &none) && errors.Is(none.Errors[0], age.ErrIncorrectIdentity) && bytes.Contains(wrapped, []byte(armor.Footer)) {
		return nil, fmt.Errorf("open master identity: %w", ErrPassphrase)
	}
	if err != nil {
		return nil, fmt.Errorf("open master identity: %w", ErrBadMaster)
	}
	text, err := io.ReadAll(io.LimitReader(r, maxMasterFile))
	if err != nil {
		clear(text)
		return nil, fmt.Errorf("open master identity: %w", ErrBadMaster)
	}
	return ParseMaster(text)
}
