package store

import (
	"bytes"
	"context"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"time"

	bolt "go.etcd.io/bbolt"
)

// The bucket "forwards" holds one record "target", written like any change, and
// one position a target, "at:" and the target's name. A position is no fact
// about the firm and is no entry either: each entry has to be forwarded, so an
// entry that says how far forwarding is would never let it end. It is written
// between two commits, by itself (Tenant.MarkForward).

// ForwardTarget is where entries and checkpoints are forwarded to. Host "" is
// nowhere.
type ForwardTarget struct {
	Host       string `json:"host,omitempty"`
	Port       int    `json:"port,omitempty"`
	Clear      bool   `json:"clear,omitempty"`       // bare TCP instead of TLS
	CA         string `json:"ca,omitempty"`          // PEM; "" for the system's authorities
	ServerName string `json:"server_name,omitempty"` // of the certificate; "" for Host
	// ClientSecret is the id of a credential of PurposeSIEM, which is shown to the
	// receiver; "" for none.
	ClientSecret string `json:"client_secret,omitempty"`
	Facility     int    `json:"facility,omitempty"`   // RFC 5424 table 1
	Enterprise   int    `json:"enterprise,omitempty"` // IANA private enterprise number of the structured data
}

// Name tells targets apart: each receiver has its own position.
func (f ForwardTarget) Name() string { return fmt.Sprintf("%s:%d", f.Host, f.Port) }

// ForwardMark is how far forwarding to a target is.
type ForwardMark struct {
	// Sent is the last entry that needn't be sent again.
	Sent uint64 `json:"sent"`
	// Note is the size of the last checkpoint sent, NoteAt when.
	Note   uint64    `json:"note,omitempty"`
	NoteAt time.Time `json:"note_at,omitzero"`
	// Pruned counts entries whose payload was pruned before they were sent.
	Pruned uint64 `json:"pruned,omitempty"`
	// Since is when forwarding began to fail, zero while it works; Code is why.
	Since time.Time `json:"since,omitzero"`
	Code  string    `json:"code,omitempty"`
	// Told: the failure has its entry.
	Told bool `json:"told,omitempty"`
}

const (
	forwards      = "forwards"
	forwardTarget = "target"
)

func forwardKey(target string) []byte { return []byte("at:" + target) }

// ForwardTarget returns where this chain is forwarded to.
func (v *View) ForwardTarget() (f ForwardTarget, err error) {
	b := v.tx.Bucket([]byte(forwards)).Get([]byte(forwardTarget))
	if b == nil {
		return f, nil
	}
	if err := json.Unmarshal(b, &f); err != nil {
		return f, table[ForwardTarget](forwards).damaged(err)
	}
	return f, nil
}

// PutForwardTarget sets where this chain is forwarded to; the entry names the
// setting, never its value. Error: Conflict "witness-two" for what only two
// people may change (ForwardHeld).
func (tx *Tx) PutForwardTarget(f ForwardTarget) error {
	held, err := tx.ForwardHeld(f)
	if err != nil {
		return err
	}
	if held {
		return Fail(Conflict, "witness-two", "name", "host")
	}
	return tx.putForwardTarget(f)
}

func (tx *Tx) putForwardTarget(f ForwardTarget) error {
	tx.Event.Object.Kind, tx.Event.Object.ID = "settings", "forward"
	tx.Event.Detail["names"] = []string{forwardSetting}
	tx.Event.Detail["on"], tx.Event.Detail["clear"] = f.Host != "", f.Clear
	return tx.leads(func() error { return table[ForwardTarget](forwards).put(tx, []byte(forwardTarget), f) })
}

// ForwardMark returns how far forwarding to a target is; the zero mark where it
// has not begun.
func (v *View) ForwardMark(target string) (m ForwardMark, err error) {
	m, err = table[ForwardMark](forwards).get(v, forwardKey(target))
	if IsNotFound(err) {
		return ForwardMark{}, nil
	}
	return m, err
}

// PutForwardMark sets a position together with an entry.
func (tx *Tx) PutForwardMark(target string, m ForwardMark) error {
	return table[ForwardMark](forwards).put(tx, forwardKey(target), m)
}

// MarkForward sets a position by itself, durably.
func (t *Tenant) MarkForward(ctx context.Context, target string, m ForwardMark) error {
	b, err := json.Marshal(m)
	if err != nil {
		return fmt.Errorf("encode forwarding mark: %w", err)
	}
	if err := t.usable(); err != nil {
		return err
	}
	return t.committer.between(ctx, func() error {
		err := guard(t.path, func() error {
			return t.db().Update(func(tx *bolt.Tx) error { return tx.Bucket([]byte(forwards)).Put(forwardKey(target), b) })
		})
		if err != nil {
			return fmt.Errorf("write forwarding mark: %w", err)
		}
		return nil
	})
}

// EntriesAfter lists entries from seq+1 on, in order, at most limit of them and
// not many more than size bytes. Entries whose payload was pruned are left out:
// the first listed may be further on.
func (v *View) EntriesAfter(seq uint64, limit, size int) (out []JournalEntry, err error) {
	p, err := v.Pruned()
	if err != nil {
		return nil, err
	}
	c := v.tx.Bucket([]byte("entries")).Cursor()
	for k, b := c.Seek(u64(max(seq, p.To) + 1)); k != nil && len(out) < limit && size > 0; k, b = c.Next() {
		if len(b) <= 32 {
			return out, Fail(Corrupt, "damaged").Because(fmt.Errorf("entry %d has no payload", binary.BigEndian.Uint64(k)))
		}
		e, err := readEntry(bytes.Clone(b))
		if err != nil {
			return out, err
		}
		out, size = append(out, e), size-len(b)
	}
	return out, nil
}
