package ui

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"testing"
	"time"

	"coffre/chain"
	"coffre/connectors"
	"coffre/store"
)

// TestAddCheckpointAnswers holds the HTTP side against C2SP tlog-witness.
func TestAddCheckpointAnswers(t *testing.T) {
	p := meet(t)
	if code := p.bring(); code != "" {
		t.Fatal(code)
	}
	w, _ := p.seen()
	p.act()
	var u, old chain.WitnessUpdate
	err := p.a.a.View(func(v *store.View) (err error) {
		if u, err = v.WitnessUpdate(w.Size, 0); err == nil {
			old, err = v.WitnessUpdate(w.Size-1, 0)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	bad := u
	bad.Consistency = append([]chain.Hash{{9}}, u.Consistency...)
	foreign := strings.Replace(u.Checkpoint, "coffre.audit/acme", "coffre.audit/nobody", 1)
	for _, c := range []struct {
		name, body string
		status     int
	}{
		{"nonsense", "hello", http.StatusBadRequest},
		{"too long", strings.Repeat("x", 100<<10), http.StatusRequestEntityTooLarge},
		{"an unknown origin", "old 0\n\n" + foreign, http.StatusNotFound},
		{"another size", string(old.AddCheckpoint()), http.StatusConflict},
		{"a bad proof", string(bad.AddCheckpoint()), http.StatusUnprocessableEntity},
		{"a good one", string(u.AddCheckpoint()), http.StatusOK},
	} {
		res, err := p.b.client.Post(p.b.web.URL+connectors.WitnessPath, "", strings.NewReader(c.body))
		if err != nil {
			t.Fatal(err)
		}
		raw, err := io.ReadAll(res.Body)
		res.Body.Close()
		if err != nil {
			t.Fatal(err)
		}
		body := string(raw)
		if res.StatusCode != c.status {
			t.Errorf("%s: %d %q, want %d", c.name, res.StatusCode, body, c.status)
		}
		switch c.status {
		case http.StatusConflict:
			if res.Header.Get("Content-Type") != "text/x.tlog.size" || strings.TrimSpace(body) == "" || !strings.HasSuffix(body, "\n") {
				t.Errorf("%s: %q %q", c.name, res.Header.Get("Content-Type"), body)
			}
		case http.StatusOK:
			if !strings.HasPrefix(body, "\u2014 "+p.name+" ") || strings.Count(body, "\n") != 1 {
				t.Errorf("%s: %q", c.name, body)
			}
		}
	}
}

// TestAddCheckpointIsBounded: who sends too much is told to wait, others are not.
func TestAddCheckpointIsBounded(t *testing.T) {
	var p pushes
	now := time.Date(2026, 3, 1, 9, 0, 20, 0, time.UTC)
	enter := func(address string, at time.Time) bool {
		_, ok := p.enter(address, at)
		return ok
	}
	for i := range pushRate {
		if !enter("a", now) {
			t.Fatalf("number %d is refused", i+1)
		}
		p.leave("a")
	}
	if wait, ok := p.enter("a", now); ok || wait != 40 {
		t.Errorf("number %d comes in, or waits %d s for the next minute", pushRate+1, wait)
	}
	if !enter("b", now) || !enter("a", now.Add(time.Minute)) {
		t.Error("others wait too, or the next minute does not come")
	}
	if !enter("b", now) || enter("b", now) {
		t.Errorf("an address has other than %d at once", pushEach)
	}
	if !enter("c", now) || enter("d", now) {
		t.Errorf("other than %d at once", pushMost)
	}
	for _, a := range []string{"a", "b", "b", "c"} {
		p.leave(a)
	}
	if p.all != 0 || len(p.running) != 0 {
		t.Errorf("%d run, of %v, when all have left", p.all, p.running)
	}
}

// TestAddCheckpointTable: with any number of addresses the table stays as large
// as it may be, and those that were refused stay refused.
func TestAddCheckpointTable(t *testing.T) {
	var p pushes
	now := time.Date(2026, 3, 1, 9, 0, 20, 0, time.UTC)
	come := func(address string) bool {
		_, ok := p.enter(address, now)
		if ok {
			p.leave(address)
		}
		return ok
	}
	for range pushRate {
		come("flood")
	}
	in := 0
	for i := range 3 * pushAddresses {
		if come(fmt.Sprintf("2001:db8::%x", i)) {
			in++
		}
	}
	if len(p.count) > pushAddresses+1 {
		t.Errorf("%d addresses are remembered", len(p.count))
	}
	if in != pushAddresses-1+pushRate {
		t.Errorf("%d of so many addresses came in, want %d", in, pushAddresses-1+pushRate)
	}
	if come("flood") {
		t.Error("many addresses win new tries for one that was refused")
	}
	if !come("2001:db8::1") {
		t.Error("one that is known and has not sent much waits too")
	}
}

// TestAddCheckpointTooMany holds it over HTTP: 429 with a time to wait, nothing
// is judged meanwhile, and another address goes on.
func TestAddCheckpointTooMany(t *testing.T) {
	x := lone(t, "guard")
	send := func(from string) *httptest.ResponseRecorder {
		r := httptest.NewRequest(http.MethodPost, connectors.WitnessPath, strings.NewReader("hello"))
		r.RemoteAddr = from + ":1000"
		w := httptest.NewRecorder()
		x.web.Config.Handler.ServeHTTP(w, r)
		return w
	}
	// A minute may end meanwhile: then as many come in again.
	in, out := 0, 0
	for out == 0 && in < 20*pushRate {
		switch w := send("192.0.2.7"); w.Code {
		case http.StatusBadRequest:
			in++
		case http.StatusTooManyRequests:
			out++
			if n, err := strconv.Atoi(w.Header().Get("Retry-After")); err != nil || n < 1 || n > 60 {
				t.Fatalf("Retry-After %q", w.Header().Get("Retry-After"))
			}
		default:
			t.Fatalf("%d %s", w.Code, w.Body)
		}
	}
	if in < pushRate || out == 0 {
		t.Errorf("%d came in and %d were told to wait", in, out)
	}
	if w := send("192.0.2.8"); w.Code != http.StatusBadRequest {
		t.Errorf("another address: %d", w.Code)
	}
}
