package auth

import (
	"context"
	"slices"
	"strings"

	"coffre/chain"
	"coffre/store"
)

// Identity is what an account is known as elsewhere, as a page shows it.
type Identity struct {
	store.Identity
	Name string // of the provider; "" for the directory, and for one that was deleted
	// Own: the account came by it, so that nobody signs in without it but with a
	// password that a link from an administrator sets.
	Own bool
}

// Identities lists what an account is known as elsewhere: one's own, or with
// users.admin anybody's. Errors: Denied "not-allowed"; NotFound.
func (s *Service) Identities(t *store.Tenant, p store.Principal, userID string) ([]Identity, error) {
	need := UsersAdmin
	if userID == p.UserID && userID != "" {
		need = ProfileOwn
	}
	if err := Require(p, need); err != nil {
		return nil, err
	}
	return view(t, func(v *store.View) (out []Identity, err error) {
		u, err := v.User(userID)
		if err != nil {
			return nil, err
		}
		all, err := v.IdentitiesOf(userID)
		for _, i := range all {
			one := Identity{Identity: i, Own: u.Source == i.Provider}
			if p, err := v.Provider(i.Provider); err == nil {
				one.Name = p.Name
			}
			one.Verifier = ""
			out = append(out, one)
		}
		return out, err
	})
}

// LinkIdentity gives a waiting identity of a provider to an account, or with
// userID "" forgets it. Only an administrator does that: names and mail addresses
// link nothing. The person is told. Errors: Denied "not-allowed"; NotFound;
// Conflict "identity-taken", "identity-account", "identity-closed" for an account
// that nobody may sign in to by a provider, "identity-two" for a guarded one, for
// which AskIdentity asks another administrator.
func (s *Service) LinkIdentity(ctx context.Context, t *store.Tenant, p store.Principal, provider, subject, userID, request string) error {
	if err := Require(p, UsersAdmin); err != nil {
		return err
	}
	if !strings.HasPrefix(provider, "prv-") {
		return store.Fail(store.NotFound, "not-found")
	}
	ev := chain.Event{Action: chain.IdentityLink, Session: p.Session, Request: request, Detail: chain.Detail{"act": "link"}}
	if userID == "" {
		ev.Detail["act"] = "forget"
	}
	_, err := t.Update(ctx, p.Actor, ev, func(tx *store.Tx) error {
		if userID != "" {
			if err := linkable(tx, userID, provider); err != nil {
				return err
			}
		}
		if err := tx.LinkIdentity(provider, subject, userID); err != nil || userID == "" {
			return err
		}
		return tellLinked(tx, p, userID, provider, "link")
	})
	return err
}

// linkable refuses accounts that no provider may open.
func linkable(tx *store.Tx, userID, provider string) error {
	u, err := tx.User(userID)
	if err != nil {
		return err
	}
	if !u.Erased.IsZero() || u.Source == store.SourceBreakGlass || provider == Directory && u.Source != "" {
		return store.Fail(store.Conflict, "identity-closed")
	}
	return nil
}

// tellLinked leaves word for the person whose account somebody else has linked: it
// is how somebody else could become them.
func tellLinked(tx *store.Tx, p store.Principal, userID, provider, act string) error {
	if userID == p.UserID {
		return nil
	}
	name := ""
	if rec, err := tx.Provider(provider); err == nil {
		name = rec.Name
	}
	return tx.PutAlert(store.Alert{UserID: userID, What: chain.IdentityLink, By: p.UserID, Kind: act, Name: name})
}

// UnlinkIdentity takes an identity from an account: what it opened ends, and the
// groups that came with it are left. An account that came by it is this box's own
// from then on, without a password until an administrator makes a link for one.
// The person is told. Errors: Denied "not-allowed"; NotFound; Conflict
// "last-admin".
func (s *Service) UnlinkIdentity(ctx context.Context, t *store.Tenant, p store.Principal, userID, provider, subject, request string) error {
	if err := Require(p, UsersAdmin); err != nil {
		return err
	}
	ev := chain.Event{Action: chain.IdentityLink, Session: p.Session, Request: request, Detail: chain.Detail{"act": "unlink"}}
	_, err := t.Update(ctx, p.Actor, ev, func(tx *store.Tx) error {
		i, err := tx.Identity(provider, subject)
		if err == nil && (i.UserID != userID || userID == "") {
			return store.Fail(store.NotFound, "not-found")
		}
		if err != nil {
			return err
		}
		if err := aside(tx, func() error { return becomeLocal(tx, userID, provider) }); err != nil {
			return err
		}
		if provider != Directory {
			if err := tx.LinkIdentity(provider, subject, ""); err != nil {
				return err
			}
			return tellLinked(tx, p, userID, provider, "unlink")
		}
		tx.Event.Object, tx.Event.Detail["user"] = chain.Object{Kind: "provider", ID: Directory}, userID
		if err := aside(tx, func() error { return leaveGroups(tx, userID) }); err != nil {
			return err
		}
		if _, err := tx.DeleteProviderSessions(Directory, "", userID); err != nil {
			return err
		}
		if err := tx.DeleteIdentity(provider, subject); err != nil {
			return err
		}
		return tellLinked(tx, p, userID, provider, "unlink")
	})
	return err
}

// aside runs fn and forgets what it wrote into the entry.
func aside(tx *store.Tx, fn func() error) error { return write(tx).aside(fn) }

// becomeLocal makes an account that a provider answers for this box's own. The last
// administrator keeps a way in: theirs isn't taken.
func becomeLocal(tx *store.Tx, userID, provider string) error {
	u, err := tx.User(userID)
	if err != nil || u.Source != provider {
		return err
	}
	if others, err := otherAdmins(&tx.View, u, false); err != nil || others == 0 && u.Role == store.Admin {
		return orFail(err, "last-admin")
	}
	u.Source, u.Subject, u.Password, u.MustChange = "", "", "", false
	return tx.UpdateUser(u)
}

func orFail(err error, code string) error {
	if err != nil {
		return err
	}
	return store.Fail(store.Conflict, code)
}

// otherAdmins counts the enabled administrators but u; local, those with a password
// of this box.
func otherAdmins(v *store.View, u store.User, local bool) (n int, err error) {
	all, err := v.Users()
	for _, o := range all {
		if o.ID != u.ID && !o.Disabled && o.Erased.IsZero() && (o.Role == store.Admin || o.May == store.Admin) && (!local || o.Source == "" && o.Password != "") {
			n++
		}
	}
	return n, err
}

// leaveGroups takes somebody out of all groups of the directory.
func leaveGroups(tx *store.Tx, userID string) error {
	have, err := groupsBySubject(&tx.View)
	if err != nil {
		return err
	}
	for _, g := range have {
		at := slices.Index(g.Members, userID)
		if at < 0 {
			continue
		}
		g.Members = slices.Delete(slices.Clone(g.Members), at, at+1)
		if _, err := tx.PutGroup(g); err != nil {
			return err
		}
	}
	return nil
}
