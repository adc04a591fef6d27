package store

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"slices"
	"time"

	"coffre/chain"
)

// expireBatch is how many private parts go with one entry.
const expireBatch = 1000

// errNothing ends an Update that found nothing to do, without an entry.
var errNothing = errors.New("nothing to do")

// privateSubject returns whose key sealed a private record.
func privateSubject(rec []byte) string {
	if len(rec) == 0 || len(rec) < 1+int(rec[0]) {
		return ""
	}
	return string(rec[1 : 1+int(rec[0])])
}

// expired tells whether an entry's private part is past its term and not held.
func (r Retention) expired(p chain.Payload, subject string, kept holdList, now time.Time) bool {
	ends := r.ExpiresAt(p)
	return !ends.IsZero() && !now.Before(ends) && !kept.cover(p, subject)
}

// duePrivate lists the entries, by class, whose private parts are past their
// term and not held.
func (v *View) duePrivate(ctx context.Context, now time.Time) (map[string][]uint64, error) {
	due, policy := map[string][]uint64{}, v.Retention()
	kept, err := v.activeHolds()
	if err != nil {
		return nil, err
	}
	shortest := MaxRetentionDays
	for _, d := range policy.Classes {
		if d > 0 {
			shortest = min(shortest, d)
		}
	}
	newest := now.AddDate(0, 0, -shortest)
	c := v.tx.Bucket([]byte("private")).Cursor()
	for k, rec := c.First(); k != nil; k, rec = c.Next() {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		e, err := v.entry(binary.BigEndian.Uint64(k))
		if err != nil {
			return nil, err
		}
		if e.SkewMS == 0 && e.Time.After(newest) {
			break // and so are all that follow, or nearly
		}
		if policy.expired(e.Payload, privateSubject(rec), kept, now) {
			due[classOf(e.Action)] = append(due[classOf(e.Action)], e.Seq)
		}
	}
	return due, nil
}

// expirePrivate deletes the private parts that are past their term, in batches
// of which each is an entry, and returns how many.
func (t *Tenant) expirePrivate(ctx context.Context) (n int, err error) {
	var due map[string][]uint64
	err = t.View(func(v *View) (err error) {
		due, err = v.duePrivate(ctx, t.now())
		return err
	})
	if err != nil {
		return 0, err
	}
	for _, class := range chain.Classes() {
		for batch := range slices.Chunk(due[class], expireBatch) {
			done, err := t.expireBatch(ctx, class, batch)
			n += done
			if err != nil {
				return n, err
			}
			killPoint("expire-batch")
		}
	}
	return n, nil
}

// expireBatch looks at everything once more: a hold or a longer term may have
// come in between.
func (t *Tenant) expireBatch(ctx context.Context, class string, batch []uint64) (n int, err error) {
	ev := chain.Event{Action: chain.PrivateExpire, Detail: chain.Detail{"class": class}}
	_, err = t.Update(ctx, System("retention"), ev, func(tx *Tx) error {
		kept, err := tx.activeHolds()
		if err != nil {
			return err
		}
		policy, now, last := tx.Retention(), tx.t.now(), uint64(0)
		if wait, err := tx.clockDoubt(now); err != nil || wait > 0 {
			return errors.Join(err, errNothing)
		}
		n = 0
		for _, seq := range batch {
			rec := tx.getCopy("private", u64(seq))
			e, err := tx.entry(seq)
			if rec == nil || IsNotFound(err) {
				continue
			}
			if err != nil {
				return err
			}
			if !policy.expired(e.Payload, privateSubject(rec), kept, now) {
				continue
			}
			if err := tx.deleteRaw("private", u64(seq)); err != nil {
				return err
			}
			n, last = n+1, seq
		}
		if n == 0 {
			return errNothing
		}
		tx.Event.Detail["count"], tx.Event.Detail["to"], tx.Event.Detail["days"] = n, last, policy.Days(class)
		if err := expiries.put(tx, expiryKey(class, last), expiry{tx.t.now().UTC(), tx.Seq}); err != nil {
			return err
		}
		return tx.mustCompact()
	})
	if errors.Is(err, errNothing) {
		return 0, nil
	}
	return n, err
}

// PrivateState tells what is left of an entry's private part, and until when.
func (v *View) PrivateState(seq uint64) (s PrivateState, err error) {
	e, err := v.entry(seq)
	if err != nil {
		return s, err
	}
	rec := v.getCopy("private", u64(seq))
	s.Expires = v.Retention().ExpiresAt(e.Payload)
	kept, err := v.activeHolds()
	if err != nil {
		return s, err
	}
	s.Held = kept.cover(e.Payload, privateSubject(rec))
	if rec != nil {
		_, _, err := v.privateRecord(seq)
		s.Exists = err == nil
		return s, nil
	}
	s.Erased, err = v.expiredAt(classOf(e.Action), seq)
	return s, err
}

// expiry says when the private parts of a class went, up to the entry in its key.
type expiry struct {
	Time time.Time `json:"time"`
	Seq  uint64    `json:"seq"`
}

var expiries = table[expiry]("erasures")

func expiryKey(class string, to uint64) []byte {
	return append([]byte("class:"+class+"\x00"), u64(to)...)
}

// expiredAt returns when the private part of an entry went by its class's term;
// the zero time where no batch says so.
func (v *View) expiredAt(class string, seq uint64) (time.Time, error) {
	prefix := expiryKey(class, 0)[:len("class:")+len(class)+1]
	k, b := v.tx.Bucket([]byte(expiries)).Cursor().Seek(expiryKey(class, seq))
	if b == nil || !bytes.HasPrefix(k, prefix) {
		return time.Time{}, nil
	}
	x, err := expiries.get(v, bytes.Clone(k))
	return x.Time, err
}
