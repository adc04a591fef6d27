package auth

import (
	"context"
	"slices"

	"coffre/store"
)

// ReplacePassword ends the step in which somebody replaces a password that another
// has chosen: it is stored, the person's other sessions end, and the session goes
// on under the token that is returned. Errors: those of CheckPassword; Invalid
// "password-same" where nothing would change; those of Satisfy; Unavailable "busy".
func (s *Service) ReplacePassword(ctx context.Context, t *store.Tenant, token, password string) (fresh string, err error) {
	rec, u, err := s.sessionOf(t, token)
	if err != nil {
		return "", err
	}
	if len(rec.Needs) == 0 || rec.Needs[0] != StepPassword {
		return "", store.Fail(store.Conflict, "step-done")
	}
	if err := CheckPassword(password, u.Login, u.Name); err != nil {
		return "", err
	}
	same, _, err := s.hashes(t).verify(ctx, u.Password, password)
	if err != nil {
		return "", err
	}
	if same {
		return "", store.Fail(store.Invalid, "password-same")
	}
	stored, err := s.hashes(t).hash(ctx, password)
	if err != nil {
		return "", err
	}
	return s.Satisfy(ctx, t, token, StepPassword, "", func(tx *store.Tx) error {
		now, err := tx.User(u.ID)
		if err != nil {
			return err
		}
		if now.Password != u.Password {
			return store.Fail(store.Conflict, "changed-meanwhile")
		}
		now.Password, now.PasswordAt, now.MustChange = stored, s.now().UTC(), false
		if err := tx.UpdateUser(now); err != nil {
			return err
		}
		if err := tx.DropLinks(u.ID); err != nil {
			return err
		}
		return tx.DeleteSessionsOf(u.ID) // this one goes on under its new token
	})
}

// Ways are the proofs that somebody can show.
type Ways struct {
	Login    string
	Codes    bool // of an app
	Sheet    bool // recovery codes
	Keys     bool
	Password bool
}

// Provable tells what p can show. Codes are left out where the firm wants a key of
// them and they have one.
func (s *Service) Provable(t *store.Tenant, p store.Principal) (w Ways, err error) {
	err = t.View(func(v *store.View) error {
		u, err := v.User(p.UserID)
		if err != nil {
			return err
		}
		h, err := hold(v, u.ID)
		if err != nil {
			return err
		}
		asked, err := want(v, u)
		if err != nil {
			return err
		}
		w = Ways{
			Login: u.Login, Keys: len(h.keys) > 0, Sheet: len(h.sheet) > 0,
			Codes:    len(h.codes) > 0 && !(asked.keyOnly && len(h.keys) > 0),
			Password: slices.Contains([]string{"", "directory"}, u.Source),
		}
		return nil
	})
	return w, err
}

// Wanted tells whether the firm asks p for a second factor, and whether for a key.
func (s *Service) Wanted(t *store.Tenant, p store.Principal) (required, keyOnly bool, err error) {
	w, err := view(t, func(v *store.View) (wanted, error) {
		u, err := v.User(p.UserID)
		if err != nil {
			return wanted{}, err
		}
		return want(v, u)
	})
	return w.required, w.keyOnly, err
}
