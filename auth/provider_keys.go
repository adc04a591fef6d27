package auth

import (
	"strings"
	"time"

	"coffre/store"
)

// reasonKeyRests is the reason of a use of a key that rests.
const reasonKeyRests = "key-suspended"

// KeysRest tells whether the API keys of an account rest: it came by an identity
// provider, and its person has not signed in through one for as many days as the
// provider's record says, is no longer let in by its rules, or can't sign in any
// more since the provider was deleted. Nobody tells the box that somebody has left
// a provider; a key would otherwise outlive its person. The next sign-in wakes them.
func KeysRest(v *store.View, userID string, now time.Time) (bool, error) {
	u, err := v.User(userID)
	if err != nil || !strings.HasPrefix(u.Source, "prv-") {
		return false, err
	}
	own, err := v.Identity(u.Source, u.Subject)
	if err == nil && own.UserID == u.ID {
		if wakes, err := wakesKeys(v, own, now); wakes || err != nil {
			return false, err
		}
	}
	if err != nil && !store.IsNotFound(err) {
		return false, err
	}
	all, err := v.IdentitiesOf(u.ID) // another that an administrator has linked
	if err != nil {
		return false, err
	}
	for _, i := range all {
		if wakes, err := wakesKeys(v, i, now); wakes || err != nil {
			return false, err
		}
	}
	return true, nil
}

// wakesKeys tells whether a sign-in under an identity is recent enough.
func wakesKeys(v *store.View, i store.Identity, now time.Time) (bool, error) {
	if i.Provider == Directory {
		return !endedState(i.State), nil // its leavers are shut by the sync
	}
	p, err := v.Provider(i.Provider)
	if store.IsNotFound(err) {
		return false, nil
	}
	if err != nil || i.State != "" {
		return false, err
	}
	return now.Sub(i.Synced) < time.Duration(p.KeysLast())*24*time.Hour, nil
}
