package ui

import (
	"net/http"
	"slices"
	"strings"
	"testing"

	"coffre/auth"
	"coffre/chain"
	"coffre/store"
	"coffre/ui/look"
)

// walk is a box with somebody in every role. The insider alone reads and
// writes the secret collection; administrator and auditor have no right to it.
type walk struct {
	*box
	insider, outsider, auditor, admin person
	shared, secret                    store.Collection
	document, common                  store.Document
	conversation, group               string
	key                               caller // the administrator's, once made
}

func newWalk(t *testing.T) *walk { return newWalkWith(t, nil) }

func newWalkWith(t *testing.T, edit func(*Deps)) *walk {
	w := &walk{box: newBox(t, edit)}
	w.insider, w.outsider = w.person(w.a, "irene", store.Member), w.person(w.a, "oscar", store.Member)
	w.auditor, w.admin = w.person(w.a, "audrey", store.Auditor), w.person(w.a, "adam", store.Admin)
	w.shared = w.collection(w.a, "Commun", store.Grants{store.Everyone}, nil)
	own := store.Grants{"user:" + w.insider.id}
	w.secret = w.collection(w.a, "Coulisses", own, own)
	w.document = w.add(w.a, w.secret, "plan.txt", "Le préavis du projet est de quatre mois, à compter de la signature.")
	w.common = w.add(w.a, w.shared, "reglement.txt", "Le préavis du personnel est de deux mois, à compter de la lettre.")
	w.conversation = w.newConversation()
	w.group = w.newGroup()
	return w
}

func (w *walk) name(of string) string { return of + " " + store.NewID() }

func (w *walk) insiderPrincipal() (p store.Principal) {
	err := w.a.View(func(v *store.View) (err error) {
		p, err = v.Principal(w.insider.id, store.Person(w.insider.id))
		return err
	})
	if err != nil {
		w.t.Fatal(err)
	}
	return p
}

// newConversation opens one of the insider's, with a question.
func (w *walk) newConversation() (id string) {
	p := w.insiderPrincipal()
	ev := chain.Event{Action: chain.QuestionAsk, Private: chain.Detail{"question": "Quel préavis ?"}}
	var m store.Message
	_, err := w.a.Update(w.ctx, p.Actor, ev, func(tx *store.Tx) (err error) { m, err = tx.PutQuestion(p, ""); return err })
	if err == nil {
		_, err = w.a.Update(w.ctx, p.Actor, chain.Event{Action: chain.AnswerGive}, func(tx *store.Tx) error { return tx.PutAnswer(m) })
	}
	if err != nil {
		w.t.Fatal(err)
	}
	return m.Conversation
}

func (w *walk) newGroup() (id string) {
	w.do(w.a, chain.GroupCreate, func(tx *store.Tx) error {
		g, err := tx.PutGroup(store.Group{Name: w.name("Groupe"), Members: []string{w.outsider.id}})
		id = g.ID
		return err
	})
	return id
}

// object makes or names what a route's {id} stands for.
func (w *walk) object(kind string) string {
	w.t.Helper()
	switch kind {
	case "document":
		return w.document.ID
	case "fresh document", "binned document":
		d := w.queue(w.a, w.secret, w.name("feuille")+".txt", "Une feuille sans importance, écrite pour ce passage.")
		if kind == "binned document" {
			w.do(w.a, chain.DocumentDelete, func(tx *store.Tx) error { return tx.DeleteDocument(store.Operator("test"), d.ID) })
		}
		return d.ID
	case "conversation":
		return w.conversation
	case "fresh conversation":
		return w.newConversation()
	case "collection":
		return w.secret.ID
	case "fresh collection":
		return w.collection(w.a, w.name("Collection"), nil, nil).ID
	case "nothing":
		return store.NewID()
	case "trial", "fresh trial", "paused trials", "run", "worse run":
		return w.trialObject(kind)
	case "group":
		return w.group
	case "fresh group":
		return w.newGroup()
	case "user":
		return w.outsider.id
	case "fresh user":
		return w.person(w.a, "u"+store.NewID(), store.Member).id
	case "fresh key":
		_, k, err := w.auth.CreateKey(w.ctx, w.a, store.Operator("test"), w.insider.id, "walk")
		if err != nil {
			w.t.Fatal(err)
		}
		return k.ID
	}
	w.t.Fatalf("no object %q", kind)
	return ""
}

// visitor is a caller with what the policy must make of them.
type visitor struct {
	caller
	p       store.Principal // zero: nobody
	related bool            // has the relation to the insider's objects
}

// visitors is everybody that the walk sends.
func (w *walk) visitors() []visitor {
	var out []visitor
	for _, p := range []person{w.insider, w.outsider, w.auditor, w.admin} {
		pr := store.Principal{UserID: p.id, Role: p.role}
		out = append(out, visitor{w.session(p), pr, p == w.insider}, visitor{w.apiKey(p), pr, p == w.insider})
	}
	left, stranger := w.person(w.a, "denis", store.Member), w.person(w.b, "stefan", store.Admin)
	leftSession, leftKey := w.session(left), w.apiKey(left)
	if err := w.auth.Disable(w.ctx, w.a, store.Operator("test"), left.id); err != nil {
		w.t.Fatal(err)
	}
	abroad, abroadKey := w.session(stranger), w.apiKey(stranger)
	abroad.host, abroadKey.host = hostA, hostA
	made := caller{name: "made-up session", host: hostA, cookie: "alpha." + store.NewToken()}
	for _, c := range []caller{{name: "nobody", host: hostA}, leftSession, leftKey, abroad, abroadKey, made} {
		out = append(out, visitor{caller: c})
	}
	return out
}

