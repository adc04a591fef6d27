package store

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"coffre/chain"
)

// Watched is another box's journal to which this tenant is a witness: what was
// seen of it last, which is kept before the cosignature leaves, and what is
// wrong with it.
type Watched struct {
	// State is without the private key, which belongs to all of them.
	State chain.WitnessState `json:"state"`
	Added time.Time          `json:"added"`
	By    string             `json:"by"` // actor id
	// Accepted is how many restores an administrator here has accepted.
	Accepted int `json:"accepted,omitempty"`
	// Restore waits for that; nil where none does.
	Restore *WatchRestore `json:"restore,omitempty"`
	// Alarm is what was proved against the journal; it stays, acknowledged or not.
	Alarm *WatchAlarm `json:"alarm,omitempty"`
	// Doubt is a refusal that proves nothing; a good checkpoint ends it.
	Doubt *WatchDoubt `json:"doubt,omitempty"`
}

// WatchRestore is a restore that the other box tells of.
type WatchRestore struct {
	At     time.Time `json:"at"`
	Lives  int       `json:"lives"`   // restores there would be then
	Size   uint64    `json:"size"`    // of the backup
	LostTo uint64    `json:"lost_to"` // last entry that is lost
}

// WatchAlarm is proof that the journal was rewritten, cut or replaced: two notes
// signed by its own keys that can't both be true.
type WatchAlarm struct {
	At       time.Time `json:"at"`
	Code     string    `json:"code"` // watch-fork or watch-shrunk
	Size     uint64    `json:"size"` // that had been seen
	Seen     string    `json:"seen"` // the note cosigned then
	Shown    string    `json:"shown"`
	Evidence []byte    `json:"evidence,omitempty"` // coffre-witness-evidence/v1
	Noted    time.Time `json:"noted,omitzero"`     // acknowledged when
	NotedBy  string    `json:"noted_by,omitempty"`
}

// WatchDoubt is a signed checkpoint whose proof didn't hold.
type WatchDoubt struct {
	At   time.Time `json:"at"`
	Code string    `json:"code"`
	Size uint64    `json:"size"` // of that checkpoint
	Note string    `json:"note"`
}

// WatchSilence is how long without news of a watched journal people are warned.
// A running box hands its key over each day, which is news.
const WatchSilence = 48 * time.Hour

// Silent tells whether nothing came for too long.
func (w Watched) Silent(now time.Time) bool {
	last := w.State.Seen
	if w.Added.After(last) {
		last = w.Added
	}
	return now.Sub(last) > WatchSilence
}

// Red tells whether an alarm waits for somebody to take note of it.
func (w Watched) Red() bool { return w.Alarm != nil && w.Alarm.Noted.IsZero() }

const watchPrefix = "log:"

var (
	watches  = table[Watched]("watches")
	watchKey = []byte("log:")
	watchOwn = []byte("key")
)

func watchOf(log string) []byte { return []byte(watchPrefix + log) }

// Watches lists the journals that this tenant witnesses, by name.
func (v *View) Watches() (out []Watched, err error) {
	err = watches.each(v, watchKey, func(_ []byte, w Watched) bool { out = append(out, w); return true })
	return out, err
}

// Watch returns one of them; NotFound for a log that nobody added.
func (v *View) Watch(log string) (Watched, error) { return watches.get(v, watchOf(log)) }

// ownCosigner is the tenant's witness key as it is kept.
type ownCosigner struct {
	Verifier string `json:"verifier"`
	Sealed   []byte `json:"sealed"` // under a data key of its own
}

const cosignerSubject = "witness-key"

// WitnessKey returns the verifier key by which this tenant's cosignatures are
// known, "" where it has never been a witness.
func (v *View) WitnessKey() (string, error) {
	own, err := table[ownCosigner](watches).get(v, watchOwn)
	if IsNotFound(err) {
		return "", nil
	}
	return own.Verifier, err
}

// cosigner opens the private key.
func (v *View) cosigner() (string, error) {
	own, err := table[ownCosigner](watches).get(v, watchOwn)
	if err != nil {
		return "", err
	}
	key, _, err := v.openDataKey(cosignerSubject)
	if err != nil {
		return "", err
	}
	secret, err := key.Open(v.t.cosignerAD(), own.Sealed)
	if err != nil {
		return "", Fail(Corrupt, "damaged").Because(err)
	}
	return string(secret), nil
}

func (t *Tenant) cosignerAD() []byte { return []byte(t.ID + "\x00witness") }

