package auth

import (
	"strings"
	"testing"

	"coffre/auth/ldap"
	"coffre/chain"
	"coffre/store"
)

func (b *box) alertsOf(userID string) []store.Alert {
	b.Helper()
	all, err := view(b.t, func(v *store.View) ([]store.Alert, error) { return v.Alerts(userID) })
	if err != nil {
		b.Fatal(err)
	}
	return all
}

// TestLinkAndUnlink: an administrator links an account of this box to who waits at
// a provider, its person is told, and unlinking ends what it opened.
func TestLinkAndUnlink(t *testing.T) {
	x := newBox(t).through(func(d *ProviderDraft) { d.AllGroups = true })
	x.idp.Claims = map[string]any{"preferred_username": "bob", "groups": "staff"}
	_, err := x.enter()
	wantCode(t, err, "provider-refused")
	_, bob := x.as("bob", memberPassword)
	wantCode(t, x.s.LinkIdentity(x.ctx, x.t, bob, x.p.ID, "subject-1", bob.UserID, ""), "not-allowed")
	if len(x.alertsOf(bob.UserID)) != 0 {
		t.Fatal("told before anything was done")
	}
	ada := store.Principal{Actor: store.Person(x.admin.ID), UserID: x.admin.ID, Role: store.Admin}
	if err := x.s.LinkIdentity(x.ctx, x.t, ada, x.p.ID, "subject-1", bob.UserID, "r"); err != nil {
		t.Fatal(err)
	}
	if a := x.alertsOf(bob.UserID); len(a) != 1 || a[0].What != chain.IdentityLink || a[0].By != ada.UserID || a[0].Name != x.p.Name || a[0].Kind != "link" {
		t.Errorf("bob is told %+v", a)
	}
	o, err := x.enter()
	if err != nil || o.Principal.UserID != bob.UserID {
		t.Fatalf("%+v %v", o, err)
	}
	own, _ := x.as("bob", memberPassword)
	known, err := x.s.Identities(x.t, bob, bob.UserID)
	if err != nil || len(known) != 1 || known[0].Own || known[0].Name != x.p.Name || known[0].Subject != "subject-1" {
		t.Errorf("%+v %v", known, err)
	}
	_, err = x.s.Identities(x.t, bob, x.admin.ID)
	wantCode(t, err, "not-allowed")
	for _, c := range []struct{ code, user, provider, subject string }{
		{"not-found", x.admin.ID, x.p.ID, "subject-1"}, // somebody else's
		{"not-found", "", x.p.ID, "subject-1"},
		{"not-found", bob.UserID, x.p.ID, "another"},
		{"not-found", bob.UserID, Directory, "subject-1"},
	} {
		wantCode(t, x.s.UnlinkIdentity(x.ctx, x.t, ada, c.user, c.provider, c.subject, ""), c.code)
	}
	wantCode(t, x.s.UnlinkIdentity(x.ctx, x.t, bob, bob.UserID, x.p.ID, "subject-1", ""), "not-allowed")
	if err := x.s.UnlinkIdentity(x.ctx, x.t, ada, bob.UserID, x.p.ID, "subject-1", ""); err != nil {
		t.Fatal(err)
	}
	_, err = x.s.Session(x.ctx, x.t, o.Token)
	wantCode(t, err, "signed-out")
	if _, err := x.s.Session(x.ctx, x.t, own); err != nil {
		t.Errorf("the session of bob's password: %v", err)
	}
	x.t.View(func(v *store.View) error {
		gs, _ := v.Groups()
		if len(gs) != 1 || len(gs[0].Members) != 0 {
			t.Errorf("%+v", gs)
		}
		return nil
	})
	_, err = x.enter() // the same name links nothing
	wantCode(t, err, "provider-refused")
	var acts []string
	for _, e := range x.entries(chain.IdentityLink) {
		acts = append(acts, e.Detail["act"].(string))
		if e.Detail["user"] != bob.UserID {
			t.Errorf("%+v", e.Detail)
		}
	}
	if strings.Join(acts, " ") != "link unlink" {
		t.Errorf("entries %q", acts)
	}
}

// TestUnlinkOwn: an account that came by a provider is this box's own once it is
// unlinked: without a password, and the provider opens it no more.
func TestUnlinkOwn(t *testing.T) {
	x := newBox(t).through(nil)
	x.idp.Claims = map[string]any{"preferred_username": "zoe"}
	o, err := x.enter()
	if err != nil {
		t.Fatal(err)
	}
	if err := x.s.UnlinkIdentity(x.ctx, x.t, x.operator(), o.Principal.UserID, x.p.ID, "subject-1", ""); err != nil {
		t.Fatal(err)
	}
	u, err := view(x.t, func(v *store.View) (store.User, error) { return v.User(o.Principal.UserID) })
	if err != nil || u.Source != "" || u.Subject != "" || u.Password != "" {
		t.Errorf("%+v %v", u, err)
	}
	_, err = x.s.Session(x.ctx, x.t, o.Token)
	wantCode(t, err, "signed-out")
	_, err = x.enter()
	wantCode(t, err, "provider-refused")
	x.wantReason("oidc-unlinked-name-taken")
	for _, password := range []string{"", " ", "zoe"} {
		_, _, err := x.signIn("zoe", password)
		wantCode(t, err, "bad-credentials")
	}
}

