package store

import "slices"

// A copy whose time is over stays as long as it may be the last to hold what can't be
// read any more. Nobody knows before a restore which copies were made of a database
// that was sound: so all of them stay, and no new one joins them.

// held are the copies, by the ids of their backups, that no plan takes away now: those
// of before a firm of the box stopped opening, until it opens again or is destroyed;
// and of a firm whose trial restores fail, the one that passed last.
func (c *copyRun) held(all []CopyFile) (map[string]bool, error) {
	var known []CopyRecord
	if err := c.r.Box.View(func(v *View) (err error) { known, err = v.CopyRecords(); return err }); err != nil {
		return nil, err
	}
	without := map[string][]string{}
	for _, rec := range known {
		without[rec.ID] = rec.Damaged
	}
	firms, err := c.r.Tenants()
	if err != nil {
		return nil, err
	}
	held := map[string]bool{}
	for _, firm := range firms {
		t, release, why, err := c.r.tryAcquire(firm.ID)
		if err != nil {
			return nil, err
		}
		if why == nil {
			id, err := t.lastPassed()
			release()
			if err != nil {
				return nil, err
			}
			held[id] = true
		}
		if why == nil && !slices.Contains(c.lost, firm.ID) {
			continue
		}
		for _, f := range all {
			if !f.Made.Before(firm.Created) && !slices.Contains(without[f.ID], firm.ID) {
				held[f.ID] = true
			}
		}
	}
	return held, nil
}

// lastPassed is the backup that passed the last trial restore of the firm, where the
// trials since then have failed.
func (t *Tenant) lastPassed() (id string, err error) {
	err = t.View(func(v *View) error {
		all, err := v.Drills()
		if i := slices.IndexFunc(all, func(d DrillRecord) bool { return d.OK }); i > 0 {
			id = all[i].Backup
		}
		return err
	})
	return id, err
}
