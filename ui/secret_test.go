package ui

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"

	"coffre/auth"
	"coffre/chain"
	"coffre/store"
	"coffre/ui/look"
)

// What document frequencies can betray. The index counts words, passages and
// lengths only over the passages that the asker may read (index/score.go), so a
// score, a rank, a coverage or an abstention says nothing of hidden documents:
// TestSecretsChangeNothing holds scores to the last bit against the same box
// without them. What is left is written down here, since no test of answers
// sees it: the time a search takes (the postings of hidden passages are
// skipped, not absent); audit_seq, which counts the whole firm's acts and which
// the interface promises to whoever asks; the place in the model's queue. Those
// who run the box see totals on purpose: an administrator the number of
// documents of each collection, jobs and the index's size; an auditor the
// index's size and the ids in the journal, which names no title and no word.

// canaries stand in secret documents alone, each in another place.
var canaries = map[string]string{
	"word of a French text": "zibelouk", "word of an English text": "quaxmerin", "title": "Vorpalune", "file name": "mirabandre",
	"heading": "Ostrelgat", "collection": "Perlinquant", "question": "farolimbe", "conversation": "Drunfeldis", "failed file": "uvrinasque",
}

// publicFiles share words with the secret ones, so that their frequencies would
// show if they were counted together.
var publicFiles = map[string]string{
	"reglement.md":  "# Règlement\n\nLe préavis du personnel est de deux mois, à compter de la lettre. Le contrat se termine ensuite.\n\n## Congés\n\nLes congés se prennent en août.",
	"contrat.txt":   "Le contrat de maintenance est conclu pour trois ans. Le préavis de résiliation est de six mois. Le prestataire intervient sous quatre heures.",
	"handbook.html": "<html><head><title>Staff handbook</title></head><body><h1>Notice</h1><p>The notice period is four weeks for every member of staff.</p><h2>Travel</h2><p>The hotel limit is ninety pounds per night.</p></body></html>",
	"prix.csv":      "article;prix\nvanne;312,40\npompe;1200,00\nfiltre;14,90\n",
	"note.txt":      "Note au personnel : le parking sud est fermé en août pour travaux. Le contrat de gardiennage est suspendu.",
}

var secretFiles = map[string]string{
	"mirabandre.md":  "# Vorpalune\n\nLe préavis du contrat zibelouk est de deux mois. Le contrat, le préavis, le personnel : tout est zibelouk.\n\n## Ostrelgat\n\nLe prix de la vanne zibelouk est de 312,40. Le contrat de maintenance zibelouk est conclu.",
	"sealed.html":    "<html><head><title>Vorpalune two</title></head><body><h1>Ostrelgat</h1><p>The notice period of the quaxmerin agreement is four weeks. The hotel limit is quaxmerin.</p></body></html>",
	"uvrinasque.pdf": "\x89PNG\r\n\x1a\nnot a PDF at all",
}

// secretWalk is a walk with documents that everybody may read, before the
// secret ones are there.
func newSecretWalk(t *testing.T) *walk {
	w := newWalk(t)
	for _, name := range slices.Sorted(maps.Keys(publicFiles)) {
		if d := w.add(w.a, w.shared, name, publicFiles[name]); d.Latest().Status != store.Ready {
			t.Fatalf("%s: %s", name, d.Latest().Code)
		}
	}
	return w
}

