package auth

import (
	"context"
	"slices"
	"strings"

	"coffre/auth/factor"
	"coffre/chain"
	"coffre/store"
)

// App is what a page shows of an authenticator app that is being added.
type App struct {
	Address string // for the QR code
	Text    string // for somebody who types it
}

// mayAdd tells whether p may register a factor now: signed in for good, or at the
// step that asks for it. Whoever still has to show a factor may not add one.
func mayAdd(p store.Principal) error {
	if p.UserID == "" || p.Session == "" || p.Guest {
		return store.Fail(store.Denied, "not-allowed")
	}
	if i := slices.Index(p.Needs, StepEnroll); len(p.Needs) > 0 && i != 0 {
		return store.Fail(store.Denied, "step-needed", "step", p.Needs[0])
	}
	return nil
}

func appKey(t *store.Tenant, p store.Principal) [32]byte { return key(t.ID, "app", p.Session) }

// BeginApp draws the secret of an app, or returns the one that this session has
// begun with. Nothing is stored before FinishApp. Errors: Denied "not-allowed",
// "step-needed".
func (s *Service) BeginApp(t *store.Tenant, p store.Principal) (App, error) {
	if err := mayAdd(p); err != nil {
		return App{}, err
	}
	x, ok := s.second.begun.get(appKey(t, p))
	if !ok {
		x = pending{secret: factor.NewTOTPSecret()}
		s.second.begun.put(appKey(t, p), x)
	}
	u, firm, err := s.holder(t, p.UserID)
	if err != nil {
		return App{}, err
	}
	return App{Address: factor.TOTPAddress(firm, u.Login, x.secret), Text: factor.TOTPText(x.secret)}, nil
}

func (s *Service) holder(t *store.Tenant, userID string) (u store.User, firm string, err error) {
	err = t.View(func(v *store.View) (err error) {
		facts, err := v.Facts()
		if err != nil {
			return err
		}
		firm = facts.Firm
		u, err = v.User(userID)
		return err
	})
	return u, firm, err
}

// FinishApp keeps the app that BeginApp has begun once it shows a right code. The
// secret is sealed with the person's data key. Errors: those of BeginApp; Conflict
// "factor-begin" where nothing was begun, or too long ago; Invalid "factor-code";
// RateLimited; Invalid "invalid-name"; Conflict "factor-many"; that of
// store.Root.MasterError while nothing can be sealed.
func (s *Service) FinishApp(ctx context.Context, t *store.Tenant, p store.Principal, name string, in Shown) error {
	if err := mayAdd(p); err != nil {
		return err
	}
	name, err := factorName(name)
	if err != nil {
		return err
	}
	x, ok := s.second.begun.get(appKey(t, p))
	if !ok {
		return store.Fail(store.Conflict, "factor-begin")
	}
	u, _, err := s.holder(t, p.UserID)
	if err != nil {
		return err
	}
	var step int64
	err = s.guess(ctx, t, u, in, func() (string, error) {
		if step, ok = factor.CheckTOTP(x.secret, in.Code, s.now(), 0); !ok {
			return reasonCode, store.Fail(store.Invalid, "factor-code")
		}
		return "", nil
	})
	if err != nil {
		return err
	}
	ev := chain.Event{Action: chain.FactorAdd, Session: p.Session, Request: in.Request}
	_, err = t.Update(ctx, p.Actor, ev, func(tx *store.Tx) error {
		f := store.Factor{UserID: u.ID, Kind: store.FactorTOTP, Name: name}
		if err := tx.SealFactor(&f, x.secret); err != nil {
			return err
		}
		if err := setState(&f, codeState{Step: step}); err != nil {
			return err
		}
		return addFactor(tx, f)
	})
	if err == nil {
		s.second.begun.take(appKey(t, p))
	}
	return err
}

func addFactor(tx *store.Tx, f store.Factor) error {
	f, err := tx.PutFactor(f)
	tx.Event.Detail["factor"], tx.Event.Detail["kind"] = f.ID, f.Kind
	return err
}

// factorName is how an owner calls a factor; "" is allowed.
func factorName(name string) (string, error) {
	name = strings.TrimSpace(name)
	if len(name) > 80 || printable(name, 80) != name {
		return "", store.Fail(store.Invalid, "invalid-name", "field", "name")
	}
	return name, nil
}