// TestEveryRouteWithEveryRole sends everybody to every route of the server's
// own table and holds the answers against the policy's table.
func TestEveryRouteWithEveryRole(t *testing.T) {
	w := newWalk(t)
	seen := map[string]bool{}
	visitors := w.visitors()
	// The verdict's page exists once a verification has run.
	for _, v := range visitors {
		w.call(v.caller, "POST", "/journal/verify", empty(w))
	}
	for _, rt := range w.server.routes {
		key := rt.method + " " + rt.path
		e, declared := expected[key]
		if !declared {
			t.Errorf("%s: no expectation declared in walk_table_test.go", key)
			continue
		}
		seen[key] = true
		if rt.open != (e.may == "") || rt.may != e.may {
			t.Errorf("%s: the route says open %v, action %q; expected %q", key, rt.open, rt.may, e.may)
		}
		for _, v := range visitors {
			w.visit(v, rt, e)
		}
	}
	for key := range expected {
		if !seen[key] {
			t.Errorf("%s: expected, and not in the server's table", key)
		}
	}
}

func (w *walk) visit(v visitor, rt route, e expectation) {
	w.t.Helper()
	path := rt.path
	if e.object != "" {
		path = strings.Replace(path, "{id}", w.object(e.object), 1)
	}
	path = strings.TrimSuffix(strings.Replace(path, look.Prefix+"{rest...}", look.URL("coffre.css"), 1), "{$}")
	var payload any
	if e.body != nil {
		payload = e.body(w)
	}
	if path == "/signout" {
		v.cookie = "" // TestSignOut ends sessions
	}
	r := w.call(v.caller, rt.method, path, payload)
	want := w.status(v, rt, e)
	if r.status != want {
		w.t.Errorf("%s %s as %s (%s): %d %s, want %d", rt.method, rt.path, v.name, v.p.Role, r.status, r.code(), want)
	}
	if want == unauth && strings.HasPrefix(path, "/api/") {
		code := "session-expired"
		if v.key != "" {
			code = "bad-key"
		}
		if r.code() != code {
			w.t.Errorf("%s %s as %s: code %s, want %s", rt.method, rt.path, v.name, r.code(), code)
		}
	}
	if want == seeOther && v.p.UserID == "" && e.may != "" && !strings.HasPrefix(r.header.Get("Location"), "/signin?next=") {
		w.t.Errorf("%s %s as %s: sent to %s", rt.method, rt.path, v.name, r.header.Get("Location"))
	}
}

// status is what the policy demands.
func (w *walk) status(v visitor, rt route, e expectation) int {
	switch {
	case e.may == "" && rt.path == "/signin" && rt.method == "GET" && v.p.UserID != "":
		return seeOther
	case e.may == "":
		return e.open
	case v.p.UserID == "" && v.key != "" && !strings.HasPrefix(rt.path, "/api/"):
		return unauth
	case v.p.UserID == "" && rt.method == "GET" && !strings.HasPrefix(rt.path, "/api/"):
		return seeOther
	case v.p.UserID == "":
		return unauth
	case !allowedByTable(v.p, e.may):
		return hidden
	case v.related || e.object == "fresh key" && v.p.Role == store.Admin:
		return e.in
	case e.out == 0:
		return hidden
	}
	return e.out
}

// allowedByTable reads the policy's table itself, without auth.Allowed.
func allowedByTable(p store.Principal, a auth.Action) bool {
	for _, rule := range auth.Table() {
		if rule.Action == a {
			return rule.SignedIn || slices.Contains(rule.Roles, p.Role)
		}
	}
	return false
}

// TestReadersWhoMayNotWrite: what may be read and not changed is 403 with its
// reason, since its reader knows that it is there.
func TestReadersWhoMayNotWrite(t *testing.T) {
	w := newWalk(t)
	for _, c := range []caller{w.session(w.outsider), w.apiKey(w.outsider)} {
		id := w.common.ID
		for _, q := range []struct{ method, path string }{
			{"DELETE", "/api/v1/documents/" + id}, {"POST", "/api/v1/documents/" + id + "/restore"}, {"POST", "/api/v1/documents/" + id + "/retry"},
			{"POST", "/documents/" + id + "/delete"}, {"POST", "/documents/" + id + "/restore"}, {"POST", "/documents/" + id + "/retry"},
		} {
			r := w.call(c, q.method, q.path, nil)
			if r.status != http.StatusForbidden {
				t.Errorf("%s %s as %s: %d", q.method, q.path, c.name, r.status)
			}
		}
		r := w.call(c, "POST", "/api/v1/documents", uploadOf(w.shared.ID, "x.txt", "abc"))
		if r.status != http.StatusForbidden || r.code() != "collection-read-only" {
			t.Errorf("upload into a collection that is only read: %d %s", r.status, r.body)
		}
	}
	if r := w.call(w.session(w.outsider), "GET", "/api/v1/documents/"+w.common.ID, nil); r.status != ok {
		t.Errorf("the shared document: %d", r.status)
	}
}
