package auth

import (
	"context"

	"coffre/store"
)

// OpenGuest opens a session of an account without its password: the way in for
// visitors of the public demonstration, and for nobody else. in.Login names the
// account; its password is not looked at. Errors: Denied "not-allowed" for an
// administrator's account, one that is disabled and one that isn't there;
// "hardened-guests" in hardened mode.
func (s *Service) OpenGuest(ctx context.Context, t *store.Tenant, in SignIn) (token string, p store.Principal, err error) {
	u, err := view(t, func(v *store.View) (store.User, error) {
		if v.Hardened().On {
			return store.User{}, store.Fail(store.Denied, "hardened-guests")
		}
		return v.UserByLogin(cleanLogin(in.Login))
	})
	if err != nil && !store.IsNotFound(err) {
		return "", p, err
	}
	if err != nil || u.Disabled || u.Role != store.Member && u.Role != store.Auditor {
		return "", p, store.Fail(store.Denied, "not-allowed")
	}
	return s.open(ctx, t, proof{user: u, method: "guest"}, in)
}
