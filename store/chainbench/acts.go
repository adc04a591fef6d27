package chainbench

import (
	"math/rand/v2"
	"time"

	"coffre/chain"
)

// acts is the mix of a working day: questions, answers with six passages,
// documents opened, searches.
type acts struct {
	events   []chain.Event
	people   []string // ids of those who act
	payloads [][]byte // what the box makes of them, but for its own numbers
	bytes    int      // mean length of a payload
}

// poolSize is how many different acts are used in turn.
const poolSize = 4096

func newActs() (*acts, error) {
	a, rng := &acts{}, rand.New(rand.NewPCG(1, 2))
	total := 0
	for i := range poolSize {
		ev := act(rng, i)
		p := chain.Payload{
			Seq: uint64(100_000 + i), Time: time.Now(), Nonce: chain.NewNonce(), Actor: chain.Actor{Kind: "user", ID: chain.NewNonce()},
			Action: ev.Action, Outcome: chain.OK, Object: ev.Object, Session: ev.Session, Request: ev.Request, Detail: ev.Detail,
		}
		raw, err := p.Canonical()
		if err != nil {
			return nil, err
		}
		a.events, a.payloads, total = append(a.events, ev), append(a.payloads, raw), total+len(raw)
	}
	a.bytes = total / poolSize
	for range 97 {
		a.people = append(a.people, chain.NewNonce())
	}
	return a, nil
}

func act(rng *rand.Rand, i int) chain.Event {
	ev := chain.Event{Request: chain.NewNonce()[:16]}
	switch i % 4 {
	case 0:
		ev.Action, ev.Session = chain.QuestionAsk, chain.NewNonce()
	case 1:
		var passages []any
		for range 6 {
			start := rng.IntN(9000)
			passages = append(passages, map[string]any{
				"document": chain.NewNonce(), "version": chain.NewNonce(), "start": start, "end": start + 900,
			})
		}
		ev.Action, ev.Object = chain.AnswerGive, chain.Object{Kind: "conversation", ID: chain.NewNonce()}
		ev.Detail = chain.Detail{"abstained": false, "cut": false, "mode": "model", "model": "llama3.1:8b", "prompt": "7", "passages": passages}
	case 2:
		ev.Action, ev.Object = chain.DocumentRead, chain.Object{Kind: "document", ID: chain.NewNonce()}
		ev.Detail = chain.Detail{"version": chain.NewNonce()}
	default:
		ev.Action = chain.SearchQuery
	}
	return ev
}
