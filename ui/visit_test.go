package ui

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"coffre/auth"
	"coffre/store"
	"coffre/ui/words"
)

// open house: a public demonstration whose insider may write, were it not public.
func newOpenHouse(t *testing.T, edit func(*Public)) *walk {
	p := &Public{Guests: []string{"irene", "audrey"}, Limits: VisitLimits{
		Reads: Rate{1 << 20, 1}, Asks: Rate{1 << 20, 1}, Checks: Rate{1 << 20, 1}, Entries: Rate{1 << 20, 1},
	}}
	if edit != nil {
		edit(p)
	}
	return newWalkWith(t, func(d *Deps) { d.Demo, d.Public = true, p })
}

// enter comes in as one of the guests.
func (w *walk) enter(login string) caller {
	w.t.Helper()
	c := caller{name: "guest " + login, host: hostA}
	r := w.call(c, "POST", "/visit", url.Values{"as": {login}})
	if c.cookie = r.cookie(auth.CookieName); r.status != seeOther || c.cookie == "" {
		w.t.Fatalf("come in as %s: %d %s", login, r.status, r.body)
	}
	return c
}

// changesNothing are the requests other than GET that visitors may make, written
// by hand: what the policy allows is declared twice.
var changesNothing = map[string]bool{
	"POST /visit": true, "POST /signout": true, "POST /preferences": true,
	"POST /ask": true, "POST /ask/stream": true, "POST /ask/stop": true, "POST /api/v1/ask": true,
	"POST /journal/verify": true, "POST /journal/tamper": true, "POST /journal/export": true, "POST /api/v1/audit/verify": true,
}

// TestVisitorsChangeNothing sends guests, and an administrator with a key, to
// every route that there is: whatever is not allowed by name is refused with the
// sentence that says why, and writes nothing.
func TestVisitorsChangeNothing(t *testing.T) {
	w := newOpenHouse(t, nil)
	callers := []caller{w.enter("irene"), w.enter("audrey"), w.apiKey(w.admin), {name: "nobody", host: hostA}}
	for _, rt := range w.server.routes {
		key := rt.method + " " + rt.path
		e := expected[key]
		if rt.method == http.MethodGet || changesNothing[key] {
			if visitOf(rt) == refused {
				t.Errorf("%s is refused", key)
			}
			continue
		}
		if v := visitOf(rt); v != refused {
			t.Errorf("%s is allowed (%d)", key, v)
		}
		path := rt.path
		if e.object != "" {
			path = strings.Replace(path, "{id}", w.object(e.object), 1)
		}
		for _, c := range callers {
			for _, lang := range words.Langs {
				var payload any
				if e.body != nil {
					payload = e.body(w)
				}
				before, _ := w.a.Head()
				r := w.call(c.speaking(string(lang)), rt.method, path, payload)
				sentence, written := words.Error(lang, "demo-read-only", nil), w.entered(before, r)
				if r.status != http.StatusForbidden || !strings.Contains(unescaped(r.body), sentence) || len(written) > 0 {
					t.Errorf("%s as %s in %s: %d, entries %v, %.300s", key, c.name, lang, r.status, written, r.body)
				}
			}
		}
	}
	for key := range changesNothing {
		method, path, _ := strings.Cut(key, " ")
		if !strings.Contains(routesOf(w.server), "\n"+method+" "+path+"\n") {
			t.Errorf("%s is allowed, and no route", key)
		}
	}
	for _, method := range []string{"POST", "PUT", "PATCH", "DELETE"} {
		if r := w.call(callers[0], method, "/nothing/here", nil); r.status != http.StatusForbidden {
			t.Errorf("%s of nothing: %d", method, r.status)
		}
	}
	if r := w.call(callers[0], "GET", "/nothing/here", nil); r.status != hidden {
		t.Errorf("GET of nothing: %d", r.status)
	}
}

func unescaped(s string) string {
	return strings.NewReplacer("&#39;", "'", "&#34;", `"`, "&amp;", "&", `\u0026`, "&").Replace(s)
}

