package ui

import (
	"context"
	"crypto/tls"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"testing"
	"time"

	"coffre/connectors"
	"coffre/connectors/relay/relaytest"
	"coffre/connectors/syslog/syslogtest"
	"coffre/store"
	"coffre/ui/health"
	"coffre/ui/health/machine"
)

// newMailBox is a box whose alerts reach this machine.
func newMailBox(t *testing.T, more func(*Deps)) *box {
	return newBox(t, func(d *Deps) {
		d.Mail = connectors.NewMailer(func(ctx context.Context, network, addr string) (net.Conn, error) {
			return (&net.Dialer{}).DialContext(ctx, network, addr)
		})
		if more != nil {
			more(d)
		}
	})
}

// TestAlertSettings seals the relay's password by the form, sets the relay, tests
// it, and finds the password nowhere afterwards.
func TestAlertSettings(t *testing.T) {
	ca := syslogtest.NewAuthority(t)
	cert, key := ca.Issue(t, time.Now().Add(time.Hour), "127.0.0.1")
	pair, err := tls.X509KeyPair(cert, key)
	if err != nil {
		t.Fatal(err)
	}
	r := relaytest.Start(t, relaytest.Options{Certificate: &pair, Auth: "LOGIN PLAIN", User: "coffre@acme.example", Pass: "öl-und-säge-7719"})
	x := newMailBox(t, nil)
	adam := x.session(x.person(x.a, "adam", store.Admin))
	// The password is bound to the authority: that is set before.
	x.wantStatus(adam, "PATCH", "/api/v1/settings", map[string]string{"alerts.ca": strings.TrimSpace(string(ca.PEM))}, http.StatusOK)
	at := "smtp://127.0.0.1:" + strconv.Itoa(r.Port)
	secret := url.Values{"name": {"Relais"}, "purpose": {"mail"}, "address": {at}, "value": {"öl-und-säge-7719"}, "remind_days": {""}, "expires": {""}}
	x.wantStatus(adam, "POST", "/settings/secrets", secret, http.StatusSeeOther)
	var kept struct {
		Secrets []secretJSON `json:"secrets"`
	}
	x.call(adam, "GET", "/api/v1/secrets", nil).json(t, &kept)
	if len(kept.Secrets) != 1 || kept.Secrets[0].Purpose != "mail" {
		t.Fatalf("%+v", kept)
	}
	form := url.Values{
		"alerts.host": {"127.0.0.1"}, "alerts.port": {strconv.Itoa(r.Port + 1)}, "alerts.security": {"starttls"}, "alerts.account": {"coffre@acme.example"},
		"alerts.account_secret": {kept.Secrets[0].ID}, "alerts.from": {"coffre@acme.example"}, "alerts.ca": {strings.ReplaceAll(string(ca.PEM), "\n", "\r\n")},
		"alerts.urgent": {"it@acme.example\r\nboss@acme.example"}, "alerts.digest": {"it@acme.example"}, "alerts.hour": {"7"}, "alerts.link": {""},
	}
	for _, c := range []struct{ name, value, says string }{
		{"alerts.port", strconv.Itoa(r.Port + 1), "smtp://127.0.0.1"}, // another place than the password is for
		{"alerts.security", "none", "alerts.security"}, {"alerts.urgent", "it@acme.example\nBcc: x@y", "Bcc"}, {"alerts.from", "", "alerts.from"},
		{"alerts.account", "", "alerts.account"}, {"alerts.link", "http://coffre.lan", "alerts.link"}, {"alerts.ca", "nonsense", "nonsense"},
	} {
		bad := url.Values{}
		for name, v := range form {
			bad[name] = v
		}
		bad.Set("alerts.port", strconv.Itoa(r.Port))
		bad.Set(c.name, c.value)
		if got := x.call(adam, "POST", "/settings/alerts", bad); got.status != http.StatusUnprocessableEntity || !strings.Contains(got.body, c.says) || !strings.Contains(got.body, "has-fault") {
			t.Errorf("%s=%q: %d", c.name, c.value, got.status)
		}
	}
	form.Set("alerts.port", strconv.Itoa(r.Port))
	if got := x.call(adam, "POST", "/settings/alerts/test", form); !strings.Contains(got.body, "tone-bad") || len(r.Got()) > 0 {
		t.Errorf("a test of what isn't saved: %s", got.body)
	}
	x.wantStatus(adam, "POST", "/settings/alerts", form, http.StatusSeeOther)
	if got := x.call(adam, "POST", "/settings/alerts/test", form); strings.Count(got.body, "queued as 4F2A1") != 2 {
		t.Errorf("the test: %s", got.body)
	}
	if got := r.Got(); len(got) != 2 || !got[0].TLS || got[0].User != "coffre@acme.example" || got[0].From != "coffre@acme.example" {
		t.Errorf("%+v", got)
	}
	var e egressJSON
	x.call(adam, "GET", "/api/v1/egress", nil).json(t, &e)
	if len(e.Ways) != 1 || e.Ways[0].Port != r.Port || e.Ways[0].Clear {
		t.Errorf("%+v", e.Ways)
	}
	for _, path := range []string{"/settings/alerts", "/settings/secrets", "/settings/egress", "/api/v1/alerts", "/api/v1/settings", "/api/v1/audit/entries", "/health"} {
		if got := x.call(adam, "GET", path, nil); got.status != http.StatusOK || strings.Contains(got.body, "säge") {
			t.Errorf("%s: %d", path, got.status)
		}
	}
	if strings.Contains(x.logged(), "säge") || strings.Contains(x.logged(), "acme.example") {
		t.Error("the log has the password or an address")
	}
}

