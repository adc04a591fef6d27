package auth

import (
	"context"
	"strings"
	"unicode/utf8"

	"coffre/chain"
	"coffre/store"
)

// NewUser is an account to be made.
type NewUser struct {
	Login, Name string
	Role        store.Role
	Lang        string // "fr", "en" or ""
	Password    string
	MustChange  bool // at the first sign-in
}

// UserChange is what changes of an account; nil leaves it.
type UserChange struct {
	Name *string
	Role *store.Role
	Lang *string
	May  *store.Role // a role that the person may take for a time; "" for none
}

// checkUser says whether an account can be made, before anything is hashed or
// written.
func checkUser(n NewUser) error {
	switch {
	case n.Login == "" || len(n.Login) > 64 || strings.ContainsAny(n.Login, " \t\r\n\x00") || printable(n.Login, 64) != n.Login:
		return store.Fail(store.Invalid, "invalid-name", "field", "login")
	case !validName(n.Name):
		return store.Fail(store.Invalid, "invalid-name", "field", "name")
	case !store.ValidRole(n.Role):
		return store.Fail(store.Invalid, "invalid-role")
	case !validLang(n.Lang):
		return store.Fail(store.Invalid, "invalid-lang")
	}
	return CheckPassword(n.Password, n.Login, n.Name)
}

func validName(name string) bool {
	return name != "" && len(name) <= 200 && utf8.ValidString(name) && printable(name, 200) == name
}

func validLang(lang string) bool { return lang == "" || lang == "fr" || lang == "en" }

// CreateUser makes a local account. Errors: Denied "not-allowed"; Invalid
// "invalid-name" (field), "invalid-role", "invalid-lang" and those of
// CheckPassword; Conflict "name-taken". The returned record has no password hash.
func (s *Service) CreateUser(ctx context.Context, t *store.Tenant, p store.Principal, n NewUser) (store.User, error) {
	if err := Require(p, UsersAdmin); err != nil {
		return store.User{}, err
	}
	return s.createUser(ctx, t, p.Actor, p.Session, n)
}

func (s *Service) createUser(ctx context.Context, t *store.Tenant, by store.Actor, session string, n NewUser) (u store.User, err error) {
	n.Login, n.Name = cleanLogin(n.Login), strings.TrimSpace(n.Name)
	if err := checkUser(n); err != nil {
		return u, err
	}
	stored, err := s.hashes(t).hash(ctx, n.Password)
	if err != nil {
		return u, err
	}
	ev := chain.Event{Action: chain.UserCreate, Session: session}
	_, err = t.Update(ctx, by, ev, func(tx *store.Tx) error {
		u, err = tx.CreateUser(store.User{Login: n.Login, Name: n.Name, Role: n.Role, Lang: n.Lang, Password: stored, MustChange: n.MustChange, PasswordAt: s.now().UTC()})
		return err
	})
	if err != nil {
		return store.User{}, err
	}
	return withoutHash(u), nil
}

// Users lists all accounts in order of login, without password hashes.
func (s *Service) Users(t *store.Tenant, p store.Principal) ([]store.User, error) {
	if err := Require(p, UsersAdmin); err != nil {
		return nil, err
	}
	us, err := view(t, (*store.View).Users)
	for i := range us {
		us[i] = withoutHash(us[i])
	}
	return us, err
}

// UpdateUser changes name, role, language, or the role that may be taken for a time. People change their own language
// themselves; everything else needs users.admin. Errors: Denied "not-allowed",
// NotFound, Invalid "invalid-name", "invalid-role", "invalid-lang", Conflict
// "last-admin".
func (s *Service) UpdateUser(ctx context.Context, t *store.Tenant, p store.Principal, userID string, c UserChange) error {
	need := UsersAdmin
	if userID == p.UserID && userID != "" && c.Name == nil && c.Role == nil && c.May == nil {
		need = ProfileOwn
	}
	if err := Require(p, need); err != nil {
		return err
	}
	ev := chain.Event{Action: chain.UserUpdate, Session: p.Session}
	_, err := t.Update(ctx, p.Actor, ev, func(tx *store.Tx) error {
		u, err := tx.User(userID)
		if err != nil {
			return err
		}
		if err := c.apply(&u, tx.Event); err != nil {
			return err
		}
		return tx.UpdateUser(u)
	})
	return err
}

// apply changes u and says in the entry what changed: roles by value, a name
// only in the private part.
func (c UserChange) apply(u *store.User, ev *chain.Event) error {
	var changed []string
	if c.Name != nil {
		u.Name = strings.TrimSpace(*c.Name)
		if !validName(u.Name) {
			return store.Fail(store.Invalid, "invalid-name", "field", "name")
		}
		changed, ev.Private["name"] = append(changed, "name"), u.Name
	}
	if c.Role != nil {
		if !store.ValidRole(*c.Role) {
			return store.Fail(store.Invalid, "invalid-role")
		}
		ev.Detail["role_before"], ev.Detail["role"] = string(u.Role), string(*c.Role)
		u.Role = *c.Role
		changed = append(changed, "role")
	}
	if c.May != nil && *c.May != u.May {
		if *c.May != "" && !store.ValidRole(*c.May) {
			return store.Fail(store.Invalid, "invalid-role")
		}
		ev.Detail["may_before"], ev.Detail["may"] = string(u.May), string(*c.May)
		u.May = *c.May
		changed = append(changed, "may")
	}
	if c.Lang != nil {
		if !validLang(*c.Lang) {
			return store.Fail(store.Invalid, "invalid-lang")
		}
		u.Lang = *c.Lang
		changed = append(changed, "lang")
	}
	ev.Detail["changed"] = changed
	return nil
}

// Disable shuts an account: its sessions end in the same commit, its keys and
// running requests at their next step. Errors: Denied "not-allowed", NotFound,
// Conflict "last-admin".
func (s *Service) Disable(ctx context.Context, t *store.Tenant, p store.Principal, userID string) error {
	return s.setDisabled(ctx, t, p, userID, chain.UserDisable, true)
}

// Enable opens an account again. Its sessions stay ended; its keys work again.
func (s *Service) Enable(ctx context.Context, t *store.Tenant, p store.Principal, userID string) error {
	return s.setDisabled(ctx, t, p, userID, chain.UserEnable, false)
}

func (s *Service) setDisabled(ctx context.Context, t *store.Tenant, p store.Principal, userID, action string, disabled bool) error {
	if err := Require(p, UsersAdmin); err != nil {
		return err
	}
	_, err := t.Update(ctx, p.Actor, chain.Event{Action: action, Session: p.Session}, func(tx *store.Tx) error {
		u, err := tx.User(userID)
		if err != nil {
			return err
		}
		u.Disabled = disabled
		if err := tx.UpdateUser(u); err != nil || !disabled {
			return err
		}
		return tx.DeleteSessionsOf(userID)
	})
	return err
}

func withoutHash(u store.User) store.User {
	u.Password = ""
	return u
}
