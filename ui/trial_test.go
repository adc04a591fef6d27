package ui

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"coffre/chain"
	"coffre/store"
)

// ran waits for the run under way.
func (w *walk) ran() {
	w.t.Helper()
	if err := w.server.Trials.Wait(w.ctx, w.a.ID); err != nil {
		w.t.Fatal(err)
	}
}

// TestTrialsByForm: a question is written, refused with what was typed, run,
// looked at, paused and deleted.
func TestTrialsByForm(t *testing.T) {
	w := newWalk(t)
	adam := w.session(w.admin)
	if r := w.call(adam, "GET", "/quality", nil); !strings.Contains(r.body, "/quality/questions/new") {
		t.Error("the empty page has no next step")
	}
	form := url.Values{"question": {"Quel est le préavis du personnel ?"}, "expect": {"answer"}, "words": {"deux mois\r\n\r\n"}}
	if r := w.call(adam, "POST", "/quality/questions", form); r.status != unproc || !strings.Contains(r.body, "préavis du personnel") {
		t.Errorf("without a document: %d", r.status)
	}
	form.Set("document", w.common.ID)
	if r := w.call(adam, "POST", "/quality/questions", form); r.status != seeOther {
		t.Fatalf("saved: %d %s", r.status, r.body)
	}
	none := url.Values{"question": {"Quelle est la capitale de la Mongolie ?"}, "expect": {"nothing"}, "words": {"ignoré"}, "reader": {"irene"}}
	if r := w.call(adam, "POST", "/quality/questions", none); r.status != seeOther {
		t.Fatalf("saved: %d", r.status)
	}
	if r := w.call(adam, "POST", "/quality/run", nil); r.status != seeOther {
		t.Fatalf("run: %d %s", r.status, r.body)
	}
	w.ran()
	var got struct{ Runs []trialRunJSON }
	w.call(adam, "GET", "/api/v1/trials/runs", nil).json(t, &got)
	if len(got.Runs) != 1 || got.Runs[0].Right != 1 || got.Runs[0].HitRate5 != 1 || got.Runs[0].NDCG10 != 1 || got.Runs[0].Figures.Questions != 2 {
		t.Fatalf("runs %+v", got.Runs)
	}
	r := w.call(adam, "GET", "/quality", nil)
	for _, want := range []string{"préavis du personnel", "<svg", `role="img"`, "reglement.txt", "/quality/runs/" + got.Runs[0].ID} {
		if !strings.Contains(r.body, want) {
			t.Errorf("the page lacks %s", want)
		}
	}
	if r := w.call(adam, "GET", "/quality/runs/"+got.Runs[0].ID, nil); !strings.Contains(r.body, "Mongolie") || !strings.Contains(r.body, "reglement.txt") {
		t.Errorf("the run's page: %s", r.body)
	}
	var list struct{ Questions []trialJSON }
	w.call(adam, "GET", "/api/v1/trials", nil).json(t, &list)
	id := list.Questions[0].ID
	if list.Questions[1].Reader != "irene" || list.Questions[1].Words == nil || len(list.Questions[1].Words) != 0 {
		t.Errorf("kept %+v", list.Questions[1])
	}
	w.call(adam, "POST", "/quality/questions/"+id+"/pause", url.Values{"paused": {"1"}})
	w.call(adam, "POST", "/quality/questions/"+list.Questions[1].ID+"/delete", nil)
	if r := w.call(adam, "POST", "/quality/run", nil); r.status != conflict {
		t.Errorf("nothing to put: %d", r.status)
	}
	w.call(adam, "POST", "/quality/questions/"+id+"/pause", nil)
	if r := w.call(adam, "POST", "/api/v1/trials/run", nil); r.status != accepted {
		t.Errorf("taken up again: %d %s", r.status, r.body)
	}
	w.ran()
	// A deleted question keeps its outcome in the past, without its text.
	if r := w.call(adam, "GET", "/quality/runs/"+got.Runs[0].ID, nil); strings.Contains(r.body, "Mongolie") {
		t.Error("a deleted question's text is shown")
	}
}