// hide puts the secret documents in, and what the insider says about them. It
// returns the ids that nobody else may ever get.
func (w *walk) hide() (ids []string) {
	own := store.Grants{"user:" + w.insider.id}
	c := w.collection(w.a, "Perlinquant", own, own)
	ids = append(ids, c.ID)
	for _, name := range slices.Sorted(maps.Keys(secretFiles)) {
		d := w.add(w.a, c, name, secretFiles[name])
		v := d.Latest()
		ids = append(ids, d.ID, v.ID, v.SHA256)
		if v.TextSHA256 != "" {
			ids = append(ids, v.TextSHA256)
		}
	}
	bin := w.add(w.a, c, "mirabandre-2.txt", "Un zibelouk jeté, et son préavis.")
	w.do(w.a, chain.DocumentDelete, func(tx *store.Tx) error { return tx.DeleteDocument(store.Operator("test"), bin.ID) })
	in := w.session(w.insider)
	r := w.call(in, "POST", "/api/v1/ask", map[string]string{"question": "farolimbe : quel préavis pour le contrat zibelouk ?"})
	var a answerJSON
	r.json(w.t, &a)
	if len(a.Citations) == 0 || !strings.Contains(r.body, "zibelouk") {
		w.t.Fatalf("the insider gets no answer: %s", r.body)
	}
	w.call(in, "POST", "/ask/"+a.Conversation+"/rename", url.Values{"title": {"Drunfeldis"}})
	return append(ids, bin.ID, a.Conversation)
}

// questions are asked through every route that takes words.
var questions = []string{
	"préavis", "contrat", "préavis contrat maintenance", "prix de la vanne", "notice period", "hotel limit per night",
	"personnel", "zibe", "vorpal", "Quel est le préavis du contrat ?",
}

// publicRequests is every GET route with its parameters, naming nothing secret.
func (w *walk) publicRequests() (out []string) {
	q := func(path string, values ...string) string {
		v := url.Values{}
		for i := 0; i+1 < len(values); i += 2 {
			v.Add(values[i], values[i+1])
		}
		return path + "?" + v.Encode()
	}
	for _, rt := range w.server.routes {
		if rt.method != "GET" {
			continue
		}
		path := strings.TrimSuffix(strings.Replace(rt.path, "{rest...}", "none", 1), "{$}")
		if strings.Contains(path, "{id}") {
			path = strings.Replace(path, "{id}", w.common.ID, 1)
			out = append(out, path, q(path, "start", "3", "end", "20"), q(path, "from", "7"), q(path, "as", "text"), q(path, "version", w.common.Current))
			continue
		}
		out = append(out, path)
		switch rt.path {
		case "/search", "/api/v1/search":
			for _, s := range questions {
				out = append(out, q(path, "q", s), q(path, "q", s, "limit", "100"), q(path, "q", s, "collection", w.shared.ID))
			}
		case "/search/words":
			for _, s := range []string{"zib", "qua", "mira", "vorp", "con", "pré"} {
				out = append(out, q(path, "q", s), q(path, "q", s, "collection", w.shared.ID))
			}
		case "/documents", "/api/v1/documents":
			for _, s := range []string{"a", "e", "vorpal", ".pdf", "mirab"} {
				out = append(out, q(path, "q", s), q(path, "q", s, "bin", "1"))
			}
			out = append(out, q(path, "limit", "1"), q(path, "limit", "1000"), q(path, "bin", "1"), q(path, "status", "failed"),
				q(path, "status", "queued"), q(path, "status", "ready"), q(path, "cursor", w.common.ID), q(path, "collection", w.shared.ID))
		case "/journal", "/api/v1/audit/entries":
			out = append(out, q(path, "class", "document"), q(path, "actor", w.insider.id), q(path, "outcome", "error"), q(path, "limit", "1000"))
		case "/api/v1/keys":
			out = append(out, q(path, "all", "1"))
		}
	}
	return out
}

// outsiders are all who may not read the secret collection.
func (w *walk) outsiders() []caller {
	return []caller{
		w.session(w.outsider), w.apiKey(w.outsider), w.session(w.auditor), w.apiKey(w.auditor), w.session(w.admin), w.apiKey(w.admin),
		{name: "nobody", host: hostA},
	}
}

