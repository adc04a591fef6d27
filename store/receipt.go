package store

import (
	"context"

	"coffre/chain"
)

// Receipt makes the receipt of an answer (chain.MakeReceipt) from its number in
// the chain. Whoever asked gets it with the texts of question and answer where
// they still exist; others (private false) get what the chain itself holds. Its
// own entry, audit.export, commits before anything is read. NotFound where the
// number is no answer's, or, for mine, none of p's own.
func (t *Tenant) Receipt(ctx context.Context, p Principal, seq uint64, mine bool, request string) ([]byte, error) {
	var m Message
	err := t.View(func(v *View) (err error) {
		m, err = v.answered(p, seq, mine)
		return err
	})
	if err != nil {
		return nil, err
	}
	_, err = t.Record(ctx, p.Actor, chain.Event{
		Action: chain.AuditExport, Session: p.Session, Request: request,
		Object: chain.Object{Kind: "conversation", ID: m.Conversation},
		Detail: chain.Detail{"receipt": seq, "private": mine},
	})
	if err != nil {
		return nil, err
	}
	var receipt []byte
	err = t.View(func(v *View) error {
		src, err := newLogSource(v.tx)
		if err != nil {
			return Fail(Corrupt, "damaged").Because(err)
		}
		question, err := v.receiptEntry(m.Question, mine)
		if err != nil {
			return err
		}
		answer, err := v.receiptEntry(seq, mine)
		if err != nil {
			return err
		}
		if receipt, err = chain.MakeReceipt(treeNodes{v.tx}, src.Header(), question, answer); err != nil {
			return Fail(Corrupt, "damaged").Because(err)
		}
		return nil
	})
	return receipt, err
}

// answered finds the message whose answer is an entry.
func (v *View) answered(p Principal, seq uint64, mine bool) (Message, error) {
	e, err := v.entry(seq)
	if err != nil {
		return Message{}, err
	}
	if e.Action != chain.AnswerGive {
		return Message{}, errNotFound
	}
	if mine {
		if _, err := v.Conversation(p, e.Object.ID); err != nil {
			return Message{}, err
		}
	}
	all, err := v.Messages(Conversation{ID: e.Object.ID})
	for _, m := range all {
		if m.Answer == seq {
			return m, nil
		}
	}
	if err == nil {
		err = errNotFound
	}
	return Message{}, err
}

func (v *View) receiptEntry(seq uint64, private bool) (chain.ReceiptEntry, error) {
	e, err := v.entry(seq)
	if err != nil {
		return chain.ReceiptEntry{}, err
	}
	out := chain.ReceiptEntry{ChainHash: e.Hash, Payload: e.Raw}
	facts, err := v.Facts()
	if err != nil {
		return out, err
	}
	if out.PreviousHash, err = facts.Customer.Genesis(); err != nil {
		return out, err
	}
	if seq > 1 {
		before, err := treeNodes{v.tx}.ChainHashes(seq-1, 1)
		if err != nil {
			return out, Fail(Corrupt, "damaged").Because(err)
		}
		out.PreviousHash = before[0]
	}
	if private {
		out.Private, out.Salt, err = v.privateRecord(seq)
		if IsNotFound(err) {
			out.Private, out.Salt, err = nil, nil, nil
		}
	}
	return out, err
}