// TestTrialsByFile: what is exported can be imported, and nothing comes in half.
func TestTrialsByFile(t *testing.T) {
	w := newWalk(t)
	adam := w.session(w.admin)
	sheet := "question;documents;words;reader\nQuel préavis ?;reglement.txt;deux mois;irene\nCapitale de la Mongolie ?;;;\n"
	var in trialImportJSON
	w.call(adam, "POST", "/api/v1/trials/import", sheet).json(t, &in)
	if in.Added != 2 || in.Left != 0 {
		t.Fatalf("imported %+v", in)
	}
	out := w.call(adam, "GET", "/api/v1/trials/export", nil)
	if out.status != ok || strings.Count(out.body, "\n") != 2 || !strings.Contains(out.body, `"asker":"irene"`) || !strings.Contains(out.body, `"unanswerable"`) {
		t.Fatalf("exported %d %s", out.status, out.body)
	}
	w.call(adam, "POST", "/api/v1/trials/import", out.body).json(t, &in)
	if in.Added != 0 || in.Left != 2 {
		t.Errorf("again %+v", in)
	}
	for sheet, code := range map[string]string{
		"question;documents\nNeuve ?;\nQuel plan ?;plan.txt\n":       "trial-unknown", // the secret's name, as if there were none
		"question;documents\nQuel plan ?;rien.txt\n":                 "trial-unknown",
		"question;reader\nNeuve ?;personne\n":                        "trial-unknown-reader",
		"question\n":                                                 "trials-empty",
		`{"question":"Neuve ?","kind":"odd"}`:                        "trial-line",
		"question\n" + strings.Repeat("a", store.MaxTrialQuestion+1): "trial-long",
	} {
		if r := w.call(adam, "POST", "/api/v1/trials/import", sheet); r.code() != code {
			t.Errorf("%.60q: %d %s, want %s", sheet, r.status, r.code(), code)
		}
	}
	upload := multi(file{"file", "liste.csv", "question\nPar la page ?\n"})
	if r := w.call(adam, "POST", "/quality/import", upload); r.status != seeOther {
		t.Errorf("by the page: %d %s", r.status, r.body)
	}
	if r := w.call(adam, "POST", "/quality/import", multi(file{"file", "liste.csv", "rien"})); r.status != unproc || !strings.Contains(r.body, "field-file-fault") {
		t.Errorf("a bad file by the page: %d", r.status)
	}
	var list struct{ Questions []trialJSON }
	w.call(adam, "GET", "/api/v1/trials", nil).json(t, &list)
	if len(list.Questions) != 3 {
		t.Errorf("%d questions", len(list.Questions))
	}
}

// TestTrialsLeakNothing: an administrator gets neither title nor id of a document
// that they may not read, whoever expects it, and learns nothing of it by asking
// as somebody who may.
func TestTrialsLeakNothing(t *testing.T) {
	w := newWalk(t)
	adam := w.session(w.admin)
	var owned store.Trial
	w.do(w.a, chain.TrialCreate, func(tx *store.Tx) (err error) {
		owned, err = tx.CreateTrial(store.Operator("test"), store.TrialInput{
			Question: "Quel est le préavis du projet ?", Documents: []string{w.document.ID}, Words: []string{"quatre mois"},
		})
		return err
	})
	body := map[string]any{"question": "Préavis du projet ?", "documents": []string{w.document.ID}}
	if r := w.call(adam, "POST", "/api/v1/trials", body); r.code() != "trial-document" {
		t.Errorf("expects a document that its author may not read: %d %s", r.status, r.code())
	}
	// Asked as irene, who may read it: only what adam may read too is searched.
	body = map[string]any{"question": "Quel est le préavis du projet, à compter de la signature ?", "documents": []string{w.common.ID}, "words": []string{"quatre mois"}, "reader": "irene"}
	if r := w.call(adam, "POST", "/api/v1/trials", body); r.status != created {
		t.Fatalf("%d %s", r.status, r.body)
	}
	if r := w.call(adam, "POST", "/api/v1/trials/run", nil); r.status != accepted {
		t.Fatalf("run: %d", r.status)
	}
	w.ran()
	var runs struct{ Runs []trialRunJSON }
	w.call(adam, "GET", "/api/v1/trials/runs", nil).json(t, &runs)
	var run store.TrialRun
	var outcomes []store.TrialOutcome
	w.a.View(func(v *store.View) (err error) {
		if run, _, err = v.NewestTrialRun(); err == nil {
			outcomes, err = v.TrialOutcomes(run)
		}
		return err
	})
	if len(outcomes) != 2 || outcomes[0].Outcome != store.TrialRight || outcomes[0].Found[0] != w.document.ID {
		t.Fatalf("the operator's question came to %+v", outcomes)
	}
	for _, id := range outcomes[1].Found {
		if id == w.document.ID {
			t.Error("asked as somebody else, a document was found that the author may not read")
		}
	}
	edit := "/quality/questions/" + owned.ID
	for _, path := range []string{
		"/quality", edit, "/quality/runs/" + run.ID, "/quality/export", "/quality/documents?q=plan", "/quality/documents?document=" + w.document.ID,
		"/api/v1/trials", "/api/v1/trials/export", "/api/v1/trials/runs", "/api/v1/trials/runs/" + run.ID,
	} {
		r := w.call(adam, "GET", path, nil)
		if r.status != ok || strings.Contains(r.body, w.document.ID) || strings.Contains(r.body, "plan.txt") {
			t.Errorf("%s: %d, and names the document: %s", path, r.status, r.body)
		}
	}
	form := url.Values{"question": {"Et maintenant ?"}, "expect": {"nothing"}}
	if r := w.call(adam, "POST", edit, form); r.status != http.StatusForbidden {
		t.Errorf("changed: %d", r.status)
	}
	if r := w.call(adam, "PATCH", "/api/v1/trials/"+owned.ID, map[string]any{"question": "Et maintenant ?"}); r.code() != "trial-hidden" {
		t.Errorf("changed by REST: %d %s", r.status, r.code())
	}
	if r := w.call(adam, "PATCH", "/api/v1/trials/"+owned.ID, map[string]any{"paused": true}); r.status != ok {
		t.Errorf("paused: %d %s", r.status, r.code())
	}
}

