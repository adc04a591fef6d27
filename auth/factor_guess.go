package auth

import (
	"context"
	"time"

	"coffre/store"
)

// Six digits, three of them right at a time: a guess hits with 3 in 10^6. So
// guesses are counted by account whatever their address, and after five the wait
// doubles up to an hour and is remembered for a day: whoever has somebody's
// password and all addresses there are gets 24 guesses a day, one chance in 14,000.
// Nobody shuts a person out that way: an address from which they have shown a
// factor before is spared that limit and only meets its own.
var factorLimits = limits{
	perPair:    limit{free: 5, most: 15 * time.Minute},
	perLogin:   limit{free: 5, most: time.Hour},
	perAddress: perAddress,
	forgetting: 24 * time.Hour,
}

// second is what the service keeps in memory about second factors.
type second struct {
	guesses *throttle
	begun   *pendings
}

func newSecond(now func() time.Time) second {
	return second{guesses: newThrottle(now, factorLimits), begun: newPendings(now)}
}

// The reasons of a failure about second factors, besides those of auth/factor.
const (
	reasonCode     = "wrong-code"
	reasonRecovery = "wrong-recovery-code"
	reasonNoFactor = "no-such-factor"
	reasonKeyOnly  = "key-required"
)

// Shown is what somebody shows to prove who they are: a password, the code of an
// app or of a sheet, or a key's answer. Host is the name that the browser used.
type Shown struct {
	Password, Code string
	Answer         []byte
	Host           string

	Address, Agent, Request string
}

// guess runs try as a guess at userID's factors. try returns the reason why it
// failed, "" where it didn't.
func (s *Service) guess(ctx context.Context, t *store.Tenant, u store.User, in Shown, try func() (reason string, err error)) error {
	x := failure{userID: u.ID, login: u.Login, address: in.Address, request: in.Request}
	end, wait := s.second.guesses.begin(t.ID, u.ID, in.Address)
	if wait > 0 {
		x.reason = reasonThrottle
		s.failures.note(ctx, t, x)
		return rateLimited(wait)
	}
	ended := unknown
	defer func() { end(ended) }()
	reason, err := try()
	if reason != "" {
		ended, x.reason = failed, reason
		s.failures.note(ctx, t, x)
		return err
	}
	if err == nil {
		ended = succeeded
	}
	return err
}
