// Package vault seals what must not be readable in a stolen database.
//
// Its rule: a secret is readable only inside the call that needs it. The master
// identity, an age X25519 key, lies outside every database in keys/master.age
// (mode 0600). It wraps one data key a person (and one a tenant); data keys
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
	// ErrWrongKey: a record does not open under this key and binding.
	ErrWrongKey = errors.New("sealed record does not open")
)
