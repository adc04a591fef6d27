package vault

import (
	"errors"
	"fmt"

	"golang.org/x/sys/unix"
)

// The kernel's keyring of the user (keyrings(7)): memory of the kernel's that is
// never swapped and is gone when the machine goes off. Whatever runs as the same
// user can read it, as with a file of mode 0600.

// Permissions of a key (keyctl_setperm(2)): all to who possesses it; view, read
// and search to processes of the user, whose session may not be linked to the
// keyring, as under systemd.
const keyringPerm = 0x3f000000 | 0x00010000 | 0x00020000 | 0x00080000

func keyringName(recipient string) string { return "coffre:" + recipient }

func keyringWorks() bool {
	_, err := unix.KeyctlGetKeyringID(unix.KEY_SPEC_USER_KEYRING, true)
	return err == nil
}

func toKeyring(m *Master) error {
	secret, err := m.secretText()
	if err != nil {
		return err
	}
	defer clear(secret)
	id, err := unix.AddKey("user", keyringName(m.Recipient()), secret, unix.KEY_SPEC_USER_KEYRING)
	if err != nil {
		return fmt.Errorf("put identity into keyring: %w", errors.Join(ErrHolder, err))
	}
	// A session that doesn't possess the keyring may not set it; reading it back tells.
	_ = unix.KeyctlSetperm(id, keyringPerm)
	again, err := fromKeyring(m.Recipient())
	if err != nil {
		return err
	}
	again.Wipe()
	return nil
}

func fromKeyring(recipient string) (*Master, error) {
	id, err := unix.KeyctlSearch(unix.KEY_SPEC_USER_KEYRING, "user", keyringName(recipient), 0)
	if err != nil {
		return nil, fmt.Errorf("find identity in keyring: %w", errors.Join(ErrLocked, err))
	}
	text := make([]byte, 4096)
	defer clear(text)
	n, err := unix.KeyctlBuffer(unix.KEYCTL_READ, id, text, 0)
	if err != nil || n > len(text) {
		return nil, fmt.Errorf("read identity in keyring: %w", errors.Join(ErrHolder, err))
	}
	m, err := ParseMaster(text[:n])
	if err == nil && m.Recipient() != recipient {
		m.Wipe()
		err = ErrWrongKey
	}
	return m, err
}

func dropKeyring(recipient string) {
	id, err := unix.KeyctlSearch(unix.KEY_SPEC_USER_KEYRING, "user", keyringName(recipient), 0)
	if err != nil {
		return
	}
	unix.KeyctlInt(unix.KEYCTL_REVOKE, id, 0, 0, 0)
	unix.KeyctlInt(unix.KEYCTL_UNLINK, id, unix.KEY_SPEC_USER_KEYRING, 0, 0)
}
