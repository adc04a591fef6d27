package auth

import (
	"context"
	"maps"
	"slices"

	"coffre/auth/ldap"
	"coffre/chain"
	"coffre/store"
)

// admitPerson brings the account of somebody whom the directory vouches for up to date,
// or makes it, with the groups that it has there.
func (s *Service) admitPerson(ctx context.Context, t *store.Tenant, d directory, o ldap.Outcome, in SignIn, userID string) (u store.User, err error) {
	all := d.followedOf(o.Named)
	if !admits(all, o.Person) {
		return u, store.Fail(store.Denied, "directory-outside")
	}
	verifier, err := s.newVerifier(ctx, t, d, o.Person, in.Password)
	if err != nil {
		return u, err
	}
	due, err := view(t, func(v *store.View) (bool, error) {
		i, known, err := accountOf(v, o.Person)
		if store.IsNotFound(err) {
			return true, nil
		}
		if err != nil {
			return false, err
		}
		u = known
		changed, err := memberChanges(v, all, o.Person, known.ID)
		want := identityOf(i, o.Person, known.ID, all, i.Synced)
		return changed || verifier != "" || !sameIdentity(i, want) || known.Name != o.Person.Name || known.Mail != o.Person.Mail || i.Ended, err
	})
	if err != nil || !due {
		return u, s.stillMeant(u, userID, err)
	}
	if userID != "" && u.ID != userID {
		return u, badCredentials()
	}
	ev := chain.Event{Action: chain.DirectoryAdmit, Request: in.Request}
	_, err = t.Update(ctx, store.System(Directory), ev, func(tx *store.Tx) (err error) {
		u, err = s.admitIn(tx, all, o.Person, verifier)
		return err
	})
	return u, err
}

func (s *Service) stillMeant(u store.User, userID string, err error) error {
	switch {
	case err != nil:
		return err
	case u.Disabled, userID != "" && u.ID != userID:
		return badCredentials()
	}
	return nil
}

// admitIn is admitPerson's transaction.
func (s *Service) admitIn(tx *store.Tx, all []followed, p ldap.Person, verifier string) (u store.User, err error) {
	i, u, err := accountOf(&tx.View, p)
	fresh := store.IsNotFound(err)
	if err != nil && !fresh {
		return u, err
	}
	w := write(tx)
	err = w.aside(func() error {
		if fresh {
			u, err = newAccount(tx, p)
			return err
		}
		if u.Disabled && !i.Ended {
			return badCredentials() // shut here, by somebody
		}
		u.Disabled, u.Mail = false, p.Mail
		if validName(p.Name) {
			u.Name = p.Name
		}
		return tx.UpdateUser(u)
	})
	if err != nil {
		return u, err
	}
	i.Ended = false
	i = identityOf(i, p, u.ID, all, s.now().UTC())
	if verifier != "" {
		i.Verifier, i.VerifiedAt = verifier, s.now().UTC()
	}
	if err := tx.PutIdentity(i); err != nil {
		return u, err
	}
	if err := w.aside(func() error { return joinGroups(tx, all, p, u.ID) }); err != nil {
		return u, err
	}
	tx.Event.Object = chain.Object{Kind: "user", ID: u.ID}
	tx.Event.Detail["created"], tx.Event.Detail["groups"] = fresh, slices.Clone(i.Groups)
	tx.Event.Private["login"], tx.Event.Private["name"] = u.Login, u.Name
	return u, nil
}

func sameIdentity(a, b store.Identity) bool {
	return a.Login == b.Login && a.State == b.State && slices.Equal(a.Groups, b.Groups) && maps.EqualFunc(a.Via, b.Via, slices.Equal)
}

// memberChanges tells whether one person's membership in followed groups differs
// from what is kept.
func memberChanges(v *store.View, all []followed, p ldap.Person, userID string) (bool, error) {
	have, err := groupsBySubject(v)
	for _, f := range all {
		g, ok := have[f.ID]
		in := slices.Contains(p.Groups, f.ID)
		if in != (ok && slices.Contains(g.Members, userID)) {
			return true, err
		}
	}
	return false, err
}

// joinGroups puts one person into the followed groups that the directory has them
// in, and takes them out of the others. A name that another group here has leaves
// the group out: its grants are not the directory's to give.
func joinGroups(tx *store.Tx, all []followed, p ldap.Person, userID string) error {
	have, err := groupsBySubject(&tx.View)
	if err != nil {
		return err
	}
	for _, f := range all {
		g, known := have[f.ID]
		in, was := slices.Contains(p.Groups, f.ID), slices.Contains(g.Members, userID)
		if in == was {
			continue
		}
		if !known {
			g = store.Group{Name: f.Name, Source: Directory, Subject: f.ID, Role: f.role}
		}
		g.Members = slices.DeleteFunc(slices.Clone(g.Members), func(m string) bool { return m == userID })
		if in {
			g.Members = append(g.Members, userID)
		}
		if _, err := tx.PutGroup(g); err != nil && store.AsError(err).Code != "name-taken" {
			return err
		}
	}
	return nil
}
