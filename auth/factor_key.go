package auth

import (
	"bytes"
	"context"
	"errors"

	"coffre/auth/factor"
	"coffre/chain"
	"coffre/store"
)

// party is the box under the name that the browser used. A box with several firms
// is found by name, so that the name is the firm's own by the time this is asked.
// Error: Conflict "factor-host" for an IP address.
func (s *Service) party(host, firm string) (*factor.Party, error) {
	p, err := factor.NewParty(host, firm)
	if errors.Is(err, factor.ErrHost) {
		return nil, store.Fail(store.Conflict, "factor-host").Because(err)
	}
	return p, err
}

// KeysWork tells whether keys can be made under the name that a browser used.
func KeysWork(host string) bool {
	_, err := factor.NewParty(host, "coffre")
	return err == nil
}

// keyHolder is the person with their keys as auth/factor wants them. Blocked ones
// are left out, except where all is set: a blocked key isn't registered again.
func keyHolder(v *store.View, userID string, all bool) (h factor.Holder, err error) {
	u, err := v.User(userID)
	if err != nil {
		return h, err
	}
	fs, err := v.Factors(userID)
	if err != nil {
		return h, err
	}
	h = factor.Holder{ID: u.ID, Login: u.Login, Name: u.Name}
	for _, f := range fs {
		if f.Kind != store.FactorKey || !all && !f.Blocked.IsZero() {
			continue
		}
		k, err := stateOf[factor.Key](f)
		if err != nil {
			return h, err
		}
		h.Keys = append(h.Keys, k)
	}
	return h, nil
}

// BeginKey asks for a new key of p's: options go to navigator.credentials.create.
// Errors: Denied "not-allowed", "step-needed"; Conflict "factor-host",
// "factor-many".
func (s *Service) BeginKey(t *store.Tenant, p store.Principal, host string) (options []byte, err error) {
	if err := mayAdd(p); err != nil {
		return nil, err
	}
	_, firm, err := s.holder(t, p.UserID)
	if err != nil {
		return nil, err
	}
	box, err := s.party(host, firm)
	if err != nil {
		return nil, err
	}
	h, err := view(t, func(v *store.View) (factor.Holder, error) { return keyHolder(v, p.UserID, true) })
	if err != nil {
		return nil, err
	}
	if len(h.Keys) >= factor.MaxKeys {
		return nil, store.Fail(store.Conflict, "factor-many")
	}
	options, c, err := box.BeginAdd(h)
	if err != nil {
		return nil, err
	}
	s.second.begun.put(key(t.ID, "add", p.Session), pending{ceremony: c})
	return options, nil
}

// FinishKey keeps the key that answered BeginKey, under a name that its owner
// gives. Errors: those of BeginKey; Conflict "factor-begin"; Invalid
// "factor-key-refused", "invalid-name".
func (s *Service) FinishKey(ctx context.Context, t *store.Tenant, p store.Principal, name string, in Shown) error {
	if err := mayAdd(p); err != nil {
		return err
	}
	name, err := factorName(name)
	if err != nil {
		return err
	}
	x, ok := s.second.begun.take(key(t.ID, "add", p.Session))
	if !ok {
		return store.Fail(store.Conflict, "factor-begin")
	}
	u, firm, err := s.holder(t, p.UserID)
	if err != nil {
		return err
	}
	box, err := s.party(in.Host, firm)
	if err != nil {
		return err
	}
	h := factor.Holder{ID: u.ID, Login: u.Login, Name: u.Name}
	k, err := box.FinishAdd(h, x.ceremony, in.Answer)
	if err != nil {
		s.failures.note(ctx, t, failure{userID: u.ID, login: u.Login, address: in.Address, request: in.Request, reason: factor.ReasonOf(err)})
		return store.Fail(store.Invalid, "factor-key-refused").Because(err)
	}
	ev := chain.Event{Action: chain.FactorAdd, Session: p.Session, Request: in.Request}
	_, err = t.Update(ctx, p.Actor, ev, func(tx *store.Tx) error {
		h, err := keyHolder(&tx.View, u.ID, true)
		if err != nil {
			return err
		}
		for _, have := range h.Keys {
			if bytes.Equal(have.ID, k.ID) {
				return store.Fail(store.Conflict, "factor-known")
			}
		}
		f := store.Factor{UserID: u.ID, Kind: store.FactorKey, Name: name}
		if err := setState(&f, k); err != nil {
			return err
		}
		return addFactor(tx, f)
	})
	return err
}

