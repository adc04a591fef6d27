package auth

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"coffre/auth/ldap"
	"coffre/chain"
	"coffre/store"
)

// The states of an identity besides the directory's own.
const (
	StateGone    = "gone"    // the directory has nobody with this id any more
	StateOutside = "outside" // in none of the groups whose people may sign in
)

// followed is a group of the directory that is kept here.
type followed struct {
	ldap.Group
	role    store.Role // what membership gives, "" for nothing
	allowed bool       // its people may sign in
}

// followedOf joins what the settings say of groups with what the directory has.
func (d directory) followedOf(named map[string]ldap.Group) (out []followed) {
	for _, name := range d.follow {
		g, ok := named[name]
		if !ok {
			continue
		}
		i := slices.IndexFunc(out, func(f followed) bool { return f.ID == g.ID })
		if i < 0 {
			i = len(out)
			out = append(out, followed{Group: g})
		}
		out[i].role = cmp.Or(out[i].role, d.roles[name])
		out[i].allowed = out[i].allowed || slices.Contains(d.allowed, name)
	}
	return out
}

// admits tells whether one of a person's groups may sign in. Where no group is
// named, nobody may.
func admits(all []followed, p ldap.Person) bool {
	return slices.ContainsFunc(all, func(f followed) bool { return f.allowed && slices.Contains(p.Groups, f.ID) })
}

// writing is a transaction in which several records change under one entry: what
// the store's methods say of each is put aside.
type writing struct {
	tx  *store.Tx
	own chain.Event
}

func write(tx *store.Tx) *writing { return &writing{tx: tx, own: cloneEvent(tx.Event)} }

func cloneEvent(ev *chain.Event) chain.Event {
	c := *ev
	c.Detail, c.Private = chain.Detail{}, chain.Detail{}
	for k, v := range ev.Detail {
		c.Detail[k] = v
	}
	for k, v := range ev.Private {
		c.Private[k] = v
	}
	return c
}

// aside runs fn and forgets what it wrote into the entry.
func (w *writing) aside(fn func() error) error {
	err := fn()
	c := cloneEvent(&w.own)
	w.tx.Event.Object, w.tx.Event.Detail, w.tx.Event.Private = c.Object, c.Detail, c.Private
	return err
}

// accountOf returns the account that belongs to a person of the directory.
func accountOf(v *store.View, p ldap.Person) (i store.Identity, u store.User, err error) {
	if i, err = v.Identity(Directory, p.ID); err != nil {
		return i, u, err
	}
	u, err = v.User(i.UserID)
	return i, u, err
}

// newAccount makes one for somebody who signs in for the first time. Errors:
// Conflict "directory-name-taken" where the login belongs to another account, which
// is never taken over; Invalid "directory-name" where it can't be one here.
func newAccount(tx *store.Tx, p ldap.Person) (u store.User, err error) {
	if checkLogin(p.Login) != nil {
		return u, store.Fail(store.Invalid, "directory-name")
	}
	name := p.Name
	if !validName(name) {
		name = p.Login
	}
	u, err = tx.CreateUser(store.User{Login: p.Login, Name: name, Mail: p.Mail, Role: store.Member, Source: Directory, Subject: p.ID})
	if store.AsError(err).Code == "name-taken" {
		return u, store.Fail(store.Conflict, "directory-name-taken", "name", p.Login)
	}
	return u, err
}

func checkLogin(login string) error {
	if login == "" || len(login) > 64 || strings.ContainsAny(login, " \t\r\n\x00") || printable(login, 64) != login {
		return store.Fail(store.Invalid, "invalid-name", "field", "login")
	}
	return nil
}

// identityOf is what is kept of a person.
func identityOf(old store.Identity, p ldap.Person, userID string, all []followed, now time.Time) store.Identity {
	i := old
	i.Provider, i.Subject, i.UserID, i.Login, i.Name, i.Mail = Directory, p.ID, userID, p.Login, p.Name, p.Mail
	i.State, i.Groups, i.Via = string(p.State), nil, nil
	ways := p.Via
	if ways == nil {
		ways = old.Via // a sign-in learns of groups, not of the way into them
	}
	for _, f := range all {
		if !slices.Contains(p.Groups, f.ID) {
			continue
		}
		i.Groups = append(i.Groups, f.ID)
		if way := ways[f.ID]; len(way) > 1 {
			if i.Via == nil {
				i.Via = map[string][]string{}
			}
			i.Via[f.ID] = way
		}
	}
	slices.Sort(i.Groups)
	i.Synced = now
	if !p.State.Ended() && !admits(all, p) {
		i.State = StateOutside
	}
	return i
}

// endedState tells whether a state of an identity shuts the account.
func endedState(state string) bool {
	return state == StateGone || state == StateOutside || ldap.State(state).Ended()
}

// groupsBySubject are the directory's groups that are kept here, by id there.
func groupsBySubject(v *store.View) (map[string]store.Group, error) {
	all, err := v.Groups()
	out := map[string]store.Group{}
	for _, g := range all {
		if g.Source == Directory {
			out[g.Subject] = g
		}
	}
	return out, err
}
