package vault

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

// killPoint is called between the steps of what must survive a kill; tests set it.
var killPoint = func(step string) {}

// CreateMaster writes a new master identity to path, in clear, mode 0600, and
// fails if the file exists: an identity that seals data is never overwritten.
func CreateMaster(path string) (*Master, error) {
	m, err := NewMaster()
	if err != nil {
		return nil, err
	}
	if err := AddMaster(path, m, InFile, nil); err != nil {
		m.Wipe()
		return nil, err
	}
	return m, nil
}

// AddMaster gives an identity to a holder and writes the file that says so,
// where there is none yet. pass is wiped by nobody; it is wanted by the holders
// that WantsPassphrase names. Errors: ErrHolder, fs.ErrExist.
func AddMaster(path string, m *Master, to Holder, pass []byte) error {
	unnamed, err := writeHeld(path, m, to, pass)
	if err != nil {
		return err
	}
	defer os.Remove(unnamed)
	// A kill leaves all of it or nothing, and a link replaces no file.
	if err := os.Link(unnamed, path); err != nil {
		return fmt.Errorf("write master identity: %w", err)
	}
	if err := os.Remove(unnamed); err != nil {
		return fmt.Errorf("write master identity: %w", err)
	}
	return syncDir(filepath.Dir(path))
}

// MoveMaster gives the identity whose file is at path to another holder, or to
// the same under another passphrase. The new file is read back before it takes
// the old one's name; then what the former holder has is destroyed. A kill at any
// moment leaves a file that opens, and EndMove ends the rest.
func MoveMaster(path string, m *Master, to Holder, pass []byte) error {
	from, err := ReadHolding(path)
	if err != nil {
		return err
	}
	unnamed, err := writeHeld(path, m, to, pass)
	if err != nil {
		return err
	}
	defer os.Remove(unnamed)
	killPoint("move-written")
	if err := Supersede(path, unnamed); err != nil {
		return err
	}
	if from.Holder != to {
		ForgetHeld(from.Holder, m.Recipient())
	}
	return nil
}

// Supersede gives the file next the name path, and destroys what had it.
func Supersede(path, next string) error {
	old := path + ".old"
	if err := destroyFile(old); err != nil {
		return err
	}
	if err := os.Link(path, old); err != nil {
		return fmt.Errorf("keep former identity: %w", err)
	}
	killPoint("move-kept")
	if err := os.Rename(next, path); err != nil {
		return fmt.Errorf("replace master identity: %w", err)
	}
	if err := syncDir(filepath.Dir(path)); err != nil {
		return err
	}
	killPoint("move-named")
	return destroyFile(old)
}

// EndMove destroys what a kill left of a former file, and of files that never
// had a name. The caller has opened the identity at path.
func EndMove(path string) error {
	left, err := filepath.Glob(filepath.Join(filepath.Dir(path), ".master-*"))
	if err != nil {
		return fmt.Errorf("find leftovers: %w", err)
	}
	for _, f := range append(left, path+".old") {
		same, err := sameFile(f, path)
		if err != nil {
			return err
		}
		if same {
			// Another name of the file that is in use.
			if err := os.Remove(f); err != nil {
				return fmt.Errorf("remove leftover: %w", err)
			}
			continue
		}
		if err := destroyFile(f); err != nil {
			return err
		}
	}
	return nil
}

// Destroy overwrites and removes the file of an identity that nothing is sealed
// under, and takes it out of its key store.
func Destroy(path string) error {
	h, err := ReadHolding(path)
	if errors.Is(err, ErrNoMaster) {
		return nil
	}
	if err == nil {
		ForgetHeld(h.Holder, h.Recipient)
	}
	return destroyFile(path)
}

func sameFile(a, b string) (bool, error) {
	sa, err := os.Stat(a)
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	if err != nil {
		return false, fmt.Errorf("find leftovers: %w", err)
	}
	sb, err := os.Stat(b)
	return err == nil && os.SameFile(sa, sb), nil
}

// writeHeld gives the identity to a holder and writes its file under a temporary
// name in path's directory, mode 0600, durably; then it reads it back.
func writeHeld(path string, m *Master, to Holder, pass []byte) (unnamed string, err error) {
	text, err := heldText(m, to, pass)
	if err != nil {
		return "", err
	}
	defer clear(text)
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return "", fmt.Errorf("create key directory: %w", err)
	}
	f, err := os.CreateTemp(filepath.Dir(path), ".master-*") // mode 0600
	if err != nil {
		return "", fmt.Errorf("create master identity: %w", err)
	}
	_, err = f.Write(text)
	if err == nil {
		err = f.Sync()
	}
	if cerr := f.Close(); err == nil {
		err = cerr
	}
	if err == nil {
		err = readBack(f.Name(), m, pass)
	}
	if err != nil {
		destroyFile(f.Name())
		return "", fmt.Errorf("write master identity: %w", err)
	}
	return f.Name(), nil
}

func readBack(path string, m *Master, pass []byte) error {
	again, _, err := LoadMaster(path, func() ([]byte, error) { return bytes.Clone(pass), nil })
	if err != nil {
		return err
	}
	defer again.Wipe()
	if again.Recipient() != m.Recipient() {
		return ErrWrongKey
	}
	return nil
}

// heldText is the content of the file, with the identity given to its holder.
func heldText(m *Master, to Holder, pass []byte) ([]byte, error) {
	secret, err := m.secretText()
	if err != nil {
		return nil, err
	}
	defer clear(secret)
	head := []byte(holderLine + string(to) + "\n" + recipientLine + m.Recipient() + "\n")
	switch to {
	case InFile:
		return append(head, secret...), nil
	case UnderPassphrase, InKeyring:
		wrapped, err := wrapMaster(secret, pass)
		if err == nil && to == InKeyring {
			err = toKeyring(m)
		}
		return append(head, wrapped...), err
	case InKeychain:
		return head, toKeychain(m.Recipient(), secret)
	}
	return nil, ErrHolder
}

// ForgetHeld takes an identity out of a key store of the system; of a holder
// that is a file there is nothing to take.
func ForgetHeld(from Holder, recipient string) {
	switch from {
	case InKeyring:
		dropKeyring(recipient)
	case InKeychain:
		dropKeychain(recipient)
	}
}

// destroyFile overwrites and removes a file that may be missing. A file system
// that copies on writing, or flash, can keep the old bytes all the same.
func destroyFile(path string) error {
	f, err := os.OpenFile(path, os.O_WRONLY, 0)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("destroy former identity: %w", err)
	}
	st, err := f.Stat()
	if err == nil {
		_, err = f.Write(make([]byte, st.Size()))
	}
	if err == nil {
		err = f.Sync()
	}
	if cerr := f.Close(); err == nil {
		err = cerr
	}
	if err == nil {
		err = os.Remove(path)
	}
	if err != nil {
		return fmt.Errorf("destroy former identity: %w", err)
	}
	return syncDir(filepath.Dir(path))
}

func syncDir(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return fmt.Errorf("open directory: %w", err)
	}
	defer d.Close()
	if err := d.Sync(); err != nil {
		return fmt.Errorf("sync directory: %w", err)
	}
	return nil
}
