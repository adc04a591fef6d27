package ui

import (
	"crypto/tls"
	"errors"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"coffre/auth"
	"coffre/chain"
	"coffre/llm"
	"coffre/store"
	"coffre/ui/health/machine"
	"coffre/ui/words"
)

// keyed gives somebody a security key, and a session that was opened with it.
func (x *box) keyed(p person) caller {
	x.t.Helper()
	secret, now := store.NewToken(), x.clock.now().UTC()
	x.do(p.t, chain.FactorAdd, func(tx *store.Tx) error {
		if _, err := tx.PutFactor(store.Factor{UserID: p.id, Kind: store.FactorKey, State: []byte("{}")}); err != nil {
			return err
		}
		return tx.PutSession(store.TokenDigest(secret), store.Session{
			ID: store.NewID(), UserID: p.id, Created: now, Seen: now, Expires: now.Add(9 * time.Hour), Fresh: now, Method: "passkey", Factors: []string{store.FactorKey},
		})
	})
	return caller{name: p.login, host: p.host, cookie: p.t.ID + "." + secret}
}

func onDisk(state string) func(*Deps) {
	return func(d *Deps) { d.Disk = func(string) machine.Disk { return machine.Disk{State: state} } }
}

const attested = `{"attest":true,"reason":"LUKS on the host, checked with the provider"}`

// harden switches the mode on as somebody with a key.
func (x *box) harden(p person) caller {
	x.t.Helper()
	c := x.keyed(p)
	if r := x.call(c, "POST", "/api/v1/hardened/on", attested); r.status != ok {
		x.t.Fatalf("switching on: %d %s", r.status, r.body)
	}
	x.hsts = "31536000"
	return c
}

// TestHardenedBlocks goes through what keeps the mode from being switched on.
func TestHardenedBlocks(t *testing.T) {
	state := machine.Plain
	x := newBox(t, func(d *Deps) { d.Disk = func(string) machine.Disk { return machine.Disk{State: state} } })
	adam := x.person(x.a, "adam", store.Admin)
	without := x.session(adam)
	r := x.call(without, "POST", "/api/v1/hardened/on", attested)
	if r.status != conflict || r.code() != "hardened-no-key" {
		t.Errorf("without a key: %d %s", r.status, r.code())
	}
	c := x.keyed(adam)
	if r := x.call(c, "POST", "/api/v1/hardened/on", attested); r.code() != "hardened-disk" {
		t.Errorf("on a plain disk, attested: %d %s", r.status, r.code())
	}
	attest := words.French.T("hardened.who-disk")
	if r := x.call(c, "GET", "/settings/hardened", nil); strings.Contains(unescaped(r.body), attest) || !strings.Contains(unescaped(r.body), words.French.T("error.hardened-disk")) {
		t.Error("a plain disk can be attested away")
	}
	state = machine.Unknown
	if r := x.call(c, "GET", "/settings/hardened", nil); !strings.Contains(unescaped(r.body), attest) {
		t.Error("nothing asks for what can't be seen")
	}
	if r := x.call(c, "POST", "/api/v1/hardened/on", "{}"); r.code() != "hardened-attest" {
		t.Errorf("not attested: %d %s", r.status, r.code())
	}
	if r := x.call(c, "POST", "/api/v1/hardened/on", `{"attest":true,"reason":"yes"}`); r.code() != "reason" {
		t.Errorf("attested without a reason: %d %s", r.status, r.code())
	}
	if r := x.call(c, "POST", "/settings/hardened/on", url.Values{}); r.status != unproc {
		t.Errorf("the form, not attested: %d", r.status)
	}
	if r := x.call(x.apiKey(adam), "POST", "/api/v1/hardened/on", attested); r.status != ok {
		t.Errorf("a key that may everything: %d %s", r.status, r.body)
	}
	x.hsts = "31536000"
	if r := x.call(c, "POST", "/api/v1/hardened/on", attested); r.code() != "hardened-on" {
		t.Errorf("a second time: %d %s", r.status, r.code())
	}
}

