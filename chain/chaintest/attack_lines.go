package chaintest

import (
	"bytes"
	"fmt"
	"slices"

	"coffre/chain"
)

// lines splits an export; index 0 is the header, index N the line of entry N
// where nothing is pruned.
func lines(export []byte) [][]byte {
	l := bytes.SplitAfter(export, []byte("\n"))
	return l[:len(l)-1]
}

// change makes an attack of a change to the lines, by somebody who can't sign.
func change(name, why string, fn func(l *Log, s [][]byte) [][]byte) Attack {
	return Attack{name, Nothing, why, func(l *Log) ([]byte, string) {
		return bytes.Join(fn(l, lines(l.Export(false))), nil), l.Checkpoint()
	}}
}

// retold returns the payload with somebody else as its actor.
func retold(payload []byte) []byte {
	p := must(chain.ParsePayload(payload))
	if p.Seq == 1 {
		p.Request = "r-other"
	} else {
		p.Actor = chain.Actor{Kind: "user", ID: "u-other"}
	}
	return must(p.Canonical())
}

func line(h chain.Hash, payload []byte) []byte {
	return fmt.Appendf(nil, `{"chain_hash":"%s","payload":%s}`+"\n", h, payload)
}

var onLines = []Attack{
	change("edit", "a payload is edited", func(l *Log, s [][]byte) [][]byte {
		n := l.in(1, l.Size())
		s[n] = line(l.hash(n), retold(l.Payloads[n-1]))
		return s
	}),
	change("edit-and-hash", "a payload is edited and its own hash with it", func(l *Log, s [][]byte) [][]byte {
		n := l.in(1, l.Size())
		p := retold(l.Payloads[n-1])
		s[n] = line(chain.Link(l.hash(n-1), p), p)
		return s
	}),
	change("edit-hash", "a chain hash is edited", func(l *Log, s [][]byte) [][]byte {
		n := l.in(1, l.Size())
		h := l.hash(n)
		h[l.rng.IntN(len(h))] ^= 1 << l.rng.IntN(8)
		s[n] = line(h, l.Payloads[n-1])
		return s
	}),
	change("insert", "an entry is slipped in that fits the one before it", func(l *Log, s [][]byte) [][]byte {
		n := l.in(2, l.Size())
		p := retold(l.Payloads[n-1])
		return slices.Insert(s, int(n), line(chain.Link(l.hash(n-1), p), p))
	}),
	change("delete", "an entry is taken out", func(l *Log, s [][]byte) [][]byte {
		n := int(l.in(1, l.Size()-1))
		return slices.Delete(s, n, n+1)
	}),
	change("reorder", "two entries change places", func(l *Log, s [][]byte) [][]byte {
		n := l.in(1, l.Size()-1)
		m := l.in(n+1, l.Size())
		s[n], s[m] = s[m], s[n]
		return s
	}),
	change("duplicate", "an entry stands there twice", func(l *Log, s [][]byte) [][]byte {
		n := l.in(1, l.Size())
		return slices.Insert(s, int(l.in(n, l.Size()+1)), s[n])
	}),
	change("swap-tenants", "an entry of another tenant stands in its place", func(l *Log, s [][]byte) [][]byte {
		n := l.in(2, l.Size())
		other := New(l.rng.Uint64(), "autre-etude").Some(int(l.Size()))
		s[n] = line(other.hash(n), other.Payloads[n-1])
		return s
	}),
	change("cut-tail", "the newest entries are cut off", func(l *Log, s [][]byte) [][]byte { return s[:l.in(2, l.Size())] }),
	change("cut-everything", "no entry is left", func(l *Log, s [][]byte) [][]byte { return s[:1] }),
	change("cut-in-a-line", "the file ends in the middle of a line", func(l *Log, s [][]byte) [][]byte {
		n := l.in(1, l.Size())
		s[n] = s[n][:1+l.rng.IntN(len(s[n])-2)]
		return s[:n+1]
	}),
	change("append", "an entry follows that no checkpoint covers", func(l *Log, s [][]byte) [][]byte {
		l.Some(1)
		return append(s, line(l.hash(l.Size()), l.Payloads[l.Size()-1]))
	}),
	change("recompute-unsigned", "everything from an edited entry on is computed again, and nobody signs it", func(l *Log, s [][]byte) [][]byte {
		r := l.rewritten(l.in(2, l.Size()))
		return append(s[:1], lines(r.Export(false))[1:]...)
	}),
	change("spell-otherwise", "a payload says the same in other bytes", func(l *Log, s [][]byte) [][]byte {
		n := l.in(1, l.Size())
		at := bytes.Index(s[n], []byte(`"payload":{"`)) + len(`"payload":{`)
		s[n] = slices.Insert(s[n], at, ' ')
		return s
	}),
	{"private-edit", Nothing, "a private part is not what was sealed", func(l *Log) ([]byte, string) {
		l.Append(box, chain.Event{Action: chain.QuestionAsk, Private: chain.Detail{"text": "le vrai"}})
		export := l.Some(2).Export(true)
		return bytes.Replace(export, []byte(`{"text":"le vrai"}`), []byte(`{"text":"le faux"}`), 1), l.Checkpoint()
	}},
}

// rewritten returns the chain with entry n told otherwise and everything after
// it computed again. The hand-overs' notes are left as they were.
func (l *Log) rewritten(n uint64) *Log {
	r := l.Clone()
	r.cut(n - 1)
	for i := n - 1; i < l.Size(); i++ {
		p := l.Payloads[i]
		if i == n-1 {
			p = retold(p)
		}
		r.AppendRaw(p, l.Private[i], l.Salts[i])
	}
	r.Keys, r.Moves = slices.Clone(l.Keys), slices.Clone(l.Moves)
	return r
}