// makeCosigner makes the tenant's witness key where it has none.
func (tx *Tx) makeCosigner() error {
	if own, err := tx.WitnessKey(); err != nil || own != "" {
		return err
	}
	genesis, err := tx.t.Customer.Genesis()
	if err != nil {
		return fmt.Errorf("make witness key: %w", err)
	}
	name := strings.Replace(chain.KeyName(tx.t.Customer, genesis), "coffre.audit/", "coffre.witness/", 1)
	c, err := chain.NewCosigner(name)
	if err != nil {
		return err
	}
	key, _, err := tx.t.dataKey(tx, cosignerSubject)
	if err != nil {
		return err
	}
	sealed, err := key.Seal(tx.t.cosignerAD(), []byte(c.Secret()))
	if err != nil {
		return err
	}
	b, err := json.Marshal(ownCosigner{c.Verifier(), sealed})
	if err != nil {
		return fmt.Errorf("encode witness key: %w", err)
	}
	return tx.putRaw("watches", watchOwn, b)
}

func watchEvent(act, log, request string) chain.Event {
	return chain.Event{
		Action: chain.AuditWatch, Request: request, Object: chain.Object{Kind: "log", ID: log},
		Detail: chain.Detail{"act": act},
	}
}

// AddWatch begins to witness another box's journal, whose first key and recovery
// key (a second line) its witnesses page shows. Invalid, code "watch-keys",
// where they are none; Conflict, code "watch-known", where it is witnessed
// already; "watch-own" for the tenant's own journal.
func (t *Tenant) AddWatch(ctx context.Context, by Actor, keys, request string) (Watched, error) {
	s, err := chain.NewWitness("x", keys)
	if err != nil {
		return Watched{}, Fail(Invalid, "watch-keys", "name", "keys").Because(err)
	}
	s.Cosigner = ""
	w := Watched{State: s, By: by.ID, Added: t.now().UTC().Truncate(time.Second)}
	_, err = t.Update(ctx, by, watchEvent("add", s.Log, request), func(tx *Tx) error {
		if genesis, err := t.Customer.Genesis(); err != nil || s.Log == chain.KeyName(t.Customer, genesis) {
			return Fail(Conflict, "watch-own", "name", "keys").Because(err)
		}
		if _, err := tx.Watch(s.Log); !IsNotFound(err) {
			if err != nil {
				return err
			}
			return Fail(Conflict, "watch-known", "name", s.Log)
		}
		if err := tx.makeCosigner(); err != nil {
			return err
		}
		tx.Event.Detail["key"] = s.FirstKey
		return watches.put(tx, watchOf(s.Log), w)
	})
	return w, err
}

// DropWatch witnesses a journal no longer; what was seen of it last is in the
// entry, and its evidence is gone with it.
func (t *Tenant) DropWatch(ctx context.Context, by Actor, log, request string) error {
	return t.changeWatch(ctx, by, "drop", log, request, func(tx *Tx, w *Watched) error { return nil })
}

// AcceptRestore lets a watched journal go on from a backup. lives is what the
// person was shown; Conflict, code "watch-changed", where it is not that any more.
func (t *Tenant) AcceptRestore(ctx context.Context, by Actor, log string, lives int, request string) error {
	return t.changeWatch(ctx, by, "accept", log, request, func(tx *Tx, w *Watched) error {
		if w.Restore == nil || w.Restore.Lives != lives {
			return Fail(Conflict, "watch-changed")
		}
		tx.Event.Detail["restores"] = lives
		w.Accepted, w.Restore = lives, nil
		return nil
	})
}

// NoteAlarm takes note of an alarm, which is then shown on its page alone.
func (t *Tenant) NoteAlarm(ctx context.Context, by Actor, log, request string) error {
	return t.changeWatch(ctx, by, "note", log, request, func(tx *Tx, w *Watched) error {
		if !w.Red() {
			return Fail(Conflict, "watch-changed")
		}
		w.Alarm.Noted, w.Alarm.NotedBy = t.now().UTC().Truncate(time.Second), by.ID
		return nil
	})
}

func (t *Tenant) changeWatch(ctx context.Context, by Actor, act, log, request string, fn func(*Tx, *Watched) error) error {
	_, err := t.Update(ctx, by, watchEvent(act, log, request), func(tx *Tx) error {
		w, err := tx.Watch(log)
		if err != nil {
			return err
		}
		if err := fn(tx, &w); err != nil {
			return err
		}
		if w.State.Size > 0 {
			tx.Event.Detail["size"], tx.Event.Detail["root"] = w.State.Size, w.State.Root.Base64()
		}
		if act == "drop" {
			return watches.delete(tx, watchOf(log))
		}
		return watches.put(tx, watchOf(log), w)
	})
	return err
}
