package auth

import (
	"strings"
	"testing"

	"coffre/chain"
	"coffre/store"
)

func TestUsersAreAdministered(t *testing.T) {
	b := newBox(t)
	_, admin := b.as("ada", adminPassword)
	_, member := b.as("bob", memberPassword)
	good := NewUser{Login: "zoé", Name: "Zoé Müller, (ext) *\\x", Role: store.Auditor, Lang: "fr", Password: "une bonne phrase longue"}
	for name, c := range map[string]struct {
		p    store.Principal
		edit func(*NewUser)
		code string
	}{
		"by a member":      {member, func(*NewUser) {}, "not-allowed"},
		"by nobody":        {store.Principal{}, func(*NewUser) {}, "not-allowed"},
		"login taken":      {admin, func(n *NewUser) { n.Login = "BOB" }, "name-taken"},
		"empty login":      {admin, func(n *NewUser) { n.Login = " " }, "invalid-name"},
		"login with space": {admin, func(n *NewUser) { n.Login = "a b" }, "invalid-name"},
		"control in login": {admin, func(n *NewUser) { n.Login = "a\x01" }, "invalid-name"},
		"bad name":         {admin, func(n *NewUser) { n.Name = "\xff" }, "invalid-name"},
		"long name":        {admin, func(n *NewUser) { n.Name = strings.Repeat("x", 201) }, "invalid-name"},
		"bad role":         {admin, func(n *NewUser) { n.Role = "root" }, "invalid-role"},
		"bad language":     {admin, func(n *NewUser) { n.Lang = "de" }, "invalid-lang"},
		"short password":   {admin, func(n *NewUser) { n.Password = "short" }, "password-short"},
	} {
		n := good
		c.edit(&n)
		_, err := b.s.CreateUser(b.ctx, b.t, c.p, n)
		if store.AsError(err).Code != c.code {
			t.Errorf("%s: %v, want %s", name, err, c.code)
		}
	}
	u, err := b.s.CreateUser(b.ctx, b.t, admin, good)
	if err != nil || u.Password != "" {
		t.Fatalf("%+v, %v", u, err)
	}
	if _, _, err := b.signIn("ZOE\u0301", good.Password); err != nil {
		t.Errorf("login typed with two characters: %v", err)
	}
	us, err := b.s.Users(b.t, admin)
	if err != nil || len(us) != 3 {
		t.Errorf("%d users, %v", len(us), err)
	}
	for _, u := range us {
		if u.Password != "" {
			t.Error("list holds a hash")
		}
	}
	_, err = b.s.Users(b.t, member)
	wantCode(t, err, "not-allowed")
	e := b.entries(chain.UserCreate)
	if last := e[len(e)-1]; last.Actor.ID != b.admin.ID || last.Session != admin.Session || strings.Contains(number(last.Detail), "Zoé") {
		t.Errorf("entry %+v", last)
	}
}

func TestUserChanges(t *testing.T) {
	b := newBox(t)
	_, admin := b.as("ada", adminPassword)
	_, member := b.as("bob", memberPassword)
	role, lang, name, bad := store.Admin, "en", "Robert Durand", "x\x00"
	demote := store.Member
	for _, c := range []struct {
		what string
		p    store.Principal
		user string
		c    UserChange
		code string
	}{
		{"own language", member, member.UserID, UserChange{Lang: &lang}, ""},
		{"own role", member, member.UserID, UserChange{Role: &role}, "not-allowed"},
		{"own name", member, member.UserID, UserChange{Name: &name}, "not-allowed"},
		{"another's language", member, admin.UserID, UserChange{Lang: &lang}, "not-allowed"},
		{"name by admin", admin, member.UserID, UserChange{Name: &name}, ""},
		{"bad name", admin, member.UserID, UserChange{Name: &bad}, "invalid-name"},
		{"last admin", admin, admin.UserID, UserChange{Role: &demote}, "last-admin"},
		{"no such user", admin, "nobody", UserChange{Lang: &lang}, "not-found"},
	} {
		err := b.s.UpdateUser(b.ctx, b.t, c.p, c.user, c.c)
		if (err == nil) != (c.code == "") || err != nil && store.AsError(err).Code != c.code {
			t.Errorf("%s: %v", c.what, err)
		}
	}
	wantCode(t, b.s.Disable(b.ctx, b.t, admin, admin.UserID), "last-admin")
	wantCode(t, b.s.Disable(b.ctx, b.t, member, admin.UserID), "not-allowed")
	wantCode(t, b.s.Enable(b.ctx, b.t, member, member.UserID), "not-allowed")
}

func TestOwnPassword(t *testing.T) {
	b := newBox(t)
	keep, p := b.as("bob", memberPassword)
	other, _ := b.as("bob", memberPassword)
	foreign, admin := b.as("ada", adminPassword)
	change := PasswordChange{UserID: p.UserID, Old: memberPassword, New: "eight lamps of copper", Keep: keep, Address: here}

	wrong := change
	wrong.Old = "no idea"
	wantCode(t, b.s.SetPassword(b.ctx, b.t, p, wrong), "bad-credentials")
	weak := change
	weak.New = "bobdurandbobdurand"
	wantCode(t, b.s.SetPassword(b.ctx, b.t, p, weak), "password-own-name")
	theirs := change
	theirs.UserID = admin.UserID
	wantCode(t, b.s.SetPassword(b.ctx, b.t, p, theirs), "not-allowed")

	if err := b.s.SetPassword(b.ctx, b.t, p, change); err != nil {
		t.Fatal(err)
	}
	if _, err := b.s.Session(b.ctx, b.t, keep); err != nil {
		t.Errorf("the session that changed it: %v", err)
	}
	_, err := b.s.Session(b.ctx, b.t, other)
	wantCode(t, err, "signed-out")
	if _, err := b.s.Session(b.ctx, b.t, foreign); err != nil {
		t.Errorf("another's session: %v", err)
	}
	_, _, err = b.signIn("bob", memberPassword)
	wantCode(t, err, "bad-credentials")
	b.as("bob", change.New)

	// Somebody else's cookie keeps nothing of bob's.
	reset := PasswordChange{UserID: p.UserID, New: "nine lamps of silver", Keep: foreign}
	if err := b.s.SetPassword(b.ctx, b.t, admin, reset); err != nil {
		t.Fatal(err)
	}
	_, err = b.s.Session(b.ctx, b.t, keep)
	wantCode(t, err, "signed-out")
}

func TestOldPasswordIsThrottled(t *testing.T) {
	b := newBox(t)
	_, p := b.as("bob", memberPassword)
	c := PasswordChange{UserID: p.UserID, Old: "guess", New: "eight lamps of copper", Address: here}
	for range perPair.free {
		wantCode(t, b.s.SetPassword(b.ctx, b.t, p, c), "bad-credentials")
	}
	wantCode(t, b.s.SetPassword(b.ctx, b.t, p, c), "rate-limited")
}
