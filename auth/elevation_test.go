package auth

import (
	"testing"
	"time"

	"coffre/chain"
	"coffre/store"
)

const why = "panne du serveur de modèles"

// change writes to an account as the operator.
func (b *box) change(id string, do func(*store.User)) error {
	_, err := b.t.Update(b.ctx, store.CLI("1000"), chain.Event{Action: chain.UserUpdate}, func(tx *store.Tx) error {
		u, err := tx.User(id)
		if err != nil {
			return err
		}
		do(&u)
		return tx.UpdateUser(u)
	})
	return err
}

// may makes bob one who may become administrator.
func (b *box) may(mode string) {
	b.Helper()
	if err := b.change(b.member.ID, func(u *store.User) { u.May = store.Admin }); err != nil {
		b.Fatal(err)
	}
	b.set(store.SettingElevation, mode)
}

func (b *box) role(token string) store.Role {
	b.Helper()
	p, err := b.s.Session(b.ctx, b.t, token)
	if err != nil {
		b.Fatal(err)
	}
	if p.Elevated != (p.Role == store.Admin) {
		b.Errorf("elevated %v with role %s", p.Elevated, p.Role)
	}
	return p.Role
}

func (b *box) take(p store.Principal, token string, minutes int) (store.Elevation, string) {
	b.Helper()
	e, err := b.s.RequestElevation(b.ctx, b.t, p, TakeRole{Minutes: minutes, Reason: why})
	if err != nil {
		b.Fatal(err)
	}
	e, token, err = b.s.BeginElevation(b.ctx, b.t, p, token, e.ID, "r")
	if err != nil {
		b.Fatal(err)
	}
	return e, token
}

// TestElevation: a role is taken for a time with a reason, in a session with a new
// token, and ends by itself with the minute; the entry follows.
func TestElevation(t *testing.T) {
	b := newBox(t)
	token, bob := b.as("bob", memberPassword)
	_, err := b.s.RequestElevation(b.ctx, b.t, bob, TakeRole{Minutes: 30, Reason: why})
	wantCode(t, err, "elevation-off")
	b.set(store.SettingElevation, store.ElevationReason)
	_, err = b.s.RequestElevation(b.ctx, b.t, bob, TakeRole{Minutes: 30, Reason: why})
	wantCode(t, err, "elevation-role")
	b.may(store.ElevationReason)
	for _, r := range []TakeRole{{Minutes: 14, Reason: why}, {Minutes: 481, Reason: why}, {Minutes: -1, Reason: why}} {
		_, err = b.s.RequestElevation(b.ctx, b.t, bob, r)
		wantCode(t, err, "elevation-time")
	}
	_, err = b.s.RequestElevation(b.ctx, b.t, bob, TakeRole{Minutes: 30, Reason: "court"})
	wantCode(t, err, "reason")
	absent := bob
	absent.Session = ""
	_, err = b.s.RequestElevation(b.ctx, b.t, absent, TakeRole{Minutes: 30, Reason: why})
	wantCode(t, err, "elevation-person")
	e, next := b.take(bob, token, 30)
	_, err = b.s.Session(b.ctx, b.t, token)
	wantCode(t, err, "signed-out")
	if b.role(next) != store.Admin {
		t.Fatal("the role is not there")
	}
	_, err = b.s.RequestElevation(b.ctx, b.t, bob, TakeRole{Minutes: 30, Reason: why})
	wantCode(t, err, "elevation-open")
	secret, _, err := b.s.CreateKey(b.ctx, b.t, store.Operator("1000"), b.member.ID, "script")
	if err != nil {
		t.Fatal(err)
	}
	if p, err := b.s.Key(b.ctx, b.t, secret); err != nil || p.Role != store.Member {
		t.Errorf("a key of somebody elevated has the role %s, %v", p.Role, err)
	}
	b.clock.advance(30*time.Minute - time.Second)
	if b.role(next) != store.Admin {
		t.Error("ended too early")
	}
	b.clock.advance(time.Second)
	if b.role(next) != store.Member {
		t.Error("the role outlives its time")
	}
	if err := b.t.SweepElevations(b.ctx); err != nil {
		t.Fatal(err)
	}
	if es := b.entries(chain.ElevationEnd); len(es) != 1 || es[0].Detail["why"] != "time" || es[0].Object.ID != e.ID || es[0].Actor.Kind != "system" {
		t.Errorf("entries %+v", es)
	}
	if es := b.entries(chain.ElevationBegin); len(es) != 1 || es[0].Detail["person"] != bob.UserID || es[0].Detail["role"] != "admin" {
		t.Errorf("entries %+v", es)
	}
	if es := b.entries(chain.ElevationRequest); len(es) != 1 || es[0].Sealed == "" {
		t.Errorf("entries %+v", es)
	}
}

