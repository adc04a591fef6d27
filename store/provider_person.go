package store

import (
	"errors"
	"slices"
	"strings"
)

// Vouched is who a provider says has signed in.
type Vouched struct {
	Subject           string
	Login, Name, Mail string
	Groups            []string // as the provider names them
	Lang              string   // of an account that is made
}

// Admitted is what came of it.
type Admitted struct {
	User    User
	Created bool
	Joined  int // groups
	Left    int
}

// Admit finds the account of somebody for whom a provider vouches, or makes it,
// and lets its groups of that provider follow. The account is found by provider
// and subject alone, never by a name or a mail address. Errors: Denied
// "identity-unlinked" where there is no account and none may be made, or its name
// is another's (param why: "closed", "name-taken", "name-missing"; the caller
// keeps it with Wait); Denied "bad-credentials" for an account that is disabled.
func (tx *Tx) Admit(p Provider, who Vouched) (a Admitted, err error) {
	id, err := tx.Identity(p.ID, who.Subject)
	switch {
	case IsNotFound(err) || err == nil && id.UserID == "":
		if a.User, err = tx.admitNew(p, who); err != nil {
			return a, err
		}
		a.Created = true
	case err != nil:
		return a, err
	default:
		if a.User, err = tx.User(id.UserID); err != nil {
			return a, err
		}
		if a.User.Disabled {
			return a, Fail(Denied, "bad-credentials")
		}
		if err := tx.followPerson(&a.User, p, who); err != nil {
			return a, err
		}
	}
	now := tx.t.now().UTC()
	err = tx.PutIdentity(Identity{
		Provider: p.ID, Subject: who.Subject, UserID: a.User.ID, Login: who.Login, Name: who.Name, Mail: who.Mail, Groups: who.Groups, Synced: now,
	})
	if err != nil {
		return a, err
	}
	a.Joined, a.Left, err = tx.followGroups(p, a.User.ID, who.Groups)
	return a, err
}

func (tx *Tx) admitNew(p Provider, who Vouched) (User, error) {
	unlinked := func(why string) error { return Fail(Denied, "identity-unlinked", "why", why) }
	switch {
	case !p.Create:
		return User{}, unlinked("closed")
	case who.Login == "" || len(who.Login) > 64 || strings.ContainsAny(who.Login, " \t\r\n\x00"):
		return User{}, unlinked("name-missing")
	case tx.getCopy("users_by_login", loginKey(who.Login)) != nil:
		return User{}, unlinked("name-taken")
	}
	name := who.Name
	if name == "" || len(name) > 200 {
		name = who.Login
	}
	u, err := tx.CreateUser(User{Login: who.Login, Name: name, Role: Member, Lang: who.Lang, Source: p.ID, Subject: who.Subject, Mail: who.Mail})
	delete(tx.Event.Detail, "role")
	return u, err
}

// followPerson takes over name and mail of an account that the provider answers for.
func (tx *Tx) followPerson(u *User, p Provider, who Vouched) error {
	if u.Source != p.ID || (who.Name == "" || who.Name == u.Name || len(who.Name) > 200) && who.Mail == u.Mail {
		return nil
	}
	if who.Name != "" && len(who.Name) <= 200 {
		u.Name = who.Name
	}
	u.Mail = who.Mail
	return users.put(tx, []byte(u.ID), *u)
}

// followGroups makes the account a member of exactly those of the provider's
// groups that it is in there.
func (tx *Tx) followGroups(p Provider, userID string, claims []string) (joined, left int, err error) {
	all, err := tx.Groups()
	if err != nil {
		return 0, 0, err
	}
	here := map[string]bool{}
	for _, g := range all {
		if g.Source != p.ID {
			continue
		}
		here[g.Subject] = true
		_, kept := p.mapped(g.Subject)
		in, wanted := slices.Index(g.Members, userID), kept && slices.Contains(claims, g.Subject)
		switch {
		case wanted && in < 0:
			g.Members, joined = append(g.Members, userID), joined+1
		case !wanted && in >= 0:
			g.Members, left = slices.Delete(g.Members, in, in+1), left+1
		default:
			continue
		}
		if err := groups.put(tx, []byte(g.ID), g); err != nil {
			return 0, 0, err
		}
	}
	for _, c := range claims {
		m, wanted := p.mapped(c)
		if !wanted || here[c] {
			continue
		}
		g := Group{ID: NewID(), Name: freeGroupName(all, m, p), Members: []string{userID}, Source: p.ID, Subject: c, Role: m.Role}
		all = append(all, g)
		here[c] = true
		if err := groups.put(tx, []byte(g.ID), g); err != nil {
			return 0, 0, err
		}
		joined++
	}
	return joined, left, nil
}

