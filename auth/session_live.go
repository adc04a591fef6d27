package auth

import (
	"errors"
	"slices"

	"coffre/store"
)

// ErrEnded is why a request that runs is ended: its session, its key, its account
// or a right that it began with is no more.
var ErrEnded = errors.New("what the request began with was taken away")

// Continues tells whether a request that began as p for an action may go on: the
// session or key and the account are still there, the action is still allowed, and
// no group that opened something was left since. The operator's may always.
func (s *Service) Continues(t *store.Tenant, p store.Principal, a Action) bool {
	if p.All || p.UserID == "" {
		return true
	}
	ok, err := view(t, func(v *store.View) (bool, error) {
		if p.Actor.Kind == "api_key" {
			k, err := v.APIKey(p.Actor.ID)
			if err != nil || k.Revoked || !k.Expires.IsZero() && !s.now().Before(k.Expires) {
				return false, err
			}
			if rests, err := KeysRest(v, p.UserID, s.now()); rests || err != nil {
				return false, err
			}
		} else if p.Session != "" {
			all, err := v.SessionsOf(p.UserID)
			if err != nil || !slices.ContainsFunc(all, func(r store.Session) bool { return r.ID == p.Session }) {
				return false, err
			}
		}
		now, err := v.Principal(p.UserID, p.Actor)
		if err != nil {
			return false, err
		}
		now.Scopes, now.Needs = p.Scopes, p.Needs
		return now.Covers(p) && (a == "" || Allowed(now, a)), nil
	})
	if err != nil && !store.IsNotFound(err) {
		return true // the database says nothing; the next look will
	}
	return ok
}
