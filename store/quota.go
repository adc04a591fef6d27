package store

import (
	"encoding/json"
	"strconv"
	"time"
)

// Quota is what the operator allows a firm; 0 is no limit.
type Quota struct {
	Bytes     int64 `json:"bytes,omitempty"`     // of originals, all versions and the bin
	Documents int64 `json:"documents,omitempty"` // outside the bin
	People    int64 `json:"people,omitempty"`    // accounts that are not disabled
	Questions int64 `json:"questions,omitempty"` // a day, local time
	// Share is the firm's weight at the model while firms wait for it, 1 to 100;
	// 0 is 100.
	Share int64 `json:"share,omitempty"`
}

// Quota returns what the operator allows.
func (t *Tenant) Quota() Quota {
	if rec := t.registered.Load(); rec != nil {
		return rec.Quota
	}
	return Quota{}
}

// Usage is what a firm has of it.
type Usage struct {
	Bytes     int64 `json:"bytes"`
	Documents int64 `json:"documents"`
	People    int64 `json:"people"`
	Questions int64 `json:"questions"` // today
}

// sums are those of a firm's documents, in meta, so that nobody walks them all for
// each one that comes.
type sums struct {
	Bytes     int64 `json:"bytes"`
	Documents int64 `json:"documents"`
}

// askedOn is how many questions were put on a day.
type askedOn struct {
	Day string `json:"day"`
	N   int64  `json:"n"`
}

var (
	keyKept  = []byte("kept")
	keyAsked = []byte("asked")
)

// sums reads the sums; a file from before they were kept is walked.
func (v *View) sums() (k sums, err error) {
	if b := v.tx.Bucket([]byte("meta")).Get(keyKept); b != nil {
		if json.Unmarshal(b, &k) != nil {
			err = errDamaged
		}
		return k, err
	}
	err = documents.each(v, nil, func(_ []byte, d Document) bool {
		if d.Deleted.IsZero() {
			k.Documents++
		}
		for _, ver := range d.Versions {
			k.Bytes += ver.Bytes
		}
		return true
	})
	return k, err
}

func (v *View) askedToday() (a askedOn, err error) {
	if b := v.tx.Bucket([]byte("meta")).Get(keyAsked); b != nil && json.Unmarshal(b, &a) != nil {
		return a, errDamaged
	}
	if day := v.t.now().Local().Format(time.DateOnly); a.Day != day {
		a = askedOn{Day: day}
	}
	return a, nil
}

func (v *View) enabledPeople() (n int64, err error) {
	err = users.each(v, nil, func(_ []byte, u User) bool {
		if !u.Disabled && u.Source != SourceBreakGlass {
			n++
		}
		return true
	})
	return n, err
}

// Usage returns what the firm uses at this moment.
func (v *View) Usage() (u Usage, err error) {
	k, err := v.sums()
	if err != nil {
		return u, err
	}
	a, err := v.askedToday()
	if err != nil {
		return u, err
	}
	u = Usage{Bytes: k.Bytes, Documents: k.Documents, Questions: a.N}
	u.People, err = v.enabledPeople()
	return u, err
}

// count adds to the sums. What grows past the quota is refused: Unavailable
// "quota-bytes", "quota-documents".
func (tx *Tx) count(bytes, docs int64) error {
	k, err := tx.sums()
	if err != nil {
		return err
	}
	k.Bytes, k.Documents = k.Bytes+bytes, k.Documents+docs
	most := tx.t.Quota()
	switch {
	case bytes > 0 && most.Bytes > 0 && k.Bytes > most.Bytes:
		return quotaBytes(most)
	case docs > 0 && most.Documents > 0 && k.Documents > most.Documents:
		return Fail(Unavailable, "quota-documents", "most", strconv.FormatInt(most.Documents, 10))
	}
	return table[sums]("meta").put(tx, keyKept, k)
}

func quotaBytes(most Quota) error {
	return Fail(Unavailable, "quota-bytes", "most", strconv.FormatInt(most.Bytes, 10))
}

// admitPerson refuses one more account in use: Conflict "quota-people".
func (tx *Tx) admitPerson() error {
	most := tx.t.Quota().People
	if most == 0 {
		return nil
	}
	n, err := tx.enabledPeople()
	if err == nil && n >= most {
		err = Fail(Conflict, "quota-people", "most", strconv.FormatInt(most, 10))
	}
	return err
}

// admitQuestion counts a question of today: RateLimited "quota-questions", with the
// seconds until midnight.
func (tx *Tx) admitQuestion() error {
	a, err := tx.askedToday()
	if err != nil {
		return err
	}
	if most := tx.t.Quota().Questions; most > 0 && a.N >= most {
		now := tx.t.now().Local()
		left := time.Date(now.Year(), now.Month(), now.Day()+1, 0, 0, 0, 0, now.Location()).Sub(now)
		return Fail(RateLimited, "quota-questions", "most", strconv.FormatInt(most, 10), "seconds", strconv.Itoa(int(left.Seconds())+1))
	}
	a.N++
	return table[askedOn]("meta").put(tx, keyAsked, a)
}

// RoomLeft is how many bytes of originals may still come, -1 for no limit.
func (t *Tenant) RoomLeft() (left int64, err error) {
	most := t.Quota()
	if most.Bytes == 0 {
		return -1, nil
	}
	err = t.View(func(v *View) error {
		k, err := v.sums()
		left = max(0, most.Bytes-k.Bytes)
		return err
	})
	return left, err
}
