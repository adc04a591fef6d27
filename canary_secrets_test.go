package main

import (
	"encoding/json"
	"encoding/pem"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"coffre/connectors/syslog/syslogtest"
)

// echo is a server of models that answers every call with the key that it was
// sent, in an error, a header and a redirect: as a careless gateway might.
type echo struct {
	*httptest.Server
	mu   sync.Mutex
	keys map[string]int
}

func newEcho(t *testing.T) *echo {
	t.Helper()
	e := &echo{keys: map[string]int{}}
	e.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		key := strings.TrimPrefix(r.Header.Get("Authorization"), "Bearer ")
		e.mu.Lock()
		e.keys[key]++
		e.mu.Unlock()
		if strings.HasSuffix(r.URL.Path, "/models") {
			io.WriteString(w, `{"data":[{"id":"writer","max_model_len":4096}]}`)
			return
		}
		text, _ := json.Marshal(map[string]any{"error": map[string]string{"message": "Incorrect API key provided: " + key, "type": key, "code": key}})
		w.Header().Set("X-Key", url.QueryEscape(key))
		w.Header().Set("Location", "http://127.0.0.1:1/"+url.PathEscape(key))
		w.WriteHeader([]int{http.StatusUnauthorized, http.StatusBadRequest, http.StatusTemporaryRedirect, http.StatusInternalServerError}[e.keys[key]%4])
		w.Write(text)
	}))
	t.Cleanup(e.Close)
	return e
}

func (e *echo) heard(key string) bool {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.keys[key] > 0
}

// rudeDirectory finds nothing, and refuses every bind with the password in its
// reason.
func rudeDirectory(t *testing.T) (port int, heard func() string) {
	t.Helper()
	l, err := net.Listen("tcp4", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	var mu sync.Mutex
	var all strings.Builder
	serve := func(c net.Conn) {
		defer c.Close()
		b := make([]byte, 8192)
		for {
			c.SetDeadline(time.Now().Add(20 * time.Second))
			n, err := c.Read(b)
			if err != nil {
				return
			}
			mu.Lock()
			all.Write(b[:n])
			mu.Unlock()
			c.Write(rudeReply(b[:n]))
		}
	}
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			go serve(c)
		}
	}()
	return l.Addr().(*net.TCPAddr).Port, func() string {
		mu.Lock()
		defer mu.Unlock()
		return all.String()
	}
}

// rudeReply answers one LDAP message (RFC 4511, section 4.1.1) of a number below
// 128: a search with its end, a bind with invalidCredentials and all that it held.
func rudeReply(b []byte) []byte {
	at := 2
	if len(b) > 2 && b[1]&0x80 != 0 {
		at += int(b[1] & 0x7f)
	}
	if len(b) < at+4 {
		return nil
	}
	id, op := b[at+2], b[at+3]
	reply := func(tag, code byte, why []byte) []byte {
		why = why[:min(len(why), 100)]
		body := append([]byte{0x0a, 1, code, 4, 0, 4, byte(len(why))}, why...)
		body = append([]byte{2, 1, id, tag, byte(len(body))}, body...)
		return append([]byte{0x30, byte(len(body))}, body...)
	}
	switch op {
	case 0x63:
		return reply(0x65, 0, nil)
	case 0x60:
		return reply(0x61, 49, b[at+5:])
	}
	return nil
}

// keepSecret seals a canary by the command line, rotates it to the same value,
// which is refused, and returns its id.
func (a *aviary) keepSecret(t *testing.T, what, name, purpose, address, value string) string {
	t.Helper()
	o := a.run(t, value+"\n", "secret", "put", name, "--purpose", purpose, "--address", address, "--json")
	var made struct{ ID string }
	if err := json.Unmarshal([]byte(o.out), &made); err != nil || o.code != 0 {
		t.Fatalf("%s can't be planted: %+v", what, o)
	}
	a.plant(what, value)
	if o := a.run(t, value+"\n", "secret", "rotate", name); o.code != 1 {
		t.Errorf("%s: rotated to the same value: %+v", what, o)
	}
	return made.ID
}

func (a *aviary) set(t *testing.T, settings ...string) {
	t.Helper()
	if o := a.run(t, "", append([]string{"settings", "set"}, settings...)...); o.code != 0 {
		t.Errorf("%v: %+v", settings, o)
	}
}

