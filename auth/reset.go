package auth

import (
	"context"

	"coffre/chain"
	"coffre/store"
)

// Reset makes a one-time link with which somebody chooses a new password, good for
// store.LinkFor; an older one of theirs is worth nothing from then on. The token
// is returned once and stored nowhere. The old password holds until the link is
// used. A guarded account (store.View.Guarded) needs an approval that p asked for
// with AskReset. Errors: Denied "not-allowed"; NotFound; Conflict
// "account-elsewhere" where another service answers for the account,
// "account-disabled", "reset-two" without that approval.
func (s *Service) Reset(ctx context.Context, t *store.Tenant, p store.Principal, userID, request string) (token string, l store.Link, err error) {
	if err := Require(p, UsersReset); err != nil {
		return "", l, err
	}
	secret := store.NewToken()
	ev := chain.Event{Action: chain.UserReset, Session: p.Session, Request: request}
	_, err = t.Update(ctx, p.Actor, ev, func(tx *store.Tx) error {
		u, err := tx.User(userID)
		switch {
		case err != nil:
			return err
		case u.Source != "":
			return store.Fail(store.Conflict, "account-elsewhere")
		case u.Disabled:
			return store.Fail(store.Conflict, "account-disabled")
		}
		grant, err := tx.UseLinkGrant(p, u)
		if err != nil {
			return err
		}
		if grant != "" {
			tx.Event.Detail["approval"] = grant
		}
		if l, err = tx.PutLink(store.TokenDigest(secret), userID, p.UserID); err != nil {
			return err
		}
		tx.Event.Object = chain.Object{Kind: "user", ID: userID}
		tx.Event.Detail["link"] = l.ID
		return tx.PutAlert(store.Alert{UserID: userID, What: chain.UserReset, By: p.UserID})
	})
	if err != nil {
		return "", store.Link{}, err
	}
	return cookieToken(t.ID, secret), l, nil
}

// ResetOf returns whom a link's token is for. Error: NotFound "reset-link",
// whatever the reason: used, over, another firm's, invented, account disabled.
func (s *Service) ResetOf(t *store.Tenant, token string) (u store.User, l store.Link, err error) {
	digest, ok := digestFor(t, token)
	if !ok {
		return u, l, noLink()
	}
	err = t.View(func(v *store.View) (err error) {
		if l, err = v.Link(digest); err == nil {
			u, err = v.User(l.UserID)
		}
		return err
	})
	if store.IsNotFound(err) || err == nil && (u.Disabled || u.Source != "") {
		return store.User{}, store.Link{}, noLink()
	}
	return withoutHash(u), l, err
}

func noLink() error { return store.Fail(store.NotFound, "reset-link") }

// UseReset sets the password that the holder of a link has chosen. The link is
// used up and all sessions of the account end in the same commit. Second factors
// stay. Errors: NotFound "reset-link"; those of CheckPassword; Unavailable "busy".
func (s *Service) UseReset(ctx context.Context, t *store.Tenant, token, password, request string) error {
	u, _, err := s.ResetOf(t, token)
	if err != nil {
		return err
	}
	if err := CheckPassword(password, u.Login, u.Name); err != nil {
		return err
	}
	stored, err := s.hashes(t).hash(ctx, password)
	if err != nil {
		return err
	}
	digest, _ := digestFor(t, token)
	ev := chain.Event{Action: chain.UserPassword, Request: request, Detail: chain.Detail{"own": true}}
	_, err = t.Update(ctx, store.Person(u.ID), ev, func(tx *store.Tx) error {
		l, err := tx.UseLink(digest)
		if store.IsNotFound(err) {
			return noLink()
		}
		if err != nil {
			return err
		}
		now, err := tx.User(l.UserID)
		if err != nil || now.Disabled || now.Source != "" {
			return noLink()
		}
		tx.Event.Detail["link"] = l.ID
		now.Password, now.PasswordAt, now.MustChange = stored, s.now().UTC(), false
		if err := tx.UpdateUser(now); err != nil {
			return err
		}
		return tx.DeleteSessionsOf(now.ID)
	})
	return err
}
