package auth

import (
	"context"
	"runtime"
	"strings"
	"testing"

	"coffre/store"
)

func TestParsePHC(t *testing.T) {
	good := newPHC([]byte("some password"), cheap).String()
	salt, hash := "AAAAAAAAAAAAAAAAAAAAAA", "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
	for name, s := range map[string]string{
		"empty":             "",
		"other function":    strings.Replace(good, "argon2id", "argon2i", 1),
		"other version":     strings.Replace(good, "v=19", "v=16", 1),
		"no costs":          "$argon2id$v=19$$" + salt + "$" + hash,
		"order":             "$argon2id$v=19$t=1,m=16,p=1$" + salt + "$" + hash,
		"leading zero":      "$argon2id$v=19$m=016,t=1,p=1$" + salt + "$" + hash,
		"no passes":         "$argon2id$v=19$m=16,t=0,p=1$" + salt + "$" + hash,
		"lanes over memory": "$argon2id$v=19$m=16,t=1,p=3$" + salt + "$" + hash,
		"too much memory":   "$argon2id$v=19$m=4294967295,t=1,p=1$" + salt + "$" + hash,
		"short salt":        "$argon2id$v=19$m=16,t=1,p=1$AAAA$" + hash,
		"padded":            good + "=",
		"trailing":          good + "$",
		"newline in salt":   "$argon2id$v=19$m=16,t=1,p=1$AAAAAAAAAAA\nAAAAAAAAAAA$" + hash,
	} {
		if _, err := parsePHC(s); err == nil {
			t.Errorf("%s: accepted %q", name, s)
		}
	}
	h, err := parsePHC(good)
	if err != nil || !h.matches([]byte("some password")) || h.matches([]byte("some passwore")) {
		t.Errorf("own string: %v", err)
	}
}

// One of the encoded hashes that the reference implementation
// (P-H-C/phc-winner-argon2, src/test.c) tests itself with.
func TestPHCOfReferenceImplementation(t *testing.T) {
	h, err := parsePHC("$argon2id$v=19$m=65536,t=2,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc")
	if err != nil || !h.matches([]byte("password")) {
		t.Fatalf("reference hash: %v", err)
	}
}

func FuzzPHC(f *testing.F) {
	f.Add(newPHC([]byte("x"), cheap).String())
	f.Add("$argon2id$v=19$m=65536,t=2,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc")
	f.Add("$argon2id$v=19$m=,t=,p=$$")
	f.Fuzz(func(t *testing.T, s string) {
		h, err := parsePHC(s)
		if err == nil && h.String() != s {
			t.Fatalf("%q reads as %q", s, h.String())
		}
	})
}

func TestVerify(t *testing.T) {
	ctx := context.Background()
	h := newHasher(cheap)
	old := newPHC([]byte("caf\u00e9 du matin"), Params{MemoryKiB: 8, Time: 1, Threads: 1}).String()
	now, err := h.hash(ctx, "caf\u00e9 du matin")
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name, stored, password string
		ok, replace            bool
	}{
		{"right", now, "café du matin", true, false},
		{"accent as two characters", now, "cafe\u0301 du matin", true, false},
		{"wrong", now, "cafe du matin", false, false},
		{"old costs", old, "café du matin", true, true},
		{"old costs, wrong", old, "thé du matin", false, false},
		{"no account", "", "café du matin", false, false},
		{"damaged", now[:40], "café du matin", false, false},
	} {
		ok, replace, err := h.verify(ctx, c.stored, c.password)
		if err != nil || ok != c.ok || (replace != "") != c.replace {
			t.Errorf("%s: ok %v, replace %v, %v", c.name, ok, replace != "", err)
		}
		if replace != "" {
			if ok, again, _ := h.verify(ctx, replace, c.password); !ok || again != "" {
				t.Errorf("%s: replacement doesn't hold", c.name)
			}
		}
	}
}

func TestHasherQueueIsBounded(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	h := newHasher(cheap)
	var leaves []func()
	for range hashesAtOnce {
		leave, err := h.enter(ctx)
		if err != nil {
			t.Fatal(err)
		}
		leaves = append(leaves, leave)
	}
	errs := make(chan error, hashesQueued)
	for range hashesQueued {
		go func() {
			_, err := h.enter(ctx)
			errs <- err
		}()
	}
	for len(h.queue) < cap(h.queue) {
		runtime.Gosched() // until all stand in the queue
	}
	_, err := h.enter(ctx)
	wantCode(t, err, "busy")
	cancel()
	for range hashesQueued {
		if err := <-errs; err != context.Canceled {
			t.Errorf("waiting caller got %v", err)
		}
	}
	for _, leave := range leaves {
		leave()
	}
	if len(h.queue) != 0 || len(h.slots) != 0 {
		t.Error("places are still taken")
	}
	if leave, err := h.enter(context.Background()); err != nil {
		t.Error(err)
	} else {
		leave()
	}
}

func TestCheckPassword(t *testing.T) {
	for password, code := range map[string]string{
		"":                             "password-short",
		"elevenchars":                  "password-short",
		"éèêàùçôîûëï":                  "password-short",
		strings.Repeat("long ", 300):   "password-long",
		"lucie.fontaine":               "password-own-name",
		"LUCIE Fontaine":               "password-own-name",
		"Lucie-Fontaine!":              "password-own-name",
		"aaaaaaaaaaaa":                 "password-common",
		"abcabcabcabcab":               "password-common",
		"123456789012":                 "password-common",
		"210987654321":                 "password-common",
		"abcdefghijklmn":               "password-common",
		"azertyuiopqsdf":               "password-common",
		"qwertyuiop123":                "password-common",
		"1qaz2wsx3edc":                 "password-common",
		"Motdepasse2026!":              "password-common",
		"Mot de passe 1":               "password-common",
		"Password1234":                 "password-common",
		"Administrateur":               "password-common",
		"!!!password!!!":               "password-common",
		"Bienvenue2026":                "password-common",
		"correct horse battery staple": "password-common",
		"rivière calme sous la lune":   "",
		"quatre chevaux gris":          "",
		"????!!!!;;;;....":             "",
		"motdepassequejenedispas":      "",
		"correct horse":                "",
		"abc123 tri de cartes":         "",
		"日本語のとても長いパスワード": "",
	} {
		err := CheckPassword(password, "lucie.fontaine", "Lucie Fontaine")
		got := ""
		if err != nil {
			got = store.AsError(err).Code
		}
		if got != code {
			t.Errorf("%q: %q, want %q", password, got, code)
		}
	}
	if err := CheckPassword(NewPassword(), "x", "y"); err != nil {
		t.Errorf("drawn password: %v", err)
	}
}
