package ui

import (
	"bytes"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"coffre/chain"
	"coffre/store"
	"coffre/ui/health/machine"
)

// TestUnkept asks with nothing kept: the answer comes, the entries are there with
// their commitments, and neither the words nor a conversation are anywhere.
func TestUnkept(t *testing.T) {
	x := newBox(t, onDisk(machine.Encrypted))
	adam, mia := x.person(x.a, "adam", store.Admin), x.person(x.a, "mia", store.Member)
	everyone := store.Grants{store.Everyone}
	x.add(x.a, x.collection(x.a, "Commun", everyone, everyone), "bail.txt", "Le loyer du cabinet est de 2 400 euros par mois, payable le premier jour.")
	c := x.session(mia)
	const question = "Quel est le loyer du cabinet par mois ?"
	ask := map[string]any{"question": question, "keep": false}
	if r := x.call(c, "POST", "/api/v1/ask", ask); r.code() != "unkept-off" {
		t.Errorf("where the firm doesn't let people: %d %s", r.status, r.body)
	}
	if r := x.call(c, "GET", "/ask", nil); strings.Contains(r.body, `name="unkept"`) {
		t.Error("the page offers it all the same")
	}
	x.do(x.a, chain.SettingsUpdate, func(tx *store.Tx) error { return tx.PutSetting(store.SettingUnkept, "on") })
	var a answerJSON
	r := x.call(c, "POST", "/api/v1/ask", ask)
	r.json(t, &a)
	if r.status != ok || a.Kept == nil || *a.Kept || a.Conversation != "" || a.AuditSeq == 0 || !strings.Contains(a.Answer, "2 400") {
		t.Fatalf("%d %s", r.status, r.body)
	}
	var list struct{ Conversations []any }
	x.call(c, "GET", "/api/v1/conversations", nil).json(t, &list)
	if len(list.Conversations) > 0 {
		t.Errorf("a conversation is left: %v", list.Conversations)
	}
	err := x.a.View(func(v *store.View) error {
		page, _, err := v.Journal(store.JournalFilter{Limit: 20})
		seen := 0
		for _, e := range page {
			if e.Action != chain.QuestionAsk && e.Action != chain.AnswerGive {
				continue
			}
			seen++
			if _, err := v.Private(e.Seq); !store.IsNotFound(err) || e.Sealed == "" || e.Detail["kept"] != false {
				t.Errorf("%s: %v, sealed %q, %v", e.Action, err, e.Sealed, e.Detail)
			}
		}
		if seen != 2 {
			t.Errorf("%d entries", seen)
		}
		return err
	})
	if err != nil {
		t.Error(err)
	}
	r = x.call(c, "POST", "/ask", url.Values{"question": {question}, "unkept": {"1"}})
	if r.status != ok || !strings.Contains(r.body, "2 400") || strings.Contains(r.body, "/receipt") {
		t.Errorf("the page: %d", r.status)
	}
	if r := x.call(c, "POST", "/ask/stream", url.Values{"question": {question}, "unkept": {"1"}}); r.status != 400 {
		t.Errorf("streamed to a page that would lead nowhere: %d", r.status)
	}
	err = filepath.WalkDir(x.dir, func(path string, d os.DirEntry, err error) error {
		if err != nil || !d.Type().IsRegular() {
			return err
		}
		if b, err := os.ReadFile(path); err == nil && bytes.Contains(b, []byte("loyer du cabinet par mois")) {
			t.Errorf("%s holds the question", path)
		}
		return nil
	})
	if err != nil {
		t.Error(err)
	}
	x.do(x.a, chain.HoldPut, func(tx *store.Tx) error {
		_, err := tx.PutHold(store.Operator("test").Actor, store.Hold{Person: mia.id, Reason: "lawsuit of the spring"})
		return err
	})
	if r := x.call(c, "POST", "/api/v1/ask", ask); r.code() != "unkept-held" {
		t.Errorf("under a legal hold: %d %s", r.status, r.body)
	}
	other := x.harden(adam)
	if r := x.call(other, "POST", "/api/v1/ask", ask); r.status != ok {
		t.Errorf("in hardened mode: %d %s", r.status, r.body)
	}
	if r := x.call(other, "PATCH", "/api/v1/settings", map[string]string{store.SettingUnkept: "off"}); r.code() != "hardened-floor" {
		t.Errorf("taking it away in hardened mode: %d %s", r.status, r.code())
	}
}
