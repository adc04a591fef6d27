package ui

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"coffre/chain"
	"coffre/llm"
	"coffre/store"
)

// slowModel speaks as Ollama does and gives its second half when it is told to.
type slowModel struct {
	*httptest.Server
	finish chan struct{}
	gone   chan struct{} // a value for each chat whose asker left
	mu     sync.Mutex
	asked  string // the last chat request
}

func (m *slowModel) lastAsked() string {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.asked
}

func newSlowModel(t *testing.T) *slowModel {
	m := &slowModel{finish: make(chan struct{}, 9), gone: make(chan struct{}, 9)}
	mux := http.NewServeMux()
	say := func(path, text string) {
		mux.HandleFunc(path, func(w http.ResponseWriter, _ *http.Request) { io.WriteString(w, text) })
	}
	say("GET /api/version", `{"version":"0.17.4"}`)
	say("GET /api/tags", `{"models":[{"name":"tiny:latest","model":"tiny:latest","modified_at":"2026-01-02T03:04:05Z","size":3,"digest":"e3da4a696eac3c67179895d903a85f700028652afd7ba5cfb34fcfc5f2299062","details":{}}]}`)
	say("POST /api/show", `{"model_info":{"llama.context_length":8192}}`)
	mux.HandleFunc("POST /api/chat", func(w http.ResponseWriter, r *http.Request) {
		asked, _ := io.ReadAll(r.Body)
		m.mu.Lock()
		m.asked = string(asked)
		m.mu.Unlock()
		w.Header().Set("Content-Type", "application/x-ndjson")
		piece := func(text string) {
			fmt.Fprintf(w, `{"model":"tiny","created_at":"2026-01-02T03:04:05Z","message":{"role":"assistant","content":%q},"done":false}`+"\n", text)
			w.(http.Flusher).Flush()
		}
		piece("Le préavis est de deux mois ")
		select {
		case <-m.finish:
			piece("[1].")
			io.WriteString(w, `{"model":"tiny","created_at":"2026-01-02T03:04:05Z","message":{"role":"assistant","content":""},"done":true,"done_reason":"stop","prompt_eval_count":900,"eval_count":9}`+"\n")
		case <-r.Context().Done():
			m.gone <- struct{}{}
		case <-time.After(time.Minute):
		}
	})
	m.Server = httptest.NewServer(mux)
	t.Cleanup(m.Close)
	return m
}

// modelled is a desk whose firm has a slow model.
func modelled(t *testing.T) (*desk, *slowModel) {
	d, m := newDesk(t), newSlowModel(t)
	d.doc = d.add(d.a, d.files, "a.txt", "Le préavis du personnel est de deux mois, à compter de la lettre recommandée.")
	d.do(d.a, chain.SettingsUpdate, func(tx *store.Tx) error {
		if err := tx.PutSetting(llm.SettingURL, m.URL); err != nil {
			return err
		}
		return tx.PutSetting(llm.SettingModel, "tiny")
	})
	return d, m
}

// event is one of a stream.
type event struct{ name, data string }

// listen sends a request and hands its events over one by one; leave hangs up.
func (d *desk) listen(c caller, path string, payload any) (next func() (event, bool), leave func()) {
	d.t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	b := asBody(payload)
	req, err := http.NewRequestWithContext(ctx, "POST", d.box.web.URL+path, b.r)
	if err != nil {
		d.t.Fatal(err)
	}
	c.dress(req)
	req.Header.Set("Content-Type", b.kind)
	res, err := d.client.Do(req)
	if err != nil {
		d.t.Fatal(err)
	}
	d.t.Cleanup(func() { cancel(); res.Body.Close() })
	d.checkHeaders("POST "+path, reply{res.StatusCode, res.Header, ""})
	if ct := res.Header.Get("Content-Type"); res.StatusCode != 200 || ct != "text/event-stream" {
		d.t.Fatalf("%s: %d %s", path, res.StatusCode, ct)
	}
	lines := bufio.NewScanner(res.Body)
	lines.Buffer(nil, 1<<20)
	next = func() (e event, ok bool) {
		for lines.Scan() {
			name, value, _ := strings.Cut(lines.Text(), ": ")
			switch name {
			case "event":
				e.name = value
			case "data":
				e.data = value
			case "":
				return e, true
			}
		}
		return e, false
	}
	return next, cancel
}

// until reads events up to one of that name.
func until(t *testing.T, next func() (event, bool), name string) event {
	t.Helper()
	for {
		e, ok := next()
		if !ok {
			t.Fatalf("the stream ended before %s", name)
		}
		if e.name == name {
			return e
		}
	}
}

// lastAnswer waits until every question has its answer and returns the last
// entry of answer.give with its private part.
func (d *desk) lastAnswer(n int) (e store.JournalEntry, said map[string]any) {
	d.t.Helper()
	for range 6000 {
		if d.count(chain.AnswerGive) == n {
			break
		}
		time.Sleep(10 * time.Millisecond)
	}
	err := d.a.View(func(v *store.View) error {
		all, _, err := v.Journal(store.JournalFilter{Class: chain.AnswerGive, Limit: 1})
		if err != nil || len(all) == 0 {
			return fmt.Errorf("no answer was entered: %w", err)
		}
		e = all[0]
		said, err = v.Private(e.Seq)
		return err
	})
	if err != nil {
		d.t.Fatal(err)
	}
	return e, said
}

var asksNotice = url.Values{"question": {"Quel est le préavis du personnel ?"}}

