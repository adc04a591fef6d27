package store

import (
	"testing"
	"time"

	"coffre/chain"
)

func TestFloor(t *testing.T) {
	for _, c := range []struct{ name, value, want string }{
		{"auth.session_hours", "", "10"}, {"auth.session_hours", "8", "8"}, {"auth.session_hours", "10", "10"}, {"auth.session_hours", "11", "10"},
		{"auth.session_hours", "0", "10"}, {"auth.session_hours", "-3", "10"}, {"auth.session_hours", "many", "10"}, {"auth.session_hours", "99999999999999999999", "10"},
		{"auth.idle_minutes", "5", "5"}, {"auth.idle_minutes", "16", "15"}, {"auth.fresh_minutes", "10", "5"},
		{"auth.key_days", "", "90"}, {"auth.key_days", "30", "30"}, {"tls.minimum", "1.2", "1.3"}, {"auth.factor_required", "nobody", "everybody"},
		{"auth.factor_admin", "any", "phishing-resistant"}, {"ui.language", "fr", "fr"}, {SettingUnkept, "off", "on"},
		{"retention.auth", "", ""}, {"retention.auth", "30", "365"}, {"retention.auth", "365", "365"}, {"retention.auth", "0", "0"}, {"retention.auth", "-1", "365"},
		{"retention.entries", "1094", "1095"}, {"retention.entries", "", ""}, {"retention.question", "30", "30"},
	} {
		if got := Floor(c.name, c.value); got != c.want {
			t.Errorf("%s %q: %q, want %q", c.name, c.value, got, c.want)
		}
		if again := Floor(c.name, c.want); again != c.want {
			t.Errorf("%s: the floor %q is below itself: %q", c.name, c.want, again)
		}
	}
}

func TestKeyEnd(t *testing.T) {
	made := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	on := made.AddDate(0, 1, 0)
	scopes := []string{"read"}
	for name, c := range map[string]struct {
		key  APIKeyRecord
		want time.Time
	}{
		"no end":           {APIKeyRecord{Scopes: scopes}, on.AddDate(0, 0, HardenedKeyNotice)},
		"no scopes":        {APIKeyRecord{Expires: on.AddDate(1, 0, 0)}, on.AddDate(0, 0, HardenedKeyNotice)},
		"a year":           {APIKeyRecord{Scopes: scopes, Expires: on.AddDate(1, 0, 0)}, on.AddDate(0, 0, HardenedKeyDays)},
		"ends soon":        {APIKeyRecord{Scopes: scopes, Expires: on.AddDate(0, 0, 3)}, on.AddDate(0, 0, 3)},
		"all, ends sooner": {APIKeyRecord{Expires: on.AddDate(0, 0, 3)}, on.AddDate(0, 0, 3)},
	} {
		c.key.ID, c.key.Created = "key-1", made
		end, changes := KeyEnd(c.key, on)
		if !end.Equal(c.want) || changes == c.key.Expires.Equal(c.want) {
			t.Errorf("%s: %v %v, want %v", name, end, changes, c.want)
		}
	}
	late := APIKeyRecord{ID: "key-2", Created: on.AddDate(0, 0, 1), Scopes: scopes}
	if got := (Hardened{On: true, Since: on}).ends(late).Expires; !got.Equal(late.Created.AddDate(0, 0, HardenedKeyDays)) {
		t.Errorf("made in the mode, without an end: %v", got)
	}
	if got := (Hardened{}).ends(late).Expires; !got.IsZero() {
		t.Errorf("without the mode: %v", got)
	}
}

// TestHardenedPlan lets the box carry out a plan, and wait while nobody could
// administer the firm afterwards.
func TestHardenedPlan(t *testing.T) {
	c := newCalendar()
	f := newFirmAt(t, t.TempDir(), c.now)
	now := c.now()
	plan := func(at time.Time) error {
		_, err := f.Update(t.Context(), f.admin.Actor, chain.Event{Action: chain.HardenedPlan}, func(tx *Tx) error {
			return tx.PlanHardened(at, DiskAttested, "checked with the provider")
		})
		return err
	}
	mode := func() (h Hardened) {
		t.Helper()
		if err := f.View(func(v *View) error { h = v.Hardened(); return nil }); err != nil {
			t.Fatal(err)
		}
		return h
	}
	keep := func() {
		t.Helper()
		if err := f.runHardened(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	for _, at := range []time.Time{now.Add(-time.Hour), now.AddDate(0, 0, 91)} {
		if err := plan(at); AsError(err).Code != "hardened-when" {
			t.Errorf("planned for %v: %v", at, err)
		}
	}
	if err := plan(time.Time{}); AsError(err).Code != "hardened-no-plan" {
		t.Errorf("dropping nothing: %v", err)
	}
	if err := plan(now.Add(time.Hour)); err != nil {
		t.Fatal(err)
	}
	if keep(); mode().On {
		t.Error("on before its time")
	}
	c.pass(2 * time.Hour)
	now = c.now()
	keep()
	if h := mode(); h.On || h.Late.IsZero() {
		t.Errorf("nobody has a key: %+v", h)
	}
	entered := func() (n int) {
		t.Helper()
		err := f.View(func(v *View) error {
			page, _, err := v.Journal(JournalFilter{Class: "hardened", Limit: 100})
			n = len(page)
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		return n
	}
	before := entered()
	if keep(); entered() != before {
		t.Error("the same fault is entered twice")
	}
	f.do(t, chain.FactorAdd, func(tx *Tx) error {
		_, err := tx.PutFactor(Factor{UserID: f.admin.UserID, Kind: FactorKey, State: []byte("{}")})
		return err
	})
	keep()
	if h := mode(); !h.On || h.Disk != DiskAttested || !h.Late.IsZero() || !h.Planned.IsZero() || !h.Since.Equal(now.UTC()) {
		t.Errorf("planned, and due: %+v", h)
	}
	if err := plan(now.Add(time.Hour)); AsError(err).Code != "hardened-on" {
		t.Errorf("planning what is on: %v", err)
	}
}

// TestHardenedTermsReturn: the mode keeps evidence for longer, and its end gives every
// term back.
func TestHardenedTermsReturn(t *testing.T) {
	f := newFirm(t)
	set := func(class, days string) {
		f.do(t, chain.SettingsUpdate, func(tx *Tx) error { return tx.PutSetting(RetentionSetting(class), days) })
	}
	set("auth", "30")
	set("document", "30")
	set(RetentionEntries, "100")
	terms := func() (r Retention) {
		f.View(func(v *View) error { r = v.Retention(); return nil })
		return r
	}
	before := terms()
	f.do(t, chain.HardenedOn, func(tx *Tx) error { return tx.Harden(DiskEncrypted, "") })
	if r := terms(); r.Days("auth") != HardenedEvidence || r.Entries != HardenedEntries || r.Days("document") != 30 {
		t.Errorf("in the mode: %+v", r)
	}
	_, err := f.RequestApproval(t.Context(), f.admin, Approval{Kind: ApproveRetention, Class: "auth", Days: 60, Reason: "less to keep"}, "", "")
	if AsError(err).Code != "hardened-floor" {
		t.Errorf("two people may ask for less: %v", err)
	}
	f.do(t, chain.HardenedOff, func(tx *Tx) error { return tx.soften() })
	if after := terms(); after.Days("auth") != 30 || after.Entries != before.Entries {
		t.Errorf("after the mode: %+v", after)
	}
}
