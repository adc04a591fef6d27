package store

import "time"

// What may be used once (the ids of SAML assertions and of logout tokens) is kept
// in the bucket of the providers until it couldn't be used any more anyway.
var spent = table[time.Time]("providers")

func spentKey(provider, id string) []byte {
	return []byte("spent:" + TokenDigest(provider+"\x00"+id))
}

// Spend notes that something of a provider's was used which may be once. until is
// when it is invalid for its age. Error: Conflict "replayed" where it was used.
func (tx *Tx) Spend(provider, id string, until time.Time) error {
	now := tx.t.now()
	var old [][]byte
	err := spent.each(&tx.View, []byte("spent:"), func(k []byte, end time.Time) bool {
		if !now.Before(end) {
			old = append(old, append([]byte{}, k...))
		}
		return true
	})
	for _, k := range old {
		if err := spent.delete(tx, k); err != nil {
			return err
		}
	}
	if err != nil {
		return err
	}
	key := spentKey(provider, id)
	if _, err := spent.get(&tx.View, key); !IsNotFound(err) {
		if err != nil {
			return err
		}
		return Fail(Conflict, "replayed")
	}
	return spent.put(tx, key, until.UTC())
}