func routesOf(s *Server) string {
	var b strings.Builder
	for _, rt := range s.routes {
		fmt.Fprintf(&b, "\n%s %s\n", rt.method, rt.path)
	}
	return b.String()
}

// TestVisitorsSee what the person they come as may read, what each of them
// asked, and nothing of each other.
func TestVisitorsSee(t *testing.T) {
	w := newOpenHouse(t, nil)
	one, two, auditor := w.enter("irene"), w.enter("irene"), w.enter("audrey")
	if r := w.call(caller{host: hostA}, "GET", "/ask", nil); r.status != seeOther || !strings.HasPrefix(r.header.Get("Location"), "/signin") {
		t.Errorf("nobody: %d", r.status)
	}
	for _, path := range []string{"/signin", "/visit"} {
		r := w.call(caller{host: hostA}, "GET", path, nil)
		if r.status != ok || !strings.Contains(r.body, `name="as" value="irene"`) || strings.Contains(r.body, `type="password"`) {
			t.Errorf("%s: %d", path, r.status)
		}
	}
	var a answerJSON
	w.call(one, "POST", "/api/v1/ask", `{"question":"Quel est le préavis du projet ?"}`).json(t, &a)
	if len(a.Citations) == 0 {
		t.Fatalf("no answer: %+v", a)
	}
	for c, want := range map[*caller]int{&one: ok, &two: hidden, &auditor: hidden} {
		for _, path := range []string{"/ask/" + a.Conversation, "/api/v1/conversations/" + a.Conversation} {
			if r := w.call(*c, "GET", path, nil); r.status != want {
				t.Errorf("%s as %s: %d, want %d", path, c.name, r.status, want)
			}
		}
	}
	for _, c := range []caller{two, auditor} {
		for _, path := range []string{"/ask", "/api/v1/conversations", "/journal", "/api/v1/audit/entries"} {
			if r := w.call(c, "GET", path, nil); strings.Contains(r.body, "Quel est le préavis du projet") || strings.Contains(path, "conv") && strings.Contains(r.body, a.Conversation) {
				t.Errorf("%s shows %s another visitor's question", path, c.name)
			}
		}
	}
	for path, who := range map[string][2]int{
		"/journal": {hidden, ok}, "/journal/tamper": {hidden, ok}, "/people": {hidden, hidden}, "/settings": {ok, ok}, "/settings/models": {hidden, hidden},
		"/documents/" + w.document.ID: {ok, hidden}, "/documents/" + w.common.ID: {ok, ok},
	} {
		for i, c := range []caller{one, auditor} {
			if r := w.call(c, "GET", path, nil); r.status != who[i] {
				t.Errorf("%s as %s: %d, want %d", path, c.name, r.status, who[i])
			}
		}
	}
	page := w.call(one.speaking("fr"), "GET", "/documents", nil).body
	if strings.Contains(page, `action="/documents"`) && strings.Contains(page, `type="file"`) {
		t.Error("a visitor is offered to put documents in")
	}
	if !strings.Contains(page, words.French.T("visit.banner")) || !strings.Contains(page, `value="audrey"`) {
		t.Error("the banner doesn't say what this is")
	}
	for _, as := range []string{"adam", "", "nobody", "oscar"} {
		if r := w.call(caller{host: hostA}, "POST", "/visit", url.Values{"as": {as}}); r.status != 400 || r.cookie(auth.CookieName) != "" {
			t.Errorf("come in as %q: %d", as, r.status)
		}
	}
}

// TestBecomeSomebodyElse: the session before ends.
func TestBecomeSomebodyElse(t *testing.T) {
	w := newOpenHouse(t, nil)
	c := w.enter("irene")
	r := w.call(c, "POST", "/visit", url.Values{"as": {"audrey"}})
	if r.status != seeOther || r.header.Get("Location") != "/journal" {
		t.Errorf("%d %s", r.status, r.header.Get("Location"))
	}
	if r := w.call(c, "GET", "/ask", nil); r.status != seeOther {
		t.Errorf("the session before: %d", r.status)
	}
}

