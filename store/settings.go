package store

import (
	"encoding/json"
	"fmt"
)

// Settings are stored by dotted name as strings; which names and values are
// valid is said by whoever defines them (ui/settings), so that the store knows
// nothing of models or directories.

// Setting returns a setting, or def where it was never set. In hardened mode one
// with a floor is never weaker than that (Floor), whatever is stored.
func (v *View) Setting(name, def string) string {
	s := v.Stored(name, def)
	if floors[name] != nil && v.Hardened().On {
		s = Floor(name, s)
	}
	return s
}

// Stored is Setting without hardened mode: what holds once that is off.
func (v *View) Stored(name, def string) string {
	b := v.tx.Bucket([]byte("settings")).Get([]byte(name))
	var s string
	if b == nil || json.Unmarshal(b, &s) != nil {
		return def
	}
	return s
}

// PutSetting sets a setting; the entry names it, never its value. Errors: Invalid
// "hardened-floor" for a value that hardened mode doesn't allow; Conflict
// "witness-two" for a folder that only two people may change (ArchiveHeld),
// "opener-two" for keys that only two people let open backups (OpenersHeld);
// "last-admin", "break-glass-needed" where nobody could administer the firm then.
func (tx *Tx) PutSetting(name, value string) error {
	if name == SettingWormDir && tx.ArchiveHeld(value) {
		return Fail(Conflict, "witness-two", "name", name)
	}
	if namesOpeners(name) {
		if err := tx.chooseOpeners(name, value); err != nil {
			return err
		}
	}
	if tx.Hardened().On && Floor(name, value) != value {
		return Fail(Invalid, "hardened-floor", "name", name, "value", Floor(name, value))
	}
	if name == SettingElevation {
		if err := tx.keepsAdmin(User{}, value); err != nil {
			return err
		}
	}
	return tx.putSetting(name, value)
}

func (tx *Tx) putSetting(name, value string) error {
	b, err := json.Marshal(value)
	if err != nil {
		return fmt.Errorf("encode setting: %w", err)
	}
	names, _ := tx.Event.Detail["names"].([]string)
	tx.Event.Detail["names"] = append(names, name)
	tx.Event.Object.Kind, tx.Event.Object.ID = "settings", "settings"
	if k := tx.t.worm.Load(); k != nil {
		tx.after = append(tx.after, k.nudge)
	}
	if f := tx.t.follower; f != nil {
		tx.after = append(tx.after, f.chooser.wake)
	}
	err = tx.leads(func() error { return tx.putRaw("settings", []byte(name), b) })
	if namesOpeners(name) {
		tx.Event.Detail["recipients"] = fingerprints(tx.BackupRecipients())
	}
	return err
}
