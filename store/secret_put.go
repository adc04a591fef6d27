package store

import (
	"context"
	"crypto/rand"
	"errors"
	"slices"
	"strconv"
	"strings"
	"time"

	"coffre/chain"
	"coffre/vault"
)

// NewCredential is what a credential is made of. Value is wiped.
type NewCredential struct {
	Name, Purpose, Address string
	Value                  vault.Secret
	Remind                 int       // days, 0 for the setting's
	Expires                time.Time // zero for never
}

// NewValue is another value for a credential. Value is wiped.
type NewValue struct {
	Value vault.Secret
	// Address is where it may be sent from now on; "" for the same as before.
	Address string
	// Remind and Expires replace what was, where they aren't nil.
	Remind  *int
	Expires *time.Time
}

const (
	credentialKind = "credential" // of an entry's object
	digestSubject  = "credential-digest"
)

// CreateCredential seals a value and keeps it. Errors: Invalid "secret-value",
// "secret-line", "secret-pair", "secret-pair-locked", "secret-pair-ended",
// "secret-purpose", "secret-address-form", "secret-days", "secret-expires",
// "invalid-name", each with name; Conflict "name-taken", "secret-many"; that of
// Root.MasterError while nothing can be opened.
func (t *Tenant) CreateCredential(ctx context.Context, p Principal, n NewCredential, request string) (Credential, error) {
	defer n.Value.Wipe()
	c := Credential{Name: strings.TrimSpace(n.Name), Purpose: n.Purpose, Version: 1, Remind: n.Remind, Expires: n.Expires}
	if err := t.checkCredential(&c, n.Address, n.Value); err != nil {
		return c, err
	}
	ev := chain.Event{Action: chain.CredentialCreate, Request: request, Session: p.Session}
	_, err := t.Update(ctx, p.Actor, ev, func(tx *Tx) error {
		if err := tx.freeSecretName(c.Name); err != nil {
			return err
		}
		// A new id each time, since fn may run twice.
		c.ID = "sec-" + NewID()
		c.Created, c.By = t.now().UTC().Truncate(time.Second), p.Actor.ID
		c.Changed, c.ChangedBy = c.Created, c.By
		if err := tx.sealCredential(&c, n.Value); err != nil {
			return err
		}
		tx.Event.Private["name"], tx.Event.Private["address"] = c.Name, c.Address
		tx.describeCredential(c)
		return credentials.put(tx, []byte(c.ID), c)
	})
	return c.bare(), err
}

// RotateCredential replaces a credential's value. Uses of the one before end
// within RotateGrace. Errors: those of CreateCredential; NotFound
// "secret-unknown"; Conflict "secret-ended"; Conflict "secret-same" where it is
// the value that is kept already, for the same address.
func (t *Tenant) RotateCredential(ctx context.Context, p Principal, id string, n NewValue, request string) (c Credential, err error) {
	defer n.Value.Wipe()
	ev := chain.Event{Action: chain.CredentialRotate, Request: request, Session: p.Session}
	_, err = t.Update(ctx, p.Actor, ev, func(tx *Tx) (err error) {
		if c, err = tx.credential(id); err != nil {
			return err
		}
		if c.over(t.now()) {
			return Fail(Conflict, "secret-ended")
		}
		before := c
		if n.Remind != nil {
			c.Remind = *n.Remind
		}
		if p, _ := purposeOf(c.Purpose); p.ends {
			c.Expires = time.Time{} // that of the value before
		}
		if n.Expires != nil {
			c.Expires = *n.Expires
		}
		address := n.Address
		if address == "" {
			address = c.Address
		}
		if err := t.checkCredential(&c, address, n.Value); err != nil {
			return err
		}
		c.Version++
		c.Changed, c.ChangedBy = t.now().UTC().Truncate(time.Second), p.Actor.ID
		if err := tx.sealCredential(&c, n.Value); err != nil {
			return err
		}
		if vault.SameDigest(before.Digest, c.Digest) && before.Address == c.Address && before.Trust == c.Trust {
			return Fail(Conflict, "secret-same", "name", "value")
		}
		if before.Address != c.Address {
			tx.Event.Private["address"] = c.Address
		}
		tx.Event.Detail["moved"] = before.Address != c.Address
		tx.describeCredential(c)
		version := c.Version
		tx.AfterCommit(func() { t.leases.outdate(id, version) })
		return credentials.put(tx, []byte(id), c)
	})
	return c.bare(), err
}