// TestGuestsAreNoAdministrators: naming one in the configuration opens nothing.
func TestGuestsAreNoAdministrators(t *testing.T) {
	w := newOpenHouse(t, func(p *Public) { p.Guests = []string{"adam", "left"} })
	left := w.person(w.a, "left", store.Member)
	if err := w.auth.Disable(w.ctx, w.a, store.Operator("test"), left.id); err != nil {
		t.Fatal(err)
	}
	for _, as := range []string{"adam", "left"} {
		if r := w.call(caller{host: hostA}, "POST", "/visit", url.Values{"as": {as}}); r.status != http.StatusForbidden || r.cookie(auth.CookieName) != "" {
			t.Errorf("come in as %s: %d", as, r.status)
		}
	}
}

// TestNoVisitsElsewhere: a box that is not a public demonstration has no such
// address.
func TestNoVisitsElsewhere(t *testing.T) {
	for _, demo := range []bool{false, true} {
		w := newWalkWith(t, func(d *Deps) { d.Demo = demo })
		for _, method := range []string{"GET", "POST"} {
			r := w.call(caller{host: hostA}, method, "/visit", url.Values{"as": {"irene"}})
			if r.status != hidden || r.cookie(auth.CookieName) != "" {
				t.Errorf("demo %v: %s /visit: %d", demo, method, r.status)
			}
		}
	}
}

// TestVisitRates: each address has its own allowance, and what is refused says
// for how long.
func TestVisitRates(t *testing.T) {
	clock := &clock{}
	w := newOpenHouse(t, func(p *Public) {
		p.Limits.Asks, p.Limits.Checks, p.Limits.Entries = Rate{3, 6}, Rate{1, 2}, Rate{4, 1}
		p.Now = clock.now
	})
	c, auditor := w.enter("irene"), w.enter("audrey")
	from := func(address string, c caller, path string, form url.Values) *httptest.ResponseRecorder {
		r := httptest.NewRequest("POST", "https://"+hostA+path, strings.NewReader(form.Encode()))
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		c.dress(r)
		r.RemoteAddr = address
		rec := httptest.NewRecorder()
		w.server.Handler().ServeHTTP(rec, r)
		return rec
	}
	ask := url.Values{"question": {"préavis"}}
	for i, want := range []int{seeOther, seeOther, seeOther, 429, 429} {
		if r := from("192.0.2.7:1000", c, "/ask", ask); r.Code != want {
			t.Errorf("question %d: %d, want %d", i+1, r.Code, want)
		} else if want == 429 && r.Header().Get("Retry-After") != "10" {
			t.Errorf("question %d: wait %q", i+1, r.Header().Get("Retry-After"))
		}
	}
	for address, want := range map[string]int{"192.0.2.8:1000": seeOther, "[2001:db8::1]:9": seeOther, "[::ffff:192.0.2.7]:9": 429} {
		if r := from(address, c, "/ask", ask); r.Code != want {
			t.Errorf("from %s: %d, want %d", address, r.Code, want)
		}
	}
	clock.advance(11 * time.Second)
	if r := from("192.0.2.7:1000", c, "/ask", ask); r.Code != seeOther {
		t.Errorf("eleven seconds later: %d", r.Code)
	}
	if r := from("192.0.2.7:1", auditor, "/journal/verify", nil); r.Code != seeOther {
		t.Errorf("a verification: %d", r.Code)
	}
	if r := from("192.0.2.7:1", auditor, "/journal/tamper", url.Values{"kind": {"word"}, "entry": {"1"}}); r.Code != 429 {
		t.Errorf("a second costly act: %d", r.Code)
	}
	if r := from("192.0.2.9:1", c, "/visit", url.Values{"as": {"irene"}}); r.Code != seeOther {
		t.Errorf("somebody new: %d", r.Code)
	}
}