// TestHardenedDryRun reads what the mode would change, with names, and changes
// nothing.
func TestHardenedDryRun(t *testing.T) {
	x := newBox(t, onDisk(machine.Encrypted))
	adam, mia := x.person(x.a, "adam", store.Admin), x.person(x.a, "mia", store.Member)
	aude := x.person(x.a, "aude", store.Auditor)
	x.session(mia)
	x.apiKey(mia)
	c := x.keyed(adam)
	x.do(x.a, chain.SettingsUpdate, func(tx *store.Tx) error { return tx.PutSetting(llm.SettingURL, "http://10.20.30.40:11434") })
	var h hardenedJSON
	r := x.call(c, "GET", "/api/v1/hardened", nil)
	r.json(t, &h)
	if h.On || len(h.Blocks) > 0 || len(h.NoFactor) != 1 || h.NoFactor[0].ID != mia.id || len(h.NoKey) != 1 || h.NoKey[0].ID != aude.id || len(h.Keys) != 1 || h.Sessions != 1 {
		t.Errorf("%s", r.body)
	}
	rows := map[string]hardenedRowJSON{}
	for _, row := range h.Changes {
		rows[row.Name] = row
	}
	if w := rows["ways"]; !slices.Equal(w.Affected, []string{"10.20.30.40:11434"}) {
		t.Errorf("ways: %+v", w)
	}
	if w := rows[SettingTLSMinimum]; w.Without != TLS12 || w.Hardened != TLS13 || !w.Changes {
		t.Errorf("TLS: %+v", w)
	}
	for _, path := range []string{"/settings/hardened", "/settings/hardened?lang=en"} {
		if r := x.call(c, "GET", path, nil); r.status != ok || !strings.Contains(r.body, "Name of mia") || !strings.Contains(r.body, "10.20.30.40") {
			t.Errorf("%s: %d", path, r.status)
		}
	}
	if r := x.call(x.session(mia), "GET", "/documents", nil); r.status != ok {
		t.Errorf("a dry run signed somebody out: %d", r.status)
	}
}

// TestHardenedFloors tries to write every setting below what the mode allows, by
// each way in; and what is stored counts for nothing while the mode is on.
func TestHardenedFloors(t *testing.T) {
	x := newBox(t, onDisk(machine.Unknown))
	adam := x.person(x.a, "adam", store.Admin)
	x.do(x.a, chain.SettingsUpdate, func(tx *store.Tx) error { return tx.PutSetting(auth.SettingIdleMinutes, "600") })
	c := x.harden(adam)
	weak := map[string]string{
		auth.SettingFactorRequired: "nobody", auth.SettingFactorAdmin: "any", auth.SettingSessionHours: "24", auth.SettingIdleMinutes: "60",
		auth.SettingFresh: "60", store.SettingUnkept: "off", auth.SettingKeyDays: "365", SettingTLSMinimum: TLS12,
	}
	terms := map[string]string{store.RetentionEntries: "1000"}
	for _, class := range store.Evidence {
		terms[class] = "364"
	}
	for class, days := range terms {
		x.weakTerm(c, class, days)
		weak[store.RetentionSetting(class)] = days
	}
	if len(weak) != len(store.Floors()) {
		t.Errorf("%d settings have a floor, %d are tried", len(store.Floors()), len(weak))
	}
	var s struct{ Settings map[string]string }
	x.call(c, "GET", "/api/v1/settings", nil).json(t, &s)
	for _, name := range store.Floors() {
		if _, listed := s.Settings[name]; !listed { // a term of retention, tried above
			continue
		}
		if got := s.Settings[name]; got != store.Floor(name, got) || got == weak[name] {
			t.Errorf("%s reads %q", name, got)
		}
		r := x.call(c, "PATCH", "/api/v1/settings", map[string]string{name: weak[name]})
		if r.status != unproc || r.code() != "hardened-floor" {
			t.Errorf("PATCH %s: %d %s", name, r.status, r.code())
		}
		_, err := x.a.Update(x.ctx, store.Operator("test").Actor, chain.Event{Action: chain.SettingsUpdate}, func(tx *store.Tx) error { return tx.PutSetting(name, weak[name]) })
		if store.AsError(err).Code != "hardened-floor" {
			t.Errorf("the store takes %s: %v", name, err)
		}
	}
	for path, form := range map[string]url.Values{
		"/settings/tls/options":    {SettingTLSMinimum: {TLS12}},
		"/settings/administration": {auth.SettingIdleMinutes: {"60"}},
		"/settings":                {auth.SettingFactorRequired: {"nobody"}},
		"/settings/directory":      {"directory.url": {"ldap://10.1.1.1"}, "directory.clear": {"yes"}, "directory.start_tls": {"no"}},
	} {
		if r := x.call(c, "POST", path, form); r.status != unproc {
			t.Errorf("form %s: %d %.300s", path, r.status, r.body)
		}
	}
	if r := x.call(c, "PATCH", "/api/v1/settings", map[string]string{auth.SettingIdleMinutes: "10"}); r.status != ok {
		t.Errorf("a stricter value: %d %s", r.status, r.body)
	}
}

