package page

import (
	"time"

	"coffre/ui/look"
)

// SettingsBackups is the part of the settings about backups.
const SettingsBackups = "backups"

// Backups is what was kept of the firm, and who can open it.
type Backups struct {
	look.Frame
	Kit     BackupKit
	Openers []Opener
	// Made are the backups, newest first.
	Made   []Backup
	Trial  *BackupTrial // the newest trial restore; nil: none
	Work   BackupWork
	Lacks  []string // what there is to remind of, in words
	Many   bool     // several firms on the box: only its operator makes backups
	Typed  string   // a recipient that was refused
	Faults look.Faults
}

// Opener is a recipient of backups.
type Opener struct {
	Mark string
	Kit  bool   // the one of the paper
	Text string // as age writes it
	Old  bool   // X25519 alone: not safe from a future quantum computer
}

// Backup is one that was made.
type Backup struct {
	ID, Way, State string
	At             time.Time
	Who            string
	Bytes          int64
	SHA256         string
	Code           string // of the fault, where it failed
	Seq            uint64 // of its entry
	Originals      int
}

// BackupTrial is a trial restore and what it found.
type BackupTrial struct {
	At                                  time.Time
	Took                                time.Duration
	OK                                  bool
	Code                                string
	Bytes                               int64
	Entries                             uint64
	Originals                           int
	Passages, Questions, Found, Refused int
	Root                                string
	Seq                                 uint64
}

// BackupWork is a backup or a trial that runs now.
type BackupWork struct {
	Running     bool
	Trial       bool
	Done, Total int64 // bytes; Total 0: not known
}

func (b Backup) tone() look.Tone {
	switch b.State {
	case "done":
		return look.Good
	case "running":
		return look.Busy
	}
	return look.Bad
}
