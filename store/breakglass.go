package store

import (
	"crypto/subtle"
	"time"

	"coffre/chain"
)

// The account that a code on paper opens. It is nobody's: it has no password and
// no role of its own, can't be given any, and approves nothing.
const (
	SourceBreakGlass = "break-glass"
	breakGlassLogin  = "break-glass"
	breakGlassName   = "Code de secours · Emergency code"
	// BreakGlassFor is how long the code makes somebody administrator.
	BreakGlassFor = time.Hour
)

// Seal is the code in its envelope: its digest, and what became of it.
type Seal struct {
	Digest string    `json:"digest,omitempty"` // of the code; "" once used
	UserID string    `json:"user"`             // the account
	Made   time.Time `json:"made"`
	By     string    `json:"by,omitempty"`
	Used   time.Time `json:"used,omitzero"`
}

var (
	seals   = table[Seal]("elevations")
	keySeal = []byte("seal")
)

// Seal returns the firm's code on paper; NotFound where none was ever made.
func (v *View) Seal() (Seal, error) { return seals.get(v, keySeal) }

// CodeSealed tells whether a code could be used now.
func (v *View) CodeSealed() (bool, error) {
	s, err := v.Seal()
	if IsNotFound(err) {
		return false, nil
	}
	if err != nil || s.Digest == "" {
		return false, err
	}
	u, err := v.User(s.UserID)
	return err == nil && !u.Disabled, err
}

// PutSeal puts a new code in the envelope, in place of the one before. digest is
// TokenDigest of the code. Error: Conflict "name-taken" where somebody has the
// account's login.
func (tx *Tx) PutSeal(digest, by string) (Seal, error) {
	s, err := tx.Seal()
	replaced := err == nil && s.Digest != ""
	if err != nil && !IsNotFound(err) {
		return s, err
	}
	if s.UserID == "" {
		if s.UserID, err = tx.makeBreakGlass(); err != nil {
			return s, err
		}
	}
	s.Digest, s.By, s.Made, s.Used = digest, by, tx.t.now().UTC(), time.Time{}
	tx.Event.Object = chain.Object{Kind: "user", ID: s.UserID}
	tx.Event.Detail["replaced"] = replaced
	return s, seals.put(tx, keySeal, s)
}

func (tx *Tx) makeBreakGlass() (string, error) {
	if tx.getCopy("users_by_login", loginKey(breakGlassLogin)) != nil {
		return "", Fail(Conflict, "name-taken", "name", breakGlassLogin)
	}
	u := User{ID: NewID(), Login: breakGlassLogin, Name: breakGlassName, Role: Member, Source: SourceBreakGlass, Created: tx.t.now().UTC()}
	if err := tx.putRaw("users_by_login", loginKey(u.Login), []byte(u.ID)); err != nil {
		return "", err
	}
	return u.ID, users.put(tx, []byte(u.ID), u)
}

// BreakSeal uses the code up and makes its account administrator for
// BreakGlassFor. Error: Denied "bad-credentials", whatever is wrong.
func (tx *Tx) BreakSeal(digest string) (Seal, Elevation, error) {
	s, err := tx.Seal()
	if err != nil && !IsNotFound(err) {
		return s, Elevation{}, err
	}
	u, uerr := tx.User(s.UserID)
	if err != nil || uerr != nil || u.Disabled || s.Digest == "" || subtle.ConstantTimeCompare([]byte(s.Digest), []byte(digest)) != 1 {
		return s, Elevation{}, Fail(Denied, "bad-credentials")
	}
	now := tx.t.now().UTC()
	s.Digest, s.Used = "", now
	if err := seals.put(tx, keySeal, s); err != nil {
		return s, Elevation{}, err
	}
	e := Elevation{ID: elevationPrefix + NewID(), UserID: s.UserID, Role: Admin, Minutes: int(BreakGlassFor / time.Minute), Asked: now, Seq: tx.Seq, Break: true}
	return s, e, tx.startElevation(&e, now)
}

// canAdminister tells whether an account is the firm's way to its own settings.
func (u User) canAdminister() bool {
	return !u.Disabled && (u.Role == Admin || u.May == Admin || u.Source == SourceBreakGlass)
}

// keepsAdmin refuses a change after which nobody could administer the firm: there
// must be an enabled administrator; or somebody who may become one while that is
// allowed, and a code in its envelope for the day when nobody approves. mode is
// the setting as it is going to be. Errors: Conflict "last-admin",
// "break-glass-needed".
func (v *View) keepsAdmin(changed User, mode string) error {
	held, may := 0, 0
	count := func(u User) {
		switch {
		case u.Disabled || !u.Erased.IsZero() || u.Source == SourceBreakGlass:
		case u.Role == Admin:
			held++
		case u.May == Admin && mode != ElevationOff:
			may++
		}
	}
	err := users.each(v, nil, func(_ []byte, o User) bool {
		if o.ID != changed.ID {
			count(o)
		}
		return true
	})
	if err != nil {
		return err
	}
	if changed.ID != "" {
		count(changed)
	}
	switch {
	case held > 0:
		return nil
	case may == 0:
		return Fail(Conflict, "last-admin")
	}
	sealed, err := v.CodeSealed()
	if err == nil && (!sealed || changed.Source == SourceBreakGlass && changed.Disabled) {
		return Fail(Conflict, "break-glass-needed")
	}
	return err
}
