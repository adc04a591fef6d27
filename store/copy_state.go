package store

import "time"

// CopyState is how copies stand.
type CopyState struct {
	Plan   CopyPlan
	Tenant string // whose setting the plan is, "box" for the box's own
	// Home is the directory of this box in the folder.
	Home string
	// Doing is "copy", "drill" or "check" while one goes on; Moved the bytes written
	// or read for it so far.
	Doing string
	Since time.Time
	Bytes int64
	// Stuck: nothing has moved for ten minutes.
	Stuck bool
	// Failed is why the newest attempt made no copy; where it made one, "drill-room"
	// if there was no room to try it, "backup-partial" if firms of the box didn't open;
	// nil where all went well.
	Failed *Error
	Late   bool      // a copy is due, and was for a day
	Next   time.Time // by the plan
	Last   *CopyRecord
	Made   []CopyRecord // newest first, also failed ones and those that are gone
	Check  *CopyCheck
	Facts  FolderFacts // as they were at the last attempt, or when the plan was set
}

// Copies tells how the copies of the box stand.
func (r *Root) Copies() (s CopyState, err error) {
	if s.Plan, s.Tenant, err = r.copyPlan(); err != nil {
		return s, err
	}
	if s.Plan.Folder != "" {
		if s.Home, err = r.copyHomeOf(s.Plan.Folder); err != nil {
			return s, err
		}
	}
	err = r.Box.View(func(v *View) error {
		if s.Made, err = v.CopyRecords(); err != nil {
			return err
		}
		checks, err := v.CopyChecks()
		if len(checks) > 0 && checks[0].Folder == s.Home {
			s.Check = &checks[0]
		}
		return err
	})
	if err != nil {
		return s, err
	}
	r.copies.mu.Lock()
	s.Doing, s.Since, s.Bytes, s.Failed, s.Facts = r.copies.doing, r.copies.since, r.copies.bytes, r.copies.failed, r.copies.facts
	s.Stuck = s.Doing != "" && s.Doing != "drill" && time.Since(r.copies.moved) > copyStall
	r.copies.mu.Unlock()
	s.judge(r.opts.Now())
	return s, nil
}

func (s *CopyState) judge(now time.Time) {
	for i, rec := range s.Made {
		if rec.State == BackupDone && (s.Home == "" || rec.Folder == s.Home) {
			s.Last = &s.Made[i]
			break
		}
	}
	// A failure of an earlier process: the newest record says it.
	if s.Failed == nil && s.Doing == "" && len(s.Made) > 0 && s.Made[0].State == BackupFailed {
		s.Failed = Fail(Unavailable, s.Made[0].Code, "path", s.Plan.Folder)
	}
	if s.Failed == nil && s.Doing == "" && len(s.Made) > 0 {
		s.Failed = partial(s.Made[0].Damaged)
	}
	if s.Next = s.Plan.Next(now); !s.Plan.On || s.Plan.Folder == "" {
		return
	}
	moment := s.Plan.last(now)
	s.Late = !moment.IsZero() && now.Sub(moment) > 24*time.Hour && (s.Last == nil || s.Last.At.Before(moment))
}