func TestLinkRefused(t *testing.T) {
	x := newBox(t).through(nil)
	x.idp.Claims = map[string]any{"preferred_username": "zoe"}
	if _, err := x.enter(); err != nil {
		t.Fatal(err)
	}
	op := x.operator()
	for _, c := range []struct{ code, provider, subject, user string }{
		{"identity-taken", x.p.ID, "subject-1", x.member.ID},
		{"not-found", x.p.ID, "nobody", x.member.ID},
		{"not-found", Directory, "subject-1", x.member.ID},
		{"not-found", Directory, "", ""},
		{"not-found", x.p.ID, "subject-1", "nobody"},
	} {
		if got := store.AsError(x.s.LinkIdentity(x.ctx, x.t, op, c.provider, c.subject, c.user, "")).Code; got != c.code {
			t.Errorf("%+v: %s", c, got)
		}
	}
	wantCode(t, x.s.LinkDirectory(x.ctx, x.t, op, x.member.ID, "bob", ""), "directory-unreachable")
}

// link is LinkDirectory behind the look into the directory.
func (b *box) link(p ldap.Person, all []followed, userID string) error {
	_, err := b.t.Update(b.ctx, store.Person(b.admin.ID), chain.Event{Action: chain.IdentityLink, Detail: chain.Detail{"act": "link"}}, func(tx *store.Tx) error {
		return aside(tx, func() error { return b.s.linkDirectoryIn(tx, store.Principal{UserID: b.admin.ID}, all, p, userID) })
	})
	return err
}

// TestLinkDirectory: the directory answers for an account that an administrator
// has linked: its groups follow, its leavers are out, and unlinking gives it back.
func TestLinkDirectory(t *testing.T) {
	b := newBox(t)
	d, snap := b.staff(1)
	all := d.followedOf(map[string]ldap.Group{"all": snap.Groups[0]})
	robert := ldap.Person{ID: "id-bob", Login: "rdurand", Name: "Robert Durand", Mail: "rd@acme.test", State: ldap.Active, Groups: []string{"g-all"}}
	token, _ := b.as("bob", memberPassword)
	wantCode(t, b.link(snap.People[0], all, b.member.ID), "identity-taken")
	wantCode(t, b.link(robert, all, b.admin.ID), "link-last-admin")
	if _, err := b.s.Session(b.ctx, b.t, token); err != nil {
		t.Fatalf("a refusal ended a session: %v", err)
	}
	if err := b.link(robert, all, b.member.ID); err != nil {
		t.Fatal(err)
	}
	wantCode(t, b.link(robert, all, b.member.ID), "identity-closed")
	_, err := b.s.Session(b.ctx, b.t, token)
	wantCode(t, err, "signed-out")
	_, _, err = b.signIn("bob", memberPassword)
	wantCode(t, err, "bad-credentials")
	if a := b.alertsOf(b.member.ID); len(a) != 1 || a[0].Kind != "link" {
		t.Errorf("bob is told %+v", a)
	}
	snap.People = append(snap.People, robert)
	if r := b.follow(d, snap, false); len(r.Ended) != 0 {
		t.Fatalf("%+v", r)
	}
	members := func() (in bool) {
		b.t.View(func(v *store.View) error {
			gs, _ := groupsBySubject(v)
			for _, m := range gs["g-all"].Members {
				in = in || m == b.member.ID
			}
			return nil
		})
		return in
	}
	if !members() {
		t.Error("the groups don't follow")
	}
	snap.People[1].State = ldap.Disabled
	if r := b.follow(d, snap, false); len(r.Ended) != 1 || r.Ended[0] != b.member.ID {
		t.Errorf("a leaver stays: %+v", r)
	}
	snap.People[1].State = ldap.Active
	b.follow(d, snap, false)
	if err := b.s.UnlinkIdentity(b.ctx, b.t, b.operator(), b.member.ID, Directory, "id-bob", ""); err != nil {
		t.Fatal(err)
	}
	u, err := view(b.t, func(v *store.View) (store.User, error) { return v.User(b.member.ID) })
	if err != nil || u.Source != "" || u.Password != "" || u.Disabled || members() {
		t.Errorf("%+v %v", u, err)
	}
}
