package auth

import (
	"net/http"
	"strconv"
	"time"

	"coffre/store"
)

// The firm's limits of sessions: hours after the sign-in, minutes after the last
// request. Not set, Options count.
const (
	SettingSessionHours = "auth.session_hours"
	SettingIdleMinutes  = "auth.idle_minutes"
)

// Bounds of the two settings.
const (
	SessionLeast, SessionMost = 1, 24 * 30
	IdleLeast, IdleMost       = 5, 24 * 60
)

// lasting reads the firm's limits of this moment.
func (s *Service) lasting(v *store.View) lasts {
	return s.lastsOf(v.Setting(SettingSessionHours, ""), v.Setting(SettingIdleMinutes, ""))
}

func (s *Service) lastsOf(hours, minutes string) lasts {
	out := lasts{s.opts.SessionFor, s.opts.IdleFor}
	if n, ok := bounded(hours, SessionLeast, SessionMost); ok {
		out.session = time.Duration(n) * time.Hour
	}
	if n, ok := bounded(minutes, IdleLeast, IdleMost); ok {
		out.idle = time.Duration(n) * time.Minute
	}
	return out
}

// StoredLimits are the limits of sessions without hardened mode.
func (s *Service) StoredLimits(v *store.View) (session, idle time.Duration) {
	l := s.lastsOf(v.Stored(SettingSessionHours, ""), v.Stored(SettingIdleMinutes, ""))
	return l.session, l.idle
}

// bounded reads a whole number within bounds.
func bounded(s string, least, most int) (int, bool) {
	n, err := strconv.Atoi(s)
	return n, err == nil && n >= least && n <= most
}

// ValidSessionHours and ValidIdleMinutes tell whether a setting's value will do;
// "" is the default.
func ValidSessionHours(s string) bool {
	_, ok := bounded(s, SessionLeast, SessionMost)
	return ok || s == ""
}

// ValidIdleMinutes is ValidSessionHours for the other setting.
func ValidIdleMinutes(s string) bool {
	_, ok := bounded(s, IdleLeast, IdleMost)
	return ok || s == ""
}

// Limits are the firm's limits of sessions.
func (s *Service) Limits(t *store.Tenant) (session, idle time.Duration, err error) {
	l, err := view(t, func(v *store.View) (lasts, error) { return s.lasting(v), nil })
	return l.session, l.idle, err
}

// Cookie carries a token that SignIn or Satisfy has just issued, for as long as
// its session can last.
func (s *Service) Cookie(token string) *http.Cookie {
	tenant, _, _ := ParseCookie(token)
	return SessionCookie(token, s.now().Add(s.uses.lasting(tenant, s.opts.SessionFor)))
}
