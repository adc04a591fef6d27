package store

import (
	"slices"
	"strings"
	"time"
)

// Role is what somebody does for the firm's box.
type Role string

// The roles. Neither admin nor auditor may read a document for that reason.
const (
	Admin   Role = "admin"
	Auditor Role = "auditor"
	Member  Role = "member"
)

// ValidRole tells whether r is one of the roles.
func ValidRole(r Role) bool { return r == Admin || r == Auditor || r == Member }

// User is a person's account. Login and Name are personal data and stay out of
// entries and logs; ID is what those hold.
type User struct {
	ID       string    `json:"id"`
	Login    string    `json:"login"`
	Name     string    `json:"name"`
	Role     Role      `json:"role"`
	Lang     string    `json:"lang,omitempty"`
	Password string    `json:"password,omitempty"` // PHC string, Argon2id
	Disabled bool      `json:"disabled,omitempty"`
	Created  time.Time `json:"created"`
	Erased   time.Time `json:"erased,omitzero"` // nobody is behind the id any more

	Source     string    `json:"source,omitempty"`  // who answers for the account: "" this box, "directory", or a provider's id
	Subject    string    `json:"subject,omitempty"` // its lasting id there
	Mail       string    `json:"mail,omitempty"`
	MustChange bool      `json:"must_change,omitempty"` // the password must be replaced at the next sign-in
	PasswordAt time.Time `json:"password_at,omitzero"`  // of the last change
	May        Role      `json:"may,omitempty"`         // a role that the person may take for a time
	Places     []Place   `json:"places,omitempty"`      // from where the account was signed in to
	Guarded    time.Time `json:"guarded,omitzero"`      // until when a way into the account is for two people to give, whatever the role
}

// Group is a set of people to whom rights are given.
type Group struct {
	ID      string   `json:"id"`
	Name    string   `json:"name"`
	Members []string `json:"members"`

	Source  string `json:"source,omitempty"`  // as User.Source: its members come from there
	Subject string `json:"subject,omitempty"` // its lasting id there
	Role    Role   `json:"role,omitempty"`    // what membership gives at least
}

var (
	users  = table[User]("users")
	groups = table[Group]("groups")
)

func loginKey(login string) []byte { return []byte(strings.ToLower(strings.TrimSpace(login))) }

// User returns an account by id.
func (v *View) User(id string) (User, error) { return users.get(v, []byte(id)) }

// UserByLogin returns an account by the name typed at sign-in.
func (v *View) UserByLogin(login string) (User, error) {
	id := v.getCopy("users_by_login", loginKey(login))
	if id == nil {
		return User{}, errNotFound
	}
	return v.User(string(id))
}

// Users returns all accounts in order of login.
func (v *View) Users() ([]User, error) {
	all, err := users.all(v)
	slices.SortFunc(all, func(a, b User) int { return strings.Compare(a.Login, b.Login) })
	return all, err
}

// CreateUser adds an account. Login must be 1 to 64 bytes without spaces, and new.
func (tx *Tx) CreateUser(u User) (User, error) {
	u.Login, u.Name = strings.TrimSpace(u.Login), strings.TrimSpace(u.Name)
	if u.Login == "" || len(u.Login) > 64 || strings.ContainsAny(u.Login, " \t\r\n\x00") {
		return u, Fail(Invalid, "invalid-name", "field", "login")
	}
	if u.Name == "" || len(u.Name) > 200 {
		return u, Fail(Invalid, "invalid-name", "field", "name")
	}
	if !ValidRole(u.Role) {
		return u, Fail(Invalid, "invalid-role")
	}
	if tx.getCopy("users_by_login", loginKey(u.Login)) != nil {
		return u, Fail(Conflict, "name-taken", "name", u.Login)
	}
	if u.Source != SourceBreakGlass {
		if err := tx.admitPerson(); err != nil {
			return u, err
		}
	}
	u.ID, u.Created = NewID(), tx.t.now().UTC()
	tx.Event.Object.Kind, tx.Event.Object.ID = "user", u.ID
	tx.Event.Detail["role"] = string(u.Role)
	tx.Event.Private["login"], tx.Event.Private["name"] = u.Login, u.Name
	if err := tx.putRaw("users_by_login", loginKey(u.Login), []byte(u.ID)); err != nil {
		return u, err
	}
	return u, users.put(tx, []byte(u.ID), u)
}

