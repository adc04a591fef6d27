package chaintest

import (
	"bytes"
	"fmt"
	"strings"

	"coffre/chain"
)

// Answer appends a question and its answer, with an entry of somebody else's
// between them, and returns their seqs.
func (l *Log) Answer() (question, answer uint64) {
	by, request := chain.Actor{Kind: "user", ID: "u-asker"}, fmt.Sprintf("q-%d", l.Size())
	question = l.Append(by, chain.Event{
		Action: chain.QuestionAsk, Session: "c-1", Request: request, Private: chain.Detail{"question": "Quel est le délai ?"},
	})
	l.Some(1)
	answer = l.Append(by, chain.Event{
		Action: chain.AnswerGive, Session: "c-1", Request: request,
		Detail: chain.Detail{
			"question": question, "model": "llama3.1:8b", "model_digest": strings.Repeat("4f", 32), "prompt": "7", "rights": []any{1, 4},
			"passages": []any{map[string]any{"document": "d-01", "version": "v-01", "start": 120, "end": 480}},
		},
		Private: chain.Detail{"answer": "Trente jours [1]."},
	})
	return question, answer
}

// Receipt makes the receipt of an answer, with or without its texts.
func (l *Log) Receipt(question, answer uint64, open bool) []byte {
	entry := func(seq uint64) chain.ReceiptEntry {
		e := chain.ReceiptEntry{PreviousHash: l.hash(seq - 1), ChainHash: l.hash(seq), Payload: l.Payloads[seq-1]}
		if open {
			e.Private, e.Salt = l.Private[seq-1], l.Salts[seq-1]
		}
		return e
	}
	return must(chain.MakeReceipt(l, l.Header(), entry(question), entry(answer)))
}

// receipt makes a case of a receipt that somebody changed.
func receipt(name string, needs Evidence, why string, fn func(l *Log, r []byte) []byte) Attack {
	return Attack{name, needs, why, func(l *Log) ([]byte, string) {
		q, a := l.Answer()
		l.Some(l.rng.IntN(5))
		return fn(l, l.Receipt(q, a, true)), l.Checkpoint()
	}}
}

// swap replaces the first of was, which must be there.
func swap(b []byte, was, is string) []byte {
	if !bytes.Contains(b, []byte(was)) {
		panic("nothing to change: " + was)
	}
	return bytes.Replace(b, []byte(was), []byte(is), 1)
}

var onReceipts = []Attack{
	receipt("receipt-model-edited", Nothing, "another model is claimed", func(_ *Log, r []byte) []byte { return swap(r, `llama3.1:8b`, `llama3.1:70b`) }),
	receipt("receipt-text-edited", Nothing, "another answer is claimed", func(_ *Log, r []byte) []byte { return swap(r, "Trente jours", "Quarante jours") }),
	receipt("receipt-question-edited", Nothing, "another question is claimed", func(_ *Log, r []byte) []byte { return swap(r, "le délai", "le prix") }),
	receipt("receipt-place-edited", Nothing, "another checkpoint is claimed", func(l *Log, r []byte) []byte {
		was := l.State()
		is := was
		flip(&is.Root)
		return swap(r, was.Root.Base64(), is.Root.Base64())
	}),
	receipt("receipt-unsigned", Nothing, "the checkpoint's signature is another's", func(l *Log, r []byte) []byte {
		return swap(r, strings.TrimSpace(strings.SplitAfter(l.Checkpoint(), "\n")[4]), strings.TrimSpace(strings.SplitAfter(l.Moves[0].Note, "\n")[4]))
	}),
	{"receipt-two-answers", Nothing, "the question of one answer is put to another", func(l *Log) ([]byte, string) {
		q1, a1 := l.Answer()
		q2, a2 := l.Answer()
		first, second := l.Receipt(q1, a1, false), l.Receipt(q2, a2, false)
		cut := []byte(`"question":`)
		i, j := bytes.LastIndex(first, cut), bytes.LastIndex(second, cut)
		return append(second[:j:j], first[i:]...), l.Checkpoint()
	}},
	{"receipt-of-a-thief", FirstKey, "the receipt is of a box with other keys", func(l *Log) ([]byte, string) {
		kept, t := l.Checkpoint(), l.thief().Some(int(l.Size())).HandOver()
		q, a := t.Answer()
		return t.Receipt(q, a, true), kept
	}},
	{"receipt-of-a-fork", Never, "the receipt is of a future that only its holder was shown; a receipt alone can't tell, a verification of the chain that is given the receipt can", func(l *Log) ([]byte, string) {
		fork := l.Clone()
		q, a := fork.Answer()
		return fork.Receipt(q, a, true), ""
	}},
}

var soundReceipts = []Attack{
	receipt("sound-receipt", Never, "a receipt with its texts", func(_ *Log, r []byte) []byte { return r }),
	{"sound-receipt-closed", Never, "a receipt without texts, of an answer that was long ago", func(l *Log) ([]byte, string) {
		q, a := l.Answer()
		l.Some(20).HandOver().Some(3)
		return l.Receipt(q, a, false), l.Checkpoint()
	}},
}
