package ui

import (
	"coffre/store"
	"coffre/ui/look"
)

// ownNotices are what somebody is told about their own account on every page.
func (q *request) ownNotices() (out []look.Notice) {
	if q.p.Guest {
		return nil
	}
	var places []store.Place
	var err error
	if q.r.URL.Path != "/account/sessions" { // that page says it itself
		places, err = q.s.Auth.Strangers(q.t, q.p)
	}
	if err != nil {
		q.s.Log.Error("places of sign-ins can't be read", "request", q.id, "err", err)
	}
	for _, p := range places {
		device := p.Device
		if device == "" {
			device = q.lang.T("sessions.unknown")
		}
		out = append(out, look.Notice{Tone: look.Warn, Text: q.lang.T("notice.strange", "device", device, "address", p.Address, "at", q.lang.DateTime(p.First.Local()))})
	}
	return append(out, q.elevationNotices()...)
}

// elevationNotices say who has a role for a time: to the person, and to
// everybody who decides about that; and that the code on paper was used.
func (q *request) elevationNotices() (out []look.Notice) {
	if q.p.UserID == "" || q.p.Guest || q.r.URL.Path == "/settings/administration" {
		return nil // the page itself says it
	}
	q.view(func(v *store.View) error {
		decides := v.MayDecide(q.p, store.Elevation{})
		all, err := v.Elevations()
		people := map[string]string{}
		if len(all) > 0 {
			people = peopleNames(v)
		}
		for _, e := range all {
			at := q.lang.DateTime(e.Until.Local())
			switch own := e.UserID == q.p.UserID; {
			case e.State == store.ElevationRunning && !q.s.Auth.Now().Before(e.Until):
			case e.State == store.ElevationRunning && own:
				tone := look.Warn
				if e.Break {
					tone = look.Bad
				}
				out = append(out, look.Notice{Tone: tone, Text: q.lang.T("notice.elevation-own", "role", q.lang.Or("role", string(e.Role)), "at", at), Action: "/settings/administration/" + e.ID + "/end", Label: q.lang.T("elevation.end")})
			case !decides || own:
			case e.State == store.ElevationRunning && e.Break:
				out = append(out, look.Notice{Tone: look.Bad, Text: q.lang.T("notice.elevation-code", "at", at), Action: "/settings/administration/" + e.ID + "/end", Label: q.lang.T("elevation.end")})
			case e.State == store.ElevationRunning:
				out = append(out, look.Notice{Tone: look.Warn, Text: q.lang.T("notice.elevation-other", "name", people[e.UserID], "role", q.lang.Or("role", string(e.Role)), "at", at)})
			case e.State == store.ElevationWaiting:
				out = append(out, look.Notice{Tone: look.Warn, Text: q.lang.T("notice.elevation-waiting", "name", people[e.UserID], "role", q.lang.Or("role", string(e.Role)))})
			}
		}
		if seal, serr := v.Seal(); decides && serr == nil && !seal.Used.IsZero() {
			out = append(out, look.Notice{Tone: look.Bad, Text: q.lang.T("notice.seal-used", "at", q.lang.DateTime(seal.Used.Local()))})
		}
		return err
	})
	return out
}
