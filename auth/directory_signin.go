package auth

import (
	"context"

	"coffre/auth/ldap"
	"coffre/store"
)

// Ways of signing in through the directory, as they stand in entries and sessions.
const (
	methodDirectory = "directory"
	// methodCached: the directory couldn't be reached, and the password was the one
	// that was last right there.
	methodCached = "directory-cached"
)

// Reasons of a failure that only the directory has.
const (
	reasonOutside     = "outside"
	reasonNameTaken   = "name-taken"
	reasonUnreachable = "directory-unreachable"
)

// elsewhere tells whether a login is for the directory to decide: it is switched
// on, and no account of this box has that name. Accounts of this box come first,
// so that a directory can never shut its own administrators out.
func (s *Service) elsewhere(t *store.Tenant, login string) (bool, error) {
	return view(t, func(v *store.View) (bool, error) {
		if d, _, _ := readDirectory(v); !d.on {
			return false, nil
		}
		u, err := v.UserByLogin(login)
		if store.IsNotFound(err) {
			return true, nil
		}
		return u.Source == Directory, err
	})
}

// throttleName is one name for all the ways in which somebody can be typed, so
// that CORP\alice and alice@corp.example aren't further free tries.
func throttleName(typed string) string {
	if l, ok := ldap.ParseLogin(typed); ok {
		return l.Name
	}
	return typed
}

// atDirectory checks a password at the directory and returns the proof for the
// account, which is made where somebody comes for the first time. userID, where
// not empty, is the account that must be meant. Errors: Denied "bad-credentials",
// and, where the directory has confirmed the password, "directory-must-change",
// "directory-closed", "directory-outside"; Conflict "directory-name-taken"; Invalid
// "directory-name"; RateLimited "rate-limited" before anything is dialled;
// Unavailable "directory-unreachable", "busy".
func (s *Service) atDirectory(ctx context.Context, t *store.Tenant, in SignIn, userID string) (pr proof, err error) {
	x := failure{login: in.Login, address: in.Address, request: in.Request, userID: s.knownAs(t, in.Login)}
	end, wait := s.throttle.begin(t.ID, throttleName(in.Login), in.Address)
	if wait > 0 {
		x.reason = reasonThrottle
		s.failures.note(ctx, t, x)
		return pr, rateLimited(wait)
	}
	ended := unknown
	defer func() { end(ended) }()
	d, err := s.directoryOf(t)
	if err != nil {
		return pr, err
	}
	o, err := s.askDirectory(ctx, t, d, in)
	if err != nil {
		pr, ended, err = s.undecided(ctx, t, d, in, x, userID, err)
		return pr, err
	}
	if o.Reason != "" {
		ended = failed
		if o.Confirmed {
			ended = unknown
		}
		return pr, s.refused(ctx, t, x, o)
	}
	ended = unknown // the password was right
	u, err := s.admitPerson(ctx, t, d, o, in, userID)
	if err != nil {
		s.notAdmitted(ctx, t, x, err)
		return pr, err
	}
	ended = succeeded
	return proof{user: u, method: methodDirectory, provider: Directory, factors: []string{"password"}}, nil
}

// knownAs is the account of the directory that a typed name belongs to, for the
// entry of a failure; "" for none.
func (s *Service) knownAs(t *store.Tenant, typed string) string {
	l, ok := ldap.ParseLogin(typed)
	if !ok {
		return ""
	}
	u, err := view(t, func(v *store.View) (store.User, error) { return v.UserByLogin(cleanLogin(l.Name)) })
	if err != nil || u.Source != Directory {
		return ""
	}
	return u.ID
}

// askDirectory asks, while a password is compared with nothing: so a name of the
// directory takes as long as one of this box.
func (s *Service) askDirectory(ctx context.Context, t *store.Tenant, d directory, in SignIn) (o ldap.Outcome, err error) {
	if s.directories.isDown(t.ID, s.now()) {
		return o, &ldap.Fault{Step: ldap.StepTCP, Code: "down"}
	}
	leave, ok := s.directories.enter()
	if !ok {
		return o, store.Fail(store.Unavailable, "busy")
	}
	defer leave()
	burnt := make(chan struct{})
	go func() {
		defer close(burnt)
		_, _, _ = s.hash.verify(ctx, "", in.Password[:min(len(in.Password), MaxPasswordBytes)])
	}()
	if len(in.Password) > MaxPasswordBytes {
		o.Reason = ldap.Wrong
	} else {
		o, err = d.cfg.SignIn(ctx, in.Login, in.Password, d.follow...)
	}
	<-burnt
	if err != nil && ldap.Unreachable(err) {
		s.directories.down(t.ID, s.now())
	}
	return o, err
}

// refused notes a failure with the directory's own sub-code, and says to the person
// no more than the directory has confirmed.
func (s *Service) refused(ctx context.Context, t *store.Tenant, x failure, o ldap.Outcome) error {
	x.reason = string(o.Reason)
	if o.Code != "" {
		x.reason += "/" + o.Code
	}
	s.failures.note(ctx, t, x)
	switch {
	case !o.Confirmed:
		return badCredentials()
	case o.Reason == ldap.NoMustChange || o.Reason == ldap.PasswordExpired:
		return store.Fail(store.Denied, "directory-must-change")
	}
	return store.Fail(store.Denied, "directory-closed")
}

// notAdmitted notes why somebody whom the directory vouches for has no account.
func (s *Service) notAdmitted(ctx context.Context, t *store.Tenant, x failure, err error) {
	switch store.AsError(err).Code {
	case "directory-outside":
		x.reason = reasonOutside
	case "directory-name-taken", "directory-name":
		x.reason = reasonNameTaken
	case "bad-credentials":
		x.reason = reasonDisabled
	default:
		return
	}
	s.failures.note(ctx, t, x)
}
