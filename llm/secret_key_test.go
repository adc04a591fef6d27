package llm

import (
	"context"
	"errors"
	"log/slog"
	"net"
	"slices"
	"testing"

	"coffre/chain"
	"coffre/store"
	"coffre/vault"
)

// TestKeyFromTheVault: the key goes to the address that it was entered for, with
// an entry for each conversation, and to no other; not at all once it is revoked.
func TestKeyFromTheVault(t *testing.T) {
	ctx := context.Background()
	root, err := store.OpenRoot(t.TempDir(), store.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer root.Close()
	if _, err := root.CreateTenant(ctx, store.System("test"), store.NewTenant{ID: "acme", Firm: "Acme"}); err != nil {
		t.Fatal(err)
	}
	tn, release, err := root.Acquire("acme")
	if err != nil {
		t.Fatal(err)
	}
	defer release()
	home, evil := newOpenWire(t), newOpenWire(t)
	op := store.Operator("test")
	c, err := tn.CreateCredential(ctx, op, store.NewCredential{Name: "k", Purpose: store.PurposeRuntime, Address: home.URL, Value: vault.NewSecret([]byte("sk-vault"))}, "")
	if err != nil {
		t.Fatal(err)
	}
	set := func(values map[string]string) {
		t.Helper()
		_, err := tn.Update(ctx, op.Actor, chain.Event{Action: chain.SettingsUpdate}, func(tx *store.Tx) error {
			for k, v := range values {
				if err := tx.PutSetting(k, v); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	set(map[string]string{SettingURL: home.URL, SettingKind: KindOpenAI, SettingKeySecret: c.ID})
	r := NewRuntime((&net.Dialer{}).DialContext, 1, slog.New(slog.DiscardHandler))
	for _, conversation := range []string{"conv-1", "conv-1", "conv-2"} {
		p, _, err := r.configured(ctx, tn)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := p.Models(inConversation(ctx, conversation)); err != nil {
			t.Fatal(err)
		}
	}
	if got := slices.Compact(slices.Clone(home.keys)); !slices.Equal(got, []string{"Bearer sk-vault"}) {
		t.Errorf("keys at home: %q", got)
	}
	var uses []string
	tn.View(func(v *store.View) error {
		all, err := v.EntriesAfter(0, 1<<20, 1<<30)
		for _, e := range all {
			if e.Action == chain.CredentialRead {
				uses = append(uses, e.Detail["tool"].(string)+" "+e.Detail["for"].(string))
			}
		}
		return err
	})
	if !slices.Equal(uses, []string{"llm conv-1", "llm conv-2"}) {
		t.Errorf("uses in the chain: %q", uses)
	}
	// Whoever may change settings, but doesn't know the value, points them at a server of theirs.
	set(map[string]string{SettingURL: evil.URL})
	if _, err := r.Look(ctx, tn); !errors.Is(err, ErrKeySecret) || store.AsError(err).Code != "secret-address" || CodeOf(err) != "secret-address" {
		t.Errorf("at another address: %v", err)
	}
	if len(evil.paths) != 0 {
		t.Errorf("another address was asked %q with %q", evil.paths, evil.keys)
	}
	set(map[string]string{SettingURL: home.URL})
	if _, err := tn.RevokeCredential(ctx, op, c.ID, true, ""); err != nil {
		t.Fatal(err)
	}
	asked := len(home.keys)
	if _, err := r.Look(ctx, tn); !errors.Is(err, ErrKeySecret) || len(home.keys) != asked {
		t.Errorf("after its end: %v", err)
	}
}