// totals are the routes on which those who run the box see numbers or ids of
// what they may not read; see the comment at the top.
var totals = map[string]map[store.Role]bool{
	"/api/v1/audit/entries": {store.Auditor: true, store.Admin: true}, "/api/v1/audit/export": {store.Auditor: true, store.Admin: true},
	"/api/v1/audit/checkpoint": {store.Auditor: true, store.Admin: true}, "/api/v1/audit/verify": {store.Auditor: true, store.Admin: true},
	"/api/v1/audit/kit": {store.Auditor: true, store.Admin: true}, "/api/v1/audit/witness-update": {store.Auditor: true, store.Admin: true},
	"/api/v1/audit/archive":     {store.Auditor: true, store.Admin: true}, // says when it looked
	"/api/v1/audit/checkpoints": {store.Auditor: true, store.Admin: true}, "/journal/keys": {store.Auditor: true, store.Admin: true},
	"/journal/checkpoints/{id}": {store.Auditor: true, store.Admin: true},
	"/journal/witnesses":        {store.Auditor: true, store.Admin: true},
	"/journal":                  {store.Auditor: true, store.Admin: true}, "/journal/checkpoint": {store.Auditor: true, store.Admin: true},
	"/journal/verify": {store.Auditor: true, store.Admin: true}, "/journal/export": {store.Auditor: true, store.Admin: true},
	"/settings/record": {store.Auditor: true, store.Admin: true}, "/settings/box": {store.Admin: true}, "/settings/firm": {store.Admin: true}, "/api/v1/index": {store.Auditor: true, store.Admin: true},
	"/api/v1/jobs": {store.Admin: true}, "/collections": {store.Admin: true}, "/api/v1/collections": {store.Admin: true},
	"/access": {store.Admin: true}, "/api/v1/access": {store.Admin: true}, "/access/export": {store.Admin: true}, "/api/v1/access/export": {store.Admin: true},
	// counts the box's documents by their state
	"/metrics": {store.Admin: true},
	// counts the sessions of everybody
	"/settings/hardened": {store.Auditor: true, store.Admin: true}, "/api/v1/hardened": {store.Auditor: true, store.Admin: true},
	"/health": {store.Admin: true}, "/api/v1/health": {store.Admin: true},
}

// namesOfCollections are the routes on which an administrator reads the names of
// all collections.
var namesOfCollections = []string{"/collections", "/api/v1/collections", "/access", "/api/v1/access", "/access/export", "/api/v1/access/export"}

// drawn are the pages that differ each time by themselves: they show a secret that
// is made for them.
var drawn = map[string]bool{"/account/factors/add": true}

func (w *walk) roleOf(c caller) store.Role {
	for _, p := range []person{w.outsider, w.auditor, w.admin} {
		if strings.HasPrefix(c.name, p.login) {
			return p.role
		}
	}
	return ""
}

var volatile = regexp.MustCompile(`"(audit_seq|conversation|request_id)":("[a-z0-9]*"|[0-9]+)`)

// plain takes out of an answer what differs each time by itself.
func plain(r reply) string {
	text := strings.ReplaceAll(r.body, r.header.Get("Request-Id"), "REQUEST")
	return fmt.Sprint(r.status, "\n", volatile.ReplaceAllString(text, `"$1":0`))
}

// askAll asks every question over REST and returns the answers.
func (w *walk) askAll(c caller) map[string]string {
	out := map[string]string{}
	for _, s := range questions {
		r := w.call(c, "POST", "/api/v1/ask", map[string]any{"question": s})
		out["ask "+s] = plain(r)
		var a struct{ Conversation string }
		if json.Unmarshal([]byte(r.body), &a) == nil && a.Conversation != "" {
			w.call(c, "DELETE", "/api/v1/conversations/"+a.Conversation, nil)
		}
	}
	return out
}

