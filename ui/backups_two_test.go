package ui

import (
	"encoding/json"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"coffre/chain"
	"coffre/store"
	"coffre/ui/page"
	"coffre/vault"
	"coffre/vault/backupfile"
)

// guardedBox is a box of one firm past its first day, whose kit is typed back.
func guardedBox(t *testing.T) (x *box, kit string) {
	t.Helper()
	x = emptyBox(t, nil)
	if _, err := x.root.CreateTenant(x.ctx, store.Operator("test").Actor, store.NewTenant{ID: "alpha", Firm: "Firm alpha", Hosts: []string{hostA}}); err != nil {
		t.Fatal(err)
	}
	x.a = x.acquire("alpha")
	made, err := x.a.MakeBackupKit(t.Context(), store.System("setup"), "")
	if err != nil {
		t.Fatal(err)
	}
	x.days(2)
	return x, made.Recipient()
}

// days lets days go by on which the box runs.
func (x *box) days(n int) {
	for range n {
		x.clock.advance(24 * time.Hour)
		x.do(x.a, chain.BoxStart, func(*store.Tx) error { return nil })
	}
}

func (x *box) openers() (all []string) {
	x.a.View(func(v *store.View) error { all = v.BackupRecipients(); return nil })
	return all
}

func (x *box) approvals() (all []store.Approval) {
	x.a.View(func(v *store.View) (err error) { all, err = v.Approvals(); return err })
	return all
}

func freshOpener(t *testing.T) string {
	t.Helper()
	to, err := backupfile.Throwaway()
	if err != nil {
		t.Fatal(err)
	}
	return to
}

// newKit draws a kit in the browser and gives back what is asked of its paper.
func (x *box) newKit(c caller) url.Values {
	x.t.Helper()
	if r := x.call(c, "POST", "/settings/backups/kit", url.Values{}); r.status != http.StatusOK {
		x.t.Fatal(r.status, r.body)
	}
	shown, ok := x.server.kits.waiting(x.a.ID)
	if !ok {
		x.t.Fatal("nothing is asked of the new kit")
	}
	form := url.Values{}
	for i, n := range shown.asked {
		form.Set(page.WordField(n), shown.words[i])
	}
	return form
}

// TestOneAdministratorReadsNoBackup tries, signed in, by key and as the operator,
// every way by which one of them could come to open a backup.
func TestOneAdministratorReadsNoBackup(t *testing.T) {
	x, kit := guardedBox(t)
	ada, bea := x.person(x.a, "ada", store.Admin), x.person(x.a, "bea", store.Admin)
	adam, key := x.session(ada), x.apiKey(ada)
	mine := freshOpener(t)
	all := map[string]string{"backup.recipients": mine, "ui.language": "en"}
	form := func(values map[string]string) url.Values {
		out := url.Values{}
		for k, v := range values {
			out.Set(k, v)
		}
		return out
	}
	paper := x.newKit(adam)
	for name, way := range map[string]struct {
		path    string
		method  string
		payload any
		status  int
		code    string
	}{
		"a setting":               {"/api/v1/settings", "PATCH", all, http.StatusConflict, "opener-two"},
		"the kit's setting":       {"/api/v1/settings", "PATCH", map[string]string{"backup.recovery": mine}, http.StatusConflict, "opener-two"},
		"both at once":            {"/api/v1/settings", "PATCH", map[string]string{"backup.recovery": mine, "backup.recipients": mine, "reason": "une clé de plus"}, http.StatusUnprocessableEntity, "ask-one"},
		"two as the kit's":        {"/api/v1/settings", "PATCH", map[string]string{"backup.recovery": kit + " " + mine, "reason": "une clé de plus"}, http.StatusUnprocessableEntity, "invalid-setting"},
		"the form of models":      {"/settings", "POST", form(all), http.StatusConflict, ""},
		"the form of openers":     {"/settings/backups/openers", "POST", form(map[string]string{"recipient": mine}), http.StatusUnprocessableEntity, ""},
		"the same with a blank":   {"/settings/backups/openers", "POST", form(map[string]string{"recipient": mine, "reason": " "}), http.StatusUnprocessableEntity, ""},
		"several keys in a field": {"/settings/backups/openers", "POST", form(map[string]string{"recipient": kit + " " + mine}), http.StatusUnprocessableEntity, ""},
		"named in a request":      {"/api/v1/backups", "POST", map[string]any{"recipients": []string{mine}}, http.StatusForbidden, "recipient-unapproved"},
		"named beside the kit":    {"/api/v1/backups", "POST", map[string]any{"recipients": []string{kit, mine}}, http.StatusForbidden, "recipient-unapproved"},
		"a new kit":               {"/settings/backups/kit/confirm", "POST", paper, http.StatusUnprocessableEntity, ""},
	} {
		for _, c := range []caller{adam, key} {
			if c.key != "" && !strings.HasPrefix(way.path, "/api/") {
				continue
			}
			r := x.call(c, way.method, way.path, way.payload)
			if r.status != way.status || way.code != "" && !strings.Contains(r.body, `"code":"`+way.code+`"`) {
				t.Errorf("%s, %s: %d %.300s", name, c.name, r.status, r.body)
			}
		}
	}
	if got := x.openers(); !slices.Equal(got, []string{kit}) {
		t.Fatalf("%d openers", len(got))
	}
	if n := len(x.approvals()); n != 0 {
		t.Errorf("%d requests", n)
	}
	// Taking the kit away makes no first set-up of it.
	if r := x.call(adam, "PATCH", "/api/v1/settings", map[string]string{"backup.recovery": ""}); r.status != http.StatusOK {
		t.Error(r.status, r.body)
	}
	form2 := x.newKit(adam)
	if r := x.call(adam, "POST", "/settings/backups/kit/confirm", form2); r.status != http.StatusUnprocessableEntity || len(x.openers()) != 0 {
		t.Errorf("a first kit after the first: %d, %d openers", r.status, len(x.openers()))
	}
	form2.Set("reason", "l'ancien kit a été vu par un visiteur")
	if r := x.call(adam, "POST", "/settings/backups/kit/confirm", form2); r.status != http.StatusSeeOther || len(x.openers()) != 0 {
		t.Errorf("asked: %d, %d openers", r.status, len(x.openers()))
	}
	waiting := x.approvals()
	if len(waiting) != 1 || waiting[0].Kind != store.ApproveKit || !waiting[0].Typed {
		t.Fatalf("%+v", waiting)
	}
	if r := x.call(adam, "POST", "/api/v1/audit/approvals/"+waiting[0].ID+"/approve", nil); r.status != http.StatusForbidden {
		t.Errorf("approved by who asked: %d", r.status)
	}
	if r := x.call(key, "POST", "/api/v1/audit/approvals/"+waiting[0].ID+"/approve", nil); r.status != http.StatusForbidden {
		t.Errorf("approved by their key: %d", r.status)
	}
	x.days(4)
	beas := x.session(bea)
	if r := x.call(beas, "GET", "/settings/backups", nil); !strings.Contains(r.body, waiting[0].Marks()[0]) || !strings.Contains(r.body, waiting[0].ID+"/approve") {
		t.Error("the page doesn't show what waits")
	}
	if r := x.call(beas, "POST", "/retention/approvals/"+waiting[0].ID+"/approve", url.Values{}); r.status != http.StatusSeeOther {
		t.Error(r.status, r.body)
	}
	if got := x.openers(); len(got) != 1 || got[0] != waiting[0].Add[0] {
		t.Errorf("%d openers", len(got))
	}
	if r := x.call(beas, "GET", "/settings/backups", nil); !strings.Contains(r.body, vault.RecipientMark(waiting[0].Add[0])) || strings.Contains(r.body, waiting[0].ID) {
		t.Error("the page after it")
	}
}

