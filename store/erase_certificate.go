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
	hash, err := treeNodes{v.tx}.ChainHashes(c.Seq, 1)
	if err != nil {
		return c, Fail(Corrupt, "damaged").Because(err)
	}
	signed, err := v.checkpoint()
	if err != nil {
		return c, err
	}
	c.Firm, c.ChainHash, c.Checkpoint = f.Firm, hash[0].String(), signed.Note
	days := max(c.Backups, v.Retention().Backups)
	plan, err := v.CopyPlan()
	if err != nil {
		return c, err
	}
	if plan.On && plan.Folder != "" && days >= 0 {
		days = max(days, plan.LastDay()) // copies keep what the firm says of its other backups, and their own time
	}
	if days >= 0 {
		c.BackupsEnd = c.Time.AddDate(0, 0, days)
	}
	return c, nil
}
