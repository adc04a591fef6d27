package auth

import (
	"context"
	"slices"
	"strings"
	"time"

	"coffre/auth/ldap"
	"coffre/store"
)

// newVerifier hashes the password that was right, where the firm keeps such
// verifiers and the one that is kept is of another password, or has used up a
// quarter of its time; "" otherwise.
func (s *Service) newVerifier(ctx context.Context, t *store.Tenant, d directory, p ldap.Person, password string) (string, error) {
	if d.cached == 0 {
		return "", nil
	}
	i, err := view(t, func(v *store.View) (store.Identity, error) { return v.Identity(Directory, p.ID) })
	if err != nil && !store.IsNotFound(err) {
		return "", err
	}
	if i.Verifier != "" && s.now().Sub(i.VerifiedAt) < time.Duration(d.cached)*time.Hour/4 {
		if ok, _, err := s.hash.verify(ctx, i.Verifier, password); ok || err != nil {
			return "", err
		}
	}
	return s.hash.hash(ctx, password)
}

// undecided is what becomes of a sign-in that the directory can't decide: where the
// firm lets people in meanwhile, the password is compared with the verifier.
func (s *Service) undecided(ctx context.Context, t *store.Tenant, d directory, in SignIn, x failure, userID string, why error) (pr proof, ended verdict, err error) {
	if store.AsError(why).Code == "busy" || ctx.Err() != nil {
		return pr, unknown, why
	}
	s.log.Warn("directory gave no decision", "tenant", t.ID, "err", why)
	if d.cached > 0 && ldap.Unreachable(why) {
		if u, ok, err := s.byVerifier(ctx, t, d, in); err != nil {
			return pr, unknown, err
		} else if ok && (userID == "" || u.ID == userID) {
			return proof{user: u, method: methodCached, provider: Directory, factors: []string{"password"}}, succeeded, nil
		}
		x.reason = reasonPassword
		s.failures.note(ctx, t, x)
		return pr, failed, badCredentials()
	}
	x.reason = reasonUnreachable
	if f := ldap.AsFault(why, ""); f.Code != "" {
		x.reason += "/" + f.Code
	}
	s.failures.note(ctx, t, x)
	return pr, unknown, store.Fail(store.Unavailable, "directory-unreachable")
}

// byVerifier compares a password with the one that was last right in the directory,
// for as long as the settings let it count.
func (s *Service) byVerifier(ctx context.Context, t *store.Tenant, d directory, in SignIn) (u store.User, ok bool, err error) {
	i, err := view(t, func(v *store.View) (i store.Identity, err error) {
		all, err := v.Identities(Directory)
		if err != nil {
			return i, err
		}
		l, _ := ldap.ParseLogin(in.Login)
		at := slices.IndexFunc(all, func(o store.Identity) bool {
			return l.Name != "" && strings.EqualFold(o.Login, l.Name) && o.Verifier != "" && o.State == string(ldap.Active)
		})
		if at < 0 {
			return i, nil
		}
		u, err = v.User(all[at].UserID)
		return all[at], err
	})
	if err != nil {
		return u, false, err
	}
	stored := i.Verifier
	if age := s.now().Sub(i.VerifiedAt); age < 0 || age > time.Duration(d.cached)*time.Hour || u.Disabled {
		stored = ""
	}
	if len(in.Password) == 0 || len(in.Password) > MaxPasswordBytes {
		return u, false, nil
	}
	ok, _, err = s.hash.verify(ctx, stored, in.Password)
	return u, ok, err
}