// freeGroupName is the name that the mapping wants, with the provider's where a
// group of another origin has it already: nobody may get that one's rights by a name.
func freeGroupName(all []Group, m ProviderGroup, p Provider) string {
	name := m.Name
	if name == "" {
		name = m.Claim
	}
	name = clip(name, 120)
	taken := func(n string) bool {
		return slices.ContainsFunc(all, func(g Group) bool { return strings.EqualFold(g.Name, n) })
	}
	for _, n := range []string{name, name + " (" + p.Name + ")"} {
		if !taken(n) {
			return n
		}
	}
	return name + " (" + NewID()[:8] + ")"
}

func clip(s string, most int) string {
	for len(s) > most {
		r := []rune(s)
		s = string(r[:len(r)-1])
	}
	return s
}

// maxWaiting bounds the identities of a provider that wait for an account.
const maxWaiting = 200

// Wait keeps who was turned away for want of an account, for an administrator to
// link; more than maxWaiting are not kept.
func (tx *Tx) Wait(p Provider, who Vouched) error {
	known, err := tx.Identities(p.ID)
	if err != nil {
		return err
	}
	n := 0
	for _, i := range known {
		if i.UserID != "" {
			continue
		}
		if n++; i.Subject == who.Subject {
			n = 0
			break
		}
	}
	if n >= maxWaiting {
		return nil
	}
	return tx.PutIdentity(Identity{
		Provider: p.ID, Subject: who.Subject, Login: who.Login, Name: who.Name, Mail: who.Mail, State: IdentityWaiting, Synced: tx.t.now().UTC(),
	})
}

// LinkIdentity gives a waiting identity to an account, or takes it from one where userID
// is "". Errors: NotFound; Conflict "identity-taken"; Conflict "identity-account"
// for an account that already has one of that provider; Conflict "identity-two" for
// a guarded one, which is for two people to open.
func (tx *Tx) LinkIdentity(provider, subject, userID string) error {
	i, err := tx.Identity(provider, subject)
	if err != nil {
		return err
	}
	if userID != "" {
		return tx.linkAlone(provider, subject, userID)
	}
	tx.Event.Object.Kind, tx.Event.Object.ID = "provider", provider
	tx.Event.Detail["user"] = i.UserID
	if i.UserID != "" {
		if _, err := tx.DeleteProviderSessions(provider, "", i.UserID); err != nil {
			return err
		}
		if _, _, err := tx.followGroups(Provider{ID: provider}, i.UserID, nil); err != nil {
			return err
		}
	}
	return tx.DeleteIdentity(provider, subject)
}

func (tx *Tx) linkAlone(provider, subject, userID string) error {
	u, err := tx.User(userID)
	if err != nil {
		return err
	}
	if _, err := tx.linkable(provider, subject, userID); err != nil {
		return err
	}
	if guarded, err := tx.Guarded(u); err != nil || guarded {
		return errors.Join(err, Fail(Conflict, "identity-two"))
	}
	return tx.linkIdentity(provider, subject, userID)
}

// linkable returns an identity that an account may be given.
func (v *View) linkable(provider, subject, userID string) (i Identity, err error) {
	if i, err = v.Identity(provider, subject); err != nil {
		return i, err
	}
	own, err := v.IdentitiesOf(userID)
	switch {
	case err != nil:
		return i, err
	case i.UserID != "" && i.UserID != userID:
		return i, Fail(Conflict, "identity-taken")
	case slices.ContainsFunc(own, func(o Identity) bool { return o.Provider == provider && o.Subject != subject }):
		return i, Fail(Conflict, "identity-account")
	}
	return i, nil
}

func (tx *Tx) linkIdentity(provider, subject, userID string) error {
	i, err := tx.linkable(provider, subject, userID)
	if err != nil {
		return err
	}
	tx.Event.Object.Kind, tx.Event.Object.ID = "provider", provider
	tx.Event.Detail["user"] = userID
	i.UserID, i.State = userID, ""
	return tx.PutIdentity(i)
}