// TestOpenerAskedByRest: a request with a reason is answered 202, keeps what else
// was asked, and takes the place of keys that go.
func TestOpenerAskedByRest(t *testing.T) {
	x, kit := guardedBox(t)
	x.person(x.a, "bea", store.Admin)
	adam := x.session(x.person(x.a, "ada", store.Admin))
	mine := freshOpener(t)
	r := x.call(adam, "PATCH", "/api/v1/settings", map[string]string{"backup.recipients": mine, "ui.language": "en", "reason": "la clé du coffre de la banque"})
	var a store.Approval
	if err := json.Unmarshal([]byte(r.body), &a); err != nil || r.status != http.StatusAccepted || a.Kind != store.ApproveOpener || !slices.Equal(a.Add, []string{mine}) || a.Alone {
		t.Errorf("%d %+v %v", r.status, a, err)
	}
	if got := x.openers(); !slices.Equal(got, []string{kit}) {
		t.Errorf("%d openers", len(got))
	}
	// The same is asked once, and a backup to those who may open it needs nobody.
	if r := x.call(adam, "POST", "/settings/backups/openers", url.Values{"recipient": {mine}, "reason": {"la clé du coffre de la banque"}}); r.status != http.StatusUnprocessableEntity {
		t.Errorf("asked twice: %d", r.status)
	}
	if r := x.call(adam, "POST", "/api/v1/backups", map[string]any{"recipients": []string{kit}}); r.status != http.StatusOK {
		t.Errorf("to the kit: %d %s", r.status, r.body)
	}
}

// TestOpenerAloneIsSeen: with one administrator the paper is asked for, or two
// weeks go by, and everybody is told.
func TestOpenerAloneIsSeen(t *testing.T) {
	x, _ := guardedBox(t)
	adam := x.session(x.person(x.a, "ada", store.Admin))
	mia := x.session(x.person(x.a, "mia", store.Member))
	in := url.Values{"recipient": {freshOpener(t)}, "reason": {"la fiche a brûlé avec le bureau"}}
	if r := x.call(adam, "GET", "/settings/backups", nil); !strings.Contains(r.body, `name="lost"`) {
		t.Error("nobody is asked for the paper")
	}
	if r := x.call(adam, "POST", "/settings/backups/openers", in); r.status != http.StatusUnprocessableEntity || !strings.Contains(r.body, "opener-paper") {
		t.Errorf("without the paper: %d", r.status)
	}
	in.Set("lost", "1")
	if r := x.call(adam, "POST", "/settings/backups/openers", in); r.status != http.StatusSeeOther {
		t.Errorf("without it, and said so: %d", r.status)
	}
	if all := x.approvals(); len(all) != 1 || !all[0].Lost || !all[0].Alone {
		t.Errorf("%+v", all)
	}
	for _, c := range []caller{adam, mia} {
		if r := x.call(c, "GET", "/ask", nil); !strings.Contains(unescaped(r.body), "quatorze jours après") && !strings.Contains(unescaped(r.body), "fourteen days later") {
			t.Errorf("%s isn't told", c.name)
		}
	}
}
