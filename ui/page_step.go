package ui

import (
	"net/http"
	"net/url"
	"slices"
	"strings"

	"rsc.io/qr"

	"coffre/auth"
	"coffre/store"
	"coffre/ui/look"
	"coffre/ui/page"
)

// The pages between a sign-in and the box. Each is for a session that lacks its
// step; whoever lacks none is led on.
func (s *Server) stepRoutes() []route {
	return []route{
		{method: "GET", path: "/signin/factor", may: auth.ProfileOwn, step: true, do: atStep(auth.StepFactor, (*request).factorStep)},
		{method: "POST", path: "/signin/factor", may: auth.ProfileOwn, step: true, do: atStep(auth.StepFactor, (*request).factorStepForm)},
		{method: "GET", path: "/signin/enroll", may: auth.ProfileOwn, step: true, do: atStep(auth.StepEnroll, (*request).enrollStep)},
		{method: "POST", path: "/signin/enroll", may: auth.ProfileOwn, step: true, do: atStep(auth.StepEnroll, (*request).enrollStepForm)},
		{method: "GET", path: "/signin/password", may: auth.ProfileOwn, step: true, do: atStep(auth.StepPassword, (*request).passwordStep)},
		{method: "POST", path: "/signin/password", may: auth.ProfileOwn, step: true, do: atStep(auth.StepPassword, (*request).passwordStepForm)},
		{method: "GET", path: "/reauth", may: auth.ProfileOwn, do: inSession(func(q *request) error { return q.reauthPage(nil, http.StatusOK) })},
		{method: "POST", path: "/reauth", may: auth.ProfileOwn, do: inSession((*request).reauthForm)},
	}
}

// atStep runs do where the step is the next one that the session lacks, and leads
// to that one otherwise.
func atStep(step string, do func(*request) error) func(*request) error {
	return func(q *request) error {
		if err := q.form(); err != nil {
			return err
		}
		if len(q.p.Needs) == 0 {
			return q.see(q.next())
		}
		if q.p.Needs[0] != step {
			return q.see("/signin/" + q.p.Needs[0] + "?next=" + url.QueryEscape(q.next()))
		}
		return do(q)
	}
}

// next is where somebody goes on to, in a form or an address.
func (q *request) next() string {
	next := ownPath(q.r.FormValue("next"))
	if strings.HasPrefix(next, "/signin") || strings.HasPrefix(next, "/reauth") {
		return "/"
	}
	return next
}

// outside is the frame of somebody who isn't in yet: no way leads further in.
func (q *request) outside() look.Frame {
	f := q.frame(look.NoArea)
	f.Person, f.Notices, f.Path = look.Person{}, nil, q.r.URL.Path
	return f
}

func (q *request) shown() auth.Shown {
	f := q.r.PostForm
	return auth.Shown{
		Password: f.Get("password"), Code: f.Get("code"), Answer: []byte(f.Get("answer")), Host: q.r.Host,
		Address: q.address(), Agent: q.r.UserAgent(), Request: q.id,
	}
}

// proofView is what of the caller's can be shown, under this name of the box.
func (q *request) proofView(action string, faults look.Faults) (page.Step, error) {
	v := page.Step{Action: action, Next: q.next(), Faults: faults, MinPassword: auth.MinPasswordRunes}
	can, err := q.s.Auth.Provable(q.t, q.p)
	if err != nil {
		return v, err
	}
	v.Login, v.Code, v.Sheet, v.Password = can.Login, can.Codes, can.Sheet, can.Password
	if can.Keys {
		options, ok, err := q.s.Auth.AskKey(q.t, auth.TokenOf(q.r), q.r.Host)
		if err != nil {
			return v, err
		}
		if ok {
			v.Key = string(options)
		}
		v.KeyElsewhere = !ok
	}
	return v, nil
}

func (q *request) factorStep() error { return q.factorStepPage(nil, http.StatusOK) }

func (q *request) factorStepPage(faults look.Faults, status int) error {
	v, err := q.proofView("/signin/factor", faults)
	if err != nil {
		return err
	}
	v.Frame, v.Password = q.outside(), false
	return q.render(status, page.FactorPage(v))
}

