package auth

import (
	"testing"

	"coffre/store"
)

func TestSetup(t *testing.T) {
	root, err := store.OpenRoot(t.TempDir(), store.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer root.Close()
	s := New(Options{Params: cheap})
	defer s.Close()
	if s.CheckSetup("") {
		t.Error("open before serve asked for it")
	}
	first := s.OpenSetup()
	token := s.OpenSetup()
	if s.CheckSetup(first) || !s.CheckSetup(token) || s.CheckSetup(token+"a") {
		t.Error("the newest token alone opens the page")
	}
	good := SetupRequest{Firm: "Frères Lefèvre & Cie", AdminName: "Ada", Login: "ada", Password: adminPassword, Lang: "fr", Address: here}
	for name, c := range map[string]struct {
		edit func(*SetupRequest)
		code string
	}{
		"no firm":   {func(q *SetupRequest) { q.Firm = " " }, "invalid-name"},
		"no login":  {func(q *SetupRequest) { q.Login = "" }, "invalid-name"},
		"password":  {func(q *SetupRequest) { q.Password = "azertyuiop123" }, "password-common"},
		"language":  {func(q *SetupRequest) { q.Lang = "xx" }, "invalid-lang"},
		"tenant id": {func(q *SetupRequest) { q.TenantID = "../etc" }, "tenant-id"},
		"the box":   {func(q *SetupRequest) { q.TenantID = "box" }, "tenant-id"},
	} {
		q := good
		c.edit(&q)
		_, err := s.Setup(t.Context(), root, store.System("setup"), q)
		if store.AsError(err).Code != c.code {
			t.Errorf("%s: %v", name, err)
		}
	}
	if all, _ := root.Tenants(); len(all) != 0 {
		t.Fatal("a refused set-up left a tenant")
	}
	if need, err := NeedsSetup(root); err != nil || !need {
		t.Errorf("needs set-up: %v, %v", need, err)
	}
	res, err := s.Setup(t.Context(), root, store.System("setup"), good)
	if err != nil {
		t.Fatal(err)
	}
	if res.TenantID != "freres-lefevre-cie" || res.Kit.RecoverySecret == "" || res.Session.Role != store.Admin || res.Admin.Password != "" {
		t.Errorf("%+v", res)
	}
	if s.CheckSetup(token) {
		t.Error("the token still opens the page")
	}
	ten, release, err := root.Acquire(res.TenantID)
	if err != nil {
		t.Fatal(err)
	}
	defer release()
	if _, err := s.Session(t.Context(), ten, res.Token); err != nil {
		t.Errorf("first session: %v", err)
	}
	_, err = s.Setup(t.Context(), root, store.System("setup"), good)
	wantCode(t, err, "already-set-up")
	if need, err := NeedsSetup(root); err != nil || need {
		t.Errorf("needs set-up: %v, %v", need, err)
	}
	if err := ten.Check(); err != nil {
		t.Error(err)
	}
}

func TestSetupGoesOnAfterAKill(t *testing.T) {
	root, err := store.OpenRoot(t.TempDir(), store.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer root.Close()
	if _, err := root.CreateTenant(t.Context(), store.System("setup"), store.NewTenant{ID: "acme", Firm: "Acme"}); err != nil {
		t.Fatal(err)
	}
	s := New(Options{Params: cheap})
	defer s.Close()
	res, err := s.Setup(t.Context(), root, store.System("setup"), SetupRequest{Firm: "Acme", AdminName: "Ada", Login: "ada", Password: adminPassword})
	if err != nil || res.TenantID != "acme" || res.Kit.FirstKey == "" || res.Token == "" {
		t.Errorf("%+v, %v", res, err)
	}
}

func TestTenantID(t *testing.T) {
	for firm, want := range map[string]string{
		"Acme": "acme", "  L'Œuvre d'Été  ": "l-oeuvre-d-ete", "日本": "firm", "BOX": "box-1", "a--b": "a-b", "3 Suisses": "3-suisses", "---": "firm",
		"A very long name of a firm that nobody could ever remember": "a-very-long-name-of-a-firm-that-nobody-c",
	} {
		got := TenantID(firm)
		if got != want || !isTenantID(got) {
			t.Errorf("%q: %q, want %q", firm, got, want)
		}
	}
}
