package llm

import (
	"context"
	"io"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"

	"coffre/chain"
	"coffre/store"
)

const bail = "Le bail de Vorane.\n\nLe loyer annuel du bail de Vorane est de 12 000 € hors taxes.\n\n" +
	"Le bail de Vorane se dénonce avec un préavis de six mois.\n\nLe local de Vorane fait 80 mètres carrés."

// desk is a firm with one document that everyone reads and one that alice alone reads.
type desk struct {
	*store.Tenant
	asker      *Asker
	alice, bob store.Principal
}

func newDesk(t *testing.T) *desk {
	t.Helper()
	ctx, log := t.Context(), slog.New(slog.NewTextHandler(io.Discard, nil))
	root, err := store.OpenRoot(t.TempDir(), store.Options{Log: log})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := root.CreateTenant(ctx, store.System("test"), store.NewTenant{ID: "acme", Firm: "Acme"}); err != nil {
		t.Fatal(err)
	}
	tn, release, err := root.Acquire("acme")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := tn.Check(); err != nil {
			t.Errorf("invariants: %v", err)
		}
		release()
		if err := root.Close(); err != nil {
			t.Error(err)
		}
	})
	d := &desk{Tenant: tn, asker: NewAsker(NewRuntime((&net.Dialer{}).DialContext, 1, log), log)}
	d.alice, d.bob = d.person(t, "alice", store.Admin), d.person(t, "bob", store.Member)
	d.document(t, store.Grants{store.Everyone}, "bail.txt", bail)
	d.document(t, store.Grants{"user:" + d.alice.UserID}, "primes.txt", "La prime de Marcheroux pour 2026 est de 4 200 €.")
	return d
}

func (d *desk) do(t *testing.T, action string, fn func(*store.Tx) error) uint64 {
	t.Helper()
	seq, err := d.Update(t.Context(), store.System("test"), chain.Event{Action: action, Detail: chain.Detail{}}, fn)
	if err != nil {
		t.Fatal(err)
	}
	return seq
}

func (d *desk) person(t *testing.T, login string, role store.Role) (p store.Principal) {
	t.Helper()
	var u store.User
	d.do(t, chain.UserCreate, func(tx *store.Tx) (err error) {
		u, err = tx.CreateUser(store.User{Login: login, Name: login, Role: role})
		return err
	})
	if err := d.View(func(v *store.View) (err error) { p, err = v.Principal(u.ID, store.Person(u.ID)); return err }); err != nil {
		t.Fatal(err)
	}
	return p
}

func (d *desk) document(t *testing.T, readers store.Grants, name, text string) {
	t.Helper()
	o, err := d.ReceiveFile(strings.NewReader(text), 1<<20)
	if err != nil {
		t.Fatal(err)
	}
	var doc store.Document
	d.do(t, chain.CollectionCreate, func(tx *store.Tx) error {
		c, err := tx.CreateCollection(store.Collection{Name: name, Readers: readers, Writers: readers})
		if err == nil {
			doc.Collection = c.ID
		}
		return err
	})
	d.do(t, chain.DocumentAdd, func(tx *store.Tx) (err error) {
		doc, _, err = tx.AddDocument(store.Operator("test"), store.NewDocument{Collection: doc.Collection, Name: name, SHA256: o.SHA256, Bytes: o.Bytes})
		return err
	})
	var job store.Job
	if err := d.View(func(v *store.View) (err error) { job, err = v.Job(doc.Latest().ID); return err }); err != nil {
		t.Fatal(err)
	}
	x := store.Extracted{Format: "text", Extractor: "test/1"}
	at := 0
	for _, p := range strings.SplitAfter(text, "\n\n") {
		x.Passages = append(x.Passages, store.Passage{Start: at, End: at + len(p), Text: p, Lang: "fr"})
		at += len(p)
	}
	seq := d.do(t, chain.DocumentExtract, func(tx *store.Tx) error { _, err := tx.FinishExtraction(job, x); return err })
	if err := d.WaitIndexed(t.Context(), seq); err != nil {
		t.Fatal(err)
	}
}

// model makes the firm ask a runtime at this address.
func (d *desk) model(t *testing.T, url string) {
	t.Helper()
	d.do(t, chain.SettingsUpdate, func(tx *store.Tx) error {
		if err := tx.PutSetting(SettingURL, url); err != nil {
			return err
		}
		return tx.PutSetting(SettingModel, "tinyllama")
	})
}

