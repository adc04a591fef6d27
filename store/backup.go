package store

import (
	"crypto/sha256"
	"encoding/hex"
	"slices"
	"strings"
	"time"

	"coffre/chain"
	"coffre/vault/backupfile"
)

// The bucket "backups" holds what was made of backups: one BackupRecord each, by
// the number of its entry backup.create, the newest backupsKept of them.

const backupsKept = 500

// Settings of a firm's backups: age recipients, separated by spaces, commas or new
// lines. The first are the firm's own, the second is that of its emergency kit.
const (
	SettingBackupRecipients = "backup.recipients"
	SettingBackupRecovery   = "backup.recovery"
)

// What a backup was made for.
const (
	WayDownload = "download"
	WayFile     = "file"
	WaySchedule = "schedule"
	WayDrill    = "drill"
)

// Where a backup stands.
const (
	BackupRunning = "running"
	BackupDone    = "done"
	BackupFailed  = "failed"
)

// BackupRecord is a backup that was begun.
type BackupRecord struct {
	ID    string      `json:"id"`
	At    time.Time   `json:"at"`
	Ended time.Time   `json:"ended,omitzero"`
	By    chain.Actor `json:"by"`
	Way   string      `json:"way"`
	State string      `json:"state"`
	// Bytes and SHA256 are the age file's, once it is whole; before, Bytes is how
	// long it will be.
	Bytes  int64  `json:"bytes"`
	SHA256 string `json:"sha256,omitempty"`
	Seq    uint64 `json:"seq"` // of backup.create
	// Size is the checkpoint's in the backup: it holds the entries up to there.
	Size       uint64   `json:"size"`
	Originals  int      `json:"originals"`
	Recipients []string `json:"recipients"`
	Code       string   `json:"code,omitempty"` // why it failed; "cut": it ended in the middle
	// Damaged is how many firms of the box didn't open: the backup has their files as
	// they are, and nobody has verified them.
	Damaged int `json:"damaged,omitempty"`
}

var backups = table[BackupRecord]("backups")

// Backups lists what was made, newest first. One that says that it is running and
// is not was cut.
func (v *View) Backups() (out []BackupRecord, err error) {
	err = backups.each(v, nil, func(_ []byte, r BackupRecord) bool {
		if running := v.t.backing.Load(); r.State == BackupRunning && (running == nil || *running != r.ID) {
			r.State, r.Code = BackupFailed, "cut"
		}
		out = append(out, r)
		return true
	})
	slices.Reverse(out)
	return out, err
}

// keepBackup puts a record and forgets the oldest.
func (tx *Tx) keepBackup(r BackupRecord) error {
	return keepNewest(tx, backups, backupsKept, u64(r.Seq), r)
}

// keepNewest puts a record among those whose keys only rise, and leaves the newest
// most of them.
func keepNewest[T any](tx *Tx, t table[T], most int, key []byte, rec T) error {
	var old [][]byte
	c, n := tx.tx.Bucket([]byte(t)).Cursor(), 0
	for k, _ := c.Last(); k != nil; k, _ = c.Prev() {
		if n++; n >= most && string(k) != string(key) {
			old = append(old, slices.Clone(k))
		}
	}
	for _, k := range old {
		if err := t.delete(tx, k); err != nil {
			return err
		}
	}
	return t.put(tx, key, rec)
}

// BackupRecipients are the age recipients that a firm's settings name, each once.
func (v *View) BackupRecipients() []string {
	all := append(splitRecipients(v.Setting(SettingBackupRecipients, "")), splitRecipients(v.Setting(SettingBackupRecovery, ""))...)
	var out []string
	for _, r := range all {
		if !slices.Contains(out, r) {
			out = append(out, r)
		}
	}
	return out
}

func splitRecipients(s string) []string {
	return strings.FieldsFunc(s, func(r rune) bool { return strings.ContainsRune(" ,;\t\r\n", r) })
}

// maxRecipients bounds a setting; a hybrid recipient has about 2,000 characters.
const maxRecipients = 16

// ValidRecipients tells whether a setting names age recipients of one kind, or
// none.
func ValidRecipients(s string) bool {
	all := splitRecipients(s)
	_, _, err := backupfile.Recipients(all)
	return err == nil && len(all) <= maxRecipients
}

// fingerprints are what entries say of recipients: the first 16 hex digits of each
// one's SHA-256, since a hybrid one is as long as a page.
func fingerprints(recipients []string) []string {
	out := make([]string, len(recipients))
	for i, r := range recipients {
		sum := sha256.Sum256([]byte(r))
		out[i] = hex.EncodeToString(sum[:8])
	}
	return out
}
