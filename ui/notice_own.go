package ui

import (
	"coffre/ui/look"
)

// ownNotices are what somebody is told about their own account on every page.
func (q *request) ownNotices() (out []look.Notice) {
	if q.p.Guest {
		return nil
	}
	places, err := q.s.Auth.Strangers(q.t, q.p)
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
	return out
}
