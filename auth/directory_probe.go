package auth

import (
	"context"
	"time"

	"coffre/auth/ldap"
	"coffre/chain"
	"coffre/store"
)

// TestDirectory tries the directory of the settings step by step, whether it is
// switched on or not; with a name also that person, with a password a sign-in,
// which is throttled as any other. The entry says how it ended. Errors: Denied
// "not-allowed"; RateLimited "rate-limited".
func (s *Service) TestDirectory(ctx context.Context, t *store.Tenant, p store.Principal, in SignIn) (checks []ldap.Check, err error) {
	if err := Require(p, SettingsAdmin); err != nil {
		return nil, err
	}
	d, err := s.directoryOf(t)
	if err != nil {
		return nil, err
	}
	end := func(verdict) {}
	if in.Password != "" {
		var wait time.Duration
		if end, wait = s.throttle.begin(t.ID, throttleName(in.Login), in.Address); wait > 0 {
			return nil, rateLimited(wait)
		}
	}
	checks = d.cfg.Probe(ctx, ldap.Trial{Groups: d.follow, User: in.Login, Password: in.Password})
	ended, code := succeeded, ""
	for _, k := range checks {
		if k.OK {
			continue
		}
		if ended, code = unknown, string(k.Step)+"/"+k.Code; k.Step == ldap.StepSignIn {
			ended = failed
		}
	}
	end(ended)
	ev := chain.Event{Action: chain.DirectoryTest, Session: p.Session, Request: in.Request, Detail: chain.Detail{"result": code == "", "user": in.Login != ""}}
	if code != "" {
		ev.Detail["code"] = code
	}
	if in.Login != "" {
		ev.Private = chain.Detail{"login": printable(in.Login, 200)}
	}
	_, err = t.Record(ctx, p.Actor, ev)
	return checks, err
}