// describeCredential puts into the entry what it says of every act.
func (tx *Tx) describeCredential(c Credential) {
	tx.Event.Object = chain.Object{Kind: credentialKind, ID: c.ID}
	tx.Event.Detail["purpose"], tx.Event.Detail["version"] = c.Purpose, c.Version
}

// checkCredential checks everything of c that needs no transaction, and takes
// over the address.
func (t *Tenant) checkCredential(c *Credential, address string, value vault.Secret) (err error) {
	if c.Name == "" || len(c.Name) > maxSecretName || strings.ContainsAny(c.Name, "\x00\r\n\t") {
		return Fail(Invalid, "invalid-name", "field", "name", "name", "name")
	}
	p, ok := purposeOf(c.Purpose)
	if !ok {
		return Fail(Invalid, "secret-purpose", "name", "purpose")
	}
	if c.Address, err = CredentialAddress(strings.TrimSpace(address)); err != nil {
		return err
	}
	if scheme, _, _ := strings.Cut(c.Address, ":"); !slices.Contains(p.schemes, scheme) {
		return Fail(Invalid, "secret-address-form", "name", "address")
	}
	if c.Remind < 0 || c.Remind > MaxRotateDays {
		return Fail(Invalid, "secret-days", "name", "remind_days", "max", strconv.Itoa(MaxRotateDays))
	}
	if !c.Expires.IsZero() && !c.Expires.After(t.now()) {
		return Fail(Invalid, "secret-expires", "name", "expires")
	}
	return value.Use(func(b []byte) error {
		if err := p.check(b); err != nil || !p.ends {
			return err
		}
		end := endOfPair(b)
		if !end.After(t.now()) {
			return badValue("secret-pair-ended")
		}
		if c.Expires.IsZero() || c.Expires.After(end) {
			c.Expires = end.UTC()
		}
		return nil
	})
}

// freeSecretName refuses a name that is in use, and more than there may be.
func (v *View) freeSecretName(name string) error {
	all, err := v.Credentials()
	if err != nil {
		return err
	}
	n := 0
	for _, o := range all {
		if !o.Ended.IsZero() {
			continue
		}
		if n++; strings.EqualFold(o.Name, name) {
			return Fail(Conflict, "name-taken", "name", name)
		}
	}
	if n >= maxCredentials {
		return Fail(Conflict, "secret-many", "max", strconv.Itoa(maxCredentials))
	}
	return nil
}

// sealCredential seals a value as c says, under a new data key in place of the
// one before.
func (tx *Tx) sealCredential(c *Credential, value vault.Secret) error {
	key, _, err := tx.t.dataKey(tx, digestSubject)
	if err != nil {
		return tx.t.sealedFault(err)
	}
	if c.Digest, err = key.CredentialDigest(tx.t.ID, c.ID, value); err != nil {
		return tx.t.sealedFault(err)
	}
	if c.Trust = ""; !unencrypted(c.Address) {
		c.Trust = tx.CredentialTrust(c.Purpose)
	}
	scope := c.scope(tx.t.ID)
	wrapped, sealed, err := tx.t.master.SealCredential(scope, value)
	if err != nil {
		return tx.t.sealedFault(err)
	}
	c.Sealed = sealed
	id := make([]byte, keyIDSize)
	rand.Read(id)
	return tx.putRaw("datakeys", dataKeyName(scope.Subject()), append(id, wrapped...))
}

// sealedFault words what went wrong with a sealed record: it doesn't open, which
// is damage or another master identity, or there is no identity to open it with.
func (t *Tenant) sealedFault(err error) error {
	if errors.Is(err, vault.ErrWrongKey) || errors.Is(err, vault.ErrCredential) {
		return Fail(Corrupt, "secret-sealed").Because(err)
	}
	if why := t.master.closed(); why != nil {
		return why
	}
	return err
}
