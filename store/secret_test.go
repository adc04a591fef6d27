package store

import (
	"bytes"
	"context"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"coffre/chain"
	"coffre/vault"
)

const (
	plantedKey = "sk-planted-value-4711"
	houseURL   = "https://ia.acme.lan:8000/v1"
	houseAt    = "https://ia.acme.lan:8000"
)

// fakeClock can be set forward.
type fakeClock struct {
	mu  sync.Mutex
	add time.Duration
}

func (c *fakeClock) now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return time.Now().Add(c.add)
}

func (c *fakeClock) forward(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.add += d
}

func (f *firm) keep(t testing.TB, name, value string) Credential {
	t.Helper()
	c, err := f.CreateCredential(context.Background(), f.admin, NewCredential{Name: name, Purpose: PurposeRuntime, Address: houseURL, Value: vault.NewSecret([]byte(value))}, "")
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func useOf(id string) CredentialUse {
	return CredentialUse{ID: id, Purpose: PurposeRuntime, Address: houseURL, Tool: "llm", For: "conv-1"}
}

// opened is the value as a use gets it.
func (f *firm) opened(u CredentialUse) (value string, err error) {
	err = f.UseCredential(context.Background(), f.alice.Actor, u, func(_ context.Context, b []byte) error { value = string(b); return nil })
	return value, err
}

func (f *firm) acts(t testing.TB, action string) (out []JournalEntry) {
	t.Helper()
	err := f.View(func(v *View) error {
		all, err := v.EntriesAfter(0, 1<<20, 1<<30)
		for _, e := range all {
			if e.Action == action {
				out = append(out, e)
			}
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func wantSecretCode(t *testing.T, what string, err error, code string) {
	t.Helper()
	if err == nil || AsError(err).Code != code {
		t.Errorf("%s: %v, want %s", what, err, code)
	}
}

func TestCredentialLife(t *testing.T) {
	f := newFirm(t)
	ctx := context.Background()
	c := f.keep(t, "Passerelle", plantedKey)
	if c.Address != houseAt || c.Version != 1 || c.Sealed != nil || c.Digest != nil {
		t.Errorf("%+v", c)
	}
	for range 3 {
		if got, err := f.opened(useOf(c.ID)); err != nil || got != plantedKey {
			t.Fatalf("%q %v", got, err)
		}
	}
	other := useOf(c.ID)
	other.For = "conv-2"
	if _, err := f.opened(other); err != nil {
		t.Fatal(err)
	}
	reads := f.acts(t, chain.CredentialRead)
	if len(reads) != 2 || reads[0].Detail["tool"] != "llm" || reads[0].Detail["for"] != "conv-1" || reads[0].Object.ID != c.ID || reads[1].Detail["for"] != "conv-2" {
		t.Errorf("uses in the chain: %v", reads)
	}
	_, err := f.RotateCredential(ctx, f.admin, c.ID, NewValue{Value: vault.NewSecret([]byte(plantedKey))}, "")
	wantSecretCode(t, "the same value", err, "secret-same")
	c, err = f.RotateCredential(ctx, f.admin, c.ID, NewValue{Value: vault.NewSecret([]byte("sk-next"))}, "")
	if err != nil || c.Version != 2 {
		t.Fatalf("%+v %v", c, err)
	}
	if got, err := f.opened(useOf(c.ID)); err != nil || got != "sk-next" {
		t.Fatalf("%q %v", got, err)
	}
	f.do(t, chain.SettingsUpdate, func(tx *Tx) error { return tx.PutSetting("llm.key_secret", c.ID) })
	_, err = f.RevokeCredential(ctx, f.admin, c.ID, false, "")
	wantSecretCode(t, "in use", err, "secret-in-use")
	i, err := f.RevokeCredential(ctx, f.admin, c.ID, true, "")
	if err != nil || !slices.Equal(i.Users, []string{"llm.key_secret"}) {
		t.Errorf("%+v %v", i, err)
	}
	_, err = f.opened(useOf(c.ID))
	wantSecretCode(t, "after its end", err, "secret-revoked")
	_, err = f.RevokeCredential(ctx, f.admin, c.ID, true, "")
	wantSecretCode(t, "twice", err, "secret-ended")
	_, err = f.RotateCredential(ctx, f.admin, c.ID, NewValue{Value: vault.NewSecret([]byte("sk-third"))}, "")
	wantSecretCode(t, "rotated after its end", err, "secret-ended")
	revoked := f.acts(t, chain.CredentialRevoke)
	if len(revoked) != 1 || len(f.acts(t, chain.CredentialRotate)) != 1 || len(f.acts(t, chain.CredentialCreate)) != 1 {
		t.Error("an act without its entry, or with two")
	}
	f.View(func(v *View) error {
		if v.getCopy("datakeys", dataKeyName(c.scope("acme").Subject())) != nil {
			t.Error("the data key outlives the credential")
		}
		rec, err := v.credential(c.ID)
		if err != nil || rec.Sealed != nil || rec.Digest != nil {
			t.Errorf("%+v %v", rec, err)
		}
		return nil
	})
	f.keep(t, "passerelle", plantedKey) // a name is free again
	_, err = f.CreateCredential(ctx, f.admin, NewCredential{Name: "PASSERELLE", Purpose: PurposeRuntime, Address: houseURL, Value: vault.NewSecret([]byte("x"))}, "")
	wantSecretCode(t, "same name", err, "name-taken")
}

func TestCredentialRefusals(t *testing.T) {
	f := newFirm(t)
	c := f.keep(t, "Passerelle", plantedKey)
	for code, change := range map[string]func(*CredentialUse){
		"secret-unknown":       func(u *CredentialUse) { u.ID = "sec-nobody" },
		"secret-other-purpose": func(u *CredentialUse) { u.Purpose = "tls-client" },
		"secret-address":       func(u *CredentialUse) { u.Address = "https://evil.example:8000" },
	} {
		u := useOf(c.ID)
		change(&u)
		for range 3 {
			got, err := f.opened(u)
			wantSecretCode(t, code, err, code)
			if got != "" {
				t.Errorf("%s: the value came out", code)
			}
		}
	}
	for _, at := range []string{
		"http://ia.acme.lan:8000", "https://ia.acme.lan:8001", "https://ia.acme.lan", "https://ia.acme.lan.evil.example:8000", "https://ia.acme.lan:8000@evil.example",
		"https://evil.example/https://ia.acme.lan:8000", "https://ia.acme.lan:8000?x", "//ia.acme.lan:8000", "", "ia.acme.lan:8000", "https://ia。acme.lan:8000",
	} {
		u := useOf(c.ID)
		u.Address = at
		_, err := f.opened(u)
		wantSecretCode(t, at, err, "secret-address")
	}
	for _, e := range f.acts(t, chain.CredentialRead) {
		if e.Outcome != chain.Denied {
			t.Errorf("entered as done: %v", e.Detail)
		}
	}
	// Three kinds, each once; the other addresses are the same refusal again.
	if n := len(f.acts(t, chain.CredentialRead)); n != 3 {
		t.Errorf("%d refusals in the chain", n)
	}
	for what, n := range map[string]NewCredential{
		"secret-value":        {Name: "a", Purpose: PurposeRuntime, Address: houseURL, Value: vault.NewSecret([]byte("two words"))},
		"secret-purpose":      {Name: "a", Purpose: "all", Address: houseURL, Value: vault.NewSecret([]byte("x"))},
		"secret-address-form": {Name: "a", Purpose: PurposeRuntime, Address: "ftp://x", Value: vault.NewSecret([]byte("x"))},
		"invalid-name":        {Name: " ", Purpose: PurposeRuntime, Address: houseURL, Value: vault.NewSecret([]byte("x"))},
		"secret-days":         {Name: "a", Purpose: PurposeRuntime, Address: houseURL, Remind: -1, Value: vault.NewSecret([]byte("x"))},
		"secret-expires":      {Name: "a", Purpose: PurposeRuntime, Address: houseURL, Expires: time.Now().Add(-time.Hour), Value: vault.NewSecret([]byte("x"))},
	} {
		_, err := f.CreateCredential(context.Background(), f.admin, n, "")
		wantSecretCode(t, what, err, what)
	}
}

// TestCredentialAddressChanges: whoever may change settings but doesn't know the
// value can't have it sent elsewhere.
func TestCredentialAddressChanges(t *testing.T) {
	f := newFirm(t)
	c := f.keep(t, "Passerelle", plantedKey)
	_, err := f.RotateCredential(context.Background(), f.admin, c.ID, NewValue{Address: "https://evil.example"}, "")
	wantSecretCode(t, "without a value", err, "secret-value")
	// In the database itself: the record is bound to its address.
	f.do(t, chain.SettingsUpdate, func(tx *Tx) error {
		rec, err := tx.credential(c.ID)
		if err != nil {
			return err
		}
		rec.Address = "https://evil.example"
		return credentials.put(tx, []byte(c.ID), rec)
	})
	u := useOf(c.ID)
	u.Address = "https://evil.example"
	got, err := f.opened(u)
	if wantSecretCode(t, "edited in the database", err, "secret-sealed"); got != "" {
		t.Error("the value came out")
	}
	c, err = f.RotateCredential(context.Background(), f.admin, c.ID, NewValue{Address: "https://new.acme.lan", Value: vault.NewSecret([]byte(plantedKey))}, "")
	if err != nil || c.Address != "https://new.acme.lan" {
		t.Fatalf("the same value for another address: %+v %v", c, err)
	}
	e := f.acts(t, chain.CredentialRotate)
	if len(e) != 1 || e[0].Detail["moved"] != true {
		t.Errorf("%v", e)
	}
}

// TestCredentialsSwapped moves whole records between credentials and tenants.
func TestCredentialsSwapped(t *testing.T) {
	f := newFirm(t)
	a, b := f.keep(t, "a", plantedKey), f.keep(t, "b", "sk-other")
	swap := func(what string, fn func(tx *Tx, a, b Credential) error) {
		f.do(t, chain.SettingsUpdate, func(tx *Tx) error {
			ra, err := tx.credential(a.ID)
			rb, berr := tx.credential(b.ID)
			if err = errors.Join(err, berr); err != nil {
				return err
			}
			return fn(tx, ra, rb)
		})
		for _, c := range []Credential{a, b} {
			got, err := f.opened(useOf(c.ID))
			wantSecretCode(t, what, err, "secret-sealed")
			if got != "" {
				t.Errorf("%s: the value came out", what)
			}
		}
	}
	key := func(c Credential) []byte { return dataKeyName(c.scope("acme").Subject()) }
	keys := func(tx *Tx, a, b Credential) error {
		ka, kb := tx.getCopy("datakeys", key(a)), tx.getCopy("datakeys", key(b))
		return errors.Join(tx.putRaw("datakeys", key(a), kb), tx.putRaw("datakeys", key(b), ka))
	}
	values := func(tx *Tx, a, b Credential) error {
		a.Sealed, b.Sealed = b.Sealed, a.Sealed
		return errors.Join(credentials.put(tx, []byte(a.ID), a), credentials.put(tx, []byte(b.ID), b))
	}
	swap("values", values)
	swap("values and keys", keys)
	swap("keys", values)
	if _, err := f.root.CreateTenant(context.Background(), System("test"), NewTenant{ID: "duval", Firm: "Duval"}); err != nil {
		t.Fatal(err)
	}
	tn, release, err := f.root.Acquire("duval")
	if err != nil {
		t.Fatal(err)
	}
	defer release()
	thief := &firm{Tenant: tn, root: f.root, alice: f.alice}
	f.do(t, chain.SettingsUpdate, func(tx *Tx) error { return keys(tx, a, b) })
	var rec Credential
	var wrapped []byte
	f.View(func(v *View) (err error) {
		rec, err = v.credential(a.ID)
		wrapped = v.getCopy("datakeys", key(a))
		return err
	})
	thief.do(t, chain.SettingsUpdate, func(tx *Tx) error {
		return errors.Join(credentials.put(tx, []byte(a.ID), rec), tx.putRaw("datakeys", key(a), wrapped))
	})
	if got, err := f.opened(useOf(a.ID)); err != nil || got != plantedKey {
		t.Errorf("at home: %q %v", got, err)
	}
	got, err := thief.opened(useOf(a.ID))
	if wantSecretCode(t, "in another tenant", err, "secret-sealed"); got != "" {
		t.Error("the value came out")
	}
}

// TestRevocationReachesRunningUses: at once, not at the next use.
func TestRevocationReachesRunningUses(t *testing.T) {
	f := newFirm(t)
	c := f.keep(t, "Passerelle", plantedKey)
	l, err := f.LeaseCredential(context.Background(), f.alice.Actor, useOf(c.ID))
	if err != nil {
		t.Fatal(err)
	}
	defer l.End()
	i, err := f.CredentialImpact(c.ID)
	if err != nil || i.Running != 1 {
		t.Errorf("%+v %v", i, err)
	}
	if i, err = f.RevokeCredential(context.Background(), f.admin, c.ID, true, ""); err != nil || i.Running != 1 {
		t.Errorf("%+v %v", i, err)
	}
	if cause := context.Cause(l.Context()); !errors.Is(cause, ErrCredentialEnded) {
		t.Errorf("still running: %v", cause)
	}
	if err := l.Open(func([]byte) error { t.Error("opened"); return nil }); !errors.Is(err, ErrCredentialEnded) {
		t.Error(err)
	}
	l.End()
	if i, _ := f.CredentialImpact(c.ID); i.Running != 0 {
		t.Errorf("%d uses after their end", i.Running)
	}
}

func TestRotationOutdatesRunningUses(t *testing.T) {
	var s leases
	ended := func(version uint64) *CredentialLease {
		l := &CredentialLease{id: "sec-a", version: version}
		l.ctx, l.cancel = context.WithCancelCause(context.Background())
		s.add(l)
		return l
	}
	old, now := ended(1), ended(2)
	s.outdateNow("sec-a", 2)
	if !errors.Is(context.Cause(old.ctx), ErrCredentialRotated) || now.ctx.Err() != nil {
		t.Errorf("%v, %v", context.Cause(old.ctx), now.ctx.Err())
	}
	if RotateGrace >= time.Minute {
		t.Error("a value that was replaced is used for too long")
	}
}

func TestCredentialExpiresAndReminds(t *testing.T) {
	clock := &fakeClock{}
	f := newFirmAt(t, t.TempDir(), clock.now)
	ctx := context.Background()
	c, err := f.CreateCredential(ctx, f.admin, NewCredential{
		Name: "Kurz", Purpose: PurposeRuntime, Address: houseURL, Value: vault.NewSecret([]byte(plantedKey)), Expires: clock.now().Add(48 * time.Hour),
	}, "")
	if err != nil {
		t.Fatal(err)
	}
	long := f.keep(t, "Lang", "sk-long")
	state := func(id string) (s string) {
		f.View(func(v *View) error {
			c, err := v.Credential(id)
			if err != nil {
				t.Fatal(err)
			}
			s, _ = v.CredentialState(c)
			return nil
		})
		return s
	}
	if s := state(c.ID) + " " + state(long.ID); s != "soon good" {
		t.Error(s)
	}
	l, err := f.LeaseCredential(ctx, f.alice.Actor, useOf(c.ID))
	if err != nil {
		t.Fatal(err)
	}
	defer l.End()
	clock.forward(49 * time.Hour)
	_, err = f.opened(useOf(c.ID))
	wantSecretCode(t, "past its time", err, "secret-expired")
	if s := state(c.ID); s != SecretExpired {
		t.Error(s)
	}
	for range 2 {
		if err := f.expireCredentials(ctx); err != nil {
			t.Fatal(err)
		}
	}
	if n := len(f.acts(t, chain.CredentialExpire)); n != 1 {
		t.Errorf("%d entries", n)
	}
	if !errors.Is(context.Cause(l.Context()), ErrCredentialEnded) {
		t.Error("a use outlives its credential")
	}
	if s := state(c.ID); s != SecretExpired {
		t.Error(s)
	}
	for _, step := range []struct {
		days int
		want string
	}{{77, SecretGood}, {2, SecretSoon}, {8, SecretSoon}, {2, SecretDue}} {
		clock.forward(time.Duration(step.days) * 24 * time.Hour)
		if s := state(long.ID); s != step.want {
			t.Errorf("after %d days: %s, want %s", step.days, s, step.want)
		}
	}
	f.do(t, chain.SettingsUpdate, func(tx *Tx) error { return tx.PutSetting(SettingRotateDays, "365") })
	if s := state(long.ID); s != SecretGood {
		t.Errorf("with another setting: %s", s)
	}
}

// TestCredentialWithoutMaster: the box serves what needs no secret, and nothing
// is overwritten.
func TestCredentialWithoutMaster(t *testing.T) {
	f := newFirm(t)
	c := f.keep(t, "Passerelle", plantedKey)
	sealed := func() (b []byte) {
		f.View(func(v *View) error { rec, _ := v.credential(c.ID); b = rec.Sealed; return nil })
		return b
	}
	before := sealed()
	other, err := vault.CreateMaster(filepath.Join(t.TempDir(), "master.age"))
	if err != nil {
		t.Fatal(err)
	}
	l, err := f.LeaseCredential(context.Background(), f.alice.Actor, useOf(c.ID))
	if err != nil {
		t.Fatal(err)
	}
	defer l.End()
	if _, err := other.OpenCredential(l.scope, *l.wrapped.Load(), l.sealed); !errors.Is(err, vault.ErrWrongKey) {
		t.Errorf("under another identity: %v", err)
	}
	locked := &Tenant{master: &master{}}
	wantSecretCode(t, "without an identity", locked.sealedFault(vault.ErrLocked), "master-locked")
	wantSecretCode(t, "under another identity", locked.sealedFault(vault.ErrWrongKey), "secret-sealed")
	f.View(func(v *View) error {
		all, err := v.Credentials()
		if err != nil || len(all) != 1 {
			t.Errorf("%v %v", all, err)
		}
		return nil
	})
	if !bytes.Equal(before, sealed()) {
		t.Error("the sealed value was written over")
	}
}

// TestNoValueIsWritten scans everything that the box wrote.
func TestNoValueIsWritten(t *testing.T) {
	dir := t.TempDir()
	f := newFirmAt(t, dir, nil)
	c := f.keep(t, "Passerelle", plantedKey)
	if _, err := f.opened(useOf(c.ID)); err != nil {
		t.Fatal(err)
	}
	if _, err := f.RotateCredential(context.Background(), f.admin, c.ID, NewValue{Value: vault.NewSecret([]byte(plantedKey + "-2"))}, ""); err != nil {
		t.Fatal(err)
	}
	err := filepath.WalkDir(dir, func(path string, d os.DirEntry, err error) error {
		if err != nil || !d.Type().IsRegular() {
			return err
		}
		b, err := os.ReadFile(path)
		if bytes.Contains(b, []byte(plantedKey)) {
			t.Errorf("%s holds the value", path)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

func TestCredentialAddressForm(t *testing.T) {
	for in, want := range map[string]string{
		"https://IA.Acme.lan:443/v1/": "https://ia.acme.lan", "http://10.0.0.7:80": "http://10.0.0.7", "http://10.0.0.7:08000": "http://10.0.0.7:8000",
		"https://[2001:DB8::1]:8000": "https://[2001:db8::1]:8000", "http://[::ffff:10.0.0.7]": "http://10.0.0.7", "https://ia.acme.lan./": "https://ia.acme.lan",
		"http://localhost:11434": "http://localhost:11434", "http://2130706433": "", "http://127.1": "", "http://0x7f.0.0.1": "", "https://a:b@c": "", "https://": "",
		"https://a..b": "", "https://-a": "", "https://a:0": "", "https://a:65536": "", "https://a:": "", "tls://a": "", "javascript:x": "", "https://[fe80::1%25eth0]": "",
		"https://a?b": "", "https://a#b": "", "https://é": "",
		"ldaps://DC1.corp  ldaps://dc2:1636/": "ldaps://dc1.corp ldaps://dc2:1636", "https://a https://b": "", "ldaps://a https://b": "",
	} {
		got, err := CredentialAddress(in)
		if got != want || (err != nil) != (want == "") {
			t.Errorf("%s: %q %v, want %q", in, got, err, want)
		}
	}
}

// FuzzCredentialAddress: what is accepted means the same when it is read again.
func FuzzCredentialAddress(f *testing.F) {
	for _, s := range []string{"https://a.b:1/c", "http://[::1]", "https://A.", "http://1.2.3.4:80", "https://a@b", "https://%61"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, raw string) {
		at, err := CredentialAddress(raw)
		if err != nil {
			if at != "" {
				t.Fatalf("%q with an error", at)
			}
			return
		}
		again, err := CredentialAddress(at)
		if err != nil || again != at || strings.ToLower(at) != at || strings.ContainsAny(at, "@?# \\") {
			t.Fatalf("%q became %q, then %q (%v)", raw, at, again, err)
		}
	})
}
