package store

import "time"

// Certificate is what a firm hands to a person whom it has erased.
type Certificate struct {
	Erasure
	Firm       string
	ChainHash  string    // of the entry of the erasure, hex
	Checkpoint string    // a signed note that covers it
	BackupsEnd time.Time // when the last backup that may hold the key is gone; zero where nobody knows
}

// Certificate returns the certificate of a person's erasure. A backup made a
// moment before still holds the key, for as long as the firm keeps backups: what
// it says today counts, unless it has said longer when the person was erased.
func (v *View) Certificate(person string) (c Certificate, err error) {
	if c.Erasure, err = v.Erasure(person); err != nil {
		return c, err
	}
	f, err := v.Facts()
	if err != nil {
		return c, err
	}
	c.Firm = f.Firm
	if c.ChainHash, c.Checkpoint, err = v.vouched(c.Seq); err != nil {
		return c, err
	}
	c.BackupsEnd, err = v.backupsEnd(c.Time, c.Backups)
	return c, err
}
