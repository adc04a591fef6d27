package ui

import (
	"strings"
	"testing"

	"coffre/chain"
	"coffre/store"
)

// TestAnswersAfterARightHasEnded: an answer of the past shows nothing of a
// document that its asker may not read any more, in no list or page.
func TestAnswersAfterARightHasEnded(t *testing.T) {
	d, m := modelled(t)
	everyone := store.Grants{store.Everyone}
	c := d.collection(d.a, "Dossier ouvert", everyone, nil)
	secret := d.add(d.a, c, "prime.txt", "La prime zibelouk des chauffeurs est de huit cents euros par an.")
	reader := d.person(d.a, "renaud", store.Member)
	web, key := d.session(reader), d.apiKey(reader)
	m.Close() // quotations
	var a answerJSON
	d.call(key, "POST", "/api/v1/ask", map[string]any{"question": "Quelle est la prime des chauffeurs ?"}).json(t, &a)
	if !strings.Contains(a.Answer, "zibelouk") {
		t.Fatalf("no answer before: %+v", a)
	}
	paths := []string{"/api/v1/conversations/" + a.Conversation, "/ask/" + a.Conversation, "/ask", "/api/v1/conversations"}
	look := func(may bool) {
		t.Helper()
		for i, path := range paths {
			body := d.call(web, "GET", path, nil).body
			if got := strings.Contains(body, "zibelouk"); got != (may && i < 2) {
				t.Errorf("%s: holds the document's word: %v", path, got)
			}
			if !may && (strings.Contains(body, secret.ID) || strings.Contains(body, "prime.txt")) {
				t.Errorf("%s: still names the document", path)
			}
		}
	}
	look(true)
	grant := func(readers store.Grants) {
		c.Readers = readers
		d.do(d.a, chain.CollectionUpdate, func(tx *store.Tx) error { return tx.UpdateCollection(c) })
	}
	grant(nil)
	look(false)
	grant(everyone)
	look(true)
	op := store.Operator("test")
	d.do(d.a, chain.DocumentDelete, func(tx *store.Tx) error { return tx.DeleteDocument(op, secret.ID) })
	look(false)
	d.do(d.a, chain.DocumentRestore, func(tx *store.Tx) error { return tx.RestoreDocument(op, secret.ID) })
	look(true)
}

// TestHistoryAfterARightHasEnded asks on in a conversation.
func TestHistoryAfterARightHasEnded(t *testing.T) {
	d, m := modelled(t)
	c := d.collection(d.a, "Dossier ouvert", store.Grants{store.Everyone}, nil)
	d.add(d.a, c, "prime.txt", "La prime zibelouk des chauffeurs est de huit cents euros par an, et le préavis des chauffeurs d'un mois.")
	d.do(d.a, chain.SettingsUpdate, func(tx *store.Tx) error { return tx.PutSetting("llm.model", "other") }) // quotations
	var a answerJSON
	d.call(d.key, "POST", "/api/v1/ask", map[string]any{"question": "Quelle est la prime des chauffeurs ?"}).json(t, &a)
	if !strings.Contains(a.Answer, "zibelouk") {
		t.Fatalf("no answer before: %+v", a)
	}
	d.do(d.a, chain.SettingsUpdate, func(tx *store.Tx) error { return tx.PutSetting("llm.model", "tiny") })
	c.Readers = nil
	d.do(d.a, chain.CollectionUpdate, func(tx *store.Tx) error { return tx.UpdateCollection(c) })
	m.finish <- struct{}{}
	r := d.call(d.key, "POST", "/api/v1/ask", map[string]any{"question": "Quel est le préavis du personnel, à compter de la lettre recommandée ?", "conversation": a.Conversation})
	if r.status != 200 || m.lastAsked() == "" {
		t.Fatalf("%d %s", r.status, r.body)
	}
	if strings.Contains(m.lastAsked(), "zibelouk") {
		t.Error("the model is told what a document said that its asker may not read any more")
	}
}
