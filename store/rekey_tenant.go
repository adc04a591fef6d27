package store

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"slices"
	"strings"

	bolt "go.etcd.io/bbolt"

	"coffre/chain"
	"coffre/vault"
)

// reseal brings every record that the master identity seals directly under the
// identity alone, in one commit with its entry. What opens with it already stays.
func (t *Tenant) reseal(ctx context.Context, by Actor, alone *vault.Master, back bool) (out RekeyReport, err error) {
	ev := chain.Event{Action: chain.MasterRekey}
	_, err = t.Update(ctx, by, ev, func(tx *Tx) (err error) {
		out, err = tx.reseal(alone, back)
		return err
	})
	if errors.Is(err, errNothing) {
		return RekeyReport{}, nil
	}
	return out, err
}

func (tx *Tx) reseal(alone *vault.Master, back bool) (out RekeyReport, err error) {
	if out.Keys, err = tx.resealKeys(alone); err != nil {
		return out, err
	}
	if out.Parts, err = tx.resealParts(alone); err != nil {
		return out, err
	}
	noted := true
	if tx.t.ID == BoxID {
		rec, err := tx.masterRecord()
		if err != nil {
			return out, err
		}
		if noted = rec.Recipient == alone.Recipient(); !noted {
			rec.Recipient = alone.Recipient()
			if err := tx.putMasterRecord(rec); err != nil {
				return out, err
			}
		}
	}
	if noted && out.Keys+out.Parts == 0 {
		return out, errNothing
	}
	d := tx.Event.Detail
	d["step"], d["recipient"], d["keys"], d["parts"] = "seal", alone.Recipient(), out.Keys, out.Parts
	if back {
		d["back"] = true
	}
	return out, tx.mustCompact()
}

// wrappedKey is a data key's record, and where its wrapped form begins.
type wrappedKey struct {
	bucket  string
	name    []byte
	subject string
	record  []byte
	at      int
}

// eachWrapped calls fn for every wrapped data key; the record is a copy.
func (v *View) eachWrapped(fn func(wrappedKey) error) error {
	c := v.tx.Bucket([]byte("datakeys")).Cursor()
	for k, rec := c.First(); k != nil; k, rec = c.Next() {
		subject, ok := strings.CutPrefix(string(k), string(dataKeyName("")))
		if !ok || len(rec) <= keyIDSize {
			return v.rekeyDamaged()
		}
		if err := fn(wrappedKey{"datakeys", bytes.Clone(k), subject, bytes.Clone(rec), keyIDSize}); err != nil {
			return err
		}
	}
	return nil
}

func (v *View) rekeyDamaged() error { return Fail(Corrupt, "rekey-damaged", "path", v.t.path) }

func (tx *Tx) resealKeys(alone *vault.Master) (n int, err error) {
	var stale []wrappedKey
	err = tx.eachWrapped(func(w wrappedKey) error {
		k, err := alone.UnwrapDataKey(tx.t.ID, w.subject, w.record[w.at:])
		clear(k[:])
		if err != nil {
			stale = append(stale, w)
		}
		return nil
	})
	if err != nil {
		return 0, err
	}
	for _, w := range stale {
		k, err := tx.t.master.UnwrapDataKey(tx.t.ID, w.subject, w.record[w.at:])
		if err != nil {
			return 0, tx.rekeyDamaged()
		}
		wrapped, err := alone.WrapDataKey(tx.t.ID, w.subject, k)
		clear(k[:])
		if err != nil {
			return 0, err
		}
		if err := tx.putRaw(w.bucket, w.name, slices.Concat(w.record[:w.at], wrapped)); err != nil {
			return 0, err
		}
	}
	return len(stale), nil
}

// directPart is a private part that was sealed while the box was locked.
type directPart struct {
	seq     uint64
	binding string
	head    []byte // what stands before the sealed bytes
	sealed  []byte
}

func (v *View) eachDirect(fn func(directPart) error) error {
	c := v.tx.Bucket([]byte("private")).Cursor()
	for k, rec := c.First(); k != nil; k, rec = c.Next() {
		if len(rec) == 0 || len(rec) < 1+int(rec[0])+keyIDSize+saltSize {
			continue // of no interest here; a verification tells
		}
		at := 1 + int(rec[0])
		if !bytes.Equal(rec[at:at+keyIDSize], underMaster) {
			continue
		}
		seq := binary.BigEndian.Uint64(k)
		at += keyIDSize + saltSize
		p := directPart{seq, v.t.underMasterBinding(string(rec[1:1+int(rec[0])]), seq), bytes.Clone(rec[:at]), bytes.Clone(rec[at:])}
		if err := fn(p); err != nil {
			return err
		}
	}
	return nil
}

func (tx *Tx) resealParts(alone *vault.Master) (n int, err error) {
	var stale []directPart
	err = tx.eachDirect(func(p directPart) error {
		plain, err := alone.Open(p.binding, p.sealed)
		clear(plain)
		if err != nil {
			stale = append(stale, p)
		}
		return nil
	})
	if err != nil {
		return 0, err
	}
	for _, p := range stale {
		plain, err := tx.t.master.Open(p.binding, p.sealed)
		if err != nil {
			return 0, tx.rekeyDamaged()
		}
		sealed, err := alone.Seal(p.binding, plain)
		clear(plain)
		if err != nil {
			return 0, err
		}
		if err := tx.putRaw("private", u64(p.seq), append(p.head, sealed...)); err != nil {
			return 0, err
		}
	}
	return len(stale), nil
}

// opens tells whether an identity opens all that a master identity seals here:
// Corrupt "rekey-damaged" where it doesn't.
func (t *Tenant) opens(m *vault.Master) error {
	return guard(t.path, func() error {
		return t.read(func(tx *bolt.Tx) error {
			v := &View{t, tx}
			err := v.eachWrapped(func(w wrappedKey) error {
				k, err := m.UnwrapDataKey(t.ID, w.subject, w.record[w.at:])
				clear(k[:])
				if err != nil {
					return v.rekeyDamaged()
				}
				return nil
			})
			if err != nil {
				return err
			}
			return v.eachDirect(func(p directPart) error {
				plain, err := m.Open(p.binding, p.sealed)
				clear(plain)
				if err != nil {
					return v.rekeyDamaged()
				}
				return nil
			})
		})
	})
}
