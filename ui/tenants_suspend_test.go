package ui

import (
	"io"
	"log/slog"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"coffre/connectors"
	"coffre/store"
)

func (x *box) suspend(on bool) {
	x.t.Helper()
	act := "/resume"
	if on {
		act = "/suspend"
	}
	if status, body := x.operate("POST", "/api/v1/box/tenants/alpha"+act, map[string]string{"reason": "facture impayée"}); status != http.StatusOK {
		x.t.Fatal(status, body)
	}
}

// TestSuspendedStreams: an answer that is being written ends within seconds of the
// suspension, whoever reads it and how; nobody signs in; afterwards all is as before.
func TestSuspendedStreams(t *testing.T) {
	d, m := modelled(t)
	byForm, _ := d.listen(d.web, "/ask/stream", asksNotice)
	until(t, byForm, "token")
	byKey, _ := d.listen(d.key, "/api/v1/ask", map[string]any{"question": asksNotice.Get("question"), "stream": true})
	d.suspend(true)
	for name, next := range map[string]func() (event, bool){"form": byForm, "key": byKey} {
		ended := make(chan string, 1)
		go func() {
			for {
				e, ok := next()
				if !ok || e.name == "done" || e.name == "error" {
					ended <- e.name
					return
				}
			}
		}()
		select {
		case <-ended:
		case <-time.After(20 * time.Second):
			t.Errorf("the stream by %s goes on", name)
		}
	}
	<-m.gone // the model is told to stop
	for what, r := range map[string]reply{
		"page":    d.call(d.web, "GET", "/", nil),
		"sign-in": d.call(caller{host: hostA}, "POST", "/signin", url.Values{"user": {"ines"}, "password": {password}}),
		"API":     d.call(d.key, "GET", "/api/v1/documents", nil),
		"gateway": d.call(d.key, "GET", "/v1/models", nil),
	} {
		if r.status != http.StatusServiceUnavailable || !strings.Contains(strings.ToLower(r.body), "suspen") {
			t.Errorf("%s: %d %.200s", what, r.status, r.body)
		}
	}
	d.suspend(false)
	for len(m.gone) > 0 {
		<-m.gone
	}
	m.finish <- struct{}{}
	again, _ := d.listen(d.key, "/api/v1/ask", map[string]any{"question": asksNotice.Get("question"), "stream": true})
	until(t, again, "done")
}

// TestSuspendedRests: jobs wait and ways are shut while a firm is suspended, and
// only then; the other firm's go on.
func TestSuspendedRests(t *testing.T) {
	x := newBox(t, nil)
	ca := x.collection(x.a, "Commun", store.Grants{store.Everyone}, store.Grants{store.Everyone})
	cb := x.collection(x.b, "Commun", store.Grants{store.Everyone}, store.Grants{store.Everyone})
	x.set(x.a, "llm.url", "http://192.0.2.7:11434")
	x.set(x.b, "llm.url", "http://192.0.2.8:11434")
	open := func() (hosts []string) {
		ways, err := connectors.BoxWays(x.root, slog.New(slog.NewTextHandler(io.Discard, nil)))
		if err != nil {
			t.Fatal(err)
		}
		for _, w := range ways {
			hosts = append(hosts, w.Owner+" "+w.Host)
		}
		return hosts
	}
	both := []string{"alpha 192.0.2.7", "beta 192.0.2.8"}
	if got := open(); !slices.Equal(got, both) {
		t.Fatalf("ways before: %q", got)
	}
	x.suspend(true)
	if got := open(); !slices.Equal(got, both[1:]) {
		t.Errorf("ways of a suspended firm: %q", got)
	}
	if served, err := x.root.Served(); err != nil || len(served) != 1 || served[0].ID != "beta" {
		t.Errorf("served: %v %v", served, err)
	}
	waits := x.queue(x.a, ca, "attend.txt", "Celui-ci attend.")
	x.add(x.b, cb, "va.txt", "Celui-ci va.") // its turn comes after alpha's
	x.add(x.b, cb, "aussi.txt", "Celui-ci aussi.")
	err := x.a.View(func(v *store.View) error {
		jobs, err := v.Jobs()
		if len(jobs) != 1 || jobs[0].Failed {
			t.Errorf("jobs of a suspended firm: %+v", jobs)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	x.suspend(false)
	if got := open(); !slices.Equal(got, both) {
		t.Errorf("ways after: %q", got)
	}
	if d := x.settle(x.a, waits.ID); d.Title == "" && len(d.Versions) == 0 {
		t.Errorf("after: %+v", d)
	}
}
