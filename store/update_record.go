package store

import (
	"context"
	"time"

	"coffre/chain"
)

// Where an update of the program stands.
const (
	UpdateBegun  = "begun"
	UpdateDone   = "done"
	UpdateUndone = "undone" // program and data are those from before
)

// UpdateRecord is an update of the program, as each chain of the box has it.
type UpdateRecord struct {
	ID     string      `json:"id"`
	From   string      `json:"from"` // versions
	To     string      `json:"to"`
	Format int         `json:"format"` // of the store, that To writes
	Key    string      `json:"key"`    // id of the release key
	SHA256 string      `json:"sha256"` // of the program
	By     chain.Actor `json:"by"`
	At     time.Time   `json:"at"`
	Ended  time.Time   `json:"ended,omitzero"`
	State  string      `json:"state"`
	Code   string      `json:"code,omitempty"` // why it is undone
	Seq    uint64      `json:"seq"`            // of update.begin
}

const updatesKept = 100

var updates = table[UpdateRecord]("updates")

// Updates lists the updates that a chain knows of, newest first.
func (v *View) Updates() (out []UpdateRecord, err error) {
	err = updates.each(v, nil, func(_ []byte, r UpdateRecord) bool { out = append(out, r); return true })
	for i, j := 0, len(out)-1; i < j; i, j = i+1, j-1 {
		out[i], out[j] = out[j], out[i]
	}
	return out, err
}

// BeginUpdate enters that the program is about to be replaced.
func (t *Tenant) BeginUpdate(ctx context.Context, by Actor, request string, r UpdateRecord) error {
	ev := chain.Event{
		Action: chain.UpdateBegin, Request: request, Object: chain.Object{Kind: "update", ID: r.ID},
		Detail: chain.Detail{"from": r.From, "to": r.To, "format": r.Format, "key": r.Key, "sha256": r.SHA256},
	}
	_, err := t.Update(ctx, by, ev, func(tx *Tx) error {
		r.State, r.Seq, r.By = UpdateBegun, tx.Seq, by.Actor
		return keepNewest(tx, updates, updatesKept, u64(r.Seq), r)
	})
	return err
}

// EndUpdate enters what became of an update; a chain that has it, or never had its
// beginning, is left as it is.
func (t *Tenant) EndUpdate(ctx context.Context, r UpdateRecord) error {
	var had UpdateRecord
	err := t.View(func(v *View) error {
		return updates.each(v, nil, func(_ []byte, one UpdateRecord) bool {
			if one.ID == r.ID {
				had = one
			}
			return had.ID == ""
		})
	})
	if err != nil || had.State != UpdateBegun {
		return err
	}
	ev := chain.Event{
		Action: chain.UpdateEnd, Object: chain.Object{Kind: "update", ID: r.ID},
		Detail: chain.Detail{"from": had.From, "to": had.To, "result": r.State == UpdateDone},
	}
	if r.Code != "" {
		ev.Detail["code"] = r.Code
	}
	if r.State != UpdateDone {
		ev.Outcome = chain.Failed
	}
	_, err = t.Update(ctx, System("update"), ev, func(tx *Tx) error {
		had.State, had.Code, had.Ended = r.State, r.Code, tx.t.now().UTC()
		return updates.put(tx, u64(had.Seq), had)
	})
	return err
}