// TestSecretsChangeNothing takes every answer that those who may not read the
// secret collection can get, adds it, and takes them again.
func TestSecretsChangeNothing(t *testing.T) {
	w := newSecretWalk(t)
	visitors := w.outsiders()
	w.call(visitors[2], "POST", "/journal/verify", url.Values{})
	before := map[string]map[string]string{}
	for _, c := range visitors {
		before[c.name] = w.askAll(c)
		for _, path := range w.publicRequests() {
			before[c.name][path] = plain(w.call(c, "GET", path, nil))
		}
	}
	ids := w.hide()
	same := 0
	for _, c := range visitors {
		now := w.askAll(c)
		for _, path := range w.publicRequests() {
			r := w.call(c, "GET", path, nil)
			now[path] = plain(r)
			w.checkSilent(c, "GET", path, path, r, ids)
		}
		for what, text := range now {
			route, _, _ := strings.Cut(what, "?")
			if totals[route][w.roleOf(c)] || drawn[route] {
				continue
			}
			if same++; text != before[c.name][what] {
				t.Errorf("%s as %s changed when the secret documents came:\n%s", what, c.name, difference(before[c.name][what], text))
			}
		}
	}
	t.Logf("%d answers are the same with and without the secret documents", same)
	w.checkInsiderSees(ids)
}

// checkInsiderSees is the control: the same walk finds every canary for the one
// person who may read them.
func (w *walk) checkInsiderSees(ids []string) {
	w.t.Helper()
	in := w.session(w.insider)
	var all strings.Builder
	paths := []string{"/documents", "/documents?bin=1", "/search?q=zibelouk", "/search?q=quaxmerin", "/ask", "/api/v1/documents", "/api/v1/documents?bin=1", "/api/v1/conversations"}
	for _, id := range ids {
		paths = append(paths, "/documents/"+id, "/ask/"+id)
	}
	for _, path := range paths {
		all.WriteString(w.call(in, "GET", path, nil).body)
	}
	for what, word := range canaries {
		if !strings.Contains(all.String(), word) {
			w.t.Errorf("the insider doesn't see the canary %s (%s)", word, what)
		}
	}
	for _, id := range ids {
		if !strings.Contains(all.String(), id) {
			w.t.Errorf("the insider doesn't see %s", id)
		}
	}
}

// checkSilent fails if an answer holds a canary or a secret id that the
// request itself didn't hold.
func (w *walk) checkSilent(c caller, method, path, sent string, r reply, ids []string) {
	w.t.Helper()
	role := w.roleOf(c)
	route, _, _ := strings.Cut(path, "?")
	text := r.body + fmt.Sprint(r.header)
	low := strings.ToLower(text)
	for what, word := range canaries {
		if what == "collection" && role == store.Admin && (slices.Contains(namesOfCollections, route) || strings.HasPrefix(route, "/collections/")) {
			continue // whoever administers collections knows their names
		}
		if strings.Contains(low, strings.ToLower(word)) && !strings.Contains(sent, word) {
			w.t.Errorf("%s %s as %s: holds the canary %s (%s)", method, path, c.name, word, what)
		}
	}
	if totals[route][role] {
		return
	}
	for _, id := range ids {
		if strings.Contains(text, id) && !strings.Contains(sent, id) {
			w.t.Errorf("%s %s as %s: holds the secret id %s", method, path, c.name, id)
		}
	}
}

// changesRights are actions by which an administrator may alter the box's
// people: not an attack, and the walk would lose its insider.
var changesRights = []auth.Action{auth.CollectionsAdmin, auth.UsersAdmin, auth.GroupsAdmin, auth.SettingsAdmin}

// wholeFirm are acts that read no input and search the whole firm as everybody: what a
// request names makes no difference to them, and each takes its time.
var wholeFirm = map[string]bool{"/access/check": true, "/api/v1/access/check": true}

