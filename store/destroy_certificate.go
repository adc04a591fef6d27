package store

import (
	"time"

	"coffre/chain"
)

// Destroyed is a firm that was destroyed, as the box remembers it: in its bucket
// "exports" by the firm's id, and in the file destroyed.jsonl beside box.db.
type Destroyed struct {
	Tenant    string      `json:"tenant"`
	Firm      string      `json:"firm"`
	Created   time.Time   `json:"created"`
	Suspended time.Time   `json:"suspended"`
	Exported  time.Time   `json:"exported,omitzero"` // whole, since the suspension; zero: never
	Asked     time.Time   `json:"asked"`
	By        chain.Actor `json:"by"`
	Approval  string      `json:"approval"`
	Paper     string      `json:"paper,omitempty"` // whose paper key ended the waiting; none: it was waited for

	// Closed is why the firm's data didn't open, "" where it did: then nobody has seen
	// what it held, nor whether a hold protected it, and its chain was not closed. Size,
	// Root and Note are the last checkpoint that could be read, unverified, or empty;
	// Documents, Bytes and People are 0.
	Closed string `json:"closed,omitempty"`

	// The firm's chain, where it ended.
	Size uint64 `json:"size"`
	Root string `json:"root"` // hex
	Note string `json:"note"` // its last signed checkpoint

	Documents int64 `json:"documents"`
	Bytes     int64 `json:"bytes"` // of the originals
	People    int64 `json:"people"`
	Backups   int   `json:"backups"` // days that backups are kept; -1 unknown

	Time     time.Time `json:"time"` // from then on there was no way back
	Seq      uint64    `json:"seq"`  // of tenant.delete, in the box's chain
	Replayed bool      `json:"replayed,omitempty"`
	Ended    time.Time `json:"ended,omitzero"` // nothing is left in the data directory
	EndedSeq uint64    `json:"ended_seq,omitempty"`
}

var destroyed = table[Destroyed]("exports")

// TenantCertificate says that a firm was destroyed.
type TenantCertificate struct {
	Destroyed
	ChainHash  string    `json:"chain_hash"`           // of the entry tenant.delete, hex
	Checkpoint string    `json:"checkpoint"`           // a signed note of the box's chain that covers it
	BackupsEnd time.Time `json:"backups_end,omitzero"` // when the last backup that may hold the firm is gone; zero where nobody knows
}

// Destroyed lists the firms that were destroyed, in order of id.
func (r *Root) Destroyed() (out []Destroyed, err error) {
	err = r.Box.View(func(v *View) error { out, err = destroyed.all(v); return err })
	return out, err
}

// TenantCertificate returns the certificate of a firm's destruction. Error: NotFound.
func (r *Root) TenantCertificate(id string) (c TenantCertificate, err error) {
	err = r.Box.View(func(v *View) error {
		if c.Destroyed, err = destroyed.get(v, []byte(id)); err != nil {
			return err
		}
		if c.ChainHash, c.Checkpoint, err = v.vouched(c.Seq); err != nil {
			return err
		}
		c.BackupsEnd, err = v.backupsEnd(c.Time, c.Backups)
		return err
	})
	return c, err
}

// vouched returns the chain hash of an entry, hex, and a signed note that covers it.
func (v *View) vouched(seq uint64) (hash, note string, err error) {
	at, err := treeNodes{v.tx}.ChainHashes(seq, 1)
	if err != nil {
		return "", "", Fail(Corrupt, "damaged").Because(err)
	}
	signed, err := v.checkpoint()
	if err != nil {
		return "", "", err
	}
	return at[0].String(), signed.Note, nil
}

// backupDays is how many days a backup made now is kept, and at least those given;
// -1 where nobody knows.
func (v *View) backupDays(atLeast int) (days int, err error) {
	days = max(atLeast, v.Retention().Backups)
	plan, err := v.CopyPlan()
	if err == nil && plan.On && plan.Folder != "" && days >= 0 {
		days = max(days, plan.LastDay()) // copies keep what the firm says of its other backups, and their own time
	}
	return days, err
}

func (v *View) backupsEnd(from time.Time, atLeast int) (end time.Time, err error) {
	days, err := v.backupDays(atLeast)
	if err == nil && days >= 0 {
		end = from.AddDate(0, 0, days)
	}
	return end, err
}
