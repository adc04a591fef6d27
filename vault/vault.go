// Package vault seals what must not be readable in a stolen database.
//
// Its rule: a secret is readable only inside the call that needs it. The master
// identity, an age X25519 key, lies outside every database: keys/master.age holds
// it, or holds it under a passphrase, or says which key store of the system does
// (holder.go). It wraps one data key a person (and one a tenant); data keys
// seal private parts with XChaCha20-Poly1305. Destroying a wrapped data key
// makes everything that it sealed unreadable, in every copy.
//
// Types that hold key bytes print as ***.
package vault

import "errors"

// Sentinel errors of the package; a caller decides how they are shown.
var (
	// ErrNoMaster: the master identity's file does not exist.
	ErrNoMaster = errors.New("master identity not found")
	// ErrBadMaster: the file exists and holds no usable identity.
	ErrBadMaster = errors.New("master identity unreadable")
	// ErrLoose: others than the owner may read or change the identity's file.
	ErrLoose = errors.New("master identity open to others")
	// ErrLocked: the identity is not in memory; its passphrase wasn't given.
	ErrLocked = errors.New("master identity locked")
	// ErrPassphrase: the identity's file does not open under that passphrase.
	ErrPassphrase = errors.New("wrong passphrase")
	// ErrHolder: the system has no such key store, or refuses its use.
	ErrHolder = errors.New("key store not available")
	// ErrWrongKey: a record does not open under this key and binding.
	ErrWrongKey = errors.New("sealed record does not open")
)