// TestReaderLeavesAStream: whoever hangs up half-way has still been answered:
// the entry says what had come, and that it was cut.
func TestReaderLeavesAStream(t *testing.T) {
	d, m := modelled(t)
	for i, q := range []struct {
		path    string
		payload any
	}{{"/api/v1/ask", map[string]any{"question": asksNotice.Get("question"), "stream": true}}, {"/ask/stream", asksNotice}} {
		next, leave := d.listen(d.web, q.path, q.payload)
		until(t, next, "token")
		leave()
		<-m.gone // the model is told to stop, too
		e, said := d.lastAnswer(i + 1)
		text, _ := said["answer"].(string)
		if e.Detail["cut"] != true || e.Outcome != "ok" || !strings.HasPrefix(text, "Le préavis est de deux mois") {
			t.Errorf("%s: the entry says %v, the answer %q", q.path, e.Detail, text)
		}
		var list struct{ Conversations []struct{ ID string } }
		d.call(d.web, "GET", "/api/v1/conversations", nil).json(t, &list)
		if len(list.Conversations) != i+1 {
			t.Fatalf("%s: %d conversations", q.path, len(list.Conversations))
		}
		var c struct{ Messages []answerJSON }
		d.call(d.web, "GET", "/api/v1/conversations/"+list.Conversations[0].ID, nil).json(t, &c)
		if len(c.Messages) != 1 || !c.Messages[0].Cut || c.Messages[0].AuditSeq != e.Seq {
			t.Errorf("%s: read back as %+v", q.path, c.Messages)
		}
	}
}

// TestStop: an answer's own reader stops it; to everybody else it doesn't
// exist, and it goes on.
func TestStop(t *testing.T) {
	d, m := modelled(t)
	colleague := d.person(d.a, "kurt", store.Member)
	stranger := d.person(d.b, "paula", store.Admin)
	next, _ := d.listen(d.web, "/ask/stream", asksNotice)
	var start struct{ Answer string }
	json.Unmarshal([]byte(until(t, next, "start").data), &start)
	until(t, next, "token")
	stop := url.Values{"answer": {start.Answer}}
	for _, c := range []caller{d.session(colleague), d.apiKey(colleague), d.key, d.session(stranger)} {
		if r := d.call(c, "POST", "/ask/stop", stop); r.status != http.StatusNotFound {
			t.Errorf("stop by %s: %d", c.name, r.status)
		}
	}
	if n := d.count(chain.AnswerGive); n != 0 {
		t.Fatal("somebody else stopped the answer")
	}
	if r := d.call(d.web, "POST", "/ask/stop", stop); r.status != gone {
		t.Errorf("stop: %d %s", r.status, r.body)
	}
	until(t, next, "done")
	<-m.gone
	if e, _ := d.lastAnswer(1); e.Detail["cut"] != true {
		t.Errorf("the entry says %v", e.Detail)
	}
	for range 6000 { // until the handler has returned
		if d.call(d.web, "POST", "/ask/stop", stop).status == http.StatusNotFound {
			return
		}
		time.Sleep(10 * time.Millisecond)
	}
	t.Error("an ended answer can still be stopped")
}

// TestStreamToItsEnd: events come in the promised order and say what the
// answer says.
func TestStreamToItsEnd(t *testing.T) {
	d, m := modelled(t)
	m.finish <- struct{}{}
	next, _ := d.listen(d.key, "/api/v1/ask", map[string]any{"question": asksNotice.Get("question"), "stream": true})
	var names []string
	var done answerJSON
	text := ""
	for {
		e, ok := next()
		if !ok {
			break
		}
		if len(names) == 0 || names[len(names)-1] != e.name {
			names = append(names, e.name)
		}
		switch e.name {
		case "token":
			var tok struct{ Text string }
			json.Unmarshal([]byte(e.data), &tok)
			text += tok.Text
		case "done":
			if err := json.Unmarshal([]byte(e.data), &done); err != nil {
				t.Fatal(err)
			}
		}
	}
	if got := strings.Join(names, " "); got != "passages token citation done" {
		t.Errorf("events: %s", got)
	}
	if text != "Le préavis est de deux mois [1]." || done.Mode != llm.ModeModel || !strings.HasPrefix(done.Model, "tiny@e3da") || len(done.Citations) != 1 || !done.Citations[0].Verified {
		t.Errorf("%q, %+v", text, done)
	}
	if e, _ := d.lastAnswer(1); e.Seq != done.AuditSeq || e.Detail["cut"] != false || e.Detail["model"] != done.Model {
		t.Errorf("the entry says %d %v", e.Seq, e.Detail)
	}
}

// TestModelsThatFail: a runtime that is not there or has lost the model makes
// no error page: quotations stand in, and the answer says why.
func TestModelsThatFail(t *testing.T) {
	d, m := modelled(t)
	d.do(d.a, chain.SettingsUpdate, func(tx *store.Tx) error { return tx.PutSetting(llm.SettingModel, "other") })
	ask := func(want string) {
		t.Helper()
		r := d.call(d.key, "POST", "/api/v1/ask", map[string]any{"question": asksNotice.Get("question")})
		var a answerJSON
		r.json(t, &a)
		if r.status != 200 || a.Mode != llm.ModeQuotes || a.Code != want || len(a.Citations) == 0 {
			t.Errorf("%d %s, want code %s", r.status, r.body, want)
		}
	}
	ask("model-missing")
	m.Close()
	ask("runtime-unreachable")
	r := d.call(d.key, "GET", "/api/v1/models", nil)
	if r.status != 200 || !strings.Contains(r.body, `"reachable":false`) {
		t.Errorf("models: %d %s", r.status, r.body)
	}
}
