package chain

import (
	"crypto/sha256"
	"fmt"
)

// VerifyReceipt checks a receipt by itself, and with o's first key that it is
// of that box. Whether the box's chain is still the one that the receipt is of,
// a verification of the chain shows that is given the receipt's checkpoint
// (NoteIn). Errors: ErrNotExport where b is no receipt, ErrKey, ErrCheckpoint.
func VerifyReceipt(b []byte, o VerifyOptions) (Report, error) {
	f, err := objectFields(b)
	if err != nil {
		return Report{}, fmt.Errorf("read receipt: %w: %w", ErrNotExport, err)
	}
	if format, _ := f.text("format"); format != receiptFormat {
		return Report{}, fmt.Errorf("read receipt: %w", ErrNotExport)
	}
	h := Header{First: 1}
	var ok1, ok2 bool
	h.Genesis, ok1 = f.hash("genesis")
	h.Checkpoint, ok2 = f.text("checkpoint")
	if !ok1 || !ok2 || !f.customer(&h) || !f.handovers(&h) || f["question"] == nil || f["answer"] == nil ||
		!f.only("format", "customer", "genesis", "checkpoint", "handovers", "question", "answer") {
		return Report{Fault: FaultReceipt, Detail: "a member is missing or malformed"}, nil
	}
	if cp, _, err := OpenCheckpoint(h.Checkpoint); err == nil {
		h.Last = cp.Size
	}
	v, fault, err := begin(h, o)
	if err != nil {
		return Report{}, err
	}
	if fault == nil {
		fault = v.walkReceipt(f["question"], f["answer"])
	}
	r := v.conclude(fault)
	if !r.OK {
		r.Receipt = nil
	}
	return r, nil
}

// walkReceipt checks the two entries as lines of a filtered export.
func (v *verification) walkReceipt(question, answer []byte) *fault {
	w := &filtered{v: v, sum: sha256.New()}
	var asked, given Payload
	var lines [2]line
	for i, raw := range [][]byte{question, answer} {
		l := &lines[i]
		if f := l.read(w.seq+1, raw); f != nil {
			return f
		}
		if f := w.entry(l); f != nil {
			return f
		}
		w.entries++
		v.report.Entries++
		p, err := ParsePayload(l.payload)
		if err != nil {
			return classify(l.entry.seq, err)
		}
		if i == 0 {
			asked = p
		} else {
			given = p
		}
	}
	if asked.Action != QuestionAsk || given.Action != AnswerGive {
		return faultf(given.Seq, FaultReceipt, "its entries are not a question and an answer")
	}
	if !answers(asked, given) {
		return faultf(given.Seq, FaultReceipt, "entry %d does not answer entry %d", given.Seq, asked.Seq)
	}
	facts := factsOf(asked, given)
	facts.QuestionOpen, facts.AnswerOpen = lines[0].have&linePrivate != 0, lines[1].have&linePrivate != 0
	v.report.Receipt = &facts
	return nil
}

// answers reports whether two entries belong together: the answer says so, or
// both are of one request of one person.
func answers(asked, given Payload) bool {
	if seq, stated := given.Detail["question"]; stated {
		return seq == int64(asked.Seq)
	}
	return asked.Request != "" && asked.Request == given.Request && asked.Actor == given.Actor
}

func factsOf(asked, given Payload) Facts {
	text := func(name string) string {
		s, _ := given.Detail[name].(string)
		return s
	}
	f := Facts{
		Question: asked.Seq, Answer: given.Seq, Actor: asked.Actor.ID, Outcome: given.Outcome,
		Asked: asked.Time.Format(milliLayout), Answered: given.Time.Format(milliLayout),
		Model: text("model"), ModelDigest: text("model_digest"), Prompt: text("prompt"), Rights: given.Detail["rights"],
		QuestionSealed: asked.Sealed, AnswerSealed: given.Sealed, Passages: []Passage{},
	}
	list, _ := given.Detail["passages"].([]any)
	for _, item := range list {
		m, _ := item.(map[string]any)
		p := Passage{}
		p.Document, _ = m["document"].(string)
		p.Version, _ = m["version"].(string)
		p.Start, _ = m["start"].(int64)
		p.End, _ = m["end"].(int64)
		f.Passages = append(f.Passages, p)
	}
	return f
}
