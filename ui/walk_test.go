package ui

import (
	"net/http"
	"testing"
	"time"

	"coffre/auth"
	"coffre/chain"
	"coffre/store"
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

	elevated, abroad person               // a member to whom a group gives the administrator's role; somebody of the other firm
	places           map[string]walkPlace // what people have, by their id
	now              object               // what the next request is about
}

func newWalk(t *testing.T) *walk { return newWalkWith(t, nil) }

func newWalkWith(t *testing.T, edit func(*Deps)) *walk {
	w := &walk{box: newBox(t, edit)}
	for _, t := range []*store.Tenant{w.a, w.b} { // the walk comes from the machine itself: here that is nobody
		w.do(t, chain.SettingsUpdate, func(tx *store.Tx) error { return tx.PutSetting(SettingMetricsFrom, "") })
	}
	w.insider, w.outsider = w.person(w.a, "irene", store.Member), w.person(w.a, "oscar", store.Member)
	w.auditor, w.admin = w.person(w.a, "audrey", store.Auditor), w.person(w.a, "adam", store.Admin)
	w.shared = w.collection(w.a, "Commun", store.Grants{store.Everyone}, nil)
	own := store.Grants{"user:" + w.insider.id}
	w.secret = w.collection(w.a, "Coulisses", own, own)
	w.document = w.add(w.a, w.secret, "plan.txt", "Le préavis du projet est de quatre mois, à compter de la signature.")
	w.common = w.add(w.a, w.shared, "reglement.txt", "Le préavis du personnel est de deux mois, à compter de la lettre.")
	w.conversation = w.newConversation(w.insider)
	w.group = w.newGroup(w.a, w.outsider.id)
	w.places = map[string]walkPlace{w.insider.id: {w.insider, w.secret, w.shared, w.document, w.common, w.conversation}}
	w.now = w.objectOf(w.insider, auth.Own)
	return w
}

func (w *walk) name(of string) string { return of + " " + store.NewID() }

// newConversation opens one of somebody's, with a question.
func (w *walk) newConversation(of person) (id string) {
	var p store.Principal
	err := of.t.View(func(v *store.View) (err error) {
		p, err = v.Principal(of.id, store.Person(of.id))
		return err
	})
	if err != nil {
		w.t.Fatal(err)
	}
	ev := chain.Event{Action: chain.QuestionAsk, Private: chain.Detail{"question": "Quel préavis ?"}}
	var m store.Message
	_, err = of.t.Update(w.ctx, p.Actor, ev, func(tx *store.Tx) (err error) { m, err = tx.PutQuestion(p, ""); return err })
	if err == nil {
		_, err = of.t.Update(w.ctx, p.Actor, chain.Event{Action: chain.AnswerGive}, func(tx *store.Tx) error { return tx.PutAnswer(m) })
	}
	if err != nil {
		w.t.Fatal(err)
	}
	return m.Conversation
}

func (w *walk) newGroup(t *store.Tenant, members ...string) (id string) {
	w.do(t, chain.GroupCreate, func(tx *store.Tx) error {
		g, err := tx.PutGroup(store.Group{Name: w.name("Groupe"), Members: members})
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
		return w.now.document.ID
	case "fresh document", "binned document":
		d := w.queue(w.now.t, w.now.collection, w.name("feuille")+".txt", "Une feuille sans importance, écrite pour ce passage.")
		if kind == "binned document" {
			w.do(w.now.t, chain.DocumentDelete, func(tx *store.Tx) error { return tx.DeleteDocument(store.Operator("test"), d.ID) })
		}
		return d.ID
	case "conversation":
		return w.now.conversation
	case "fresh conversation":
		return w.newConversation(w.now.who)
	case "collection":
		return w.now.collection.ID
	case "fresh collection":
		return w.collection(w.now.t, w.name("Collection"), nil, nil).ID
	case "nothing":
		return store.NewID()
	case "trial", "fresh trial", "paused trials", "run", "worse run":
		return w.trialObject(kind)
	case "group":
		if w.now.t == w.a {
			return w.group
		}
		return w.newGroup(w.now.t)
	case "fresh group":
		return w.newGroup(w.now.t)
	case "user":
		if w.now.t == w.a {
			return w.outsider.id
		}
		return w.now.who.id
	case "fresh user":
		return w.person(w.now.t, "u"+store.NewID(), store.Member).id
	case "fresh session":
		id := store.NewID()
		w.do(w.now.t, chain.AuthSignIn, func(tx *store.Tx) error {
			now := w.clock.now()
			return tx.PutSession(store.TokenDigest(id), store.Session{ID: id, UserID: w.now.who.id, Created: now, Seen: now, Expires: now.Add(time.Hour)})
		})
		return id
	case "fresh key":
		_, k, err := w.auth.CreateKey(w.ctx, w.now.t, store.Operator("test"), w.now.who.id, "walk")
		if err != nil {
			w.t.Fatal(err)
		}
		return k.ID
	}
	w.t.Fatalf("no object %q", kind)
	return ""
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
