package store

import (
	"strconv"
	"time"

	"coffre/chain"
)

// The settings of retention: days, 0 for ever. They are changed by nothing but
// PutRetention, which knows when two people are needed.
const (
	retentionPrefix  = "retention."
	RetentionEntries = "entries" // the payloads, beside the classes' private parts
	backupRetention  = "backup.retention_days"

	// DefaultRetentionDays is how long a class keeps its private parts where the
	// firm has said nothing.
	DefaultRetentionDays = 365
	// MaxRetentionDays is the longest term that can be set, but for ever.
	MaxRetentionDays = 36500
)

// RetentionSetting is the setting of a class's term, or of RetentionEntries.
func RetentionSetting(class string) string { return retentionPrefix + class }

// Retention is what a firm has decided. All numbers are days, 0 is for ever.
type Retention struct {
	Classes map[string]int // private parts, by class of action; every class is there
	Entries int            // payloads, as a prefix
	Backups int            // after so many days a backup is gone; -1 where nothing is known
}

// Days returns for how long a class keeps its private parts; a class of a
// later version keeps them for the default.
func (r Retention) Days(class string) int {
	if d, ok := r.Classes[class]; ok {
		return d
	}
	return DefaultRetentionDays
}

// PruneDays is the age from which payloads go: what Entries says, but not before
// the longest class has given up its private parts. ok is false where they stay
// for ever.
func (r Retention) PruneDays() (days int, ok bool) {
	if r.Entries == 0 {
		return 0, false
	}
	days = r.Entries
	for _, d := range r.Classes {
		if d == 0 {
			return 0, false
		}
		days = max(days, d)
	}
	return days, true
}

// Retention returns the policies in force.
func (v *View) Retention() Retention { return retentionOf(v.Setting) }

// StoredRetention is Retention without hardened mode.
func (v *View) StoredRetention() Retention { return retentionOf(v.Stored) }

func retentionOf(setting func(name, def string) string) Retention {
	days := func(name string, def int) int {
		n, err := strconv.Atoi(setting(name, ""))
		if err != nil || n < 0 {
			return def
		}
		return n
	}
	r := Retention{Classes: map[string]int{}, Entries: days(RetentionSetting(RetentionEntries), 0), Backups: days(backupRetention, -1)}
	for _, class := range chain.Classes() {
		r.Classes[class] = days(RetentionSetting(class), DefaultRetentionDays)
	}
	return r
}

// EvidenceDays is the shortest term among Evidence, 0 for ever.
func (r Retention) EvidenceDays() (days int) {
	for _, class := range Evidence {
		if d := r.Days(class); shorter(d, days) {
			days = d
		}
	}
	return days
}

// checkFloor refuses a term that hardened mode doesn't allow: Invalid
// "hardened-floor".
func (v *View) checkFloor(class string, days int) error {
	name, value := RetentionSetting(class), strconv.Itoa(days)
	if least := Floor(name, value); v.Hardened().On && least != value {
		return Fail(Invalid, "hardened-floor", "name", name, "value", least)
	}
	return nil
}

// shorter tells whether a term of so many days ends before another; 0 is for ever.
func shorter(days, than int) bool { return days != 0 && (than == 0 || days < than) }

// checkTerm refuses a term that none can be: Invalid "retention-term", and
// "retention-class" for a class that there is not.
func (r Retention) checkTerm(class string, days int) (before int, err error) {
	if days < 0 || days > MaxRetentionDays {
		return 0, Fail(Invalid, "retention-term", "max", strconv.Itoa(MaxRetentionDays))
	}
	if class == RetentionEntries {
		return r.Entries, nil
	}
	before, known := r.Classes[class]
	if !known {
		return 0, Fail(Invalid, "retention-class", "class", class)
	}
	return before, nil
}

// LengthenRetention sets a term of a class, or of RetentionEntries, that is as
// long as the one before or longer. A shorter one needs RequestApproval: Denied
// "retention-shorter". It belongs in the Update whose event is retention.update.
func (tx *Tx) LengthenRetention(class string, days int) error {
	before, err := tx.Retention().checkTerm(class, days)
	if err != nil {
		return err
	}
	if shorter(days, before) {
		return Fail(Denied, "retention-shorter")
	}
	return tx.putRetention(class, before, days)
}

func (tx *Tx) putRetention(class string, before, days int) error {
	tx.Event.Detail["class"], tx.Event.Detail["days_before"], tx.Event.Detail["days"] = class, before, days
	return tx.PutSetting(RetentionSetting(class), strconv.Itoa(days))
}

// PutBackupRetention says after how many days a backup of this firm is gone,
// which certificates of erasure need; -1 where nobody knows.
func (tx *Tx) PutBackupRetention(days int) error {
	if days < -1 || days > MaxRetentionDays {
		return Fail(Invalid, "retention-term", "max", strconv.Itoa(MaxRetentionDays))
	}
	return tx.PutSetting(backupRetention, strconv.Itoa(days))
}

// ExpiresAt is the moment from which an entry's private part may be deleted; the
// zero time where it stays for ever. It goes by when the entry was really made,
// also where the clock was ahead before.
func (r Retention) ExpiresAt(p chain.Payload) time.Time {
	days := r.Days(classOf(p.Action))
	if days == 0 {
		return time.Time{}
	}
	return madeAt(p).AddDate(0, 0, days)
}

// madeAt is what the wall clock showed when an entry was made.
func madeAt(p chain.Payload) time.Time {
	return p.Time.Add(-time.Duration(p.SkewMS) * time.Millisecond)
}

// PrivateState is what is left of an entry's private part.
type PrivateState struct {
	Exists  bool
	Expires time.Time // zero: for ever
	Held    bool      // a legal hold keeps it beyond that
	Erased  time.Time // by retention or erasure; zero where Exists, or where nobody knows
}

func classOf(action string) string {
	for i := range action {
		if action[i] == '.' {
			return action[:i]
		}
	}
	return action
}
