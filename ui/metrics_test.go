package ui

import (
	"context"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"regexp"
	"strings"
	"testing"

	"coffre/auth"
	"coffre/chain"
	"coffre/connectors"
	"coffre/store"
)

// scrapeLocal reads /metrics as over the local socket.
func scrapeLocal(x *box, accept string) reply {
	r := httptest.NewRequestWithContext(context.Background(), "GET", "/metrics", nil)
	r.Header.Set("Accept", accept)
	w := httptest.NewRecorder()
	x.server.LocalHandler(OwnName).ServeHTTP(w, r)
	return reply{status: w.Code, header: w.Result().Header, body: w.Body.String()}
}

func (x *box) set(t *store.Tenant, name, value string) {
	x.t.Helper()
	x.do(t, chain.SettingsUpdate, func(tx *store.Tx) error { return tx.PutSetting(name, value) })
}

// busy is a box with two firms that people use, whatever they type.
func busy(t *testing.T) *box {
	x := newBox(t, nil)
	ana := x.person(x.a, "canari-login", store.Admin)
	c := x.collection(x.a, "Canari Personne", store.Grants{store.Everyone}, store.Grants{store.Everyone})
	x.add(x.a, c, "ornithocanari.txt", "Le préavis du xylophagecanari est de trois mois.")
	who, key := x.session(ana), x.apiKey(ana)
	x.call(who, "GET", "/search?q=xylophagecanari", nil)
	x.call(key, "POST", "/api/v1/ask", map[string]any{"question": "Quel est le préavis du xylophagecanari ?"})
	x.call(who, "GET", "/zygomacanari", nil)
	x.call(caller{host: hostA}, "POST", "/signin", map[string]any{})
	x.call(caller{host: hostA, key: "canari-login"}, "GET", "/api/v1/search?q=x", nil)
	x.auth.SignIn(x.ctx, x.a, auth.SignIn{Login: "canari-login", Password: "zygomacanari", Address: "192.0.2.9"})
	x.server.Health.Look(x.ctx, x.a)
	return x
}

func TestMetrics(t *testing.T) {
	x := busy(t)
	r := scrapeLocal(x, "")
	if r.status != http.StatusOK || r.header.Get("Content-Type") != "text/plain; version=0.0.4; charset=utf-8" {
		t.Fatalf("%d %v", r.status, r.header)
	}
	for _, want := range []string{
		`coffre_http_requests_total{method="GET",route="/search",status="200"} 1`, `coffre_http_requests_total{method="any",route="none",status="404"} `,
		`coffre_http_request_duration_seconds_bucket{method="POST",route="/api/v1/ask",le="+Inf"} 1`, `coffre_questions_total{outcome="quotes"} 1`,
		"coffre_question_first_token_seconds_count 1\n", "coffre_question_seconds_count 1\n", `coffre_signin_failures_total{reason="wrong-password"} 1`,
		`coffre_documents{tenant="alpha",state="ready"} 1`, `coffre_documents{tenant="beta",state="ready"} 0`, `coffre_firm_up{tenant="beta"} 1`,
		`coffre_sessions{tenant="alpha"} 1`, `coffre_health{tenant="alpha",check="space"} 0`, `coffre_build_info{version="test"`,
		"go_goroutines ", "process_cpu_seconds_total ", "coffre_commit_seconds_sum ", `coffre_disk_free_bytes{tenant="alpha"} `,
	} {
		if !strings.Contains(r.body, want) {
			t.Errorf("no %s", want)
		}
	}
	if strings.Contains(r.body, "coffre_search_seconds_count 0\n") || strings.Contains(r.body, "coffre_chain_appends_total 0\n") || strings.Contains(r.body, "coffre_commit_seconds_count 0\n") {
		t.Error("what was done is not counted")
	}
	noCanary(t, r.body)
	open := scrapeLocal(x, "application/openmetrics-text;version=1.0.0,text/plain;q=0.5")
	if !strings.HasPrefix(open.header.Get("Content-Type"), "application/openmetrics-text") || !strings.HasSuffix(open.body, "# EOF\n") {
		t.Errorf("%v", open.header)
	}
	sound(t, r.body)
	promtool(t, r.body)
}

func noCanary(t *testing.T, text string) {
	t.Helper()
	for _, word := range canaryWords {
		if at := strings.Index(text, word); at >= 0 {
			t.Errorf("%q is told: %s", word, text[max(0, at-100):min(len(text), at+50)])
		}
	}
}

var sampleLine = regexp.MustCompile(`^([a-z_]+)(\{[a-z]+="[^"]*"(,[a-z]+="[^"]*")*\})? (-?[0-9.e+-]+)$`)

// sound holds the text against the format: every sample under its family's head,
// no series twice.
func sound(t *testing.T, text string) {
	t.Helper()
	family, seen := "", map[string]bool{}
	for line := range strings.Lines(text) {
		line = strings.TrimSuffix(line, "\n")
		if rest, ok := strings.CutPrefix(line, "# TYPE "); ok {
			family, _, _ = strings.Cut(rest, " ")
			continue
		}
		if strings.HasPrefix(line, "# HELP ") {
			continue
		}
		m := sampleLine.FindStringSubmatch(line)
		if m == nil || !strings.HasPrefix(m[1], family) || seen[m[1]+m[2]] {
			t.Errorf("under %s: %q", family, line)
			continue
		}
		seen[m[1]+m[2]] = true
	}
	if len(seen) > 1000 {
		t.Errorf("%d series", len(seen))
	}
}