// weakTerm asks for a term that hardened mode doesn't allow, by each way in.
func (x *box) weakTerm(c caller, class, days string) {
	x.t.Helper()
	n, _ := strconv.Atoi(days)
	r := x.call(c, "PATCH", "/api/v1/audit/retention", map[string]any{"class": class, "days": n, "reason": "less to keep, says the law"})
	if r.status != unproc || r.code() != "hardened-floor" {
		x.t.Errorf("a shorter term of %s: %d %s", class, r.status, r.code())
	}
	if r := x.call(c, "POST", "/retention/term", url.Values{"class": {class}, "days": {days}, "reason": {"less to keep, says the law"}}); r.status != unproc {
		x.t.Errorf("the form for %s: %d", class, r.status)
	}
	_, err := x.a.Update(x.ctx, store.Operator("test").Actor, chain.Event{Action: chain.SettingsUpdate}, func(tx *store.Tx) error {
		return tx.PutSetting(store.RetentionSetting(class), days)
	})
	if store.AsError(err).Code != "hardened-floor" {
		x.t.Errorf("the store takes %s of %s: %v", days, class, err)
	}
}

// TestHardenedTerms: terms of before count for nothing in the mode, are shown beside
// what it makes of them; nobody's words are kept for longer.
func TestHardenedTerms(t *testing.T) {
	x := newBox(t, onDisk(machine.Encrypted))
	adam := x.person(x.a, "adam", store.Admin)
	x.do(x.a, chain.SettingsUpdate, func(tx *store.Tx) error {
		return errors.Join(tx.PutSetting("retention.auth", "30"), tx.PutSetting("retention.question", "30"), tx.PutSetting("retention.entries", "400"))
	})
	terms := func() (r store.Retention) {
		x.a.View(func(v *store.View) error { r = v.Retention(); return nil })
		return r
	}
	c := x.keyed(adam)
	var h hardenedJSON
	x.call(c, "GET", "/api/v1/hardened", nil).json(t, &h)
	rows := map[string]hardenedRowJSON{}
	for _, row := range h.Changes {
		rows[row.Name] = row
	}
	if e := rows["evidence"]; e.Without != "30" || e.Hardened != "365" || !e.Changes || !slices.Equal(e.Affected, []string{"auth"}) {
		t.Errorf("%+v", e)
	}
	if e := rows["entries"]; e.Without != "400" || e.Hardened != "1095" {
		t.Errorf("%+v", e)
	}
	c = x.harden(adam)
	if r := terms(); r.Days("auth") != 365 || r.Entries != 1095 || r.Days("question") != 30 || r.Days("export") != 365 {
		t.Errorf("in the mode: %+v", r)
	}
	if r := x.call(c, "GET", "/settings/hardened", nil); !strings.Contains(unescaped(r.body), words.French.T("class.auth")) {
		t.Error("the page doesn't name the class")
	}
	if r := x.call(c, "PATCH", "/api/v1/audit/retention", map[string]any{"class": "auth", "days": 500}); r.status != ok {
		t.Errorf("a longer term: %d %s", r.status, r.body)
	}
}

// TestHardenedSessions lets sessions of before live or end, and those of after lack
// what is missing.
func TestHardenedSessions(t *testing.T) {
	x := newBox(t, onDisk(machine.Encrypted))
	adam, mia, aude := x.person(x.a, "adam", store.Admin), x.person(x.a, "mia", store.Member), x.person(x.a, "aude", store.Auditor)
	old := map[string]caller{"mia": x.session(mia), "aude": x.session(aude), "adam": x.session(adam)}
	c := x.harden(adam)
	for name, s := range old {
		if r := x.call(s, "GET", "/documents", nil); r.status != seeOther || !strings.HasPrefix(r.header.Get("Location"), "/signin") {
			t.Errorf("%s goes on with a password alone: %d", name, r.status)
		}
	}
	if r := x.call(c, "GET", "/documents", nil); r.status != ok {
		t.Errorf("who shows a key is signed out: %d", r.status)
	}
	for _, p := range []person{mia, aude} {
		s := x.session(p)
		if r := x.call(s, "GET", "/documents", nil); !strings.HasPrefix(r.header.Get("Location"), "/signin/enroll") {
			t.Errorf("%s needn't enrol: %d %s", p.login, r.status, r.header.Get("Location"))
		}
	}
	x.clock.advance(16 * time.Minute)
	if r := x.call(c, "GET", "/documents", nil); r.status != seeOther {
		t.Errorf("after sixteen idle minutes: %d", r.status)
	}
	back := x.keyed(adam)
	for range 44 {
		x.clock.advance(14 * time.Minute)
		if r := x.call(back, "GET", "/settings", nil); r.status != ok {
			return // ended within its longest time
		}
	}
	t.Error("a session lasts ten hours and more")
}