// newest is the last entry, with its private part.
func (d *desk) newest(t *testing.T) (e store.JournalEntry, private map[string]any) {
	t.Helper()
	err := d.View(func(v *store.View) error {
		all, _, err := v.Journal(store.JournalFilter{Limit: 1})
		if err != nil {
			return err
		}
		e = all[0]
		private, err = v.Private(e.Seq)
		if store.IsNotFound(err) {
			err = nil
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return e, private
}

func (d *desk) ask(t *testing.T, p store.Principal, req Request) Result {
	t.Helper()
	r, err := d.asker.Ask(t.Context(), d.Tenant, p, req, func(Event) {})
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func TestAskRecordsBeforeItShows(t *testing.T) {
	d := newDesk(t)
	shown := 0
	res, err := d.asker.Ask(t.Context(), d.Tenant, d.bob, Request{Question: "  Quel est le loyer du bail de Vorane ? ", ID: "req-7"}, func(Event) {
		if shown++; shown > 1 {
			return
		}
		e, private := d.newest(t)
		if e.Action != chain.QuestionAsk || e.Actor.ID != d.bob.UserID || e.Request != "req-7" || private["question"] != "Quel est le loyer du bail de Vorane ?" {
			t.Errorf("shown before it was entered: %s %v", e.Action, private)
		}
	})
	if err != nil || shown == 0 || res.Abstained || res.Model != "" || res.Message.Mode != ModeQuotes || !strings.Contains(res.Answer.Text, "12 000 €") {
		t.Fatalf("%v, shown %d, %+v", err, shown, res)
	}
	e, private := d.newest(t)
	if e.Action != chain.AnswerGive || e.Seq != res.Seq || e.Detail["mode"] != ModeQuotes || private["answer"] != res.Answer.Text || strings.Contains(string(e.Raw), "12 000") {
		t.Errorf("%s %v %v", e.Action, e.Detail, private)
	}
	for question, code := range map[string]string{" \n": "question-empty", strings.Repeat("é", MaxQuestion+1): "question-too-long"} {
		if _, err := d.asker.Ask(t.Context(), d.Tenant, d.bob, Request{Question: question}, nil); store.AsError(err).Code != code {
			t.Errorf("%.10q: %v, want %s", question, err, code)
		}
	}
}

func TestAskKeepsRights(t *testing.T) {
	d := newDesk(t)
	q := Request{Question: "Combien vaut la prime de Marcheroux pour 2026 ?"}
	if r := d.ask(t, d.alice, q); r.Abstained || !strings.Contains(r.Answer.Text, "4 200 €") {
		t.Errorf("alice: %+v", r.Answer)
	}
	r := d.ask(t, d.bob, q)
	for _, s := range r.Sources {
		if strings.Contains(s.Text, "Marcheroux") {
			t.Error("bob is shown what he may not read")
		}
	}
	if !r.Abstained || r.Answer.Text != "" || len(r.Sources) > nearest {
		t.Errorf("bob: %+v", r)
	}
}

func TestAskModel(t *testing.T) {
	d := newDesk(t)
	var chats atomic.Int32
	says := "Le loyer est de 12 000 € [1]."
	w := newWire(t, func(w http.ResponseWriter, _ *http.Request) {
		chats.Add(1)
		piece(w, says)
		end(w, "stop", 900, 9)
	})
	d.model(t, w.URL)
	first := d.ask(t, d.bob, Request{Question: "Quel est le loyer annuel du bail de Vorane ?"})
	if first.Message.Mode != ModeModel || first.Model != "tinyllama@e3da4a696eac" || len(first.Answer.Sentences) != 1 || first.Abstained {
		t.Fatalf("%+v", first)
	}

	says = "Le préavis est de six mois [1]."
	second := d.ask(t, d.bob, Request{Question: "Et le préavis ?", Conversation: first.Message.Conversation})
	if second.Message.N != 2 || second.Abstained || !strings.Contains(second.Sources[0].Text, "six mois") {
		t.Errorf("a follow-up finds %+v", second.Sources)
	}
	sent, _ := w.asked["messages"].([]any)
	var words strings.Builder
	for _, m := range sent {
		s, _ := m.(map[string]any)["content"].(string)
		words.WriteString(s)
	}
	if !strings.Contains(words.String(), "Quel est le loyer annuel du bail de Vorane ?") {
		t.Error("the model is not told what the follow-up follows")
	}
	if r := d.ask(t, d.bob, Request{Question: "Et par trimestre ?"}); !r.Abstained {
		t.Error("a question that says too little is answered")
	}
	if r := d.ask(t, d.bob, Request{Question: "Et par trimestre ?", Conversation: first.Message.Conversation}); r.Abstained || !strings.Contains(r.Sources[0].Text, "12 000 €") {
		t.Errorf("a follow-up does not borrow the words of the question before it: %+v", r.Sources)
	}

	before := chats.Load()
	if r := d.ask(t, d.bob, Request{Question: "Qui a gagné le tournoi de pétanque de Quimper ?"}); !r.Abstained || r.Model != "" || chats.Load() != before {
		t.Errorf("the model was asked although nothing was found: %+v", r)
	}

	says = NoAnswer("fr")
	r := d.ask(t, d.bob, Request{Question: "Quelle est la surface du local de Vorane ?"})
	if e, _ := d.newest(t); !r.Abstained || e.Detail["abstained"] != true {
		t.Errorf("the model abstained, and the entry says %v", e.Detail)
	}
}

func TestAskFallsBack(t *testing.T) {
	d := newDesk(t)
	w := newWire(t, func(http.ResponseWriter, *http.Request) {})
	d.model(t, w.URL)
	w.Close()
	r := d.ask(t, d.bob, Request{Question: "Quel est le loyer annuel du bail de Vorane ?"})
	e, _ := d.newest(t)
	if r.Message.Mode != ModeQuotes || r.Message.Failed != "runtime-unreachable" || r.Model != "" || !strings.Contains(r.Answer.Text, "12 000 €") || e.Detail["code"] != "runtime-unreachable" {
		t.Errorf("%+v %v", r, e.Detail)
	}
}

func TestAskCut(t *testing.T) {
	d := newDesk(t)
	w := newWire(t, func(w http.ResponseWriter, r *http.Request) {
		piece(w, "Le loyer est de ")
		<-r.Context().Done()
	})
	d.model(t, w.URL)
	ctx, leave := context.WithCancel(t.Context())
	res, err := d.asker.Ask(ctx, d.Tenant, d.bob, Request{Question: "Quel est le loyer annuel du bail de Vorane ?"}, func(e Event) {
		if e.Token != "" {
			leave()
		}
	})
	e, private := d.newest(t)
	if err != nil || !res.Cut || e.Action != chain.AnswerGive || e.Detail["cut"] != true || private["answer"] != "Le loyer est de" {
		t.Errorf("%v %+v; entered %s %v %v", err, res, e.Action, e.Detail, private)
	}
}
