package store

import (
	"bytes"
	"testing"

	"coffre/chain"
)

// asked puts a question and its answer by p and returns their numbers.
func asked(t *testing.T, f *firm, p Principal, question, answer string) (conversation string, seq uint64) {
	t.Helper()
	var m Message
	_, err := f.Update(t.Context(), p.Actor, chain.Event{Action: chain.QuestionAsk, Private: chain.Detail{"question": question}}, func(tx *Tx) (err error) {
		m, err = tx.PutQuestion(p, "")
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	seq, err = f.Update(t.Context(), p.Actor, chain.Event{
		Action: chain.AnswerGive, Private: chain.Detail{"text": answer},
		Detail: chain.Detail{"mode": "quotes", "prompt": "p1", "passages": []any{}, "rights": []any{uint32(1)}},
	}, func(tx *Tx) error { return tx.PutAnswer(m) })
	if err != nil {
		t.Fatal(err)
	}
	return m.Conversation, seq
}

func TestReceipt(t *testing.T) {
	f := newFirm(t)
	_, seq := asked(t, f, f.alice, "Quel est le préavis ?", "Trois mois.")
	facts := Facts{}
	f.View(func(v *View) (err error) { facts, err = v.Facts(); return err })
	for _, c := range []struct {
		name string
		p    Principal
		seq  uint64
		mine bool
		want bool
		text bool
	}{
		{"her own", f.alice, seq, true, true, true},
		{"another's", f.carol, seq, true, false, false},
		{"an auditor's view", f.admin, seq, false, true, false},
		{"no answer", f.alice, seq - 1, true, false, false},
		{"beyond the chain", f.alice, 1 << 40, false, false, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			b, err := f.Receipt(t.Context(), c.p, c.seq, c.mine, "")
			if !c.want {
				if !IsNotFound(err) {
					t.Errorf("got %d bytes, %v", len(b), err)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			rep, err := chain.VerifyReceipt(b, chain.VerifyOptions{FirstKey: facts.FirstKey})
			if err != nil || !rep.OK || !rep.Authentic {
				t.Errorf("verify: %+v %v", rep, err)
			}
			if got := bytes.Contains(b, []byte("Trois mois.")); got != c.text {
				t.Errorf("text in it: %v, want %v", got, c.text)
			}
			spoilt := bytes.Replace(b, []byte(`"mode":"quotes"`), []byte(`"mode":"models"`), 1)
			if rep, err := chain.VerifyReceipt(spoilt, chain.VerifyOptions{}); err == nil && rep.OK {
				t.Error("an edited receipt verifies")
			}
		})
	}
}
