package store

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	bolt "go.etcd.io/bbolt"
)

// SettingCopies is when the box copies itself to which folder: a CopyPlan as JSON.
// A firm that has the box for itself decides it; where there are several, the
// setting is the box's, and its operator's alone.
const SettingCopies = "backup.copies"

// Bounds of a plan.
const (
	copyDailyMost   = 366
	copyWeeklyMost  = 520
	copyMonthlyMost = 240
)

// CopyPlan says when copies are made, where, and how long they are kept.
type CopyPlan struct {
	On     bool   `json:"on"`
	Folder string `json:"folder"`
	// Days of the week, 0 is Sunday, and the hour from which a copy is made, on the
	// box's clock.
	Days []int `json:"days"`
	Hour int   `json:"hour"`
	// Daily, Weekly and Monthly are for how many days, weeks (from Monday) and months,
	// today's included, the last copy of each is kept.
	Daily   int `json:"daily"`
	Weekly  int `json:"weekly"`
	Monthly int `json:"monthly"`
}

// DefaultCopyPlan is what is proposed.
func DefaultCopyPlan() CopyPlan {
	return CopyPlan{Days: []int{0, 1, 2, 3, 4, 5, 6}, Hour: 1, Daily: 7, Weekly: 5, Monthly: 12}
}

// check refuses what no plan can be: Invalid "copy-days", "copy-hour", "copy-keep".
func (p CopyPlan) check() error {
	seen := map[int]bool{}
	for _, d := range p.Days {
		if d < 0 || d > 6 || seen[d] {
			return Fail(Invalid, "copy-days")
		}
		seen[d] = true
	}
	switch {
	case p.On && len(p.Days) == 0:
		return Fail(Invalid, "copy-days")
	case p.Hour < 0 || p.Hour > 23:
		return Fail(Invalid, "copy-hour")
	case p.Daily < 1 || p.Daily > copyDailyMost || p.Weekly < 0 || p.Weekly > copyWeeklyMost || p.Monthly < 0 || p.Monthly > copyMonthlyMost:
		return Fail(Invalid, "copy-keep", "days", fmt.Sprint(copyDailyMost), "weeks", fmt.Sprint(copyWeeklyMost), "months", fmt.Sprint(copyMonthlyMost))
	}
	return nil
}

// CopyPlan reads the plan of the settings.
func (v *View) CopyPlan() (CopyPlan, error) {
	p := DefaultCopyPlan()
	text := v.Setting(SettingCopies, "")
	if text == "" {
		return p, nil
	}
	p.Days = nil
	if err := json.Unmarshal([]byte(text), &p); err != nil {
		return p, Fail(Corrupt, "damaged").Because(fmt.Errorf("decode plan of copies: %w", err))
	}
	return p, nil
}

// last is the newest moment up to now at which a copy was due, by the clock of
// now's location; the zero time where there is none.
func (p CopyPlan) last(now time.Time) time.Time {
	for i := range 8 {
		d := time.Date(now.Year(), now.Month(), now.Day()-i, p.Hour, 0, 0, 0, now.Location())
		if !d.After(now) && slices.Contains(p.Days, int(d.Weekday())) {
			return d
		}
	}
	return time.Time{}
}

// Next is the first moment after now at which a copy is due; the zero time where
// there is none.
func (p CopyPlan) Next(now time.Time) time.Time {
	for i := range 9 {
		d := time.Date(now.Year(), now.Month(), now.Day()+i, p.Hour, 0, 0, 0, now.Location())
		if p.On && d.After(now) && slices.Contains(p.Days, int(d.Weekday())) {
			return d
		}
	}
	return time.Time{}
}

// keeps tells of copies made at such times which ones stay at the moment now: the
// newest always, and the last of each day, week and month that is not past yet.
func (p CopyPlan) keeps(made []time.Time, now time.Time) []bool {
	out := make([]bool, len(made))
	order := make([]int, len(made))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int { return made[b].Compare(made[a]) })
	seen := map[string]bool{}
	for n, i := range order {
		at := made[i].In(now.Location())
		day, week, month := dayOf(at), weekOf(at), at.Year()*12+int(at.Month())
		out[i] = n == 0 || at.After(now)
		for _, one := range []struct {
			key  string
			left int // units that it stays from now on
		}{
			{fmt.Sprint("d", day), p.Daily - (dayOf(now) - day)},
			{fmt.Sprint("w", week), p.Weekly - (weekOf(now) - week)},
			{fmt.Sprint("m", month), p.Monthly - (now.Year()*12 + int(now.Month()) - month)},
		} {
			if !seen[one.key] && one.left > 0 {
				out[i] = true
			}
			seen[one.key] = true
		}
	}
	return out
}

// dayOf counts days of the calendar, weekOf weeks from Monday on.
func dayOf(t time.Time) int {
	return int(time.Date(t.Year(), t.Month(), t.Day(), 0, 0, 0, 0, time.UTC).Unix() / 86400)
}