// UpdateUser replaces an account's record; its login stays. The last enabled
// administrator can't be disabled or lose the role.
func (tx *Tx) UpdateUser(u User) error {
	old, err := tx.User(u.ID)
	if err != nil {
		return err
	}
	if !old.Erased.IsZero() {
		return Fail(Conflict, "person-erased")
	}
	if !ValidRole(u.Role) {
		return Fail(Invalid, "invalid-role")
	}
	if u.May != "" && !ValidRole(u.May) {
		return Fail(Invalid, "invalid-role")
	}
	if old.Source == SourceBreakGlass && (u.Source != old.Source || u.Role != Member || u.May != "" || u.Password != "") {
		return Fail(Conflict, "account-sealed")
	}
	if old.canAdminister() && (u.Disabled || u.Role != old.Role || u.May != old.May) {
		if err := tx.keepsAdmin(u, tx.ElevationMode()); err != nil {
			return err
		}
	}
	if old.Disabled && !u.Disabled && u.Source != SourceBreakGlass {
		if err := tx.admitPerson(); err != nil {
			return err
		}
	}
	was, err := tx.watchful(old)
	if err != nil {
		return err
	}
	if is, err := tx.watchful(u); err != nil || was && !is || old.Source != "" && u.Source == "" {
		if err != nil {
			return err
		}
		tx.guardAfter(&u)
	}
	u.Login, u.Created = old.Login, old.Created
	tx.Event.Object.Kind, tx.Event.Object.ID = "user", u.ID
	return users.put(tx, []byte(u.ID), u)
}

// Group returns a group by id.
func (v *View) Group(id string) (Group, error) { return groups.get(v, []byte(id)) }

// Groups returns all groups by name.
func (v *View) Groups() ([]Group, error) {
	all, err := groups.all(v)
	slices.SortFunc(all, func(a, b Group) int { return strings.Compare(strings.ToLower(a.Name), strings.ToLower(b.Name)) })
	return all, err
}

// PutGroup adds a group (empty ID) or replaces one; every member must exist.
func (tx *Tx) PutGroup(g Group) (Group, error) {
	g.Name = strings.TrimSpace(g.Name)
	if g.Name == "" || len(g.Name) > 200 {
		return g, Fail(Invalid, "invalid-name", "field", "name")
	}
	if g.Role != "" && !ValidRole(g.Role) {
		return g, Fail(Invalid, "invalid-role")
	}
	all, err := tx.Groups()
	if err != nil {
		return g, err
	}
	for _, o := range all {
		if o.ID != g.ID && strings.EqualFold(o.Name, g.Name) {
			return g, Fail(Conflict, "name-taken", "name", g.Name)
		}
	}
	for _, m := range g.Members {
		if _, err := tx.User(m); err != nil {
			return g, Fail(Invalid, "invalid-grant", "grant", "user:"+m)
		}
	}
	if g.ID == "" {
		g.ID = NewID()
	} else if _, err := tx.Group(g.ID); err != nil {
		return g, err
	}
	tx.Event.Object.Kind, tx.Event.Object.ID = "group", g.ID
	tx.Event.Detail["members"] = append([]string{}, g.Members...)
	if g.Role != "" {
		tx.Event.Detail["role"] = string(g.Role)
	}
	return g, groups.put(tx, []byte(g.ID), g)
}

// DeleteGroup removes a group and every grant to it.
func (tx *Tx) DeleteGroup(id string) error {
	if _, err := tx.Group(id); err != nil {
		return err
	}
	all, err := collections.all(&tx.View)
	if err != nil {
		return err
	}
	gone := func(g string) bool { return g == "group:"+id }
	for _, c := range all {
		if !slices.ContainsFunc(c.Readers, gone) && !slices.ContainsFunc(c.Writers, gone) {
			continue
		}
		c.Readers, c.Writers = slices.DeleteFunc(c.Readers, gone), slices.DeleteFunc(c.Writers, gone)
		if err := collections.put(tx, []byte(c.ID), c); err != nil {
			return err
		}
	}
	tx.Event.Object.Kind, tx.Event.Object.ID = "group", id
	return groups.delete(tx, []byte(id))
}