// TestTrialAlarm: administrators see on every page that answers got worse, until
// one of them accepts it.
func TestTrialAlarm(t *testing.T) {
	w := newWalk(t)
	id := w.trialObject("worse run")
	adam, irene := w.session(w.admin), w.session(w.insider)
	const alarm = "Qualité des réponses."
	see := func(c caller) bool { return strings.Contains(w.call(c.speaking("fr"), "GET", "/ask", nil).body, alarm) }
	if !see(adam) || see(irene) || see(w.session(w.auditor)) {
		t.Errorf("administrator %v, member %v", see(adam), see(irene))
	}
	if r := w.call(adam, "GET", "/quality", nil); !strings.Contains(r.body, "/quality/runs/"+id+"/accept") {
		t.Error("the page doesn't offer to accept it")
	}
	if r := w.call(adam, "POST", "/quality/runs/"+id+"/accept", nil); r.status != seeOther || see(adam) {
		t.Errorf("accepted: %d, still seen: %v", r.status, see(adam))
	}
}

// TestTrialLevels: a list with questions of both kinds shows what each level
// would have made of it, and one click sets one and runs the list with it.
func TestTrialLevels(t *testing.T) {
	w := newWalk(t)
	adam := w.session(w.admin)
	sheet := "question;documents\nQuel est le préavis du personnel, à compter de la lettre ?;reglement.txt\nCapitale de la Mongolie ?;\n"
	if r := w.call(adam, "POST", "/api/v1/trials/import", sheet); r.status != ok {
		t.Fatalf("%d %s", r.status, r.body)
	}
	w.call(adam, "POST", "/quality/run", nil)
	w.ran()
	page := w.call(adam, "GET", "/quality", nil).body
	for _, want := range []string{`value="strict"`, `value="lenient"`, `id="strictness"`} {
		if !strings.Contains(page, want) {
			t.Errorf("the page lacks %s", want)
		}
	}
	if strings.Contains(page, `value="balanced"`) {
		t.Error("the level in force can be chosen")
	}
	if r := w.call(adam, "POST", "/quality/strictness", url.Values{"value": {"0,5"}}); r.status != unproc {
		t.Errorf("no level: %d", r.status)
	}
	if r := w.call(adam, "POST", "/quality/strictness", url.Values{"value": {"strict"}}); r.status != seeOther {
		t.Fatalf("chosen: %d %s", r.status, r.body)
	}
	w.ran()
	var got struct{ Runs []trialRunJSON }
	w.call(adam, "GET", "/api/v1/trials/runs", nil).json(t, &got)
	if len(got.Runs) != 2 || len(got.Runs[0].Changed) != 1 || got.Runs[0].Changed[0] != "settings" {
		t.Errorf("runs %+v", got.Runs)
	}
	if page := w.call(adam, "GET", "/quality", nil).body; strings.Contains(page, `value="strict"`) || !strings.Contains(page, `value="balanced"`) {
		t.Error("the level is not in force")
	}
}