// wantStatus calls and wants a status.
func (x *box) wantStatus(c caller, method, path string, payload any, status int) {
	x.t.Helper()
	if r := x.call(c, method, path, payload); r.status != status {
		x.t.Fatalf("%s %s: %d %s", method, path, r.status, r.body)
	}
}

// TestAlertsTestFails: the page and REST say what the relay said.
func TestAlertsTestFails(t *testing.T) {
	r := relaytest.Start(t, relaytest.Options{Answer: func(step, arg string) string {
		if step == "RCPT" && strings.HasPrefix(arg, "boss@") {
			return "550 5.1.1 <script>User unknown"
		}
		return ""
	}})
	x := newMailBox(t, nil)
	adam := x.session(x.person(x.a, "adam", store.Admin))
	if got := x.call(adam, "POST", "/api/v1/alerts/test", map[string]any{}); got.code() != "mail-none" {
		t.Errorf("%d %s", got.status, got.body)
	}
	set := map[string]string{
		"alerts.host": "127.0.0.1", "alerts.port": strconv.Itoa(r.Port), "alerts.security": "none", "alerts.from": "c@acme.example",
		"alerts.urgent": "boss@acme.example", "alerts.digest": "it@acme.example",
	}
	x.wantStatus(adam, "PATCH", "/api/v1/settings", set, http.StatusOK)
	var out alertsTestJSON
	x.call(adam, "POST", "/api/v1/alerts/test", map[string]any{}).json(t, &out)
	if out.OK || len(out.Recipients) != 2 || out.Recipients[0].Code != "mail-recipient" || !strings.Contains(out.Recipients[0].Reply, "5.1.1") || !out.Recipients[1].OK {
		t.Errorf("%+v", out)
	}
	if got := x.call(adam, "POST", "/settings/alerts/test", url.Values{}); !strings.Contains(got.body, "&lt;script&gt;User unknown") {
		t.Errorf("%s", got.body)
	}
	if got := x.call(adam, "GET", "/settings/alerts", nil); !strings.Contains(got.body, "tone-warn") {
		t.Error("no word about clear text")
	}
	report := x.server.Health.Look(t.Context(), x.a)
	for _, c := range report.Results {
		if c.Name == "mail" && (c.Code != "untried" || c.Verdict != health.OK) {
			t.Errorf("%+v", c)
		}
	}
}

// TestHardenedMail: hardened mode shuts a relay in clear text, and takes none.
func TestHardenedMail(t *testing.T) {
	x := newMailBox(t, onDisk(machine.Encrypted))
	adam := x.person(x.a, "adam", store.Admin)
	clear := map[string]string{"alerts.host": "10.9.9.8", "alerts.port": "25", "alerts.security": "none", "alerts.from": "c@acme.example", "alerts.urgent": "it@acme.example"}
	x.wantStatus(x.session(adam), "PATCH", "/api/v1/settings", clear, http.StatusOK)
	c := x.harden(adam)
	var e egressJSON
	x.call(c, "GET", "/api/v1/egress", nil).json(t, &e)
	for _, w := range e.Ways {
		if w.Host == "10.9.9.8" && w.State != wayBare {
			t.Errorf("%+v", w)
		}
	}
	x.wantStatus(c, "PATCH", "/api/v1/settings", map[string]string{"alerts.security": "starttls"}, http.StatusOK)
	if r := x.call(c, "PATCH", "/api/v1/settings", map[string]string{"alerts.security": "none"}); r.code() != "hardened-clear" {
		t.Errorf("%d %s", r.status, r.body)
	}
}