// TestHardenedPromotion ends the session of somebody who becomes an auditor and has
// shown no key.
func TestHardenedPromotion(t *testing.T) {
	x := newBox(t, onDisk(machine.Encrypted))
	adam, mia := x.person(x.a, "adam", store.Admin), x.person(x.a, "mia", store.Member)
	x.harden(adam)
	secret, now := store.NewToken(), x.clock.now().UTC()
	x.do(x.a, chain.FactorAdd, func(tx *store.Tx) error {
		return tx.PutSession(store.TokenDigest(secret), store.Session{ID: store.NewID(), UserID: mia.id, Created: now, Seen: now, Expires: now.Add(time.Hour), Fresh: now, Method: "password", Factors: []string{"password", store.FactorTOTP}})
	})
	c := caller{name: "mia", host: hostA, cookie: "alpha." + secret}
	if r := x.call(c, "GET", "/documents", nil); r.status != ok {
		t.Fatalf("a code is a second factor of a member: %d", r.status)
	}
	x.do(x.a, chain.UserUpdate, func(tx *store.Tx) error {
		u, err := tx.User(mia.id)
		if err != nil {
			return err
		}
		u.Role = store.Auditor
		return tx.UpdateUser(u)
	})
	if r := x.call(c, "GET", "/documents", nil); r.status != seeOther {
		t.Errorf("an auditor without a key goes on: %d", r.status)
	}
}

// TestHardenedKeys gives keys of before an end, and makes none without.
func TestHardenedKeys(t *testing.T) {
	x := newBox(t, onDisk(machine.Encrypted))
	adam := x.person(x.a, "adam", store.Admin)
	forever := x.apiKey(adam)
	c := x.harden(adam)
	if r := x.call(forever, "GET", "/api/v1/documents", nil); r.status != ok {
		t.Fatalf("a key of before ends without notice: %d", r.status)
	}
	for name, in := range map[string]map[string]any{
		"without an end": {"name": "k", "scopes": []string{"read"}, "expires": "never"},
		"for a year":     {"name": "k", "scopes": []string{"read"}, "expires": "365"},
	} {
		if r := x.call(c, "POST", "/api/v1/keys", in); r.status != unproc {
			t.Errorf("a key %s: %d %s", name, r.status, r.body)
		}
	}
	if r := x.call(c, "POST", "/api/v1/keys", map[string]any{"name": "k", "scopes": []string{"read"}}); r.status != http.StatusCreated {
		t.Errorf("a key for ninety days: %d %s", r.status, r.body)
	}
	if _, _, err := x.auth.CreateKey(x.ctx, x.a, store.Operator("test"), adam.id, "all"); store.AsError(err).Code != "hardened-key-scope" {
		t.Errorf("the operator makes a key that may everything: %v", err)
	}
	x.clock.advance((store.HardenedKeyNotice*24 + 1) * time.Hour)
	if r := x.call(forever, "GET", "/api/v1/documents", nil); r.status != unauth || r.code() != "key-expired" {
		t.Errorf("after its notice: %d %s", r.status, r.code())
	}
}

