package ui

import (
	"net/http"
	"slices"
	"strconv"
	"strings"

	"coffre/auth"
	"coffre/store"
	"coffre/ui/look"
	"coffre/ui/page"
)

func (s *Server) administrationRoutes() []route {
	act := func(do func(*request, string) error, key string) func(*request) error {
		return func(q *request) error {
			return q.done(do(q, q.r.PathValue("id")), "/settings/administration", key)
		}
	}
	return []route{
		{method: "GET", path: "/settings/administration", may: auth.ElevationOwn, do: func(q *request) error { return q.administrationPage(page.Administration{}, http.StatusOK) }},
		{method: "POST", path: "/settings/administration", may: auth.SettingsAdmin, do: (*request).administrationForm},
		{method: "POST", path: "/settings/administration/take", may: auth.ElevationTake, do: (*request).takeForm},
		{method: "POST", path: "/settings/administration/seal", may: auth.ElevationAdmin, do: (*request).sealForm},
		{method: "POST", path: "/settings/administration/{id}/begin", may: auth.ElevationTake, do: act((*request).elevationBegin, "notice.elevation-begun")},
		{method: "POST", path: "/settings/administration/{id}/approve", may: auth.ElevationTake, do: act(func(q *request, id string) error { return q.elevationDecide(id, true) }, "notice.elevation-approved")},
		{method: "POST", path: "/settings/administration/{id}/refuse", may: auth.ElevationOwn, do: act(func(q *request, id string) error { return q.elevationDecide(id, false) }, "notice.elevation-refused")},
		{method: "POST", path: "/settings/administration/{id}/end", may: auth.ElevationOwn, do: act((*request).elevationEnd, "notice.elevation-ended")},
		{method: "GET", path: "/signin/break-glass", open: true, do: func(q *request) error { return q.breakGlassPage(nil, http.StatusOK) }},
		{method: "POST", path: "/signin/break-glass", open: true, do: (*request).breakGlassForm},
	}
}

// elevationTerms are the minutes that the page offers.
var elevationTerms = []int{15, 30, 60, 120, 240, 480}

const shownElevations = 20

func (q *request) administrationPage(v page.Administration, status int) error {
	v.Frame = q.frame(look.Settings)
	v.Admin = auth.Allowed(q.p, auth.SettingsAdmin) && !q.p.Guest
	err := q.view(func(view *store.View) error {
		v.Mode = view.ElevationMode()
		if err := q.elevationPeople(view, &v); err != nil {
			return err
		}
		if err := q.elevationLists(view, &v); err != nil {
			return err
		}
		if !v.Admin {
			return nil
		}
		v.Values = settingValues(view)
		for _, m := range []string{store.ElevationOff, store.ElevationReason, store.ElevationApproval} {
			v.Modes = append(v.Modes, look.Choice{Value: m, Label: q.lang.Or("elevation-mode", m), Selected: m == v.Mode})
		}
		seal, err := view.Seal()
		if err != nil && !store.IsNotFound(err) {
			return err
		}
		v.Seal = page.Seal{Made: localTime(seal.Made), Used: localTime(seal.Used)}
		v.Seal.Sealed, err = view.CodeSealed()
		return err
	})
	if err != nil {
		return err
	}
	for _, n := range elevationTerms {
		label := q.lang.T("elevation.minutes", "n", n)
		if n >= 60 {
			label = q.lang.T("elevation.hours-choice", "n", n/60)
		}
		v.Minutes = append(v.Minutes, look.Choice{Value: strconv.Itoa(n), Label: label, Selected: n == 60})
	}
	return q.render(status, page.AdministrationPage(v))
}

// elevationPeople fills in what concerns people: the reader's own role, and who
// administers or may.
func (q *request) elevationPeople(view *store.View, v *page.Administration) error {
	all, err := view.Users()
	for _, u := range all {
		if u.ID == q.p.UserID {
			v.May = string(u.May)
			if u.May == u.Role {
				v.May = ""
			}
			v.Decides = view.MayDecide(q.p, store.Elevation{})
		}
		switch {
		case u.Disabled || !u.Erased.IsZero() || u.Source == store.SourceBreakGlass:
			continue
		case u.Role == store.Admin:
			v.Permanent = append(v.Permanent, u.Name)
		case u.May == store.Admin:
			v.Possible = append(v.Possible, u.Name)
		default:
			continue
		}
	}
	v.Decides = v.Decides || q.p.All
	approvers := len(v.Permanent) + len(v.Possible)
	if v.May == string(store.Admin) {
		approvers--
	}
	v.Alone = v.Mode == store.ElevationApproval && approvers <= 0
	return err
}

