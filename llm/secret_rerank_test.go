package llm

import (
	"errors"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"coffre/chain"
	"coffre/store"
	"coffre/vault"
)

func (d *desk) set(t *testing.T, values map[string]string) {
	t.Helper()
	d.do(t, chain.SettingsUpdate, func(tx *store.Tx) error {
		for name, value := range values {
			if err := tx.PutSetting(name, value); err != nil {
				return err
			}
		}
		return nil
	})
}

// TestRerankKey: the re-ranker's key is the vault's, goes to its own server alone,
// and its uses are entered as what they are.
func TestRerankKey(t *testing.T) {
	var keys []string
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		keys = append(keys, r.Header.Get("Authorization"))
		jinaRerank("results")(w, r)
	}))
	defer s.Close()
	main := newOpenWire(t)
	d := newDesk(t)
	op := store.Operator("test")
	keep := func(name, at, value string) string {
		t.Helper()
		c, err := d.CreateCredential(t.Context(), op, store.NewCredential{Name: name, Purpose: store.PurposeRuntime, Address: at, Value: vault.NewSecret([]byte(value))}, "")
		if err != nil {
			t.Fatal(err)
		}
		return c.ID
	}
	own, runtime := keep("rank", s.URL, "sk-rank"), keep("llm", main.URL, "sk-main")
	d.set(t, map[string]string{
		SettingURL: main.URL, SettingKind: KindOpenAI, SettingKeySecret: runtime,
		SettingRerank: "bge-reranker", SettingRerankURL: s.URL + "/v1", SettingRerankSecret: own,
	})
	r := NewRuntime((&net.Dialer{}).DialContext, 1, slog.New(slog.NewTextHandler(io.Discard, nil)))
	for range 2 {
		if _, err := r.Rerank(t.Context(), d.Tenant, "?", []string{"a", "bb"}); err != nil {
			t.Fatal(err)
		}
	}
	if got := slices.Compact(keys); !slices.Equal(got, []string{"Bearer sk-rank"}) {
		t.Errorf("keys: %q", got)
	}
	var tools []any
	d.View(func(v *store.View) error {
		all, err := v.EntriesAfter(0, 1<<20, 1<<30)
		for _, e := range all {
			if e.Action == chain.CredentialRead {
				tools = append(tools, e.Detail["tool"])
			}
		}
		return err
	})
	if !slices.Equal(tools, []any{"rerank"}) {
		t.Errorf("uses in the chain: %v", tools)
	}
	// Without a key of its own the runtime's doesn't go there.
	d.set(t, map[string]string{SettingRerankSecret: ""})
	keys = nil
	if _, err := r.Rerank(t.Context(), d.Tenant, "?", []string{"a", "bb"}); err != nil || !slices.Equal(keys, []string{""}) {
		t.Errorf("%q %v", keys, err)
	}
}

// TestKeyFilesAreGone: a server whose setting names a file of a coffre of before
// isn't asked, with or without the file; a key from the vault, or the setting's
// end, ends that.
func TestKeyFilesAreGone(t *testing.T) {
	s := newOpenWire(t)
	d := newDesk(t)
	c, err := d.CreateCredential(t.Context(), store.Operator("test"), store.NewCredential{Name: "k", Purpose: store.PurposeRuntime, Address: s.URL, Value: vault.NewSecret([]byte("sk-vault"))}, "")
	if err != nil {
		t.Fatal(err)
	}
	r := NewRuntime((&net.Dialer{}).DialContext, 1, slog.New(slog.NewTextHandler(io.Discard, nil)))
	d.set(t, map[string]string{SettingURL: s.URL, SettingKind: KindOpenAI, SettingEmbedURL: s.URL, SettingRerank: "m", SettingRerankURL: s.URL})
	for _, c := range []struct {
		file, secret, id string
		ask              func() error
	}{
		{SettingKeyFile, SettingKeySecret, c.ID, func() error { _, err := r.Look(t.Context(), d.Tenant); return err }},
		{SettingEmbedKey, SettingEmbedSecret, c.ID, func() error { _, err := r.LookEmbedder(t.Context(), d.Tenant); return err }},
		{SettingRerankKey, SettingRerankSecret, c.ID, func() error {
			_, err := r.TryRerank(t.Context(), d.Tenant)
			if errors.Is(err, ErrNoRerank) {
				return nil // it was asked
			}
			return err
		}},
	} {
		d.set(t, map[string]string{c.file: "gateway.key"})
		asked := len(s.paths)
		err := c.ask()
		// Where the kind of server isn't known, it is asked whether it is an Ollama.
		if left := slices.DeleteFunc(slices.Clone(s.paths[asked:]), func(p string) bool { return strings.HasSuffix(p, "/api/version") }); CodeOf(err) != "key-file-gone" || len(left) > 0 {
			t.Errorf("%s: %v, asked %v", c.file, err, left)
		}
		d.set(t, map[string]string{c.secret: c.id})
		if err := c.ask(); err != nil || s.keys[len(s.keys)-1] != "Bearer sk-vault" {
			t.Errorf("%s: %v, sent %q", c.secret, err, s.keys)
		}
		d.set(t, map[string]string{c.secret: "", c.file: ""})
		if err := c.ask(); err != nil || s.keys[len(s.keys)-1] != "" {
			t.Errorf("without %s: %v, sent %q", c.file, err, s.keys)
		}
		if KeyFiles[c.file] != c.secret {
			t.Errorf("%s is not replaced by %s", c.file, c.secret)
		}
	}
}
