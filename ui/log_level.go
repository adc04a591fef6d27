package ui

import (
	"slices"

	"coffre/store"
	"coffre/ui/logs"
)

// FollowLog lets the log's file follow the firms' settings: the most talkative
// of them wins, since there is one log for the box.
func (s *Server) FollowLog() {
	if s.Logs == nil || s.Root == nil {
		return
	}
	all, err := s.Root.Tenants()
	if err != nil {
		s.Log.Error("tenants can't be listed", "err", err)
		return
	}
	level := -1
	for _, rec := range all {
		t, release, err := s.Root.Acquire(rec.ID)
		if err != nil {
			continue // said where it matters
		}
		t.View(func(v *store.View) error {
			level = max(level, slices.Index(logs.Levels, v.Setting(logs.SettingLevel, logs.Info)))
			return nil
		})
		release()
	}
	if level >= 0 {
		s.Logs.SetLevel(logs.Levels[level])
	}
}
