package auth

import (
	"context"
	"slices"
	"strings"
	"time"

	"coffre/chain"
	"coffre/store"
)

// Opened is a sign-in through a provider that has come to its end.
type Opened struct {
	Token     string
	Next      string // where the person wanted to go
	Principal store.Principal
}

// vouched is who a provider says has signed in, with what its rules ask for.
type vouched struct {
	store.Vouched
	sid          string
	said         []string  // of how they signed in there: amr and acr, or AuthnContextClassRef
	at           time.Time // when they proved their presence there; zero where it isn't told
	mailVerified bool
	domain       string // of the organisation, as the provider tells it
	overage      bool
}

// Reasons of the rules of a provider, after its kind, as they stand in an entry.
const (
	reasonOff      = "off"
	reasonDomain   = "domain"
	reasonGroup    = "group"
	reasonOverage  = "groups-overage"
	reasonUnlinked = "unlinked"
)

// Errors to the person. They tell nothing of the reason, which is in the journal.
func providerRefused(p store.Provider) error {
	return store.Fail(store.Denied, "provider-refused", "provider", p.Name)
}

func providerAgain(p store.Provider) error {
	return store.Fail(store.Denied, "provider-again", "provider", p.Name)
}

func providerDown(p store.Provider) error {
	return store.Fail(store.Unavailable, "provider-down", "provider", p.Name)
}

// turnAway notes why a sign-in through a provider failed, and returns err.
func (s *Service) turnAway(ctx context.Context, t *store.Tenant, p store.Provider, in SignIn, userID, reason string, err error) error {
	s.failures.note(ctx, t, failure{userID: userID, login: p.ID, address: in.Address, reason: p.Kind + "-" + reason, request: in.Request})
	return err
}

// admitVouched opens a session for somebody for whom a provider vouches, where its rules
// allow. spend, where not nil, is done in the same commit as the account.
func (s *Service) admitVouched(ctx context.Context, t *store.Tenant, p store.Provider, who vouched, in SignIn, spend func(*store.Tx) error) (Opened, error) {
	who.Login = cleanLogin(who.Login)
	if why := barred(p, who); why != "" {
		if why == reasonGroup || why == reasonDomain {
			s.putOut(ctx, t, p, who.Subject, in.Request)
		}
		return Opened{}, s.turnAway(ctx, t, p, in, "", why, providerRefused(p))
	}
	var a store.Admitted
	var there shownThere
	ev := chain.Event{Action: chain.IdentityFollow, Request: in.Request, Detail: chain.Detail{"provider": p.ID}, Private: chain.Detail{}}
	_, err := t.Update(ctx, store.System("auth"), ev, func(tx *store.Tx) (err error) {
		if spend != nil {
			if err := spend(tx); err != nil {
				return err
			}
		}
		now, err := tx.Provider(p.ID)
		if err != nil || !now.On {
			return store.Fail(store.Denied, reasonOff)
		}
		if a, err = tx.Admit(now, who.Vouched); err != nil {
			return err
		}
		there = proven(now, who.said)
		tx.Event.Object = chain.Object{Kind: "user", ID: a.User.ID}
		tx.Event.Detail["created"], tx.Event.Detail["joined"], tx.Event.Detail["left"] = a.Created, a.Joined, a.Left
		return nil
	})
	switch e := store.AsError(err); {
	case err == nil:
	case e.Code == "identity-unlinked":
		return Opened{}, s.unlinked(ctx, t, p, who, in, e.Params["why"])
	case e.Code == "replayed":
		return Opened{}, s.turnAway(ctx, t, p, in, "", "replay", providerRefused(p))
	case e.Kind == store.Denied:
		return Opened{}, s.turnAway(ctx, t, p, in, "", deniedReason(e.Code), providerRefused(p))
	default:
		return Opened{}, err
	}
	token, principal, err := s.open(ctx, t, proof{
		user: a.User, method: p.Kind, provider: p.ID, sid: who.sid, factors: clipped(there.values), there: there, present: presentAt(who.at, s.now().UTC(), in.Again),
	}, in)
	if store.AsError(err).Code == "bad-credentials" {
		err = providerRefused(p)
	}
	return Opened{Token: token, Principal: principal}, err
}

// putOut ends what somebody has here by a provider whose rules no longer let them
// in: its sessions at once, and their keys until the rules do.
func (s *Service) putOut(ctx context.Context, t *store.Tenant, p store.Provider, subject, request string) {
	known, err := view(t, func(v *store.View) (store.Identity, error) { return v.Identity(p.ID, subject) })
	if err != nil || known.UserID == "" || known.State == StateOutside {
		return
	}
	ev := chain.Event{Action: chain.ProviderLogout, Object: chain.Object{Kind: "provider", ID: p.ID}, Request: request, Detail: chain.Detail{"user": known.UserID}}
	_, err = t.Update(ctx, store.System("auth"), ev, func(tx *store.Tx) error {
		i, err := tx.Identity(p.ID, subject)
		if err != nil {
			return err
		}
		i.State = StateOutside
		if err := tx.PutIdentity(i); err != nil {
			return err
		}
		tx.Event.Detail["sessions"], err = tx.DeleteProviderSessions(p.ID, "", i.UserID)
		return err
	})
	if err != nil {
		s.log.Error("somebody whom a provider's rules keep out is not out", "tenant", t.ID, "provider", p.ID, "err", err)
	}
}

func deniedReason(code string) string {
	if code == "bad-credentials" {
		return reasonDisabled
	}
	return code
}

// barred is why a provider's rules keep somebody out, "" where they don't.
func barred(p store.Provider, who vouched) string {
	if len(p.Domains) > 0 {
		_, domain, ok := strings.Cut(who.Mail, "@")
		mail := ok && who.mailVerified && containsFold(p.Domains, domain)
		if !mail && (who.domain == "" || !containsFold(p.Domains, who.domain)) {
			return reasonDomain
		}
	}
	if who.overage && (len(p.Allowed) > 0 || len(p.Groups) > 0 || p.AllGroups) {
		return reasonOverage
	}
	if len(p.Allowed) > 0 && !slices.ContainsFunc(p.Allowed, func(g string) bool { return slices.Contains(who.Groups, g) }) {
		return reasonGroup
	}
	return ""
}

// unlinked keeps somebody without an account for an administrator to link.
func (s *Service) unlinked(ctx context.Context, t *store.Tenant, p store.Provider, who vouched, in SignIn, why string) error {
	ev := chain.Event{
		Action: chain.IdentityWait, Outcome: chain.Denied, Object: chain.Object{Kind: "provider", ID: p.ID}, Request: in.Request,
		Detail: chain.Detail{"why": why}, Private: chain.Detail{"login": printable(who.Login, 64), "name": printable(who.Name, 200)},
	}
	_, err := view(t, func(v *store.View) (store.Identity, error) { return v.Identity(p.ID, who.Subject) })
	if store.IsNotFound(err) {
		_, err = t.Update(ctx, store.System("auth"), ev, func(tx *store.Tx) error { return tx.Wait(p, who.Vouched) })
	}
	if err != nil {
		s.log.Error("an identity without an account can't be kept", "tenant", t.ID, "provider", p.ID, "err", err)
	}
	return s.turnAway(ctx, t, p, in, "", reasonUnlinked+"-"+why, providerRefused(p))
}