// TestSecretsUnderAttack names every secret id to every route, in the path, the
// query, forms and JSON, as everybody who may not read them.
func TestSecretsUnderAttack(t *testing.T) {
	w := newSecretWalk(t)
	ids := w.hide()
	sent := 0
	for _, c := range w.outsiders() {
		for _, rt := range w.server.routes {
			if rt.path == "/signout" || rt.path == "/signin" && rt.method == "POST" {
				continue
			}
			if w.roleOf(c) == store.Admin && rt.method != "GET" && slices.Contains(changesRights, rt.may) {
				continue
			}
			named := ids
			if wholeFirm[rt.path] {
				named = ids[:1]
			}
			if testing.Short() {
				named = ids[sent%len(ids):][:1]
			}
			for _, id := range named {
				w.attack(c, rt, id, ids)
				sent++
			}
		}
	}
	t.Logf("%d attacks", sent)
}

func (w *walk) attack(c caller, rt route, id string, ids []string) {
	w.t.Helper()
	path := strings.NewReplacer("{id}", id, "{rest...}", strings.TrimPrefix(look.URL("coffre.css"), look.Prefix), "{$}", "").Replace(rt.path)
	v := url.Values{}
	for _, name := range []string{"collection", "version", "conversation", "actor", "user", "answer", "cursor", "next", "back", "all"} {
		v.Set(name, id)
	}
	v.Set("question", "préavis")
	v.Set("title", "x")
	var payload any = v
	switch {
	case rt.method == "GET":
		v.Set("q", "préavis")
		path += "?" + v.Encode()
		payload = nil
	case strings.HasSuffix(rt.path, "/documents"):
		payload = uploadOf(id, "note.txt", "Un texte.")
	case strings.HasPrefix(rt.path, "/api/"):
		payload = map[string]any{
			"question": "Quel préavis pour le contrat ?", "collections": []string{id}, "conversation": id, "user": id, "name": "k",
			"readers": []string{"user:" + w.outsider.id}, "members": []string{w.outsider.id},
		}
	}
	r := w.call(c, rt.method, path, payload)
	w.checkSilent(c, rt.method, path, path+id, r, ids)
	if expected[rt.method+" "+rt.path].session && c.key != "" && r.status == http.StatusForbidden {
		return // closed to every key, whatever it names
	}
	if rt.path == "/collections/{id}" && rt.method == "GET" && w.roleOf(c) == store.Admin && r.status == http.StatusOK {
		return // its readers and its name, which /collections says too
	}
	if strings.Contains(rt.path, "{id}") && r.status != http.StatusNotFound && r.status != unauth && r.status != seeOther {
		w.t.Errorf("%s %s as %s: %d", rt.method, path, c.name, r.status)
	}
}

// TestCanaryWordsAreNoOracle: whoever guesses a secret word learns nothing by
// searching or asking for it, alone or beside a word that is found.
func TestCanaryWordsAreNoOracle(t *testing.T) {
	w := newSecretWalk(t)
	visitors := w.outsiders()[:6]
	take := func() map[string]string {
		out := map[string]string{}
		for _, c := range visitors {
			for _, word := range canaries {
				for _, path := range []string{"/api/v1/search?q=", "/search?q=", "/api/v1/documents?q=", "/documents?q=", "/api/v1/search?q=pr%C3%A9avis+", "/search?q=contrat+", "/search/words?q="} {
					out[path+word+" as "+c.name] = plain(w.call(c, "GET", path+word, nil))
				}
				out["ask "+word+" as "+c.name] = plain(w.call(c, "POST", "/api/v1/ask", map[string]string{"question": word + " contrat"}))
			}
		}
		return out
	}
	before := take()
	w.hide()
	for what, text := range take() {
		if text != before[what] {
			t.Errorf("%s changed when the secret documents came:\n%s", what, difference(before[what], text))
		}
	}
}

// difference shows two texts where they part.
func difference(a, b string) string {
	i := 0
	for i < len(a) && i < len(b) && a[i] == b[i] {
		i++
	}
	cut := func(s string) string { return s[max(0, min(i-80, len(s))):min(i+200, len(s))] }
	return "…" + cut(a) + "\n…" + cut(b)
}
