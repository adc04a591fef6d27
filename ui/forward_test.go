package ui

import (
	"context"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"testing"
	"time"

	"coffre/connectors"
	"coffre/connectors/syslog/syslogtest"
	"coffre/store"
)

// TestForwardSettings sets a receiver on the page and by REST, and looks at what
// becomes of it.
func TestForwardSettings(t *testing.T) {
	ca := syslogtest.NewAuthority(t)
	siem := syslogtest.Start(t, syslogtest.Options{By: ca})
	opened := 0
	x := newBox(t, func(d *Deps) {
		dial := func(ctx context.Context, network, addr string) (net.Conn, error) {
			return (&net.Dialer{}).DialContext(ctx, network, addr)
		}
		d.Forward = connectors.NewForwarder(d.Root, dial, d.Log)
		d.OpenWays = func() error { opened++; return nil }
	})
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan struct{})
	go func() { defer close(done); x.server.Forward.Run(ctx) }()
	defer func() { cancel(); <-done }()
	adam := x.session(x.person(x.a, "adam", store.Admin))
	form := url.Values{
		"forward.host": {"127.0.0.1"}, "forward.port": {strconv.Itoa(siem.Port)}, "forward.way": {"tls"}, "forward.ca": {"nonsense"},
		"forward.facility": {"13"}, "forward.enterprise": {"32473"}, "forward.server_name": {""},
	}
	if r := x.call(adam, "POST", "/settings/forward", form); r.status != http.StatusUnprocessableEntity || !strings.Contains(r.body, "nonsense") {
		t.Errorf("a bad authority: %d", r.status)
	}
	form.Set("forward.ca", string(ca.PEM))
	if r := x.call(adam, "POST", "/settings/forward/test", form); !strings.Contains(r.body, "tone-bad") {
		t.Errorf("a test of what isn't saved: %s", r.body)
	}
	if r := x.call(adam, "POST", "/settings/forward", form); r.status != http.StatusSeeOther || opened != 1 {
		t.Fatalf("saving: %d, ways opened %d times", r.status, opened)
	}
	if r := x.call(adam, "POST", "/settings/forward/test", form); !strings.Contains(r.body, "tone-good") {
		t.Errorf("the test: %s", r.body)
	}
	var got forwardJSON
	for range 6000 {
		x.call(adam, "GET", "/api/v1/audit/forward", nil).json(t, &got)
		if got.State.Sent > 0 && got.State.Sent == got.State.Head && len(siem.Got()) > 0 {
			break
		}
		time.Sleep(10 * time.Millisecond)
	}
	if !got.State.On || got.State.Code != "" || got.Port != siem.Port || got.CA != string(ca.PEM) || len(siem.Got()) == 0 {
		t.Errorf("state %+v", got)
	}
	put := map[string]any{"host": "127.0.0.1", "port": siem.Port, "ca": string(ca.PEM), "resend_from": 1 << 40}
	if r := x.call(adam, "PUT", "/api/v1/audit/forward", put); r.code() != "forward-from" {
		t.Errorf("from an entry to come: %d %s", r.status, r.body)
	}
	put["resend_from"] = 1
	if r := x.call(adam, "PUT", "/api/v1/audit/forward", put); r.status != http.StatusOK {
		t.Errorf("again: %d %s", r.status, r.body)
	}
	if r := x.call(adam, "GET", "/settings/forward", nil); !strings.Contains(r.body, "forward-title") {
		t.Error("no card")
	}
	off := map[string]any{"host": ""}
	if r := x.call(adam, "PUT", "/api/v1/audit/forward", off); r.code() != "reason" {
		t.Errorf("off, without a reason: %d %s", r.status, r.body)
	}
	if off["reason"] = "le SIEM est arrêté"; x.call(adam, "PUT", "/api/v1/audit/forward", off).code() != "paper-key" {
		t.Error("a single administrator ends forwarding without the paper key")
	}
	x.person(x.a, "bea", store.Admin)
	if r := x.call(adam, "PUT", "/api/v1/audit/forward", off); r.status != http.StatusAccepted || !strings.Contains(r.body, `"witness"`) {
		t.Errorf("off, with a reason: %d %s", r.status, r.body)
	}
	form.Set("forward.port", "601")
	form.Set("reason", "le SIEM est arrêté")
	if r := x.call(adam, "POST", "/settings/forward", form); r.status != http.StatusUnprocessableEntity || !strings.Contains(r.body, `href="/retention"`) {
		t.Errorf("asked again by the form: %d", r.status)
	}
	if r := x.call(adam, "GET", "/retention", nil); !strings.Contains(r.body, "Ne plus transmettre le journal au SIEM") {
		t.Error("the request is not on the page")
	}
	if x.call(adam, "GET", "/api/v1/audit/forward", nil).json(t, &got); got.Host != "127.0.0.1" {
		t.Errorf("one person ended it: %+v", got)
	}
}