// elevationLists fills in the elevations that the reader may see: their own, or
// everybody's for whoever decides about them.
func (q *request) elevationLists(view *store.View, v *page.Administration) error {
	people := peopleNames(view)
	all, err := view.Elevations()
	if err != nil {
		return err
	}
	for _, e := range all {
		own := e.UserID == q.p.UserID
		if !own && !v.Decides {
			continue
		}
		left, err := view.ElevationLeft(e)
		if err != nil {
			return err
		}
		x := page.Elevation{
			ID: e.ID, Person: people[e.UserID], Role: string(e.Role), Reason: e.Reason, Minutes: e.Minutes, State: e.State, Asked: e.Asked.Local(),
			Until: localTime(e.Until), Ended: localTime(e.Ended), Decider: people[e.Decider], Ender: people[e.Ender], Why: e.Why, Alone: e.Alone, Break: e.Break,
			Left: left, Self: own, Ready: e.State == store.ElevationApproved || e.Alone && e.State == store.ElevationWaiting && left == 0,
		}
		switch e.State {
		case store.ElevationRunning:
			v.Running = append(v.Running, x)
		case store.ElevationWaiting, store.ElevationApproved:
			v.Waiting = append(v.Waiting, x)
		default:
			if len(v.Past) < shownElevations {
				v.Past = append(v.Past, x)
			}
			continue
		}
		if own {
			v.Own = &x
		}
	}
	return nil
}

func (q *request) administrationForm() error {
	if err := q.form(); err != nil {
		return err
	}
	in := map[string]string{}
	for _, name := range []string{store.SettingElevation, auth.SettingSessionHours, auth.SettingIdleMinutes, auth.SettingFresh, auth.SettingKeyDays} {
		if q.r.PostForm.Has(name) {
			in[name] = strings.TrimSpace(q.r.PostFormValue(name))
		}
	}
	err := q.putSettings(in)
	if e := store.AsError(err); err != nil && (e.Kind == store.Invalid || e.Kind == store.Conflict) {
		field := e.Params["name"]
		if field == "" {
			field = "settings"
		}
		return q.administrationPage(page.Administration{Faults: look.Faults{field: {Code: e.Code, Params: e.Params}}}, http.StatusUnprocessableEntity)
	}
	return q.done(err, "/settings/administration", "notice.settings")
}

// takeForm asks for a role, and takes it at once where a reason is enough.
func (q *request) takeForm() error {
	if err := q.form(); err != nil {
		return err
	}
	minutes, _ := strconv.Atoi(q.r.PostFormValue("minutes"))
	e, err := q.s.Auth.RequestElevation(q.r.Context(), q.t, q.p, auth.TakeRole{
		Minutes: minutes, Reason: q.r.PostFormValue("reason"), PaperKey: strings.TrimSpace(q.r.PostFormValue("paper")), Request: q.id,
	})
	if err != nil {
		f := store.AsError(err)
		field, known := map[string]string{"reason": "reason", "elevation-time": "minutes", "paper-key": "paper", "elevation-open": "", "elevation-off": "", "elevation-role": ""}[f.Code]
		if !known {
			return err
		}
		return q.administrationPage(page.Administration{Reason: q.r.PostFormValue("reason"), Faults: look.Faults{field: {Code: f.Code, Params: f.Params}}}, http.StatusUnprocessableEntity)
	}
	if e.State != store.ElevationApproved {
		return q.done(nil, "/settings/administration", "notice.elevation-asked")
	}
	return q.done(q.elevationBegin(e.ID), "/settings/administration", "notice.elevation-begun")
}

// cookie gives the browser the token that took the place of its own.
func (q *request) cookie(fresh string) {
	if fresh != "" {
		http.SetCookie(q.w, q.s.Auth.Cookie(fresh))
	}
}

func (q *request) elevationBegin(id string) error {
	_, fresh, err := q.s.Auth.BeginElevation(q.r.Context(), q.t, q.p, auth.TokenOf(q.r), id, q.id)
	q.cookie(fresh)
	return err
}

func (q *request) elevationEnd(id string) error {
	_, fresh, err := q.s.Auth.EndElevation(q.r.Context(), q.t, q.p, auth.TokenOf(q.r), id, q.id)
	q.cookie(fresh)
	return err
}

func (q *request) elevationDecide(id string, approve bool) error {
	_, err := q.s.Auth.DecideElevation(q.r.Context(), q.t, q.p, id, approve, q.id)
	return err
}

func (q *request) sealForm() error {
	code, err := q.s.Auth.SealCode(q.r.Context(), q.t, q.p, q.id)
	if err != nil {
		return err
	}
	return q.administrationPage(page.Administration{NewCode: code, CodeQR: keyCode(code)}, http.StatusOK)
}

func (q *request) breakGlassPage(faults look.Faults, status int) error {
	return q.render(status, page.BreakGlassPage(page.BreakGlass{Frame: q.frame(look.NoArea), Faults: faults}))
}

func (q *request) breakGlassForm() error {
	if err := q.form(); err != nil {
		return err
	}
	if q.p.Guest || q.s.Public != nil {
		return store.Fail(store.NotFound, "not-found")
	}
	in := auth.SignIn{Address: q.address(), Agent: q.r.UserAgent(), Request: q.id}
	token, err := q.s.Auth.BreakGlass(q.r.Context(), q.t, q.r.PostFormValue("code"), in)
	if p := asProblem(err); err != nil && slices.Contains([]string{"bad-credentials", "rate-limited"}, p.code) {
		if p.code == "bad-credentials" {
			p.code = "break-wrong"
		} else {
			q.w.Header().Set("Retry-After", p.params["seconds"])
		}
		return q.breakGlassPage(look.Faults{"": {Code: p.code, Params: p.params}}, p.status)
	}
	if err != nil {
		return err
	}
	q.cookie(token)
	return q.see("/settings/administration")
}
