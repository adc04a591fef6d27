package store

import (
	"bytes"
	"crypto/rand"
	"slices"
	"strconv"

	"coffre/chain"
	"coffre/vault"
)

// A private record is: length of subject (1 byte), subject, id of the data key
// (8 bytes), salt (32 bytes), then the canonical private part sealed under that
// key and bound to tenant and sequence number. A datakeys record is the key's id
// and the key wrapped: a subject whose key was destroyed may get a new one, and
// what the old one had sealed is then gone, not damaged.
//
// While the master identity is locked no data key opens. Then the private part is
// sealed for the identity itself: the key's id is underMaster, and what follows
// the salt is an age file, bound to tenant, subject and sequence number.

const (
	saltSize  = 32
	keyIDSize = 8
)

// underMaster stands where a data key's id would; no key has it.
var underMaster = bytes.Repeat([]byte{0xff}, keyIDSize)

func (t *Tenant) underMasterBinding(subject string, seq uint64) string {
	return "coffre/private/v1\x00" + t.ID + "\x00" + subject + "\x00" + strconv.FormatUint(seq, 10)
}

func (t *Tenant) privateAD(seq uint64) []byte {
	return append([]byte(t.ID+"\x00"), u64(seq)...)
}

// sealPrivate stores the private part of an entry.
func (t *Tenant) sealPrivate(tx *Tx, seq uint64, p *prepared) error {
	key, id, err := t.dataKey(tx, p.person)
	if t.master.Locked() && err != nil {
		sealed, err := t.master.Seal(t.underMasterBinding(p.person, seq), p.plain)
		if err != nil {
			return err
		}
		return tx.putRaw("private", u64(seq), slices.Concat([]byte{byte(len(p.person))}, []byte(p.person), underMaster, p.salt, sealed))
	}
	if err != nil {
		return err
	}
	sealed, err := key.Seal(t.privateAD(seq), p.plain)
	if err != nil {
		return err
	}
	rec := slices.Concat([]byte{byte(len(p.person))}, []byte(p.person), id, p.salt, sealed)
	return tx.putRaw("private", u64(seq), rec)
}

// dataKey returns a subject's key and its id, made in this transaction if there
// is none.
func (t *Tenant) dataKey(tx *Tx, subject string) (vault.DataKey, []byte, error) {
	if key, id, err := tx.openDataKey(subject); err == nil || !IsNotFound(err) {
		return key, id, err
	}
	if err := t.master.closed(); err != nil {
		return vault.DataKey{}, nil, err
	}
	key, wrapped, err := t.master.NewDataKey(t.ID, subject)
	if err != nil {
		return key, nil, err
	}
	id := make([]byte, keyIDSize)
	for rand.Read(id); bytes.Equal(id, underMaster); {
		rand.Read(id)
	}
	// Not cached here: the transaction may roll back.
	return key, id, tx.putRaw("datakeys", dataKeyName(subject), slices.Concat(id, wrapped))
}

func dataKeyName(subject string) []byte { return []byte("s:" + subject) }

// openDataKey unwraps a subject's key; NotFound once it has been destroyed.
func (v *View) openDataKey(subject string) (vault.DataKey, []byte, error) {
	rec := v.getCopy("datakeys", dataKeyName(subject))
	if rec == nil {
		return vault.DataKey{}, nil, errNotFound
	}
	if len(rec) <= keyIDSize {
		return vault.DataKey{}, nil, errDamaged
	}
	id, wrapped := rec[:keyIDSize], string(rec[keyIDSize:])
	if k, ok := v.t.dataKeys.Load(wrapped); ok {
		return k.(vault.DataKey), id, nil
	}
	k, err := v.t.master.UnwrapDataKey(v.t.ID, subject, rec[keyIDSize:])
	if err != nil {
		return k, nil, v.t.master.failure(err)
	}
	v.t.dataKeys.Store(wrapped, k)
	return k, id, nil
}

// privateRecord returns the canonical private part of an entry and its salt;
// NotFound where there is none, or its key has been destroyed.
func (v *View) privateRecord(seq uint64) (plain, salt []byte, err error) {
	rec := v.getCopy("private", u64(seq))
	if rec == nil {
		return nil, nil, errNotFound
	}
	n := 0
	if len(rec) > 0 {
		n = int(rec[0])
	}
	if len(rec) < 1+n+keyIDSize+saltSize {
		return nil, nil, errDamaged
	}
	subject, rest := string(rec[1:1+n]), rec[1+n:]
	if bytes.Equal(rest[:keyIDSize], underMaster) {
		salt, sealed := rest[keyIDSize:keyIDSize+saltSize], rest[keyIDSize+saltSize:]
		if plain, err = v.t.master.Open(v.t.underMasterBinding(subject, seq), sealed); err != nil {
			return nil, nil, v.t.master.failure(err)
		}
		return plain, salt, nil
	}
	key, id, err := v.openDataKey(subject)
	if err != nil {
		return nil, nil, err
	}
	if !bytes.Equal(id, rest[:keyIDSize]) {
		return nil, nil, errNotFound
	}
	salt, sealed := rest[keyIDSize:keyIDSize+saltSize], rest[keyIDSize+saltSize:]
	if plain, err = key.Open(v.t.privateAD(seq), sealed); err != nil {
		return nil, nil, Fail(Corrupt, "damaged").Because(err)
	}
	return plain, salt, nil
}

// Private returns an entry's private part. The caller has checked the right.
func (v *View) Private(seq uint64) (map[string]any, error) {
	plain, _, err := v.privateRecord(seq)
	if err != nil {
		return nil, err
	}
	p, err := chain.ParseCanonical(plain)
	if err != nil {
		return nil, Fail(Corrupt, "damaged").Because(err)
	}
	m, _ := p.(map[string]any)
	return m, nil
}

// checkSealed tells whether an entry's private part is the one it committed to.
func (v *View) checkSealed(e JournalEntry) error {
	plain, salt, err := v.privateRecord(e.Seq)
	if err != nil {
		return err
	}
	if chain.Commit(plain, salt).String() != e.Sealed {
		return errDamaged
	}
	return nil
}
