package auth

import (
	"context"
	"time"

	"coffre/auth/ldap"
	"coffre/chain"
	"coffre/store"
)

// LinkDirectory makes the directory answer for an account of this box: the person
// of that login there, who is looked up now. From then on the account's password is
// the directory's, its groups follow, and who leaves the directory leaves the box.
// Sessions end, and the person is told. Errors: Denied "not-allowed"; NotFound;
// Conflict "link-outside" for somebody in no group that may sign in, "link-shut" for
// an account that is shut there, "identity-taken" where that person has an account
// here, "identity-closed", "link-last-admin" where no administrator with a password
// of this box would be left, "link-two" for somebody else's guarded account, which
// nobody opens alone; Invalid "link-nobody" where nobody is meant, or two
// are; Unavailable "directory-unreachable".
func (s *Service) LinkDirectory(ctx context.Context, t *store.Tenant, p store.Principal, userID, login, request string) error {
	if err := Require(p, UsersAdmin); err != nil {
		return err
	}
	if _, err := view(t, func(v *store.View) (store.User, error) { return v.User(userID) }); err != nil {
		return err
	}
	d, err := s.directoryOf(t)
	if err != nil {
		return err
	}
	if !d.on {
		return store.Fail(store.Unavailable, "directory-unreachable")
	}
	o, err := d.cfg.Look(ctx, login, d.follow...)
	if err != nil {
		f := ldap.AsFault(err, ldap.StepTCP)
		s.log.Info("nobody found in the directory", "tenant", t.ID, "step", string(f.Step), "code", f.Code)
		if f.Step == ldap.StepSignIn {
			return store.Fail(store.Invalid, "link-nobody", "name", "login")
		}
		return store.Fail(store.Unavailable, "directory-unreachable")
	}
	all := d.followedOf(o.Named)
	switch {
	case o.Person.State.Ended():
		return store.Fail(store.Conflict, "link-shut", "name", "login")
	case !admits(all, o.Person):
		return store.Fail(store.Conflict, "link-outside", "name", "login")
	}
	ev := chain.Event{
		Action: chain.IdentityLink, Object: chain.Object{Kind: "provider", ID: Directory}, Session: p.Session, Request: request,
		Detail: chain.Detail{"act": "link", "user": userID}, Private: chain.Detail{"login": printable(o.Person.Login, 200)},
	}
	_, err = t.Update(ctx, p.Actor, ev, func(tx *store.Tx) error {
		return aside(tx, func() error { return s.linkDirectoryIn(tx, p, all, o.Person, userID) })
	})
	return err
}

// linkDirectoryIn is LinkDirectory's transaction.
func (s *Service) linkDirectoryIn(tx *store.Tx, p store.Principal, all []followed, x ldap.Person, userID string) error {
	if err := linkable(tx, userID, Directory); err != nil {
		return err
	}
	u, err := tx.User(userID)
	if err != nil {
		return err
	}
	if guarded, err := tx.Guarded(u); err != nil || guarded && u.ID != p.UserID {
		return orFail(err, "link-two")
	}
	if u.Role == store.Admin || u.May == store.Admin {
		if n, err := otherAdmins(&tx.View, u, true); err != nil || n == 0 {
			return orFail(err, "link-last-admin")
		}
	}
	i, err := tx.Identity(Directory, x.ID)
	if err != nil && !store.IsNotFound(err) {
		return err
	}
	if i.UserID != "" {
		return store.Fail(store.Conflict, "identity-taken")
	}
	u.Source, u.Subject, u.Password, u.MustChange, u.Mail = Directory, x.ID, "", false, x.Mail
	if err := tx.UpdateUser(u); err != nil {
		return err
	}
	if err := tx.PutIdentity(identityOf(i, x, u.ID, all, s.now().UTC().Truncate(time.Second))); err != nil {
		return err
	}
	if err := joinGroups(tx, all, x, u.ID); err != nil {
		return err
	}
	if _, err := tx.EndSessionsOf(u.ID, p.Session); err != nil {
		return err
	}
	return tellLinked(tx, p, u.ID, Directory, "link")
}
