package ui

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"coffre/store"
	"coffre/ui/page"
	"coffre/ui/words"
	"coffre/vault"
	"coffre/vault/paper"
)

func kitOf(t *testing.T, x *box) (k store.BackupKit) {
	t.Helper()
	err := x.a.View(func(v *store.View) (err error) { k, err = v.BackupKit(); return err })
	if err != nil {
		t.Fatal(err)
	}
	return k
}

// TestKitTypedBack: the first kit is in use at once; another only once its words
// are typed back, and what was wrong is said.
func TestKitTypedBack(t *testing.T) {
	x := newBox(t, nil)
	adam := x.session(x.person(x.a, "adam", store.Admin))
	if r := x.call(adam, "POST", "/settings/backups/kit", url.Values{}); r.status != http.StatusOK || !strings.Contains(r.body, "paper-words") {
		t.Fatal(r.status, r.body)
	}
	first := kitOf(t, x)
	if first.Recipient == "" || !first.Confirmed.IsZero() {
		t.Fatalf("%+v", first)
	}
	shown, ok := x.server.kits.waiting(x.a.ID)
	if !ok || len(shown.words) != kitAsked || shown.recipient != first.Recipient {
		t.Fatal("the kit that was shown isn't asked for")
	}
	typed := func(words []string) url.Values {
		form := url.Values{}
		for i, n := range shown.asked {
			form.Set(page.WordField(n), words[i])
		}
		return form
	}
	confirm := func(form url.Values, status int) {
		t.Helper()
		if r := x.call(adam, "POST", "/settings/backups/kit/confirm", form); r.status != status {
			t.Errorf("%d instead of %d", r.status, status)
		}
	}
	confirm(typed([]string{"a", "b", "c"}), http.StatusUnprocessableEntity)
	confirm(typed(shown.words), http.StatusSeeOther)
	if k := kitOf(t, x); k.Confirmed.IsZero() || k.Recipient != first.Recipient {
		t.Errorf("%+v", k)
	}

	x.call(adam, "POST", "/settings/backups/kit", url.Values{})
	shown, ok = x.server.kits.waiting(x.a.ID)
	if k := kitOf(t, x); !ok || !shown.fresh || k.Recipient != first.Recipient {
		t.Fatal("a kit that nobody typed back is in use")
	}
	confirm(typed(shown.words), http.StatusSeeOther)
	if k := kitOf(t, x); k.Recipient != shown.recipient || k.Confirmed.IsZero() || len(k.Former) != 1 || k.Former[0].Mark != first.Mark() {
		t.Errorf("%+v", k)
	}
	confirm(typed(shown.words), http.StatusUnprocessableEntity) // forgotten
}

// TestKitWholePaper: without what was shown, all words confirm, and only those of
// the kit in use.
func TestKitWholePaper(t *testing.T) {
	x := newBox(t, nil)
	adam := x.session(x.person(x.a, "adam", store.Admin))
	made, err := x.a.MakeBackupKit(t.Context(), store.System("setup"), "")
	if err != nil {
		t.Fatal(err)
	}
	other, err := vault.NewRecovery()
	if err != nil {
		t.Fatal(err)
	}
	for words, status := range map[string]int{
		"one two": http.StatusUnprocessableEntity,
		strings.Join(other.Words(paper.English), " "): http.StatusUnprocessableEntity,
		strings.Join(made.Words(paper.French), " "):   http.StatusSeeOther,
	} {
		if r := x.call(adam, "POST", "/settings/backups/kit/confirm", url.Values{"words": {words}}); r.status != status {
			t.Errorf("%d instead of %d", r.status, status)
		}
	}
	if k := kitOf(t, x); k.Confirmed.IsZero() {
		t.Error("not confirmed")
	}
}

// TestKitForgets: after too many wrong tries, nothing of it is left in memory.
func TestKitForgets(t *testing.T) {
	var k kits
	made, err := vault.NewRecovery()
	if err != nil {
		t.Fatal(err)
	}
	if _, err := k.show("acme", made, "fr", true); err != nil {
		t.Fatal(err)
	}
	for range kitTries {
		if _, right := k.typed("acme", []string{"a", "b", "c"}); right {
			t.Error("wrong words are taken")
		}
	}
	if _, ok := k.waiting("acme"); ok || len(k.all) != 0 {
		t.Error("it is still there")
	}
}

// TestOpeners: a key of the firm's is added beside the kit's, and taken away; what
// would weaken backups is refused.
func TestOpeners(t *testing.T) {
	x := newBox(t, nil)
	adam := x.session(x.person(x.a, "adam", store.Admin))
	kit, err := x.a.MakeBackupKit(t.Context(), store.System("setup"), "")
	if err != nil {
		t.Fatal(err)
	}
	own, err := vault.NewRecovery()
	if err != nil {
		t.Fatal(err)
	}
	const plain = "age1ql3z7hjy54pw3hyww5ayyfg7zqgvc7w3j2elw8zmrj2kg5sfn9aqmcac8p"
	post := func(name, value string, status int) {
		t.Helper()
		if r := x.call(adam, "POST", "/settings/backups/openers", url.Values{name: {value}}); r.status != status {
			t.Errorf("%s: %d instead of %d", name, r.status, status)
		}
	}
	post("recipient", "nonsense", http.StatusUnprocessableEntity)
	secret := strings.TrimSpace(string(own.File()[strings.Index(string(own.File()), "AGE-SECRET-KEY"):]))
	if r := x.call(adam, "POST", "/settings/backups/openers", url.Values{"recipient": {secret}}); r.status != http.StatusUnprocessableEntity || strings.Contains(r.body, secret) || !strings.Contains(unescaped(r.body), words.English.T("error.recipient-secret")) && !strings.Contains(unescaped(r.body), words.French.T("error.recipient-secret")) {
		t.Errorf("a secret key: %d, shown again: %v", r.status, strings.Contains(r.body, secret))
	}
	post("recipient", plain, http.StatusUnprocessableEntity)
	post("recipient", own.Recipient(), http.StatusSeeOther)
	openers := func() (all []string) {
		x.a.View(func(v *store.View) error { all = v.BackupRecipients(); return nil })
		return all
	}
	if all := openers(); len(all) != 2 {
		t.Errorf("%d recipients", len(all))
	}
	post("remove", vault.RecipientMark(own.Recipient()), http.StatusSeeOther)
	post("remove", vault.RecipientMark(kit.Recipient()), http.StatusSeeOther)
	if all := openers(); len(all) != 1 || all[0] != kit.Recipient() {
		t.Error("the kit's recipient was taken away")
	}
	if r := x.call(adam, "GET", "/settings/backups", nil); r.status != http.StatusOK || !strings.Contains(r.body, vault.RecipientMark(kit.Recipient())) {
		t.Error(r.status)
	}
}