func (q *request) factorStepForm() error {
	fresh, left, err := q.s.Auth.Prove(q.r.Context(), q.t, auth.TokenOf(q.r), auth.StepFactor, q.shown())
	if faults := proofFaults(err); faults != nil {
		return q.factorStepPage(faults, asProblem(err).status)
	}
	if err != nil {
		return err
	}
	http.SetCookie(q.w, q.s.Auth.Cookie(fresh))
	q.tellLeft(left)
	return q.see(q.next())
}

// tellLeft says on the next page when recovery codes run out.
func (q *request) tellLeft(left int) {
	if left >= 0 && left <= auth.SheetLow {
		q.notify("notice.sheet-low", "n", itoa(left))
	}
}

// proofFaults puts what was wrong with a proof beside its field; nil for what is
// no fault of a form.
func proofFaults(err error) look.Faults {
	e := store.AsError(err)
	field := map[string]string{"bad-credentials": "password"}[e.Code]
	own := []string{"factor-wrong", "factor-key-needed", "factor-cloned", "factor-begin", "factor-host", "bad-credentials", "rate-limited", "busy"}
	switch {
	case err == nil:
		return nil
	case e.Code == "factor-wrong" || slices.Contains(own, e.Code) && field == "":
		return look.Faults{"": {Code: e.Code, Params: e.Params}}
	case field != "":
		return look.Faults{field: {Code: "password-old"}}
	case strings.HasPrefix(e.Code, "master-"):
		return look.Faults{"": {Code: "factor-sealed"}}
	}
	return nil
}

func (q *request) reauthPage(faults look.Faults, status int) error {
	v, err := q.proofView("/reauth", faults)
	if err != nil {
		return err
	}
	if !v.Code && v.Key == "" && !v.Sheet && !v.Password {
		return q.againPage(v.Next)
	}
	v.Frame = q.frame(look.NoArea)
	return q.render(status, page.ReauthPage(v))
}

// againPage leads somebody who has nothing to show here to the provider that vouched
// for them.
func (q *request) againPage(next string) error {
	all, err := q.s.Auth.Sessions(q.t, q.p, q.p.UserID)
	if err != nil {
		return err
	}
	v := page.Again{Frame: q.frame(look.NoArea), Next: next}
	if own, ok := q.ownSession(all); ok {
		for _, p := range q.through() {
			if p.ID == own.Provider {
				v.Through = p
			}
		}
	}
	return q.render(http.StatusOK, page.AgainPage(v))
}

func (q *request) reauthForm() error {
	if err := q.form(); err != nil {
		return err
	}
	fresh, left, err := q.s.Auth.Prove(q.r.Context(), q.t, auth.TokenOf(q.r), "", q.shown())
	if faults := proofFaults(err); faults != nil {
		return q.reauthPage(faults, asProblem(err).status)
	}
	if err != nil {
		return err
	}
	http.SetCookie(q.w, q.s.Auth.Cookie(fresh))
	if q.tellLeft(left); left < 0 || left > auth.SheetLow {
		q.notify("notice.reauth")
	}
	return q.see(q.next())
}

func (q *request) passwordStep() error { return q.passwordStepPage(nil, http.StatusOK) }

func (q *request) passwordStepPage(faults look.Faults, status int) error {
	v := page.Step{Frame: q.outside(), Action: "/signin/password", Next: q.next(), Faults: faults, MinPassword: auth.MinPasswordRunes}
	err := q.view(func(view *store.View) error {
		u, err := view.User(q.p.UserID)
		v.Login = u.Login
		return err
	})
	if err != nil {
		return err
	}
	return q.render(status, page.NewPasswordPage(v))
}

func (q *request) passwordStepForm() error {
	fresh, err := q.s.Auth.ReplacePassword(q.r.Context(), q.t, auth.TokenOf(q.r), q.r.PostFormValue("new"))
	if e := store.AsError(err); err != nil && e.Kind == store.Invalid {
		return q.passwordStepPage(look.Faults{"new": {Code: e.Code, Params: e.Params}}, http.StatusUnprocessableEntity)
	}
	if err != nil {
		return err
	}
	http.SetCookie(q.w, q.s.Auth.Cookie(fresh))
	q.notify("notice.password")
	return q.see(q.next())
}

// qrPart draws a text as a QR code, with room for a smudge.
func qrPart(text string) (page.Part, error) {
	code, err := qr.Encode(text, qr.M)
	if err != nil {
		return page.Part{}, err
	}
	return asPart(code), nil
}
