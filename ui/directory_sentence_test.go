package ui

import (
	"crypto/tls"
	"encoding/pem"
	"html"
	"net"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"coffre/auth"
	"coffre/auth/ldap/ldaptest"
	"coffre/chain"
	"coffre/store"
	"coffre/vault"
)

// sentenceRow is one way of failing at a directory: what the chain holds, and the
// person's sentence in French and English.
type sentenceRow struct {
	server, login, password string
	code                    string // of the sentence
	reason                  string // in the entry
}

// TestDirectorySentences prints, for each way in which a sign-in through the
// directory ends, the reason in the chain and the sentence in both languages: to
// somebody who hasn't proven the password, all of them read the same.
func TestDirectorySentences(t *testing.T) {
	const right = ldaptest.Password
	all, said := map[string]*directoryBox{}, map[string]string{}
	good := certificateFor(t, "127.0.0.1", time.Hour)
	people := []ldaptest.Person{
		{Login: "ines"}, {Login: "disabled", SubCode: "533"}, {Login: "expired", SubCode: "701"}, {Login: "locked", SubCode: "775"},
		{Login: "change", SubCode: "773"}, {Login: "old", SubCode: "532"}, {Login: "night", SubCode: "530"}, {Login: "Zoé Müller, (ext) *"},
	}
	for name, s := range map[string]ldaptest.Server{
		"works":             {People: people, Certificate: good},
		"refers":            {Refer: "ldaps://elsewhere.test/DC=elsewhere", Certificate: good},
		"silent":            {Silent: true, Certificate: good},
		"wrong certificate": {People: people, Certificate: certificateFor(t, "other.test", time.Hour)},
		"old certificate":   {People: people, Certificate: certificateFor(t, "127.0.0.1", -time.Hour)},
	} {
		all[name] = joinedTo(t, s.Start(t), s.Certificate)
	}
	all["dead"] = joinedTo(t, "ldaps://127.0.0.1:1", good)
	for _, row := range []sentenceRow{
		// Their passwords are right; this directory has no groups, and none of its people may come in.
		{"works", "ines", right, "directory-outside", "outside"},
		{"works", "Zoé Müller, (ext) *", right, "directory-outside", "outside"},
		{"works", "ines", "wrong", "bad-credentials", "wrong-password/52e"},
		{"works", "ines", "", "bad-credentials", "empty-password"},
		{"works", "nobody", right, "bad-credentials", "unknown-user"},
		{"works", "*)(objectClass=*", right, "bad-credentials", "unknown-user"},
		{"works", "disabled", "wrong", "bad-credentials", "wrong-password/52e"},
		{"works", "disabled", right, "directory-closed", "disabled/533"},
		{"works", "expired", right, "directory-closed", "expired/701"},
		{"works", "night", right, "directory-closed", "logon-hours/530"},
		{"works", "locked", right, "bad-credentials", "locked/775"},
		{"works", "locked", "wrong", "bad-credentials", "locked/775"},
		{"works", "change", right, "directory-must-change", "must-change/773"},
		{"works", "old", right, "directory-must-change", "password-expired/532"},
		{"refers", "ines", right, "directory-unreachable", "directory-unreachable/referral"},
		{"dead", "ines", right, "directory-unreachable", "directory-unreachable/refused"},
		{"silent", "ines", right, "directory-unreachable", "directory-unreachable/slow"},
		{"wrong certificate", "ines", right, "directory-unreachable", "directory-unreachable/wrong-name"},
		{"old certificate", "ines", right, "directory-unreachable", "directory-unreachable/expired"},
	} {
		b := all[row.server]
		fr, en := b.try(row, "fr"), b.try(row, "en")
		if said[row.code] == "" {
			said[row.code] = fr + en
		}
		for code, sentence := range said {
			if (sentence == fr+en) != (code == row.code) {
				t.Errorf("%s %q: %s and %s read alike, or one of them in two ways", row.server, row.login, code, row.code)
			}
		}
		t.Logf("%-18s %-22q %-24s %s | %s", row.server, row.login, row.reason, fr, en)
	}
}

