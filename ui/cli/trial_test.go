package cli

import (
	"net/http"
	"testing"
)

const (
	goodRun = `{"id":"r1","began":"2026-02-03T04:05:06Z","cause":"person","right":0.9,"hit_rate_at_5":1,"ndcg_at_10":0.95,"abstention_recall":0.5,"changed":[]}`
	badRun  = `{"id":"r2","began":"2026-02-04T04:05:06Z","cause":"setup","right":0.5,"hit_rate_at_5":1,"ndcg_at_10":0.95,"abstention_recall":0.5,"changed":["embedder","settings"],"worse":true,"lost":4,"gained":1}`
)

// trials answers like a box whose run ends after a look, with a run or without.
func trials(added string) *api {
	ran := false
	return &api{answers: map[string]http.HandlerFunc{
		"GET /trials": says(`{"questions":[{"id":"q1","question":"Quel préavis ?","documents":["d1","d2"],"words":[],"paused":true},{"id":"q2","question":"Et sinon ?","documents":[],"no_answer":true}]}`),
		"POST /trials/run": func(w http.ResponseWriter, r *http.Request) {
			ran = true
			says(`{"running":true,"done":0,"total":2}`)(w, r)
		},
		"GET /trials/run": says(`{"running":false}`),
		"GET /trials/runs": func(w http.ResponseWriter, r *http.Request) {
			all := goodRun
			if ran && added != "" {
				all = added + "," + goodRun
			}
			says(`{"runs":[`+all+`]}`)(w, r)
		},
	}}
}

// TestTrialCommands: lists, runs, and a failure where answers got worse or the
// run was stopped.
func TestTrialCommands(t *testing.T) {
	run(t, trials(""), "trial", "list").want(t, ExitDone, "Quel préavis ?  2 documents · Paused", "")
	if all := run(t, trials(""), "trial", "list", "--json").lines(t); len(all) != 2 || all[1]["no_answer"] != true {
		t.Errorf("trial list --json: %v", all)
	}
	run(t, trials(""), "trial", "history").want(t, ExitDone, "90%", "")
	better := `{"id":"r3","began":"2026-02-04T04:05:06Z","right":1,"hit_rate_at_5":1,"ndcg_at_10":1,"abstention_recall":1}`
	run(t, trials(better), "trial", "run").want(t, ExitDone, "Right answers: 100%", "")
	run(t, trials(badRun), "trial", "run").want(t, ExitFailed, "Right answers: 50%", "4 questions lost, 1 gained")
	run(t, trials(badRun), "trial", "run", "--json").want(t, ExitFailed, `"worse":true`, "")
	run(t, trials(badRun), "trial", "run", "--lang", "fr").want(t, ExitFailed, "Réponses justes", "4 questions perdues")
	run(t, trials(""), "trial", "run").want(t, ExitFailed, "", "stopped")
	run(t, trials(""), "trial", "import", "missing.jsonl").want(t, ExitUsage, "", "missing.jsonl")
}