// AskKey asks for one of the keys of the person whose session token is. ok is
// false where they have none under this name. options go to
// navigator.credentials.get.
func (s *Service) AskKey(t *store.Tenant, token, host string) (options []byte, ok bool, err error) {
	rec, u, err := s.sessionOf(t, token)
	if err != nil {
		return nil, false, err
	}
	_, firm, err := s.holder(t, u.ID)
	if err != nil {
		return nil, false, err
	}
	box, err := s.party(host, firm)
	if err != nil {
		return nil, false, nil
	}
	h, err := view(t, func(v *store.View) (factor.Holder, error) { return keyHolder(v, u.ID, false) })
	if err != nil {
		return nil, false, err
	}
	options, c, ok, err := box.BeginUse(h)
	if ok {
		s.second.begun.put(key(t.ID, "use", rec.ID), pending{ceremony: c})
	}
	return options, ok, err
}

// proveKey checks the answer to AskKey. Guesses aren't slowed down: nobody guesses
// a signature, and a person must be able to try their key again.
func (s *Service) proveKey(ctx context.Context, t *store.Tenant, token, step string, rec store.Session, u store.User, in Shown) (string, error) {
	x, ok := s.second.begun.take(key(t.ID, "use", rec.ID))
	if !ok {
		return "", store.Fail(store.Conflict, "factor-begin")
	}
	_, firm, err := s.holder(t, u.ID)
	if err != nil {
		return "", err
	}
	box, err := s.party(in.Host, firm)
	if err != nil {
		return "", err
	}
	h, err := view(t, func(v *store.View) (factor.Holder, error) { return keyHolder(v, u.ID, false) })
	if err != nil {
		return "", err
	}
	k, err := box.FinishUse(h, x.ceremony, in.Answer)
	if err != nil {
		return "", s.refuseKey(ctx, t, u, k, in, err)
	}
	return s.Satisfy(ctx, t, token, step, store.FactorKey, func(tx *store.Tx) error { return s.countKey(tx, u.ID, k) })
}

// countKey stores that a key was used, with its new counter. A counter that another
// use has moved on meanwhile is refused like any that goes back.
func (s *Service) countKey(tx *store.Tx, user string, k factor.Key) error {
	f, now, err := keyOf(&tx.View, user, k.ID)
	if err != nil {
		return wrongFactor()
	}
	if !f.Blocked.IsZero() || now.Count > k.Count || now.Count == k.Count && k.Count != 0 {
		return wrongFactor()
	}
	f.Used, now.Count = s.now().UTC(), k.Count
	if err := setState(&f, now); err != nil {
		return err
	}
	_, err = tx.PutFactor(f)
	return err
}

func keyOf(v *store.View, user string, id []byte) (store.Factor, factor.Key, error) {
	fs, err := v.Factors(user)
	if err != nil {
		return store.Factor{}, factor.Key{}, err
	}
	for _, f := range fs {
		if f.Kind != store.FactorKey {
			continue
		}
		if k, err := stateOf[factor.Key](f); err == nil && bytes.Equal(k.ID, id) {
			return f, k, nil
		}
	}
	return store.Factor{}, factor.Key{}, store.Fail(store.NotFound, "not-found")
}

// refuseKey enters why a key was refused. One whose counter went back is shut for
// good: one of the two that seem to exist is not its owner's, who is told.
func (s *Service) refuseKey(ctx context.Context, t *store.Tenant, u store.User, k factor.Key, in Shown, why error) error {
	reason := factor.ReasonOf(why)
	s.failures.note(ctx, t, failure{userID: u.ID, login: u.Login, address: in.Address, request: in.Request, reason: reason})
	if reason != factor.Cloned {
		return wrongFactor().Because(why)
	}
	ev := chain.Event{Action: chain.FactorBlock, Request: in.Request}
	_, err := t.Update(context.WithoutCancel(ctx), store.System("auth"), ev, func(tx *store.Tx) error {
		f, _, err := keyOf(&tx.View, u.ID, k.ID)
		if err != nil {
			return err
		}
		f.Blocked = s.now().UTC()
		tx.Event.Detail["factor"], tx.Event.Detail["kind"], tx.Event.Detail["reason"] = f.ID, f.Kind, reason
		if err := tx.PutAlert(store.Alert{UserID: u.ID, What: chain.FactorBlock, Kind: f.Kind, Name: f.Name}); err != nil {
			return err
		}
		_, err = tx.PutFactor(f)
		return err
	})
	if err != nil {
		s.log.Error("cloned key not blocked", "tenant", t.ID, "err", err)
	}
	return store.Fail(store.Denied, "factor-cloned").Because(why)
}
