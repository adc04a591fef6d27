//go:build !linux

package vault

import "fmt"

func keyringWorks() bool { return false }

func toKeyring(*Master) error { return fmt.Errorf("put identity into keyring: %w", ErrHolder) }

func fromKeyring(string) (*Master, error) {
	return nil, fmt.Errorf("find identity in keyring: %w", ErrLocked)
}

func dropKeyring(string) {}
