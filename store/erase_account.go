package store

import (
	"bytes"
	"slices"
)

// eraseAccess ends sessions, API keys, second factors and open links, digests and
// names included.
func (tx *Tx) eraseAccess(user string, out *Erasure) error {
	err := sessions.each(&tx.View, nil, func(_ []byte, s Session) bool {
		if s.UserID == user {
			out.Sessions++
		}
		return true
	})
	if err != nil {
		return err
	}
	if err := tx.DeleteSessionsOf(user); err != nil {
		return err
	}
	if _, err := tx.DeleteFactorsOf(user); err != nil {
		return err
	}
	if err := tx.ClearAlerts(user); err != nil {
		return err
	}
	if err := tx.DropLinks(user); err != nil {
		return err
	}
	keys, err := tx.APIKeys(user)
	if err != nil {
		return err
	}
	out.Keys = len(keys)
	for _, k := range keys {
		if err := tx.deleteRaw("apikeys", []byte("digest:"+k.Digest)); err != nil {
			return err
		}
		if err := apiKeys.delete(tx, []byte(k.ID)); err != nil {
			return err
		}
	}
	return nil
}

func (tx *Tx) eraseConversations(owner string) (n int, err error) {
	var own []Conversation
	err = conversations.each(&tx.View, nil, func(_ []byte, c Conversation) bool {
		if c.Owner == owner {
			own = append(own, c)
		}
		return true
	})
	if err != nil {
		return 0, err
	}
	for _, c := range own {
		said, err := tx.Messages(c)
		if err != nil {
			return 0, err
		}
		for _, m := range said {
			if err := tx.deleteRaw("open_questions", u64(m.Question)); err != nil {
				return 0, err
			}
			if err := messages.delete(tx, messageKey(c.ID, m.N)); err != nil {
				return 0, err
			}
		}
		if err := conversations.delete(tx, []byte(c.ID)); err != nil {
			return 0, err
		}
	}
	return len(own), nil
}

// eraseReasons clears what was written about the person in requests and holds.
func (tx *Tx) eraseReasons(user string) error {
	if err := tx.eraseElevations(user); err != nil {
		return err
	}
	asked, err := tx.Approvals()
	if err != nil {
		return err
	}
	for _, a := range asked {
		if a.Person != user && a.By.ID != user {
			continue
		}
		a.Reason, a.Subject = "", ""
		if err := approvals.put(tx, []byte(a.ID), a); err != nil {
			return err
		}
	}
	all, err := holds.all(&tx.View)
	if err != nil {
		return err
	}
	for _, h := range all {
		if h.Person != user {
			continue
		}
		h.Reason = ""
		if err := holds.put(tx, []byte(h.ID), h); err != nil {
			return err
		}
	}
	return nil
}

// eraseAccount leaves the id with nobody behind it, in no group and with no
// right, and takes the login's look-up away.
func (tx *Tx) eraseAccount(u User) error {
	gs, err := groups.all(&tx.View)
	if err != nil {
		return err
	}
	for _, g := range gs {
		if i := slices.Index(g.Members, u.ID); i >= 0 {
			g.Members = slices.Delete(g.Members, i, i+1)
			if err := groups.put(tx, []byte(g.ID), g); err != nil {
				return err
			}
		}
	}
	all, err := collections.all(&tx.View)
	if err != nil {
		return err
	}
	gone := func(g string) bool { return g == "user:"+u.ID }
	for _, c := range all {
		if !slices.ContainsFunc(c.Readers, gone) && !slices.ContainsFunc(c.Writers, gone) {
			continue
		}
		c.Readers, c.Writers = slices.DeleteFunc(c.Readers, gone), slices.DeleteFunc(c.Writers, gone)
		if err := collections.put(tx, []byte(c.ID), c); err != nil {
			return err
		}
	}
	if bytes.Equal(tx.getCopy("users_by_login", loginKey(u.Login)), []byte(u.ID)) {
		if err := tx.deleteRaw("users_by_login", loginKey(u.Login)); err != nil {
			return err
		}
	}
	if err := tx.deleteIdentitiesOf(u.ID); err != nil {
		return err
	}
	left := User{
		ID: u.ID, Login: "erased-" + u.ID, Name: ErasedName, Role: Member, Disabled: true,
		Created: u.Created, Erased: tx.t.now().UTC(),
	}
	if err := tx.putRaw("users_by_login", loginKey(left.Login), []byte(u.ID)); err != nil {
		return err
	}
	return users.put(tx, []byte(u.ID), left)
}
