package chaintest

import (
	"bytes"
	"crypto/sha256"
	"fmt"
	"slices"

	"coffre/chain"
)

// someLines is an export of about half the entries, at least two.
func (l *Log) someLines() []byte {
	pick := map[uint64]bool{l.Pruned + 1: true, l.Size(): true}
	for seq := l.Pruned + 1; seq < l.Size(); seq++ {
		pick[seq] = pick[seq] || l.rng.IntN(2) == 0
	}
	return l.Filtered(map[string]any{"class": "document"}, func(seq uint64) bool { return pick[seq] })
}

// refit writes the last line anew, which counts and hashes those before it.
func refit(s [][]byte) [][]byte {
	body := s[1 : len(s)-1]
	end := fmt.Appendf(nil, `{"end":{"entries":%d,"sha256":"%x"}}`+"\n", len(body), sha256.Sum256(bytes.Join(body, nil)))
	return append(s[:len(s)-1], end)
}

func filtered(name, why string, fn func(l *Log, s [][]byte) [][]byte) Attack {
	return Attack{name, Nothing, why, func(l *Log) ([]byte, string) {
		return bytes.Join(fn(l, lines(l.someLines())), nil), l.Checkpoint()
	}}
}

func leaveOut(l *Log) ([]byte, string) {
	s := lines(l.someLines())
	n := 1 + l.rng.IntN(len(s)-2)
	return bytes.Join(refit(slices.Delete(s, n, n+1)), nil), l.Checkpoint()
}

// anyLine is the index of an entry's line.
func (l *Log) anyLine(s [][]byte) int { return 1 + l.rng.IntN(len(s)-2) }

var onFiltered = []Attack{
	{"filtered-line-left-out", Never, "a filtered export can't show that a line was left out and its end made to fit; the box's own export entry can", leaveOut},
	filtered("filtered-removed", "a line of a filtered export is taken out, and its end left", func(l *Log, s [][]byte) [][]byte {
		n := l.anyLine(s)
		return slices.Delete(s, n, n+1)
	}),
	filtered("filtered-doubled", "a line is there twice", func(l *Log, s [][]byte) [][]byte {
		n := l.anyLine(s)
		return refit(slices.Insert(s, n, s[n]))
	}),
	filtered("filtered-reordered", "two lines change places", func(l *Log, s [][]byte) [][]byte {
		s[1], s[len(s)-2] = s[len(s)-2], s[1]
		return refit(s)
	}),
	filtered("filtered-cut", "the end is gone", func(l *Log, s [][]byte) [][]byte { return s[:1+l.rng.IntN(len(s)-1)] }),
	filtered("filtered-edited", "a line is edited, and the end fitted to it", func(l *Log, s [][]byte) [][]byte {
		n := l.anyLine(s)
		s[n] = bytes.Replace(s[n], []byte(`"nonce":"`), []byte(`"nonce":"0`), 1)
		at := bytes.Index(s[n], []byte(`"nonce":"`)) + len(`"nonce":"`)
		s[n] = slices.Delete(s[n], at+32, at+33)
		return refit(s)
	}),
	filtered("filtered-foreign", "a line of another chain, with a proof of its own", func(l *Log, s [][]byte) [][]byte {
		other := New(l.rng.Uint64(), "autre-etude").Some(int(l.Size()))
		t := lines(other.Filtered(map[string]any{"class": "document"}, func(seq uint64) bool { return seq == l.Size() }))
		s[len(s)-2] = t[1]
		return refit(s)
	}),
	filtered("filtered-recomputed", "a line is edited and its hash computed again, for which there is no proof", func(l *Log, s [][]byte) [][]byte {
		n := l.Size()
		p := retold(l.Payloads[n-1])
		s[len(s)-2] = bytes.Replace(s[len(s)-2], l.Payloads[n-1], p, 1)
		s[len(s)-2] = bytes.Replace(s[len(s)-2], []byte(l.hash(n).String()), []byte(chain.Link(l.hash(n-1), p).String()), 1)
		return refit(s)
	}),
}
