package health

import (
	"context"
	"time"

	"coffre/store"
)

func readJournal(_ context.Context, s *subject) (string, Figures) {
	seq, _ := s.t.Head()
	f := Figures{"entries": int64(seq)}
	for _, t := range []*store.Tenant{s.t, s.Root.Box} {
		n, err := s.Root.Nightly(t)
		if err != nil {
			return "unread", f
		}
		if t == s.t || !n.At.IsZero() && !n.OK {
			f["at"], f["seq"] = n.At, int64(n.FirstFault)
		}
		made, _ := time.Parse(time.RFC3339, t.Customer.CreatedAt)
		switch {
		case !n.At.IsZero() && !n.OK:
			return "fault", f
		case n.At.IsZero() && s.now.Sub(made) > nightOld, !n.At.IsZero() && s.now.Sub(n.At) > nightOld:
			return "old", f
		}
		if t == s.t && n.At.IsZero() {
			return "never", f
		}
		if t == s.t && n.Restored {
			return "restored", f
		}
	}
	return "ok", f
}

func readWitness(_ context.Context, s *subject) (string, Figures) {
	var all []store.Witness
	if err := s.view(func(v *store.View) (err error) { all, err = v.Witnesses(); return err }); err != nil {
		return "refused", nil
	}
	f := Figures{"n": len(all)}
	if len(all) == 0 {
		return "none", f
	}
	newest, size := time.Time{}, uint64(0)
	for _, w := range all {
		if w.Refusal != nil {
			f["name"] = Name(w.Name)
			return "refused", f
		}
		if w.Seen.After(newest) {
			newest, size = w.Seen, w.Size
		}
	}
	f["at"], f["size"] = newest, int64(size)
	if s.now.Sub(newest) > store.WitnessSilence {
		return "silent", f
	}
	for _, w := range all {
		if s.Witness != nil && w.Address != "" && s.Witness.State(s.t.ID, w.Name).Fault != "" {
			f["name"] = Name(w.Name)
			return "unreached", f
		}
	}
	return "ok", f
}

func readRights(_ context.Context, s *subject) (string, Figures) {
	var r store.CanaryRun
	if err := s.view(func(v *store.View) (err error) { r, err = v.LastCanary(); return err }); err != nil {
		return "unread", nil
	}
	f := Figures{"at": r.At, "asked": r.Denied + r.Allowed, "leaks": r.Leaks, "misses": r.Misses}
	switch {
	case r.At.IsZero():
		return "never", f
	case !r.OK():
		return "broken", f
	case s.now.Sub(r.At) > nightOld:
		return "old", f
	}
	return "ok", f
}