func weekOf(t time.Time) int { return (dayOf(t) + 3) / 7 } // 1 January 1970 was a Thursday

// LastDay bounds the age of what copies hold, in days: after so many a copy that was
// made is gone, once the next one has been made.
func (p CopyPlan) LastDay() int {
	return max(p.Daily, 7*p.Weekly, 31*p.Monthly) + 7
}

// The bucket "copies" of box.db holds what became of each copy, by "r" and the
// number of its entry in the box's chain, and of each verification, by "c" and that.
const (
	copiesBucket = "copies"
	copiesKept   = 1500
	checksKept   = 100
)

// CopyRecord is a copy that was begun, or could not be.
type CopyRecord struct {
	ID    string    `json:"id"` // of the backup
	Seq   uint64    `json:"audit_seq"`
	At    time.Time `json:"at"`
	Ended time.Time `json:"ended"`
	State string    `json:"state"` // BackupDone or BackupFailed
	Code  string    `json:"code,omitempty"`
	// Name is the file's without its ending, Folder the home that it lies in.
	Name   string `json:"name,omitempty"`
	Folder string `json:"folder"`
	SHA256 string `json:"sha256,omitempty"`
	Set    string `json:"set,omitempty"`
	// Bytes are the file's, NewBytes those of the New objects that were written for it.
	Bytes    int64 `json:"bytes"`
	Objects  int   `json:"objects"`
	New      int   `json:"new"`
	NewBytes int64 `json:"new_bytes"`
	// Damaged are the firms that didn't open then: the copy has their files as they
	// were, and no chain of theirs.
	Damaged []string `json:"damaged,omitempty"`
	// Removed is when its time was over.
	Removed time.Time `json:"removed,omitzero"`
	// Scheduled: nobody asked for it.
	Scheduled bool `json:"scheduled"`
}

// CopyCheck is a verification of what lies in the folder.
type CopyCheck struct {
	Seq     uint64        `json:"audit_seq"`
	At      time.Time     `json:"at"`
	Took    time.Duration `json:"took_ns"`
	Folder  string        `json:"folder"`
	OK      bool          `json:"ok"`
	Code    string        `json:"code,omitempty"`
	Runs    int           `json:"runs"`
	Unknown int           `json:"unknown"` // copies that this box has no record of
	Objects int           `json:"objects"`
	Bytes   int64         `json:"bytes"`
	Damaged int           `json:"damaged"`
	Missing int           `json:"missing"`
	Bad     []string      `json:"bad,omitempty"` // paths of those, the first of them
}

var (
	copyRecords = table[CopyRecord](copiesBucket)
	copyChecks  = table[CopyCheck](copiesBucket)
)

func copyKey(kind byte, seq uint64) []byte { return append([]byte{kind}, u64(seq)...) }

// CopyRecords lists what became of copies, newest first; of the box's own View.
func (v *View) CopyRecords() (out []CopyRecord, err error) {
	err = copyRecords.each(v, []byte("r"), func(_ []byte, r CopyRecord) bool { out = append(out, r); return true })
	slices.Reverse(out)
	return out, err
}

// CopyChecks lists the verifications, newest first; of the box's own View.
func (v *View) CopyChecks() (out []CopyCheck, err error) {
	err = copyChecks.each(v, []byte("c"), func(_ []byte, r CopyCheck) bool { out = append(out, r); return true })
	slices.Reverse(out)
	return out, err
}

func (tx *Tx) keepCopy(r CopyRecord) error {
	if err := copyRecords.put(tx, copyKey('r', r.Seq), r); err != nil {
		return err
	}
	return tx.thin("r", copiesKept)
}

func (tx *Tx) keepCheck(c CopyCheck) error {
	if err := copyChecks.put(tx, copyKey('c', c.Seq), c); err != nil {
		return err
	}
	return tx.thin("c", checksKept)
}

// thin leaves the newest most records of a kind.
func (tx *Tx) thin(kind string, most int) error {
	n := tx.countPrefix(kind)
	c := tx.tx.Bucket([]byte(copiesBucket)).Cursor()
	for k, _ := c.Seek([]byte(kind)); k != nil && n > most && bytes.HasPrefix(k, []byte(kind)); n-- {
		if err := copyRecords.delete(tx, slices.Clone(k)); err != nil {
			return err
		}
		k, _ = c.Seek([]byte(kind))
	}
	return nil
}

func (tx *Tx) countPrefix(kind string) (n int) {
	var c *bolt.Cursor = tx.tx.Bucket([]byte(copiesBucket)).Cursor()
	for k, _ := c.Seek([]byte(kind)); k != nil && strings.HasPrefix(string(k), kind); k, _ = c.Next() {
		n++
	}
	return n
}