// TestFiftyVisitors ask at once, each from an address of their own: everybody is
// answered and finds their own conversation alone.
func TestFiftyVisitors(t *testing.T) {
	w := newOpenHouse(t, func(p *Public) { p.Limits = VisitLimits{} })
	h := w.server.Handler()
	do := func(i int, method, path, cookie string, form url.Values) *httptest.ResponseRecorder {
		r := httptest.NewRequest(method, "https://"+hostA+path, strings.NewReader(form.Encode()))
		r.RemoteAddr = fmt.Sprintf("198.51.100.%d:4000", i)
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		if cookie != "" {
			r.Header.Set("Cookie", auth.CookieName+"="+cookie)
		}
		rec := httptest.NewRecorder()
		h.ServeHTTP(rec, r)
		return rec
	}
	var all sync.WaitGroup
	for i := range 50 {
		all.Go(func() {
			in := do(i, "POST", "/visit", "", url.Values{"as": {"irene"}})
			cookie := reply{header: in.Header()}.cookie(auth.CookieName)
			for n := range 3 {
				q := fmt.Sprintf("Quel est le préavis, demande le visiteur %d-%d ?", i, n)
				if r := do(i, "POST", "/ask/stream", cookie, url.Values{"question": {q}}); r.Code != ok || !strings.Contains(r.Body.String(), "event: done") {
					t.Errorf("visitor %d: %d %.200s", i, r.Code, r.Body)
				}
			}
			list := do(i, "GET", "/ask", cookie, nil).Body.String()
			if n := strings.Count(list, "demande le visiteur"); n == 0 || strings.Count(list, fmt.Sprintf("demande le visiteur %d-", i)) != n {
				t.Errorf("visitor %d sees %d of %d", i, strings.Count(list, fmt.Sprintf("demande le visiteur %d-", i)), n)
			}
		})
	}
	all.Wait()
}

// TestVisitorsConversationsAreBounded: the oldest go, with what was said in
// them; the chain stays sound.
func TestVisitorsConversationsAreBounded(t *testing.T) {
	w := newOpenHouse(t, nil)
	c := w.enter("irene")
	var first, a answerJSON
	for i := range 12 {
		w.call(c, "POST", "/api/v1/ask", fmt.Sprintf(`{"question":"préavis %d ?"}`, i)).json(t, &a)
		if i == 0 {
			first = a
		}
	}
	var list struct{ Conversations []conversationJSON }
	w.call(c, "GET", "/api/v1/conversations", nil).json(t, &list)
	if len(list.Conversations) != 8 {
		t.Errorf("%d conversations are kept", len(list.Conversations))
	}
	if r := w.call(c, "GET", "/ask/"+first.Conversation, nil); r.status != hidden {
		t.Errorf("the first: %d", r.status)
	}
	w.a.View(func(v *store.View) error {
		if _, err := v.Private(first.AuditSeq); !store.IsNotFound(err) {
			t.Errorf("what was said in the first: %v", err)
		}
		return nil
	})
	status := 0
	for range 40 {
		r := w.call(c, "POST", "/api/v1/ask", map[string]string{"question": "préavis ?", "conversation": a.Conversation})
		if status = r.status; status != ok {
			if r.code() != "demo-conversation-full" {
				t.Errorf("a long conversation: %s", r.body)
			}
			break
		}
	}
	if status != conflict {
		t.Errorf("a conversation of over forty questions: %d", status)
	}
	rep, err := w.a.Verify(w.ctx, store.System("test"), store.VerifyRequest{}, "")
	if err != nil || !rep.OK {
		t.Errorf("the journal: %+v %v", rep, err)
	}
}

// TestMeterIsBounded: a flood of addresses costs no more than its table.
func TestMeterIsBounded(t *testing.T) {
	now := time.Now()
	m := meter{rate: Rate{2, 60}, now: func() time.Time { return now }}
	for i := range 3 * maxMetered {
		m.spend(fmt.Sprintf("10.%d.%d.%d", i>>16, i>>8&255, i&255))
	}
	if len(m.all) > maxMetered {
		t.Errorf("%d addresses are remembered", len(m.all))
	}
	m = meter{rate: Rate{2, 60}, now: func() time.Time { return now }}
	for i, want := range []time.Duration{0, 0, time.Second, time.Second} {
		if got := m.spend("not an address"); got != want {
			t.Errorf("spend %d: %v, want %v", i, got, want)
		}
	}
	now = now.Add(-time.Hour) // a clock that was set back shuts nobody out for longer
	if got := m.spend("not an address"); got != time.Second {
		t.Errorf("after the clock went back: %v", got)
	}
}