// TestHardenedWays closes what goes out in clear text, and opens no other.
func TestHardenedWays(t *testing.T) {
	opened := 0
	x := newBox(t, func(d *Deps) {
		onDisk(machine.Encrypted)(d)
		d.OpenWays = func() error { opened++; return nil }
	})
	adam := x.person(x.a, "adam", store.Admin)
	x.do(x.a, chain.SettingsUpdate, func(tx *store.Tx) error {
		if err := tx.PutSetting(llm.SettingEmbedURL, "http://127.0.0.1:11434"); err != nil {
			return err
		}
		return tx.PutSetting(llm.SettingURL, "http://10.20.30.40:11434")
	})
	c := x.harden(adam)
	if opened == 0 {
		t.Error("the gate was not told")
	}
	var e egressJSON
	x.call(c, "GET", "/api/v1/egress", nil).json(t, &e)
	states := map[string]string{}
	for _, w := range e.Ways {
		states[w.Host] = w.State
	}
	if states["10.20.30.40"] != wayBare {
		t.Errorf("%v", states)
	}
	for name, value := range map[string]string{llm.SettingURL: "http://10.9.9.9:11434", llm.SettingRerankURL: "http://10.9.9.9:8080"} {
		if r := x.call(c, "PATCH", "/api/v1/settings", map[string]string{name: value}); r.code() != "hardened-clear" {
			t.Errorf("%s in clear text: %d %s", name, r.status, r.code())
		}
	}
	if r := x.call(c, "PUT", "/api/v1/audit/forward", map[string]any{"host": "10.9.9.9", "port": 514, "clear": true}); r.code() != "hardened-clear" {
		t.Errorf("a receiver in clear text: %d %s", r.status, r.body)
	}
	if r := x.call(c, "PATCH", "/api/v1/settings", map[string]string{llm.SettingURL: "https://10.9.9.9:11434"}); r.status != ok {
		t.Errorf("an encrypted way: %d %s", r.status, r.body)
	}
}

// TestHardenedTLS cuts a client off that spoke TLS 1.2 when the mode came.
func TestHardenedTLS(t *testing.T) {
	x := newBox(t, onDisk(machine.Encrypted))
	adam := x.person(x.a, "adam", store.Admin)
	config := x.client.Transport.(*http.Transport).TLSClientConfig.Clone()
	config.MaxVersion = tls.VersionTLS12
	old := &http.Client{Transport: &http.Transport{TLSClientConfig: config}}
	defer old.CloseIdleConnections()
	ask := func() (int, bool) {
		req, err := http.NewRequest("GET", x.web.URL+"/signin", nil)
		if err != nil {
			t.Fatal(err)
		}
		req.Host = hostA
		res, err := old.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		defer res.Body.Close()
		io.Copy(io.Discard, res.Body)
		return res.StatusCode, res.Close
	}
	if code, _ := ask(); code != ok {
		t.Fatalf("before: %d", code)
	}
	if got := minimumTLS(x.root, hostA); got != tls.VersionTLS12 {
		t.Errorf("handshakes begin at %x", got)
	}
	x.harden(adam)
	if code, closed := ask(); code != http.StatusForbidden || !closed {
		t.Errorf("on the connection of before: %d, closed %v", code, closed)
	}
	if got := minimumTLS(x.root, hostA); got != tls.VersionTLS13 {
		t.Errorf("handshakes begin at %x", got)
	}
	if got := minimumTLS(x.root, hostB); got != tls.VersionTLS12 {
		t.Errorf("another firm's handshakes begin at %x", got)
	}
}

// TestHardenedOff takes two administrators, and gives everything back.
func TestHardenedOff(t *testing.T) {
	x := newBox(t, onDisk(machine.Encrypted))
	adam, eve := x.person(x.a, "adam", store.Admin), x.person(x.a, "eve", store.Admin)
	forever := x.apiKey(adam)
	x.clock.advance(80 * time.Hour) // neither account is fresh any more
	c := x.harden(adam)
	r := x.call(c, "POST", "/api/v1/hardened/off", map[string]string{"reason": "the practice has closed"})
	var a store.Approval
	if r.status != accepted {
		t.Fatalf("asking: %d %s", r.status, r.body)
	}
	r.json(t, &a)
	if r := x.call(c, "POST", "/api/v1/audit/approvals/"+a.ID+"/approve", "{}"); r.code() != "approval-self" {
		t.Errorf("approving oneself: %d %s", r.status, r.code())
	}
	x.clock.advance(time.Minute)
	if err := x.a.View(func(v *store.View) error {
		if !v.Hardened().On {
			t.Error("off without a second person")
		}
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	if r := x.call(x.keyed(eve), "POST", "/api/v1/audit/approvals/"+a.ID+"/approve", "{}"); r.status != ok {
		t.Fatalf("approving: %d %s", r.status, r.body)
	}
	x.server.strict.forget()
	x.hsts = ""
	var h hardenedJSON
	x.call(c, "GET", "/api/v1/hardened", nil).json(t, &h)
	if h.On {
		t.Fatal("still on")
	}
	x.clock.advance(60 * 24 * time.Hour)
	if r := x.call(forever, "GET", "/api/v1/documents", nil); r.status != ok {
		t.Errorf("a key without an end has one: %d", r.status)
	}
}
