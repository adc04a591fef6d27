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
		if got.State.Sent > 0 && got.State.Sent == got.State.Head {
			break
		}
		time.Sleep(10 * time.Millisecond)
	}
	if !got.State.On || got.State.Code != "" || got.Port != siem.Port || got.CA != string(ca.PEM) || len(siem.Got()) == 0 {
		t.Errorf("state %+v", got)
	}
	put := map[string]any{"host": "127.0.0.1", "port": siem.Port, "clear": true, "resend_from": 1 << 40}
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
	if r := x.call(adam, "PUT", "/api/v1/audit/forward", map[string]any{"host": ""}); r.status != http.StatusOK {
		t.Errorf("off: %d %s", r.status, r.body)
	}
}