// TestForwardCertificate seals a certificate by the form, chooses it for the
// receiver, and finds its private key nowhere afterwards.
func TestForwardCertificate(t *testing.T) {
	ca, clients := syslogtest.NewAuthority(t), syslogtest.NewAuthority(t)
	siem := syslogtest.Start(t, syslogtest.Options{By: ca, Clients: clients})
	x := newBox(t, func(d *Deps) {
		dial := func(ctx context.Context, network, addr string) (net.Conn, error) {
			return (&net.Dialer{}).DialContext(ctx, network, addr)
		}
		d.Forward = connectors.NewForwarder(d.Root, dial, d.Log)
		d.OpenWays = func() error { return nil }
	})
	adam := x.session(x.person(x.a, "adam", store.Admin))
	pair := string(clients.IssueClient(t, time.Time{}, "coffre"))
	at := "syslog://127.0.0.1:" + strconv.Itoa(siem.Port)
	secret := url.Values{"name": {"SIEM"}, "purpose": {"siem"}, "address": {at}, "value": {"sk-line"}, "remind_days": {""}, "expires": {""}}
	r := x.call(adam, "POST", "/settings/secrets", secret)
	if r.status != http.StatusUnprocessableEntity || !strings.Contains(r.body, at) || strings.Contains(r.body, "sk-line") {
		t.Errorf("what is no certificate: %d %s", r.status, r.body)
	}
	secret.Set("value", strings.ReplaceAll(pair, "\n", "\r\n")) // as browsers send a textarea
	if r := x.call(adam, "POST", "/settings/secrets", secret); r.status != http.StatusSeeOther {
		t.Fatalf("%d %s", r.status, r.body)
	}
	var kept struct {
		Secrets []secretJSON `json:"secrets"`
	}
	x.call(adam, "GET", "/api/v1/secrets", nil).json(t, &kept)
	if len(kept.Secrets) != 1 || kept.Secrets[0].Purpose != "siem" || kept.Secrets[0].Expires.IsZero() {
		t.Fatalf("%+v", kept)
	}
	form := url.Values{
		"forward.host": {"127.0.0.1"}, "forward.port": {strconv.Itoa(siem.Port + 1)}, "forward.way": {"tls"}, "forward.ca": {string(ca.PEM)},
		"forward.facility": {"13"}, "forward.enterprise": {"32473"}, "forward.server_name": {""}, "forward.client_secret": {kept.Secrets[0].ID},
	}
	if r := x.call(adam, "POST", "/settings/forward", form); r.status != http.StatusUnprocessableEntity || !strings.Contains(r.body, kept.Secrets[0].ID+`" selected`) {
		t.Errorf("another port than the certificate is for: %d", r.status)
	}
	form.Set("forward.port", strconv.Itoa(siem.Port))
	if r := x.call(adam, "POST", "/settings/forward", form); r.status != http.StatusSeeOther {
		t.Fatalf("%d %s", r.status, r.body)
	}
	if r := x.call(adam, "POST", "/settings/forward/test", form); !strings.Contains(r.body, "tone-good") {
		t.Errorf("the test: %s", r.body)
	}
	if r := x.call(adam, "DELETE", "/api/v1/secrets/"+kept.Secrets[0].ID, nil); r.code() != "secret-in-use" {
		t.Errorf("in use: %d %s", r.status, r.body)
	}
	line := strings.Split(pair[strings.Index(pair, "PRIVATE KEY-----"):], "\n")[1]
	for _, path := range []string{"/settings/secrets", "/settings/forward", "/api/v1/secrets", "/api/v1/audit/forward", "/api/v1/audit/entries"} {
		if r := x.call(adam, "GET", path, nil); r.status != http.StatusOK || strings.Contains(r.body, line) {
			t.Errorf("%s: %d, or it holds the key", path, r.status)
		}
	}
	if strings.Contains(x.logged(), line) {
		t.Error("the log holds the key")
	}
}
