package auth

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	goldap "github.com/go-ldap/ldap/v3"

	"coffre/chain"
	"coffre/store"
	"coffre/vault"
)

const directoryPassword = "Us3r-Pass-2026!"

// server is a real directory, as .ci/directories.sh starts it.
type server struct {
	dir, host, base, bind, secret, admin, adminPassword string
}

var (
	realSamba = server{"COFFRE_TEST_AD", "127.0.10.1", "DC=lab,DC=coffre,DC=test", "svc-bind@lab.coffre.test", directoryPassword, "Administrator@lab.coffre.test", "Adm1n-Pass-2026!"}
	realSlapd = server{"COFFRE_TEST_SLAPD", "127.0.10.2", "dc=lab,dc=test", "uid=svc,ou=people,dc=lab,dc=test", "Svc-Pass", "cn=admin,dc=lab,dc=test", "admin-pass"}
)

// path skips the test where the server isn't running.
func (x server) path(t testing.TB) string {
	t.Helper()
	dir := os.Getenv(x.dir)
	if dir == "" {
		t.Skipf("needs %s, the directory of a running server: bash .ci/directories.sh says how to get one", x.dir)
	}
	return dir
}

// joined is a box whose settings lead to a directory. dial stands in for the gate.
func (x server) joined(t *testing.T, settings map[string]string) *box {
	t.Helper()
	b := newBox(t)
	b.clock.mu.Lock()
	b.clock.at = time.Now().UTC() // certificates and expiry are of today
	b.clock.mu.Unlock()
	b.s.opts.Dial = func(ctx context.Context, network, address string) (net.Conn, error) {
		var d net.Dialer
		return d.DialContext(ctx, network, address)
	}
	url := "ldaps://" + x.host
	ca := filepath.Join(x.path(t), "pki", "ca.pem")
	b.lead(map[string]string{SettingDirectoryCAFile: ca}) // the secret is bound to it
	value := vault.NewSecret([]byte(x.secret))
	c, err := b.t.CreateCredential(b.ctx, store.Operator("1000"), store.NewCredential{Name: "directory", Purpose: store.PurposeDirectory, Address: url, Value: value}, "")
	if err != nil {
		t.Fatal(err)
	}
	b.lead(map[string]string{
		SettingDirectoryURL: url, SettingDirectoryCAFile: ca, SettingDirectoryBind: x.bind,
		SettingDirectorySecret: c.ID, SettingDirectoryBase: x.base, SettingDirectoryOn: "yes",
	})
	b.lead(settings)
	return b
}

