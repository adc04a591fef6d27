package chaintest

import (
	"crypto/ed25519"
	"fmt"
	"strings"

	"coffre/chain"
)

func publicOf(seed []byte) ed25519.PublicKey {
	return ed25519.NewKeyFromSeed(seed).Public().(ed25519.PublicKey)
}

// Some appends n entries of the kinds that a working day brings.
func (l *Log) Some(n int) *Log {
	for range n {
		l.act()
	}
	return l
}

func (l *Log) act() {
	by := chain.Actor{Kind: "user", ID: fmt.Sprintf("u-%04x", l.rng.IntN(1<<12))}
	object := chain.Object{Kind: "document", ID: fmt.Sprintf("%06x", l.rng.IntN(1<<24))}
	e := chain.Event{Object: object, Request: fmt.Sprintf("r-%d", l.rng.IntN(1000))}
	switch l.rng.IntN(6) {
	case 0:
		e.Action, e.Session = chain.QuestionAsk, "c-1"
		e.Private = chain.Detail{"text": l.words()}
	case 1:
		e.Action, e.Session = chain.AnswerGive, "c-1"
		e.Detail = chain.Detail{"model": "é€ \"<1>", "cut": l.rng.IntN(2) == 0, "passages": []any{
			map[string]any{"document": object.ID, "start": l.rng.IntN(900), "end": 900 + l.rng.IntN(900)},
		}}
		e.Private = chain.Detail{"text": l.words(), "n": l.rng.IntN(5)}
	case 2:
		e.Action, e.Outcome, e.Object = chain.AuthFailure, chain.Denied, chain.Object{}
		e.Detail = chain.Detail{"count": 1 + l.rng.IntN(9), "𐀀": "beyond", "ﬀ": "the plane"}
		by = chain.Actor{Kind: "system", ID: "auth"}
	case 3:
		e.Action, e.Outcome = chain.DocumentFail, chain.Failed
		e.Detail = chain.Detail{"code": "line\u2028break\t\u0001/\\", "least": -chain.MaxInteger, "nested": []any{[]any{}, map[string]any{}}}
	default:
		e.Action = chain.DocumentRead
	}
	l.Append(by, e)
}

func (l *Log) words() string {
	list := []string{"échéance", "le bail", "notice", "« clause »", "\"délai\"", "€", "naïve 😀"}
	var b strings.Builder
	for range 1 + l.rng.IntN(4) {
		b.WriteString(list[l.rng.IntN(len(list))] + " ")
	}
	return b.String()
}

// sign returns the checkpoint of the log as it stands.
func (l *Log) sign(by ...*chain.Signer) string {
	return must(l.State().Sign(by...))
}

// State returns the checkpoint of the log as it stands, unsigned.
func (l *Log) State() chain.Checkpoint {
	return chain.Checkpoint{Origin: chain.Origin(l.Customer, l.Genesis, l.restores), Size: l.Size(), Root: l.tree.Root()}
}

// Checkpoint returns the newest note.
func (l *Log) Checkpoint() string { return l.sign(l.Key()) }

var box = chain.Actor{Kind: "system", ID: "box"}

// HandOver replaces the checkpoint key, as a box does every day.
func (l *Log) HandOver() *Log {
	next := l.newSigner()
	size := l.Append(box, chain.KeyEvent(next))
	l.Moves = append(l.Moves, Move{size, l.sign(l.Key(), next)})
	l.Keys = append(l.Keys, next)
	return l
}

// Restore goes back to the log's first keep entries, as a box that is restored
// from a backup of that size, and tells of it.
func (l *Log) Restore(keep uint64) *Log {
	lost := l.State()
	l.cut(keep)
	next := l.newSigner()
	e := chain.RestoreEvent(next, l.State(), lost)
	l.restores++
	size := l.Append(box, e)
	l.Moves = append(l.Moves, Move{size, l.sign(l.Recovery, next)})
	l.Keys = append(l.Keys, next)
	return l
}

// Back takes the log back to its first keep entries, as an old copy of the whole
// data directory does, and says nothing of it.
func (l *Log) Back(keep uint64) *Log {
	l.cut(keep)
	return l
}

// cut takes the log back to its first keep entries, keys and hand-overs too.
func (l *Log) cut(keep uint64) {
	old := *l
	l.Hashes, l.Payloads, l.Private, l.Salts = nil, nil, nil, nil
	l.tree, l.tiles, l.Moves, l.restores = chain.Range{}, map[tile][]chain.Hash{}, nil, 0
	for i := range keep {
		l.AppendRaw(old.Payloads[i], old.Private[i], old.Salts[i])
	}
	l.Keys = old.Keys[:1:1]
	for i, m := range old.Moves {
		if m.Size > keep {
			break
		}
		if cp, _, err := chain.OpenCheckpoint(m.Note); err == nil && cp.Origin != chain.Origin(l.Customer, l.Genesis, l.restores) {
			l.restores++
		}
		l.Moves, l.Keys = append(l.Moves, m), append(l.Keys, old.Keys[i+1])
	}
}

// Prune leaves of the entries 1 to to nothing but their hashes.
func (l *Log) Prune(to uint64) *Log {
	l.Append(box, chain.PruneEvent(to, l.hash(to), l.State()))
	l.Pruned = to
	return l
}
