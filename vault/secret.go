package vault

import (
	"errors"
	"fmt"
	"io"
	"log/slog"
	"sync"
)

// MaxSecret bounds a credential's value, bytes: a PEM key with its chain fits.
const MaxSecret = 16 << 10

// ErrWiped: a Secret was used after Wipe.
var ErrWiped = errors.New("secret was wiped")

// stars is what every printing of a Secret gives.
const stars = "***"

// Secret is a credential's value while it is in memory. However it is printed,
// logged or encoded, it is ***; copies share the bytes, so that Wipe reaches all
// of them. The zero value is empty.
type Secret struct{ held *heldSecret }

type heldSecret struct {
	mu    sync.Mutex
	value []byte
	wiped bool
}

// NewSecret takes over value: the caller neither keeps nor changes it.
func NewSecret(value []byte) Secret { return Secret{&heldSecret{value: value}} }

// Use calls fn with the value, which is valid until fn returns and must not be
// changed. ErrWiped after Wipe; else fn's error.
func (s Secret) Use(fn func(value []byte) error) error {
	if s.held == nil {
		return fn(nil)
	}
	s.held.mu.Lock()
	defer s.held.mu.Unlock()
	if s.held.wiped {
		return ErrWiped
	}
	return fn(s.held.value)
}

// Len is the value's length in bytes, 0 after Wipe.
func (s Secret) Len() int {
	if s.held == nil {
		return 0
	}
	s.held.mu.Lock()
	defer s.held.mu.Unlock()
	return len(s.held.value)
}

// Wipe overwrites the value. Copies that Go's runtime or a library made of it
// on the way, such as a header of net/http, are out of its reach.
func (s Secret) Wipe() {
	if s.held == nil {
		return
	}
	s.held.mu.Lock()
	defer s.held.mu.Unlock()
	clear(s.held.value[:cap(s.held.value)])
	s.held.value, s.held.wiped = nil, true
}

// String hides the value.
func (Secret) String() string { return stars }

// GoString hides the value from %#v.
func (Secret) GoString() string { return stars }

// Format hides the value from every verb, %x and %d too.
func (Secret) Format(f fmt.State, _ rune) { io.WriteString(f, stars) }

// MarshalJSON hides the value.
func (Secret) MarshalJSON() ([]byte, error) { return []byte(`"` + stars + `"`), nil }

// MarshalText hides the value.
func (Secret) MarshalText() ([]byte, error) { return []byte(stars), nil }

// LogValue hides the value from slog.
func (Secret) LogValue() slog.Value { return slog.StringValue(stars) }