// promtool lets Prometheus' own tool read the text.
func promtool(t *testing.T, text string) {
	t.Helper()
	path, err := exec.LookPath("promtool")
	if err != nil {
		t.Log("promtool is not here: apt-get install prometheus brings it")
		return
	}
	cmd := exec.Command(path, "check", "metrics")
	cmd.Stdin = strings.NewReader(text)
	if out, err := cmd.CombinedOutput(); err != nil || len(out) > 0 {
		t.Errorf("promtool: %v\n%s", err, out)
	}
}

// TestMetricsOfOneFirm: over the network a firm reads its own figures, and those
// of the machine only where it is alone.
func TestMetricsOfOneFirm(t *testing.T) {
	x := busy(t)
	r := x.call(caller{host: hostA}, "GET", "/metrics", nil)
	if r.status != http.StatusOK || !strings.Contains(r.body, `coffre_documents{state="ready"} 1`) {
		t.Errorf("%d %.300s", r.status, r.body)
	}
	for _, other := range []string{"tenant", "alpha", "beta", "coffre_http_", "coffre_questions", "coffre_signin", "go_", "process_"} {
		if strings.Contains(r.body, other) {
			t.Errorf("%s is told to one firm of two", other)
		}
	}
	alone := emptyBox(t, nil)
	if _, err := alone.root.CreateTenant(alone.ctx, store.Operator("test").Actor, store.NewTenant{ID: "alpha", Firm: "Firm", Hosts: []string{hostA}}); err != nil {
		t.Fatal(err)
	}
	if r := alone.call(caller{host: hostA}, "GET", "/metrics", nil); r.status != http.StatusOK || !strings.Contains(r.body, "coffre_http_requests_in_flight 1\n") || strings.Contains(r.body, "tenant") {
		t.Errorf("%d %.300s", r.status, r.body)
	}
}

// TestWhoReadsMetrics: the machine itself, networks that the firm names, and
// administrators' keys for it; nobody else.
func TestWhoReadsMetrics(t *testing.T) {
	x := newBox(t, nil)
	ana, bob := x.person(x.a, "ana", store.Admin), x.person(x.a, "bob", store.Member)
	keyFor := func(p person, scopes ...string) caller {
		secret, _, err := x.auth.MakeKey(x.ctx, x.a, store.Operator("test"), auth.NewKey{UserID: p.id, Name: "k", Scopes: scopes})
		if err != nil {
			t.Fatal(err)
		}
		return caller{host: hostA, key: secret}
	}
	nobody := caller{host: hostA}
	scrape, admin, read, member := keyFor(ana, "metrics"), keyFor(ana, "admin"), keyFor(ana, "read"), keyFor(bob, "metrics")
	for _, c := range []struct {
		from string
		who  caller
		want int
	}{
		{metricsFromDefault, nobody, 200}, {"", nobody, 401}, {"192.0.2.0/24", nobody, 401}, {"192.0.2.0/24 127.0.0.1", nobody, 200},
		{"", scrape, 200}, {"", admin, 200}, {"", read, 403}, {"", member, 404}, {metricsFromDefault, member, 404}, {metricsFromDefault, read, 403},
		{metricsFromDefault, caller{host: hostA, key: "coffre_k_wrong"}, 401}, {metricsFromDefault, x.session(bob), 404}, {"", x.session(ana), 200},
	} {
		x.set(x.a, SettingMetricsFrom, c.from)
		r := x.call(c.who, "GET", "/metrics", nil)
		if r.status == http.StatusSeeOther {
			r.status = http.StatusUnauthorized // led to the sign-in page
		}
		if r.status != c.want {
			t.Errorf("from %q, %+v: %d, want %d", c.from, c.who, r.status, c.want)
		}
	}
	if r := x.call(scrape, "GET", "/api/v1/health", nil); r.status != http.StatusForbidden {
		t.Errorf("a key for metrics reads the health: %d", r.status)
	}
	x.set(x.a, SettingMetricsFrom, metricsFromDefault)
	for _, h := range proxied {
		req, _ := http.NewRequestWithContext(x.ctx, "GET", x.web.URL+"/metrics", nil)
		req.Host = hostA
		req.Header.Set(h, "192.0.2.9")
		r, err := x.client.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		r.Body.Close()
		if r.StatusCode == http.StatusOK {
			t.Errorf("a proxy with %s reads for somebody else", h)
		}
	}
	for _, bad := range []string{"x", "10.0.0.0/99", "10.0.0.1; 10.0.0.2"} {
		if validMetricsFrom(bad) {
			t.Errorf("%q is taken", bad)
		}
	}
}

var figureName = regexp.MustCompile(`coffre_[a-z_]+`)

// TestMetricsInDocs: what the docs name is there.
func TestMetricsInDocs(t *testing.T) {
	x := newBox(t, func(d *Deps) { d.Egress = connectors.NewEgress(nil) })
	body := scrapeLocal(x, "").body
	for _, name := range []string{"../docs/admin.en.md", "../docs/admin.fr.md"} {
		doc, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		named := figureName.FindAllString(string(doc), -1)
		if len(named) < 30 {
			t.Errorf("%s names %d figures", name, len(named))
		}
		for _, n := range named {
			n = strings.TrimSuffix(n, "_bucket")
			if n != "coffre_certificate_expiry_timestamp_seconds" && !strings.Contains(body, "# TYPE "+n+" ") {
				t.Errorf("%s names %s", name, n)
			}
		}
	}
}
