package cli

import (
	"context"
	"net/http"
	"strings"
	"testing"
)

const anAnswer = `{"conversation":"c1","answer":"Le bail dure neuf ans [1].","mode":"model","abstained":false,
"citations":[{"n":1,"document_id":"d1","version":"v1","title":"Bail","page":3,"start":5,"end":9,"quote":"neuf\nans","verified":true},
{"n":1,"document_id":"d1","title":"Bail","page":3,"quote":"puis","verified":true},
{"n":2,"document_id":"d2","title":"Notes","page":0,"quote":"dix","verified":false}],"nearest":[],"audit_seq":12}`

func TestAsk(t *testing.T) {
	a := &api{answers: map[string]http.HandlerFunc{
		"POST /ask":        says(anAnswer),
		"GET /collections": says(`{"collections":[{"id":"col1","name":"Baux","may_write":true}]}`),
	}}
	o := run(t, a, "ask", "Combien", "dure", "le bail ?", "--collection", "baux", "--conversation", "c1")
	o.want(t, ExitDone, "Le bail dure neuf ans [1].\n\n[1] Bail, page 3\n    “neuf ans”\n    “puis”\n[2] Notes\n    “dix” (the passage", "")
	if q := a.last(t, "POST /ask"); q.body != `{"question":"Combien dure le bail ?","collections":["col1"],"conversation":"c1","stream":false}` {
		t.Errorf("asked %s", q.body)
	}
	if m := run(t, a, "ask", "q", "--json").lines(t); len(m) != 1 || m[0]["audit_seq"] != 12.0 {
		t.Errorf("ask --json: %v", m)
	}
	run(t, a, "ask", "q", "--collection", "x", "--lang", "fr").want(t, ExitUsage, "", "il y a Baux")

	a.answers["POST /ask"] = says(`{"answer":"Rien.","abstained":true,"nearest":[{"title":"Bail","page":2,"heading":"Durée","text":"Le  bail\n\u001b[1m"}]}`)
	run(t, a, "ask", "q").want(t, ExitDone, "The nearest passages:\n1. Bail, page 2\n   Durée\n   Le bail [1m", "")
	a.answers["POST /ask"] = says(`{"answer":"“a” [1]","mode":"quotes","citations":[]}`)
	run(t, a, "ask", "q").want(t, ExitDone, "“a” [1]", "no model was asked")
	a.answers["POST /ask"] = says(`{"answer":"","code":"runtime-unreachable"}`)
	run(t, a, "ask", "q").want(t, ExitUnreachable, "", "runtime does not answer")
}

func TestAskStreaming(t *testing.T) {
	for name, c := range map[string]struct {
		stream string
		exit   int
		out    string
		errout string
	}{
		"whole": {
			"event: queue\ndata: {\"position\":2}\n\nevent: token\ndata: {\"text\":\"Neuf \"}\n\nevent: token\ndata: {\"text\":\"ans.\"}\n\n" +
				": a comment\nevent: done\ndata: {\"answer\":\"Neuf ans.\",\"citations\":[{\"n\":1,\"title\":\"Bail\",\"page\":1,\"quote\":\"neuf\",\"verified\":true}]}\n\n",
			ExitDone, "Neuf ans.\n\n[1] Bail, page 1", "place 2",
		},
		"checked": {
			"event: token\ndata: {\"text\":\"Neuf [9].\"}\n\nevent: done\ndata: {\"answer\":\"Neuf.\"}\n\n",
			ExitDone, "Neuf [9].\n\nAnswer after its citations were checked:\nNeuf.\n", "",
		},
		"error":     {"event: error\ndata: {\"code\":\"runtime-unreachable\",\"detail\":\"No runtime.\"}\n\n", ExitUnreachable, "", "coffre: No runtime."},
		"cut":       {"event: token\ndata: {\"text\":\"Neuf\"}\n\nevent: done\ndata: {\"ans", ExitUnreachable, "Neuf\n", "connection was lost"},
		"malformed": {"event: done\ndata: {\"ans\n\n", ExitUnreachable, "", "connection to the box was lost"},
	} {
		t.Run(name, func(t *testing.T) {
			a := &api{answers: map[string]http.HandlerFunc{"POST /ask": says(c.stream)}}
			e := Env{Open: opens(a), Commands: []Command{{
				Name: "stream", Does: "cli.does.ask",
				Run: func(ctx context.Context, c *Call) error {
					return c.with(ctx, func(b *box) error { return c.askStreaming(ctx, b, question{Question: "q", Stream: true}) })
				},
			}}}
			runWith(t, e, "stream").want(t, c.exit, c.out, c.errout)
		})
	}
}

func TestSearch(t *testing.T) {
	a := &api{answers: map[string]http.HandlerFunc{
		"GET /search": says(`{"language":"fr","hits":[{"document_id":"d1","title":"Bail","page":3,"text":"` + strings.Repeat("long ", 100) + `","score":1.5}]}`),
	}}
	run(t, a, "search", "bail").want(t, ExitDone, "1. Bail, page 3\n   long long", "")
	if m := run(t, a, "search", "bail", "--json").lines(t); len(m) != 1 || len(m[0]["hits"].([]any)) != 1 {
		t.Errorf("search --json: %v", m)
	}
}

func FuzzReadEvents(f *testing.F) {
	f.Add("event: token\ndata: {}\n\n")
	f.Add("data: a\ndata: b\r\n\r\nevent\n:\n\n")
	f.Fuzz(func(t *testing.T, s string) {
		_ = readEvents(strings.NewReader(s), func(e event) error {
			if strings.HasSuffix(e.name, "\n") {
				t.Errorf("name %q", e.name)
			}
			return nil
		})
	})
}
