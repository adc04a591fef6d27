package chain

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"
)

// Customer is what the genesis of a chain is made of. Both fields are fixed
// when the tenant is created and never change.
type Customer struct {
	ID        string `json:"id"`         // [a-z0-9][a-z0-9-]{0,62}
	CreatedAt string `json:"created_at"` // RFC 3339, UTC, whole seconds, ends in Z
}

// ErrCustomer is wrapped by every refusal of a customer's id or date.
var ErrCustomer = errors.New("invalid customer")

const (
	genesisLabel = "lmbox.eu/audit-chain/v1"
	originLabel  = "coffre.audit/"
	secondLayout = "2006-01-02T15:04:05Z"
)

// NewCustomer returns the customer created at t, cut to the second in UTC.
func NewCustomer(id string, t time.Time) (Customer, error) {
	c := Customer{ID: id, CreatedAt: t.UTC().Format(secondLayout)}
	return c, c.Validate()
}

// Validate refuses whatever could be read in two ways, since the genesis
// formula has no delimiters.
func (c Customer) Validate() error {
	if len(c.ID) < 1 || len(c.ID) > 63 || c.ID[0] == '-' {
		return fmt.Errorf("%w: id must match [a-z0-9][a-z0-9-]{0,62}", ErrCustomer)
	}
	for i := range len(c.ID) {
		if b := c.ID[i]; (b < 'a' || b > 'z') && (b < '0' || b > '9') && b != '-' {
			return fmt.Errorf("%w: id must match [a-z0-9][a-z0-9-]{0,62}", ErrCustomer)
		}
	}
	t, err := time.Parse(secondLayout, c.CreatedAt)
	if err != nil || t.Format(secondLayout) != c.CreatedAt {
		return fmt.Errorf("%w: created_at must be RFC 3339 in UTC to the second", ErrCustomer)
	}
	return nil
}

// Genesis returns chain_hash[0].
func (c Customer) Genesis() (Hash, error) {
	if err := c.Validate(); err != nil {
		return Hash{}, err
	}
	return sha256.Sum256([]byte(genesisLabel + "customer=" + c.ID + "created=" + c.CreatedAt)), nil
}

// KeyName returns the name of every checkpoint key of this chain.
func KeyName(c Customer, genesis Hash) string {
	return originLabel + c.ID + "/" + genesis.String()[:16]
}

// Origin returns a checkpoint's origin line after so many restores: the key
// name, then /2 after the first restore, /3 after the second.
func Origin(c Customer, genesis Hash, restores int) string {
	if restores < 1 {
		return KeyName(c, genesis)
	}
	return KeyName(c, genesis) + "/" + strconv.Itoa(restores+1)
}

// restoresIn returns how many restores origin tells of, if it belongs to the
// chain whose keys are called name.
func restoresIn(origin, name string) (int, bool) {
	if origin == name {
		return 0, true
	}
	suffix, ok := strings.CutPrefix(origin, name+"/")
	if !ok {
		return 0, false
	}
	n, err := strconv.Atoi(suffix)
	if err != nil || n < 2 || n > 1<<20 || strconv.Itoa(n) != suffix {
		return 0, false
	}
	return n - 1, true
}
