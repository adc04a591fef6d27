package cli

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"
)

const keptSecrets = `{"secrets":[{"id":"sec-a","name":"Gateway","purpose":"runtime","address":"https://ai.firm.lan","state":"good","version":1,"changed":"2026-02-03T04:05:06Z","users":["llm.key_secret"]},
{"id":"sec-b","name":"gateway","purpose":"runtime","address":"https://ai.firm.lan","state":"revoked","version":1,"changed":"2026-02-03T04:05:06Z","ended":"2026-02-04T04:05:06Z","users":[]}]}`

func secretAPI() *api {
	made := `{"id":"sec-a","name":"Gateway","address":"https://ai.firm.lan","version":2,"state":"good"}`
	return &api{answers: map[string]http.HandlerFunc{
		"GET /secrets": says(keptSecrets), "POST /secrets": says(made), "POST /secrets/sec-a/rotate": says(made),
		"DELETE /secrets/sec-a": says(`{"id":"sec-a","users":["llm.key_secret"],"running":2}`),
	}}
}

func TestSecret(t *testing.T) {
	a := secretAPI()
	value := "sk-\"planted\\\t4711"
	stdin := func() Env { return Env{Open: opens(a), Stdin: strings.NewReader(value + "\r\n")} }
	run(t, a, "secret", "list").want(t, ExitDone, "Gateway", "")
	o := runWith(t, stdin(), "secret", "put", "Gateway", "--address", "https://ai.firm.lan", "--remind", "30")
	o.want(t, ExitDone, "sealed", "")
	var sent struct {
		Name, Purpose, Address, Value string
		Remind                        int `json:"remind_days"`
	}
	if err := json.Unmarshal([]byte(a.last(t, "POST /secrets").body), &sent); err != nil || sent.Value != value || sent.Name != "Gateway" || sent.Purpose != "runtime" || sent.Remind != 30 {
		t.Errorf("%+v %v", sent, err)
	}
	runWith(t, stdin(), "secret", "rotate", "GATEWAY").want(t, ExitDone, "version 2", "")
	if err := json.Unmarshal([]byte(a.last(t, "POST /secrets/sec-a/rotate").body), &sent); err != nil || sent.Value != value {
		t.Errorf("%+v %v", sent, err)
	}
	runWith(t, Env{Open: opens(a), Stdin: strings.NewReader("\n")}, "secret", "rotate", "sec-a").want(t, ExitUsage, "", "No value was given")
	runWith(t, stdin(), "secret", "put", "x").want(t, ExitUsage, "", "--address")
	run(t, a, "secret", "revoke", "Gateway").want(t, ExitFailed, "", "llm.key_secret")
	run(t, a, "secret", "revoke", "Gateway", "--in-use", "--json").want(t, ExitDone, `"running":2`, "")
	run(t, a, "secret", "revoke", "nobody").want(t, ExitFailed, "", "no such secret")
	if strings.Contains(o.out+o.errout, "planted") {
		t.Error("the value was printed")
	}
}
