package auth

import (
	"encoding/json"
	"slices"
	"time"

	"coffre/auth/factor"
	"coffre/store"
)

// SettingFactorRequired says who must show a second factor, SettingFactorAdmin
// which kind administrators must.
const (
	SettingFactorRequired = "auth.factor_required"
	SettingFactorAdmin    = "auth.factor_admin"
)

// The values of SettingFactorRequired; the first is the default.
const (
	RequiredNobody    = "nobody" // whoever has one still shows it
	RequiredAdmins    = "admins"
	RequiredEverybody = "everybody"
)

// The values of SettingFactorAdmin; the first is the default.
const (
	AnyFactor         = "any"
	PhishingResistant = "phishing-resistant"
)

// wanted is what the firm asks of one account.
type wanted struct {
	required bool // a second factor
	keyOnly  bool // and none but a security key or passkey
	strict   bool // not even a recovery code instead (hardened mode)
}

// want reads what is asked of somebody with this role, the strongest that they
// have or may take.
func want(v *store.View, u store.User) (wanted, error) {
	p, err := v.Principal(u.ID, store.Person(u.ID))
	if err != nil {
		return wanted{}, err
	}
	role := store.Strongest(store.Strongest(p.Role, u.Role), u.May)
	admin := role == store.Admin
	var w wanted
	switch v.Setting(SettingFactorRequired, RequiredNobody) {
	case RequiredEverybody:
		w.required = true
	case RequiredAdmins:
		w.required = admin
	}
	if v.Hardened().On {
		return wanted{required: true, keyOnly: admin || role == store.Auditor, strict: true}, nil
	}
	w.keyOnly = w.required && admin && v.Setting(SettingFactorAdmin, AnyFactor) == PhishingResistant
	return w, nil
}

// held are the factors of a person that can be shown now.
type held struct{ codes, keys, sheet []store.Factor }

func hold(v *store.View, user string) (h held, err error) {
	all, err := v.Factors(user)
	for _, f := range all {
		switch {
		case !f.Blocked.IsZero():
		case f.Kind == store.FactorTOTP:
			h.codes = append(h.codes, f)
		case f.Kind == store.FactorKey:
			h.keys = append(h.keys, f)
		case f.Kind == store.FactorRecovery:
			h.sheet = append(h.sheet, f)
		}
	}
	return h, err
}

// any tells whether there is a second factor; a sheet alone is none.
func (h held) any() bool { return len(h.codes)+len(h.keys) > 0 }

// factorSteps are the steps about second factors that a sign-in lacks. A factor
// that was shown to the provider that vouched counts where its record believes it;
// a passkey is two factors by itself, since it verifies its owner.
func (s *Service) factorSteps(v *store.View, u store.User, pr proof) (steps []string, err error) {
	switch pr.method {
	case methodGuest, methodBreakGlass:
		return nil, nil
	}
	h, err := hold(v, u.ID)
	if err != nil {
		return nil, err
	}
	w, err := want(v, u)
	if err != nil {
		return nil, err
	}
	if slices.Contains(pr.factors, store.FactorKey) || pr.there.second && (!w.keyOnly || pr.there.key) {
		return nil, nil
	}
	if h.any() {
		steps = append(steps, StepFactor)
	}
	if w.required && !h.any() || w.keyOnly && len(h.keys) == 0 {
		steps = append(steps, StepEnroll)
	}
	return steps, nil
}

// codeState is store.Factor.State of an app.
type codeState struct {
	Step int64 `json:"step"` // the last that was accepted
}

func stateOf[T any](f store.Factor) (out T, err error) {
	if err := json.Unmarshal(f.State, &out); err != nil {
		return out, store.Fail(store.Corrupt, "damaged").Because(err)
	}
	return out, nil
}

func setState(f *store.Factor, state any) error {
	b, err := json.Marshal(state)
	f.State = b
	return err
}

// Factor is what a page may show of a store.Factor.
type Factor struct {
	ID, Kind, Name string
	Created, Used  time.Time
	Blocked        time.Time
	Passkey        bool   // signs in by itself
	Synced         bool   // may be on several devices
	Party          string // host name that a key answers to
	Left           int    // codes of a sheet
}

func shown(f store.Factor) (Factor, error) {
	out := Factor{ID: f.ID, Kind: f.Kind, Name: f.Name, Created: f.Created, Used: f.Used, Blocked: f.Blocked}
	switch f.Kind {
	case store.FactorKey:
		k, err := stateOf[factor.Key](f)
		out.Passkey, out.Synced, out.Party = k.Passkey, k.Synced, k.Party
		return out, err
	case store.FactorRecovery:
		sheet, err := stateOf[factor.Sheet](f)
		out.Left = len(sheet.Digests)
		return out, err
	}
	return out, nil
}

// Factors lists the factors of an account: one's own, or with users.admin
// anybody's, then without names of keys.
func (s *Service) Factors(t *store.Tenant, p store.Principal, userID string) ([]Factor, error) {
	own := userID == p.UserID && userID != ""
	if !own {
		if err := Require(p, UsersAdmin); err != nil {
			return nil, err
		}
	}
	all, err := view(t, func(v *store.View) ([]store.Factor, error) { return v.Factors(userID) })
	if err != nil {
		return nil, err
	}
	var out []Factor
	for _, f := range all {
		x, err := shown(f)
		if err != nil {
			return nil, err
		}
		if !own {
			x.Name = ""
		}
		out = append(out, x)
	}
	return out, nil
}
