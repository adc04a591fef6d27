package auth

import (
	"context"
	"slices"

	"coffre/auth/factor"
	"coffre/store"
)

// BeginPasskey asks whoever comes for a passkey. state comes back with the answer;
// it holds once and for a few minutes. Errors: Conflict "factor-host".
func (s *Service) BeginPasskey(t *store.Tenant, host string) (state string, options []byte, err error) {
	facts, err := view(t, (*store.View).Facts)
	if err != nil {
		return "", nil, err
	}
	box, err := s.party(host, facts.Firm)
	if err != nil {
		return "", nil, err
	}
	options, c, err := box.BeginPasskey()
	if err != nil {
		return "", nil, err
	}
	state = store.NewToken()
	s.second.begun.put(key(t.ID, "passkey", state), pending{ceremony: c})
	return state, options, nil
}

// SignInPasskey checks the answer to BeginPasskey and opens a session: a passkey
// verifies its owner by PIN or finger, so it is two factors at once. Errors: Denied
// "passkey-refused", whatever the reason, "factor-cloned"; RateLimited; Conflict
// "factor-begin", "factor-host".
func (s *Service) SignInPasskey(ctx context.Context, t *store.Tenant, state string, in Shown) (token string, p store.Principal, err error) {
	x, ok := s.second.begun.take(key(t.ID, "passkey", state))
	if !ok {
		return "", p, store.Fail(store.Conflict, "factor-begin")
	}
	facts, err := view(t, (*store.View).Facts)
	if err != nil {
		return "", p, err
	}
	box, err := s.party(in.Host, facts.Firm)
	if err != nil {
		return "", p, err
	}
	// The name is the address's, so that nobody's failures slow down others'.
	end, wait := s.throttle.begin(t.ID, "passkey "+in.Address, in.Address)
	if wait > 0 {
		return "", p, rateLimited(wait)
	}
	ended := unknown
	defer func() { end(ended) }()
	h, k, err := box.FinishPasskey(x.ceremony, in.Answer, func(id string) (factor.Holder, error) {
		return view(t, func(v *store.View) (factor.Holder, error) { return keyHolder(v, id, false) })
	})
	if err != nil {
		ended = failed
		return "", p, s.refusePasskey(ctx, t, h, k, in, err)
	}
	u, err := view(t, func(v *store.View) (store.User, error) { return v.User(h.ID) })
	if err != nil {
		return "", p, err
	}
	if u.Disabled || !passkeySource(u) {
		ended = failed
		s.failures.note(ctx, t, failure{userID: u.ID, login: u.Login, address: in.Address, request: in.Request, reason: reasonDisabled})
		return "", p, passkeyRefused()
	}
	pr := proof{
		user: u, method: "passkey", factors: []string{store.FactorKey},
		also: func(tx *store.Tx) error { return s.countKey(tx, u.ID, k) },
	}
	token, p, err = s.open(ctx, t, pr, SignIn{Login: u.Login, Address: in.Address, Agent: in.Agent, Request: in.Request})
	if err == nil {
		ended = succeeded
	} else if slices.Contains([]string{"bad-credentials", "factor-wrong"}, store.AsError(err).Code) {
		err = passkeyRefused()
	}
	return token, p, err
}

// passkeySource tells whether a passkey may open an account: one that this box or
// the directory answers for. Whom an identity provider answers for goes there.
func passkeySource(u store.User) bool { return u.Source == "" || u.Source == "directory" }

func passkeyRefused() error { return store.Fail(store.Denied, "passkey-refused") }

func (s *Service) refusePasskey(ctx context.Context, t *store.Tenant, h factor.Holder, k factor.Key, in Shown, why error) error {
	u := store.User{ID: h.ID, Login: h.Login}
	if u.ID != "" && factor.ReasonOf(why) == factor.Cloned {
		return s.refuseKey(ctx, t, u, k, in, why)
	}
	s.failures.note(ctx, t, failure{userID: u.ID, login: u.Login, address: in.Address, request: in.Request, reason: factor.ReasonOf(why)})
	return passkeyRefused()
}