// directoryBox is a box that is joined to a directory, and which sign-ins failed.
type directoryBox struct {
	*box
	seen uint64 // entries
}

func joinedTo(t *testing.T, at string, shown tls.Certificate) *directoryBox {
	t.Helper()
	var own *auth.Service
	x := newBox(t, nil)
	x.auth.Close()
	own = auth.New(auth.Options{Now: x.clock.now, Params: auth.Params{MemoryKiB: 16, Time: 1, Threads: 1}, Dial: (&net.Dialer{}).DialContext})
	t.Cleanup(own.Close)
	x.auth, x.server.Auth = own, own
	ca := filepath.Join(x.dir, "ca.pem")
	if err := os.WriteFile(ca, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: shown.Certificate[0]}), 0o600); err != nil {
		t.Fatal(err)
	}
	set := func(values map[string]string) {
		_, err := x.a.Update(x.ctx, store.CLI("test"), chain.Event{Action: chain.SettingsUpdate}, func(tx *store.Tx) error {
			for name, value := range values {
				if err := tx.PutSetting(name, value); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	set(map[string]string{auth.SettingDirectoryCAFile: ca})
	secret := store.NewCredential{Name: "directory", Purpose: store.PurposeDirectory, Address: at, Value: vault.NewSecret([]byte(ldaptest.ServiceSecret))}
	c, err := x.a.CreateCredential(x.ctx, store.Operator("test"), secret, "")
	if err != nil {
		t.Fatal(err)
	}
	set(map[string]string{
		auth.SettingDirectoryURL: at, auth.SettingDirectoryBind: ldaptest.Service, auth.SettingDirectorySecret: c.ID,
		auth.SettingDirectoryBase: ldaptest.Base, auth.SettingDirectoryOn: "yes", auth.SettingDirectoryAllowed: "",
	})
	return &directoryBox{box: x}
}

var alertText = regexp.MustCompile(`(?s)role="alert".*?<p>(.*?)</p>`)

// try signs in and returns the sentence of the page.
func (b *directoryBox) try(row sentenceRow, lang string) string {
	b.t.Helper()
	b.seen, _ = b.a.Head()
	b.clock.advance(2 * time.Hour) // the throttle is tested elsewhere
	got := b.call(caller{host: hostA, lang: lang}, "POST", "/signin", url.Values{"user": {row.login}, "password": {row.password}})
	b.auth.Flush(b.ctx)
	if reason := b.failure(); reason != row.reason {
		b.t.Errorf("%s %q: the chain says %q, wanted %q", row.server, row.login, reason, row.reason)
	}
	m := alertText.FindStringSubmatch(got.body)
	if m == nil {
		b.t.Errorf("%s %q: %d without a sentence", row.server, row.login, got.status)
		return ""
	}
	sentence := html.UnescapeString(m[1])
	for _, told := range []string{"52e", "533", "701", "773", "775", "127.0.0.1", "x509", "certificate"} {
		if strings.Contains(sentence, told) {
			b.t.Errorf("%s %q: the person is told %q", row.server, row.login, told)
		}
	}
	return sentence
}

// failure is the reason in the newest entry of a failed sign-in, "" for none since
// the last try.
func (b *directoryBox) failure() (reason string) {
	b.t.Helper()
	err := b.a.View(func(v *store.View) error {
		all, _, err := v.Journal(store.JournalFilter{Class: chain.AuthFailure, Limit: 1})
		if err != nil || len(all) == 0 || all[0].Seq <= b.seen {
			return err
		}
		reasons, _ := all[0].Detail["reasons"].(map[string]any)
		for r := range reasons {
			reason = r
		}
		return nil
	})
	if err != nil {
		b.t.Error(err)
	}
	return reason
}

func certificateFor(t *testing.T, name string, lasts time.Duration) tls.Certificate {
	now := time.Now()
	return ldaptest.Certificate(t, name, now.Add(-2*time.Hour), now.Add(lasts))
}
