package vault

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"slices"
	"syscall"
)

// Holder is where the master identity lies.
type Holder string

// The holders. In all cases keys/master.age says which it is and what is public
// of the identity; only InFile has the identity itself in clear there.
const (
	// InFile: in clear in keys/master.age, mode 0600.
	InFile Holder = "file"
	// UnderPassphrase: encrypted in keys/master.age, opened at each start.
	UnderPassphrase Holder = "passphrase"
	// InKeyring: encrypted in keys/master.age as well, and kept open in the Linux
	// kernel's keyring of the user until the machine goes off.
	InKeyring Holder = "keyring"
	// InKeychain: in the macOS Keychain of the user, and nowhere else.
	InKeychain Holder = "keychain"
)

// Holders lists what this system offers.
func Holders() []Holder {
	out := []Holder{InFile, UnderPassphrase}
	if keyringWorks() {
		out = append(out, InKeyring)
	}
	if keychainWorks() {
		out = append(out, InKeychain)
	}
	return out
}

// WantsPassphrase tells whether the holder encrypts the file.
func (h Holder) WantsPassphrase() bool { return h == UnderPassphrase || h == InKeyring }

// Holding is what an identity's file says of itself without being opened.
// Recipient is "" where it is in clear and unreadable.
type Holding struct {
	Holder    Holder
	Recipient string
}

const (
	holderLine    = "# coffre holder: "
	recipientLine = "# public key: "
	maxMasterFile = 64 << 10
)

// readMasterFile returns the file's bytes, which the caller wipes, once it is
// certain that nobody else may read or change it. Errors: ErrNoMaster, ErrLoose,
// ErrBadMaster.
func readMasterFile(path string) ([]byte, error) {
	f, err := os.Open(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("load master identity: %w", ErrNoMaster)
	}
	if err != nil {
		return nil, fmt.Errorf("load master identity: %w", err)
	}
	defer f.Close()
	st, err := f.Stat()
	if err != nil {
		return nil, fmt.Errorf("load master identity: %w", err)
	}
	if !st.Mode().IsRegular() || st.Size() > maxMasterFile {
		return nil, fmt.Errorf("load master identity: %w", ErrBadMaster)
	}
	if sys, ok := st.Sys().(*syscall.Stat_t); st.Mode().Perm()&0o077 != 0 || ok && int(sys.Uid) != os.Geteuid() {
		return nil, fmt.Errorf("load master identity: %w", ErrLoose)
	}
	b := make([]byte, st.Size())
	if _, err := io.ReadFull(f, b); err != nil {
		clear(b)
		return nil, fmt.Errorf("load master identity: %w", ErrBadMaster)
	}
	return b, nil
}

// parseHolding reads the lines of comment and returns what follows them. A file
// without them is an identity in clear, as age-keygen writes it.
func parseHolding(text []byte) (h Holding, body []byte, err error) {
	h.Holder = InFile
	body = text
	for line := range bytes.Lines(text) {
		if len(line) == 0 || line[0] != '#' {
			break
		}
		body = body[len(line):]
		value := bytes.TrimSpace(line)
		if v, ok := bytes.CutPrefix(value, []byte(holderLine)); ok {
			h.Holder = Holder(v)
		}
		if v, ok := bytes.CutPrefix(value, []byte(recipientLine)); ok {
			h.Recipient = string(v)
		}
	}
	known := []Holder{InFile, UnderPassphrase, InKeyring, InKeychain}
	if !slices.Contains(known, h.Holder) {
		return h, nil, fmt.Errorf("read holder: %w", ErrBadMaster)
	}
	if h.Holder == InFile {
		return h, body, nil
	}
	if _, err := SealedMaster(h.Recipient); err != nil {
		return h, nil, fmt.Errorf("read holder: %w", ErrBadMaster)
	}
	return h, body, nil
}

// ReadHolding says where the identity of a file lies. Errors as of LoadMaster.
func ReadHolding(path string) (Holding, error) {
	text, err := readMasterFile(path)
	if err != nil {
		return Holding{}, err
	}
	defer clear(text)
	h, _, err := parseHolding(text)
	return h, err
}

// LoadMaster takes the identity from where the file at path says it lies. pass
// is asked for a passphrase where one is wanted; nil, or none, is ErrLocked. The
// holding is told as far as it is known, also beside an error. Errors:
// ErrNoMaster, ErrLoose, ErrBadMaster, ErrLocked, ErrPassphrase, ErrHolder,
// ErrWrongKey where what was found is another identity than the file names.
func LoadMaster(path string, pass func() ([]byte, error)) (*Master, Holding, error) {
	text, err := readMasterFile(path)
	if err != nil {
		return nil, Holding{}, err
	}
	defer clear(text)
	h, body, err := parseHolding(text)
	if err != nil {
		return nil, h, err
	}
	var m *Master
	switch h.Holder {
	case InFile:
		m, err = ParseMaster(body)
	case UnderPassphrase:
		m, err = openWrapped(body, pass)
	case InKeyring:
		if m, err = fromKeyring(h.Recipient); err != nil {
			if m, err = openWrapped(body, pass); err == nil {
				// The next start must not ask again; where the keyring refuses, it asks.
				_ = toKeyring(m)
			}
		}
	case InKeychain:
		m, err = fromKeychain(h.Recipient)
	}
	if err != nil {
		return nil, h, err
	}
	if h.Recipient != "" && h.Recipient != m.Recipient() {
		m.Wipe()
		return nil, h, fmt.Errorf("load master identity: %w", ErrWrongKey)
	}
	h.Recipient = m.Recipient()
	return m, h, nil
}

func openWrapped(body []byte, pass func() ([]byte, error)) (*Master, error) {
	if pass == nil {
		return nil, fmt.Errorf("open master identity: %w", ErrLocked)
	}
	typed, err := pass()
	if err != nil {
		return nil, fmt.Errorf("ask for passphrase: %w", errors.Join(ErrLocked, err))
	}
	defer clear(typed)
	if len(typed) == 0 {
		return nil, fmt.Errorf("open master identity: %w", ErrLocked)
	}
	return unwrapMaster(body, typed)
}
