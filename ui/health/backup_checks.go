package health

import (
	"context"
	"time"

	"coffre/store"
)

// backupOld is after how long somebody should ask why there is no newer backup.
const backupOld = 8 * 24 * time.Hour

func readBackup(_ context.Context, s *subject) (string, Figures) {
	var all []store.BackupRecord
	if err := s.view(func(v *store.View) (err error) { all, err = v.Backups(); return err }); err != nil {
		return "failed", nil
	}
	if s.copiesFail() {
		return "copies", nil
	}
	f := Figures{}
	failed := false // the newest that ended
	for i, b := range all {
		if b.State == store.BackupFailed && i == 0 {
			failed = true
		}
		if b.State == store.BackupDone && b.Way != store.WayDrill {
			f["at"], f["bytes"], f["damaged"] = b.At, Bytes(b.Bytes), b.Damaged
			break
		}
	}
	at, made := f["at"].(time.Time)
	switch {
	case failed:
		return "failed", f
	case !made:
		return "none", f
	case s.now.Sub(at) > backupOld:
		return "old", f
	case f["damaged"] != 0:
		return "partial", f
	}
	return "ok", f
}

// drillOld is after how long a trial restore says little about today's backups.
const drillOld = 30 * 24 * time.Hour

func readDrill(_ context.Context, s *subject) (string, Figures) {
	var all []store.DrillRecord
	if err := s.view(func(v *store.View) (err error) { all, err = v.Drills(); return err }); err != nil {
		return "failed", nil
	}
	if len(all) == 0 {
		return "none", nil
	}
	f := Figures{"at": all[0].At, "damaged": all[0].Damaged}
	switch {
	case !all[0].OK:
		return "failed", f
	case s.now.Sub(all[0].At) > drillOld:
		return "old", f
	case all[0].Damaged > 0:
		return "partial", f
	}
	return "ok", f
}

// copiesFail tells whether the copies that make themselves don't, or are damaged. One
// without a firm that doesn't open is said of the backup.
func (s *subject) copiesFail() bool {
	c, err := s.Root.Copies()
	return err != nil || c.Plan.On && (c.Failed != nil && c.Failed.Code != "backup-partial" || c.Late || c.Stuck || c.Check != nil && !c.Check.OK)
}