// useSecrets plants a secret of every purpose that is in use, and has each one
// used: on servers that send back what they were sent.
func (a *aviary) useSecrets(t *testing.T, c *http.Client) {
	t.Helper()
	models, ranker := newEcho(t), newEcho(t)
	model := a.keepSecret(t, "a model server's key", "Moteur", "runtime", models.URL, canaryCredential)
	rank := a.keepSecret(t, "a re-ranker's key", "Rang", "runtime", ranker.URL, canaryReranker)
	a.set(t, "llm.url="+models.URL, "llm.kind=openai", "llm.model=writer", "llm.key_secret="+model)
	a.set(t, "search.rerank=ranker", "search.rerank_url="+ranker.URL, "search.rerank_key_secret="+rank)
	for _, path := range []string{"/settings/runtime/test", "/settings/rerank/test"} {
		for range 4 {
			a.page(t, c, http.MethodPost, path, url.Values{})
		}
	}
	a.page(t, c, http.MethodPost, "/ask", url.Values{"question": {"Quel est le montant de la facture ?"}})
	a.run(t, "", "search", "facture", "--json")
	if o := a.run(t, "", "ask", "Quel est le montant ?", "--json"); o.code != 0 {
		t.Errorf("%+v", o)
	}
	if !models.heard(canaryCredential) || !ranker.heard(canaryReranker) || models.heard(canaryReranker) || ranker.heard(canaryCredential) {
		t.Errorf("keys were not used, or by the other server: %v %v", models.keys, ranker.keys)
	}
	a.useSIEM(t, c)
	a.useDirectory(t, c)
	for _, path := range []string{"/settings/secrets", "/settings/models", "/settings/forward", "/settings/egress", "/journal", "/api/v1/secrets", "/api/v1/audit/forward", "/api/v1/egress", "/api/v1/settings"} {
		a.page(t, c, http.MethodGet, path, nil)
	}
}

// useSIEM forwards to a receiver that asks for a certificate.
func (a *aviary) useSIEM(t *testing.T, c *http.Client) {
	t.Helper()
	ca, clients := syslogtest.NewAuthority(t), syslogtest.NewAuthority(t)
	siem := syslogtest.Start(t, syslogtest.Options{By: ca, Clients: clients})
	pair := string(clients.IssueClient(t, time.Time{}, "coffre"))
	_, rest := pem.Decode([]byte(pair))
	key, _ := pem.Decode(rest)
	id := a.keepSecret(t, "a SIEM client's certificate and key", "SIEM", "siem", fmt.Sprintf("syslog://127.0.0.1:%d", siem.Port), pair)
	a.plant("a SIEM client's key", string(key.Bytes))
	a.plant("a SIEM client's key's text", strings.Split(string(rest), "\n")[1])
	form := url.Values{
		"forward.host": {"127.0.0.1"}, "forward.port": {fmt.Sprint(siem.Port)}, "forward.way": {"tls"}, "forward.ca": {string(ca.PEM)},
		"forward.facility": {"13"}, "forward.enterprise": {"32473"}, "forward.server_name": {""}, "forward.client_secret": {id},
	}
	a.page(t, c, http.MethodPost, "/settings/forward", form)
	a.page(t, c, http.MethodPost, "/settings/forward/test", form)
	form.Set("forward.ca", pair) // pasted into the wrong field
	a.page(t, c, http.MethodPost, "/settings/forward/test", form)
	for range 1000 {
		if len(siem.Got()) > 1 {
			return
		}
		time.Sleep(10 * time.Millisecond)
	}
	t.Error("nothing was forwarded with the certificate")
}

// useDirectory binds, for somebody who signs in, to a directory that makes no sense.
func (a *aviary) useDirectory(t *testing.T, c *http.Client) {
	t.Helper()
	port, heard := rudeDirectory(t)
	at := fmt.Sprintf("ldap://127.0.0.1:%d", port)
	id := a.keepSecret(t, "the directory account's password", "Annuaire", "directory", at, canaryDirectory)
	a.set(t, "directory.url="+at, "directory.start_tls=no", "directory.clear=yes", "directory.base_dn=dc=acme,dc=lan", "directory.bind_dn=cn=coffre,dc=acme,dc=lan", "directory.bind_secret="+id)
	a.set(t, "directory.on=yes")
	a.page(t, a.client, http.MethodPost, "/signin", url.Values{"user": {"luc"}, "password": {canaryMistyped}})
	a.page(t, c, http.MethodGet, "/settings/directory", nil)
	a.set(t, "directory.on=no")
	if !strings.Contains(heard(), canaryDirectory) {
		t.Error("the directory account's password was not used")
	}
}

// receipts writes a kit and a receipt of an answer, and hears why there is none of
// another entry.
func (a *aviary) receipts(t *testing.T) {
	t.Helper()
	file := filepath.Join(a.said, "export")
	o := a.run(t, "", "ask", "Quel est le montant ?", "--json")
	var answer struct {
		Seq uint64 `json:"audit_seq"`
	}
	if err := json.Unmarshal([]byte(o.out), &answer); err != nil || answer.Seq == 0 {
		t.Fatalf("%v: %+v", err, o)
	}
	for _, c := range []struct {
		code int
		args []string
	}{
		{0, []string{"audit", "kit", "--out", file + "-kit"}},
		{0, []string{"audit", "receipt", "--seq", fmt.Sprint(answer.Seq), "--out", file + "-receipt"}},
		{1, []string{"audit", "receipt", "--seq", "1", "--out", file + "-none"}},
		{2, []string{"audit", "receipt", "--seq", "x", "--out", file + "-none"}},
	} {
		if o := a.run(t, "", c.args...); o.code != c.code {
			t.Errorf("%v: exit %d, want %d: %s", c.args, o.code, c.code, o.errout)
		}
	}
}
