package connectors

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"

	"coffre/chain"
	"coffre/connectors/gate"
	"coffre/llm"
	"coffre/store"
)

// Settings open the way to a runtime and to an embedder's own server, and to nothing that these lead to: a redirect
// is not followed, even where there is a way to its target.
func TestGatewayWays(t *testing.T) {
	b := newForwarding(t, t.TempDir(), quickPace)
	var elsewhere atomic.Int32
	target := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { elsewhere.Add(1) }))
	defer target.Close()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, target.URL+r.URL.Path, http.StatusTemporaryRedirect)
	}))
	defer server.Close()
	_, err := b.Update(t.Context(), store.System("test"), chain.Event{Action: chain.SettingsUpdate}, func(tx *store.Tx) error {
		for name, value := range map[string]string{
			llm.SettingURL: server.URL + "/v1", llm.SettingEmbedURL: "https://next.lan/v1", llm.SettingEmbedAt: "http://now.lan:8080", "previous." + llm.SettingEmbedAt: "http://before.lan:7997",
		} {
			if err := tx.PutSetting(name, value); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	var ways []gate.Way
	if err := b.View(func(v *store.View) (err error) { ways, err = Ways(v); return err }); err != nil {
		t.Fatal(err)
	}
	port, _ := strconv.Atoi(server.URL[strings.LastIndex(server.URL, ":")+1:])
	for _, want := range []gate.Way{
		{Owner: "acme", Host: "127.0.0.1", Port: port, Why: "llm"}, {Owner: "acme", Host: "next.lan", Port: 443, Why: "llm"},
		{Owner: "acme", Host: "now.lan", Port: 8080, Why: "llm"}, {Owner: "acme", Host: "before.lan", Port: 7997, Why: "llm"},
	} {
		if !slices.Contains(ways, want) {
			t.Errorf("no way to %v among %v", want, ways)
		}
	}
	var refused []gate.Refusal
	g := gate.New(nil, func(r gate.Refusal) { refused = append(refused, r) })
	defer g.Close()
	reach := func() error {
		r, err := llm.NewOpenAI(server.URL+"/v1", g.For("acme"), llm.OpenAIOptions{})
		if err != nil {
			t.Fatal(err)
		}
		defer r.Close()
		_, err = r.Models(context.Background())
		return err
	}
	if err := reach(); !errors.Is(err, gate.ErrRefused) || len(refused) != 1 || refused[0].Port != port {
		t.Errorf("with no way: %v, %v", err, refused)
	}
	targetWay, err := gate.WayTo(target.URL, "other")
	if err != nil {
		t.Fatal(err)
	}
	targetWay.Owner = "acme"
	if err := g.Replace(append(ways, targetWay)); err != nil {
		t.Fatal(err)
	}
	if err := reach(); !errors.Is(err, llm.ErrNotAPI) || elsewhere.Load() != 0 {
		t.Errorf("a redirect: %v, %d calls at its target", err, elsewhere.Load())
	}
}
