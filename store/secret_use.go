package store

import (
	"context"
	"errors"
	"time"

	"coffre/chain"
)

// useGroup is what makes two uses of a credential one for the chain, for an hour.
type useGroup struct {
	id             string
	version        uint64
	by, tool, part string
	refused        string // code of the refusal, "" for a use
}

// useGroups bounds how many are remembered; past it all are forgotten, which
// means more entries and never fewer.
const (
	useGroupFor = time.Hour
	useGroups   = 4096
)

func (s *leases) known(g useGroup, now time.Time) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	at, ok := s.told[g]
	age := now.Sub(at)
	return ok && age >= 0 && age < useGroupFor
}

func (s *leases) tell(g useGroup, now time.Time) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.told == nil || len(s.told) >= useGroups {
		s.told = map[useGroup]time.Time{}
	}
	s.told[g] = now
}

// usableCredential returns the record of a use that is as it should be.
func (v *View) usableCredential(u CredentialUse) (Credential, error) {
	c, err := v.credential(u.ID)
	if err != nil {
		return c, err
	}
	address, err := CredentialAddress(u.Address)
	switch {
	case c.EndedBy != "":
		return c, Fail(Denied, "secret-revoked", "secret", c.Name)
	case c.over(v.t.now()):
		return c, Fail(Denied, "secret-expired", "secret", c.Name)
	case c.Purpose != u.Purpose:
		return c, Fail(Denied, "secret-other-purpose", "secret", c.Name)
	case err != nil || !leadsTo(c.Address, address):
		return c, Fail(Denied, "secret-address", "secret", c.Name, "address", c.Address)
	case c.Trust != u.Trust && !unencrypted(c.Address):
		return c, Fail(Denied, "secret-trust", "secret", c.Name)
	case len(c.Sealed) == 0:
		return c, Fail(Corrupt, "secret-sealed")
	}
	return c, nil
}

// detail is what an entry says of a use.
func (u CredentialUse) detail() chain.Detail {
	d := chain.Detail{"purpose": u.Purpose, "tool": u.Tool}
	if u.For != "" {
		d["for"] = u.For
	}
	return d
}

// refuseUse enters a use that was refused, once an hour where it is the same
// again, and returns why it was.
func (t *Tenant) refuseUse(ctx context.Context, by Actor, u CredentialUse, why error) error {
	var e *Error
	if !errors.As(why, &e) || e.Kind != Denied && e.Code != "secret-unknown" {
		return why
	}
	group := useGroup{u.ID, 0, by.ID, u.Tool, u.For, e.Code}
	if t.leases.known(group, t.now()) {
		return why
	}
	ev := chain.Event{Action: chain.CredentialRead, Outcome: chain.Denied, Detail: u.detail()}
	if validID(u.ID) {
		ev.Object = chain.Object{Kind: credentialKind, ID: u.ID}
	}
	ev.Detail["code"] = e.Code
	if _, err := t.Record(ctx, by, ev); err != nil {
		return errors.Join(why, err)
	}
	t.leases.tell(group, t.now())
	return why
}

// validID tells whether a text from a setting looks like a credential's id.
func validID(id string) bool { return len(id) > 4 && len(id) <= 64 && id[:4] == "sec-" }
