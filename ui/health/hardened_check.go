package health

import (
	"context"

	"coffre/auth"
	"coffre/store"
	"coffre/ui/health/machine"
)

// readHardened tells what hardened mode still waits for: it locks nobody out when
// the disk turns out plain later, so this has to say so.
func readHardened(_ context.Context, s *subject) (string, Figures) {
	var h store.Hardened
	var e auth.HardenedEffect
	err := s.view(func(v *store.View) (err error) {
		h = v.Hardened()
		if h.On && s.Auth != nil {
			e, err = s.Auth.HardenedEffectOf(v, s.now)
		}
		return err
	})
	f := Figures{"n": len(e.NoFactor) + len(e.NoKey)}
	switch {
	case err != nil:
		return "unread", nil
	case !h.On && !h.Late.IsZero():
		return "late", Figures{"at": h.Planned}
	case !h.On && !h.Planned.IsZero():
		return "planned", Figures{"at": h.Planned}
	case !h.On:
		return "off", nil
	}
	f["since"] = h.Since
	switch {
	case s.disk().State == machine.Plain:
		return "plain", f
	case len(e.NoFactor)+len(e.NoKey) > 0:
		return "people", f
	}
	return "on", f
}