func (b *box) lead(settings map[string]string) {
	b.Helper()
	_, err := b.t.Update(b.ctx, store.CLI("1000"), chain.Event{Action: chain.SettingsUpdate}, func(tx *store.Tx) error {
		for name, value := range settings {
			if err := tx.PutSetting(name, value); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		b.Fatal(err)
	}
}

// writer is a connection of the directory's administrator.
func (x server) writer(t *testing.T) *goldap.Conn {
	t.Helper()
	pem, err := os.ReadFile(filepath.Join(x.path(t), "pki", "ca.pem"))
	if err != nil {
		t.Fatal(err)
	}
	pool := x509.NewCertPool()
	pool.AppendCertsFromPEM(pem)
	raw, err := tls.Dial("tcp", x.host+":636", &tls.Config{RootCAs: pool, ServerName: x.host})
	if err != nil {
		t.Fatal(err)
	}
	conn := goldap.NewConn(raw, true)
	conn.Start()
	t.Cleanup(func() { conn.Close() })
	if err := conn.Bind(x.admin, x.adminPassword); err != nil {
		t.Fatal(err)
	}
	return conn
}

func change(t *testing.T, conn *goldap.Conn, dn string, edit func(*goldap.ModifyRequest)) {
	t.Helper()
	m := goldap.NewModifyRequest(dn, nil)
	edit(m)
	if err := conn.Modify(m); err != nil {
		t.Fatal(err)
	}
}

// reasons are those of the newest failure in the chain.
func (b *box) reasons() string {
	b.s.Flush(b.ctx)
	all := b.entries(chain.AuthFailure)
	if len(all) == 0 {
		return ""
	}
	var out []string
	reasons, _ := all[len(all)-1].Detail["reasons"].(map[string]any)
	for r := range reasons {
		out = append(out, r)
	}
	slices.Sort(out)
	return strings.Join(out, " ")
}

// TestRealDirectorySignIn prints, for each way to fail, the reason in the chain and
// the code of the person's sentence.
func TestRealDirectorySignIn(t *testing.T) {
	for _, x := range []struct {
		server
		name  string
		allow string
		rows  [][4]string // login, password, code, reason
	}{
		{realSamba, "Samba AD", "g-outer\nDomain Users", [][4]string{
			{"alice", directoryPassword, "", ""},
			{`LAB\alice`, directoryPassword, "", ""},
			{"alice@lab.coffre.test", directoryPassword, "", ""},
			{"zoe", directoryPassword, "", ""},
			{"alice", "bad", "bad-credentials", "wrong-password/52e"},
			{"alice", "", "bad-credentials", "empty-password"},
			{"nosuch", "bad", "bad-credentials", "unknown-user"},
			{"bob", directoryPassword, "bad-credentials", "wrong-password"}, // the box's own bob comes first
			{"bob@lab.coffre.test", directoryPassword, "directory-closed", "disabled/533"},
			{"carol", directoryPassword, "directory-must-change", "must-change/773"},
			{"carol", "bad", "bad-credentials", "wrong-password/52e"},
			{"dave", directoryPassword, "directory-closed", "expired/701"},
			{"*)(|(objectClass=*)", "bad", "bad-credentials", "unknown-user"},
		}},
		{realSlapd, "OpenLDAP", "outer", [][4]string{
			{"alice", directoryPassword, "", ""},
			{"alice@lab.test", directoryPassword, "", ""},
			{"alice", "bad", "bad-credentials", "wrong-password"},
			{"svc", "Svc-Pass", "directory-outside", "outside"},
			{"*", "bad", "bad-credentials", "unknown-user"},
		}},
	} {
		t.Run(x.name, func(t *testing.T) {
			b := x.joined(t, map[string]string{SettingDirectoryAllowed: x.allow})
			if x.server == realSamba {
				adm := x.writer(t)
				for _, name := range []string{"Alice", "Bob", "Carol", "Dave"} { // without the failures of another run
					change(t, adm, "CN="+name+" Test,CN=Users,"+x.base, func(m *goldap.ModifyRequest) { m.Replace("lockoutTime", []string{"0"}) })
				}
			}
			for _, row := range x.rows {
				_, p, err := b.signIn(row[0], row[1])
				code := ""
				if err != nil {
					code = store.AsError(err).Code
				}
				reason := ""
				if err != nil {
					reason = b.reasons()
				}
				t.Logf("%-24q %-24s %s", row[0], code, reason)
				if code != row[2] || reason != row[3] || err == nil && p.UserID == "" {
					t.Errorf("%q: %s %s (%v), wanted %s %s", row[0], code, reason, err, row[2], row[3])
				}
				b.clock.advance(2 * time.Hour) // the throttle is tested elsewhere
			}
		})
	}
}

// TestRealDirectoryAccount: the first sign-in makes the account with its groups and
// the role that they give; ways of typing a name lead to the same one.
func TestRealDirectoryAccount(t *testing.T) {
	b := realSamba.joined(t, map[string]string{SettingDirectoryAllowed: "g-outer", SettingDirectoryRoles: "auditor: g-mid", SettingDirectoryImport: "g-inner"})
	_, p := b.as("alice", directoryPassword)
	if p.Role != store.Auditor {
		t.Errorf("role %s", p.Role)
	}
	_, again := b.as(`LAB\ALICE`, directoryPassword)
	_, upn := b.as("alice@lab.coffre.test", directoryPassword)
	if again.UserID != p.UserID || upn.UserID != p.UserID {
		t.Error("several accounts for one person")
	}
	groups, err := view(b.t, (*store.View).Groups)
	if err != nil || len(groups) != 3 {
		t.Fatalf("%d groups, %v", len(groups), err)
	}
	for _, g := range groups {
		if g.Source != Directory || len(g.Subject) != 36 || !slices.Equal(g.Members, []string{p.UserID}) {
			t.Errorf("group %+v", g)
		}
	}
	admits := b.entries(chain.DirectoryAdmit)
	if len(admits) != 1 || admits[0].Detail["created"] != true || admits[0].Object.ID != p.UserID {
		t.Errorf("entries %+v", admits)
	}
	if in := b.entries(chain.AuthSignIn); len(in) != 3 || in[0].Detail["method"] != "directory" || in[0].Detail["provider"] != "directory" {
		t.Errorf("sign-ins %+v", in)
	}
	// A local account keeps its name.
	_, _, err = b.signIn("ada", directoryPassword)
	wantCode(t, err, "bad-credentials")
	if used := b.entries(chain.CredentialRead); len(used) != 1 || used[0].Detail["tool"] != "directory" {
		t.Errorf("uses of the credential %+v", used)
	}
}

// TestRealDirectoryNameTaken: an account of the box is never taken over by name.
func TestRealDirectoryNameTaken(t *testing.T) {
	b := realSamba.joined(t, map[string]string{SettingDirectoryAllowed: "g-inner"})
	if _, err := b.s.CreateUser(b.ctx, b.t, store.Operator("1000"), NewUser{Login: "zoe", Name: "Another Zoe", Role: store.Member, Password: memberPassword}); err != nil {
		t.Fatal(err)
	}
	_, _, err := b.signIn("zoe@lab.coffre.test", directoryPassword)
	e := wantCode(t, err, "directory-name-taken")
	if e.Params["name"] != "zoe" || b.reasons() != "name-taken" {
		t.Errorf("%v, %s", e.Params, b.reasons())
	}
	if _, _, err = b.signIn("zoe", memberPassword); err != nil {
		t.Errorf("the box's own account: %v", err)
	}
}

// TestRealDirectoryLeaver: what the directory's administrator does holds after one look.
func TestRealDirectoryLeaver(t *testing.T) {
	b := realSamba.joined(t, map[string]string{SettingDirectoryAllowed: "g-inner"})
	adm := realSamba.writer(t)
	const group, alice, zoe = "CN=g-inner,CN=Users,DC=lab,DC=coffre,DC=test", "CN=Alice Test,CN=Users,DC=lab,DC=coffre,DC=test", `CN=Zoé Müller\, (ext) *\\x,CN=Users,DC=lab,DC=coffre,DC=test`
	in := func() { change(t, adm, group, func(m *goldap.ModifyRequest) { m.Add("member", []string{zoe}) }) }
	t.Cleanup(func() {
		change(t, adm, alice, func(m *goldap.ModifyRequest) { m.Replace("userAccountControl", []string{"512"}) })
	})
	token, p := b.as("zoe", directoryPassword)
	aliceToken, aliceP := b.as("alice", directoryPassword)
	key, _, err := b.s.CreateKey(b.ctx, b.t, p, p.UserID, "k")
	if err != nil {
		t.Fatal(err)
	}
	change(t, adm, group, func(m *goldap.ModifyRequest) { m.Delete("member", []string{zoe}) })
	t.Cleanup(func() {
		m := goldap.NewModifyRequest(group, nil)
		m.Add("member", []string{zoe})
		_ = adm.Modify(m) // fails where the test has put her back
	})
	r, err := b.s.SyncDirectory(b.ctx, b.t, store.System(Directory), false)
	if err != nil || !slices.Equal(r.Ended, []string{p.UserID}) || r.Left != 1 {
		t.Fatalf("%+v %v", r, err)
	}
	_, err = b.s.Session(b.ctx, b.t, token)
	wantCode(t, err, "signed-out")
	_, err = b.s.Key(b.ctx, b.t, key)
	wantCode(t, err, "bad-key")
	_, _, err = b.signIn("zoe", directoryPassword)
	wantCode(t, err, "directory-outside")
	if _, err = b.s.Session(b.ctx, b.t, aliceToken); err != nil {
		t.Errorf("alice is out too: %v", err)
	}
	if e := b.entries(chain.DirectorySync); len(e) != 1 || e[0].Actor.ID != "directory" {
		t.Errorf("entries %+v", e)
	}
	if r, err = b.s.SyncDirectory(b.ctx, b.t, store.System(Directory), false); err != nil || r.changes() {
		t.Errorf("a second look changes %+v %v", r, err)
	}
	in()
	if r, err = b.s.SyncDirectory(b.ctx, b.t, store.System(Directory), false); err != nil || !slices.Equal(r.Opened, []string{p.UserID}) || r.Joined != 1 {
		t.Errorf("back: %+v %v", r, err)
	}
	change(t, adm, alice, func(m *goldap.ModifyRequest) { m.Replace("userAccountControl", []string{"514"}) })
	if r, err = b.s.SyncDirectory(b.ctx, b.t, store.System(Directory), false); err != nil || !slices.Equal(r.Ended, []string{aliceP.UserID}) {
		t.Errorf("disabled: %+v %v", r, err)
	}
}

// TestRealDirectoryHeld: a base with nobody under it ends nobody until somebody says so.
func TestRealDirectoryHeld(t *testing.T) {
	b := realSamba.joined(t, map[string]string{SettingDirectoryAllowed: "g-inner"})
	token, _ := b.as("zoe", directoryPassword)
	b.as("alice", directoryPassword)
	b.lead(map[string]string{SettingDirectoryBase: "CN=Computers,DC=lab,DC=coffre,DC=test"})
	r, err := b.s.SyncDirectory(b.ctx, b.t, store.System(Directory), false)
	if err != nil || !r.Held || len(r.Ended) != 0 || r.Absent != 2 {
		t.Fatalf("%+v %v", r, err)
	}
	if _, err := b.s.Session(b.ctx, b.t, token); err != nil {
		t.Error("out, though held")
	}
	if st := b.s.DirectoryStatus(b.t); st.Held == nil || st.Held.Absent != 2 {
		t.Errorf("status %+v", st)
	}
	b.lead(map[string]string{SettingDirectoryBase: "OU=nowhere,DC=lab,DC=coffre,DC=test"})
	if _, err = b.s.SyncDirectory(b.ctx, b.t, store.System(Directory), true); err == nil {
		t.Error("a base that isn't there is no answer")
	}
	b.lead(map[string]string{SettingDirectoryBase: "CN=Computers,DC=lab,DC=coffre,DC=test"})
	if r, err = b.s.SyncDirectory(b.ctx, b.t, store.CLI("1000"), true); err != nil || len(r.Ended) != 2 {
		t.Errorf("confirmed: %+v %v", r, err)
	}
}

// TestRealDirectoryCached: with the directory away, the last password lets its owner
// in for the hours of the setting, and nobody where it isn't set.
func TestRealDirectoryCached(t *testing.T) {
	b := realSamba.joined(t, map[string]string{SettingDirectoryAllowed: "g-inner"})
	reach := b.s.opts.Dial
	away := func(context.Context, string, string) (net.Conn, error) { return nil, errors.New("no route to host") }
	b.as("zoe", directoryPassword)
	b.s.opts.Dial = away
	_, _, err := b.signIn("zoe", directoryPassword)
	wantCode(t, err, "directory-unreachable")
	if b.reasons() != "directory-unreachable/unreachable" {
		t.Errorf("reason %s", b.reasons())
	}
	if _, _, err := b.signIn("ada", adminPassword); err != nil {
		t.Errorf("an account of the box: %v", err)
	}
	b.s.opts.Dial = reach
	b.clock.advance(time.Minute)
	b.lead(map[string]string{SettingDirectoryCached: "8"})
	b.as("zoe", directoryPassword)
	b.s.opts.Dial = away
	b.clock.advance(time.Hour)
	_, p := b.as("zoe", directoryPassword)
	in := b.entries(chain.AuthSignIn)
	if in[len(in)-1].Detail["method"] != "directory-cached" || p.UserID == "" {
		t.Errorf("entry %+v", in[len(in)-1])
	}
	_, _, err = b.signIn("zoe", "bad")
	wantCode(t, err, "bad-credentials")
	_, _, err = b.signIn("alice", directoryPassword)
	wantCode(t, err, "bad-credentials")
	b.clock.advance(8 * time.Hour)
	_, _, err = b.signIn("zoe", directoryPassword)
	wantCode(t, err, "bad-credentials")
}

// TestRealDirectoryLink: an administrator hands an account of the box to the
// directory; its documents stay, and the directory's password opens it from then on.
func TestRealDirectoryLink(t *testing.T) {
	b := realSamba.joined(t, map[string]string{SettingDirectoryAllowed: "g-inner"})
	u, err := b.s.CreateUser(b.ctx, b.t, store.Operator("1000"), NewUser{Login: "alice", Name: "Alice", Role: store.Member, Password: memberPassword})
	if err != nil {
		t.Fatal(err)
	}
	_, before := b.as("alice", memberPassword)
	ada := store.Principal{Actor: store.Person(b.admin.ID), UserID: b.admin.ID, Role: store.Admin}
	for _, x := range []struct{ login, code string }{
		{"nosuch", "link-nobody"}, {"*", "link-nobody"}, {"bob", "link-shut"}, {"eve", "link-outside"},
	} {
		wantCode(t, b.s.LinkDirectory(b.ctx, b.t, ada, u.ID, x.login, ""), x.code)
	}
	if err := b.s.LinkDirectory(b.ctx, b.t, ada, u.ID, `LAB\alice`, "r"); err != nil {
		t.Fatal(err)
	}
	_, _, err = b.signIn("alice", memberPassword)
	wantCode(t, err, "bad-credentials")
	b.clock.advance(time.Hour)
	_, after := b.as("alice", directoryPassword)
	if after.UserID != before.UserID || after.UserID != u.ID {
		t.Errorf("another account: %s, %s", before.UserID, after.UserID)
	}
	if len(b.alertsOf(u.ID)) != 1 {
		t.Error("the person isn't told")
	}
	wantCode(t, b.s.LinkDirectory(b.ctx, b.t, ada, u.ID, "zoe", ""), "identity-closed")
}