// TestElevationEndsAtOnce: whatever takes the ground away takes the role away at
// the next request.
func TestElevationEndsAtOnce(t *testing.T) {
	for name, end := range map[string]func(b *box, ada store.Principal, token string, e store.Elevation) error{
		"the person": func(b *box, _ store.Principal, token string, e store.Elevation) error {
			p, _ := b.s.Session(b.ctx, b.t, token)
			_, _, err := b.s.EndElevation(b.ctx, b.t, p, "", e.ID, "")
			return err
		},
		"an administrator": func(b *box, ada store.Principal, _ string, e store.Elevation) error {
			_, _, err := b.s.EndElevation(b.ctx, b.t, ada, "", e.ID, "")
			return err
		},
		"what may be taken": func(b *box, _ store.Principal, _ string, _ store.Elevation) error {
			return b.change(b.member.ID, func(u *store.User) { u.May = "" })
		},
		"the setting": func(b *box, _ store.Principal, _ string, _ store.Elevation) error {
			b.set(store.SettingElevation, store.ElevationOff)
			return nil
		},
		"a clock set back": func(b *box, _ store.Principal, _ string, _ store.Elevation) error {
			b.clock.advance(-time.Hour)
			return nil
		},
		"a clock set forward": func(b *box, _ store.Principal, _ string, _ store.Elevation) error {
			b.clock.advance(61 * time.Minute)
			return nil
		},
	} {
		t.Run(name, func(t *testing.T) {
			b := newBox(t)
			b.may(store.ElevationReason)
			_, ada := b.as("ada", adminPassword)
			token, bob := b.as("bob", memberPassword)
			e, token := b.take(bob, token, 60)
			if err := end(b, ada, token, e); err != nil {
				t.Fatal(err)
			}
			if b.role(token) != store.Member {
				t.Error("the role goes on")
			}
			if err := b.t.SweepElevations(b.ctx); err != nil {
				t.Fatal(err)
			}
			if es := b.entries(chain.ElevationEnd); len(es) != 1 {
				t.Errorf("%d entries", len(es))
			}
		})
	}
}

// TestElevationApproved: somebody else approves, never who asked, never whoever
// was made a moment ago; undecided, it lapses.
func TestElevationApproved(t *testing.T) {
	b := newBox(t)
	b.may(store.ElevationApproval)
	token, bob := b.as("bob", memberPassword)
	_, ada := b.as("ada", adminPassword)
	e, err := b.s.RequestElevation(b.ctx, b.t, bob, TakeRole{Minutes: 60, Reason: why})
	if err != nil || e.Alone || e.State != store.ElevationWaiting {
		t.Fatalf("%+v, %v", e, err)
	}
	_, _, err = b.s.BeginElevation(b.ctx, b.t, bob, token, e.ID, "")
	wantCode(t, err, "elevation-over")
	_, err = b.s.DecideElevation(b.ctx, b.t, bob, e.ID, true, "")
	wantCode(t, err, "approval-self")
	_, err = b.s.DecideElevation(b.ctx, b.t, store.Operator("1000"), e.ID, true, "")
	wantCode(t, err, "approval-person")
	b.clock.advance(74 * time.Hour) // what was changed about ada's account is old
	b.s.Close()
	if err := b.t.SweepElevations(b.ctx); err != nil {
		t.Fatal(err)
	}
	_, err = b.s.DecideElevation(b.ctx, b.t, ada, e.ID, true, "")
	wantCode(t, err, "approval-over")
	if es := b.entries(chain.ElevationExpire); len(es) != 1 {
		t.Errorf("%d lapsed", len(es))
	}
	token, bob = b.as("bob", memberPassword)
	_, ada = b.as("ada", adminPassword)
	if e, err = b.s.RequestElevation(b.ctx, b.t, bob, TakeRole{Minutes: 60, Reason: why}); err != nil {
		t.Fatal(err)
	}
	if e, err = b.s.DecideElevation(b.ctx, b.t, ada, e.ID, true, ""); err != nil || e.State != store.ElevationApproved {
		t.Fatalf("%+v, %v", e, err)
	}
	_, next, err := b.s.BeginElevation(b.ctx, b.t, bob, token, e.ID, "")
	if err != nil || b.role(next) != store.Admin {
		t.Errorf("after the approval: %v", err)
	}
}

// TestNobodyForGood: a firm whose administrators are all for a time can't lock
// itself out.
func TestNobodyForGood(t *testing.T) {
	b := newBox(t)
	_, ada := b.as("ada", adminPassword)
	demote := func() error {
		return b.change(b.admin.ID, func(u *store.User) { u.Role, u.May = store.Member, store.Admin })
	}
	wantCode(t, demote(), "last-admin")
	b.set(store.SettingElevation, store.ElevationReason)
	wantCode(t, demote(), "break-glass-needed")
	if _, err := b.s.SealCode(b.ctx, b.t, ada, ""); err != nil {
		t.Fatal(err)
	}
	if err := demote(); err != nil {
		t.Fatal(err)
	}
	wantCode(t, b.change(b.admin.ID, func(u *store.User) { u.May = "" }), "last-admin")
	wantCode(t, b.change(b.admin.ID, func(u *store.User) { u.Disabled = true }), "last-admin")
	seal, err := view(b.t, (*store.View).Seal)
	if err != nil {
		t.Fatal(err)
	}
	wantCode(t, b.change(seal.UserID, func(u *store.User) { u.Disabled = true }), "break-glass-needed")
	wantCode(t, b.change(seal.UserID, func(u *store.User) { u.Role = store.Admin }), "account-sealed")
	wantCode(t, b.change(seal.UserID, func(u *store.User) { u.Password = "x" }), "account-sealed")
	_, err = b.t.Update(b.ctx, store.CLI("1000"), chain.Event{Action: chain.SettingsUpdate}, func(tx *store.Tx) error {
		return tx.PutSetting(store.SettingElevation, store.ElevationOff)
	})
	wantCode(t, err, "last-admin")
	token, ada := b.as("ada", adminPassword)
	if _, token = b.take(ada, token, 15); b.role(token) != store.Admin {
		t.Error("nobody can administer the firm")
	}
}
