package store

import (
	"bytes"
	"encoding/json"
	"time"
)

// The kinds of a Factor.
const (
	FactorTOTP     = "totp"     // six digits of an app
	FactorKey      = "webauthn" // a security key or a passkey
	FactorRecovery = "recovery" // a sheet of codes for the day when the others are lost
)

// MaxFactors bounds how many factors a person may have.
const MaxFactors = 24

// Factor is something that a person shows besides a password. What an app shares
// with the box is sealed with the person's data key, so that it is in clear on no
// disk and goes with the person; the rest is public or a digest.
type Factor struct {
	ID      string    `json:"id"`
	UserID  string    `json:"user"`
	Kind    string    `json:"kind"`
	Name    string    `json:"name,omitempty"` // as its owner calls it
	Created time.Time `json:"created"`
	Used    time.Time `json:"used,omitzero"`
	// Blocked is when it was shut because two of it seem to exist.
	Blocked time.Time `json:"blocked,omitzero"`
	// State is auth's: the last step of an app, a key with its counter, a sheet.
	State  json.RawMessage `json:"state,omitempty"`
	Sealed []byte          `json:"sealed,omitempty"`
	// KeyID is of the data key that sealed.
	KeyID []byte `json:"key_id,omitempty"`
}

var factors = table[Factor]("factors")

func factorKey(user, id string) []byte { return []byte("f:" + user + "/" + id) }

// Factors returns the factors of a person, the oldest first.
func (v *View) Factors(user string) (out []Factor, err error) {
	err = factors.each(v, factorKey(user, ""), func(_ []byte, f Factor) bool { out = append(out, f); return true })
	return out, err
}

// Factor returns one of a person's factors.
func (v *View) Factor(user, id string) (Factor, error) { return factors.get(v, factorKey(user, id)) }

// PutFactor adds a factor (empty ID) or replaces one. Conflict "factor-many".
func (tx *Tx) PutFactor(f Factor) (Factor, error) {
	if _, err := tx.User(f.UserID); err != nil {
		return f, err
	}
	if f.ID == "" {
		have, err := tx.Factors(f.UserID)
		if err != nil {
			return f, err
		}
		if len(have) >= MaxFactors {
			return f, Fail(Conflict, "factor-many")
		}
		// Ids in order of time, so that the oldest comes first.
		f.Created = tx.t.now().UTC()
		f.ID = "fac-" + f.Created.Format("20060102150405") + "-" + NewID()
	}
	tx.describeFactor(f)
	return f, factors.put(tx, factorKey(f.UserID, f.ID), f)
}

func (tx *Tx) describeFactor(f Factor) {
	tx.Event.Object.Kind, tx.Event.Object.ID = "user", f.UserID
}

// DeleteFactor removes a factor.
func (tx *Tx) DeleteFactor(user, id string) error {
	f, err := tx.Factor(user, id)
	if err != nil {
		return err
	}
	tx.describeFactor(f)
	return factors.delete(tx, factorKey(user, id))
}

// DeleteFactorsOf removes all factors of a person and returns what they were.
func (tx *Tx) DeleteFactorsOf(user string) ([]Factor, error) {
	all, err := tx.Factors(user)
	if err != nil {
		return nil, err
	}
	for _, f := range all {
		if err := factors.delete(tx, factorKey(user, f.ID)); err != nil {
			return nil, err
		}
	}
	return all, nil
}

func (t *Tenant) factorAD(f Factor) []byte {
	return []byte("coffre/factor/v1\x00" + t.ID + "\x00" + f.UserID + "\x00" + f.Kind)
}

// SealFactor seals the secret of f with its owner's data key. Error: that of
// Root.MasterError while nothing can be sealed.
func (tx *Tx) SealFactor(f *Factor, secret []byte) error {
	key, id, err := tx.t.dataKey(tx, f.UserID)
	if err != nil {
		return err
	}
	f.KeyID = bytes.Clone(id)
	f.Sealed, err = key.Seal(tx.t.factorAD(*f), secret)
	return err
}

// OpenFactor returns the secret of f. Errors: that of Root.MasterError while
// nothing can be opened; Corrupt "damaged".
func (v *View) OpenFactor(f Factor) ([]byte, error) {
	key, id, err := v.openDataKey(f.UserID)
	if err != nil {
		return nil, err
	}
	if !bytes.Equal(id, f.KeyID) {
		return nil, errNotFound
	}
	secret, err := key.Open(v.t.factorAD(f), f.Sealed)
	if err != nil {
		return nil, Fail(Corrupt, "damaged").Because(err)
	}
	return secret, nil
}
