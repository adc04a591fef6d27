package ui

import (
	"net/http"
	"strconv"
	"time"

	"coffre/auth"
	"coffre/auth/factor"
	"coffre/store"
	"coffre/ui/look"
	"coffre/ui/page"
)

func (s *Server) factorRoutes() []route {
	return []route{
		{method: "GET", path: "/account/factors", may: auth.ProfileOwn, do: func(q *request) error { return q.factorsPage(page.Factors{}, http.StatusOK) }},
		{method: "GET", path: "/account/factors/add", may: auth.ProfileOwn, do: inSession((*request).factorAdd)},
		{method: "POST", path: "/account/factors/add", may: auth.FactorsOwn, do: inSession((*request).factorAddForm)},
		{method: "POST", path: "/account/factors/codes", may: auth.FactorsOwn, do: inSession((*request).sheetForm)},
		{method: "POST", path: "/account/factors/{id}/rename", may: auth.FactorsOwn, do: inSession((*request).factorRename)},
		{method: "POST", path: "/account/factors/{id}/remove", may: auth.FactorsOwn, do: inSession((*request).factorRemove)},
		{method: "POST", path: "/account/notices", may: auth.ProfileOwn, do: (*request).alertsRead},
	}
}

// inSession refuses an API key: whoever sits at the browser must do this.
func inSession(do func(*request) error) func(*request) error {
	return func(q *request) error {
		if q.p.Session == "" {
			return store.Fail(store.Denied, "not-allowed")
		}
		return do(q)
	}
}

func itoa(n int) string { return strconv.Itoa(n) }

func (q *request) factorsPage(v page.Factors, status int) (err error) {
	v.Frame = q.frame(look.Settings)
	if v.Required, v.KeyOnly, err = q.s.Auth.Wanted(q.t, q.p); err != nil {
		return err
	}
	all, err := q.s.Auth.Factors(q.t, q.p, q.p.UserID)
	if err != nil {
		return err
	}
	here := ""
	if p, err := factor.NewParty(q.r.Host, "coffre"); err == nil {
		here = p.ID()
	}
	for _, f := range all {
		row := page.Factor{
			ID: f.ID, Kind: f.Kind, Name: f.Name, Created: f.Created.Local(), Used: local(f.Used), Blocked: local(f.Blocked),
			Passkey: f.Passkey, Synced: f.Synced, Party: f.Party, Here: f.Party == here, Left: f.Left, Low: f.Left <= auth.SheetLow,
		}
		if f.Kind == store.FactorRecovery {
			v.Sheet = &row
			continue
		}
		v.Items = append(v.Items, row)
	}
	return q.render(status, page.FactorsPage(v))
}

// enrollView is the choice of a factor with an app and a key begun.
func (q *request) enrollView(action string, faults look.Faults) (page.Enroll, error) {
	v := page.Enroll{Action: action, Next: q.next(), Faults: faults, Name: q.r.PostFormValue("name")}
	var err error
	if _, v.KeyOnly, err = q.s.Auth.Wanted(q.t, q.p); err != nil {
		return v, err
	}
	if auth.KeysWork(q.r.Host) {
		options, err := q.s.Auth.BeginKey(q.t, q.p, q.r.Host)
		if err != nil {
			return v, err
		}
		v.Key = string(options)
	}
	app, err := q.s.Auth.BeginApp(q.t, q.p)
	if err != nil {
		return v, err
	}
	v.Text = app.Text
	v.Code, err = qrPart(app.Address)
	return v, err
}

func (q *request) enrollPage(action string, step bool, faults look.Faults, status int) error {
	v, err := q.enrollView(action, faults)
	if err != nil {
		return err
	}
	if v.Step = step; step {
		v.Frame = q.outside()
	} else {
		v.Frame, v.KeyOnly = q.frame(look.Settings), false
	}
	return q.render(status, page.EnrollPage(v))
}

// enroll keeps the factor of a form. faults, where not nil, stand beside its
// fields.
func (q *request) enroll() (faults look.Faults, err error) {
	name, in := q.r.PostFormValue("name"), q.shown()
	field := "app-name"
	if q.r.PostFormValue("kind") == "key" {
		field = "key-name"
		err = q.s.Auth.FinishKey(q.r.Context(), q.t, q.p, name, in)
	} else {
		err = q.s.Auth.FinishApp(q.r.Context(), q.t, q.p, name, in)
	}
	e := store.AsError(err)
	switch {
	case err == nil:
		return nil, nil
	case e.Code == "factor-code":
		return look.Faults{"code": {Code: e.Code}}, nil
	case e.Code == "invalid-name":
		return look.Faults{field: {Code: e.Code, Params: e.Params}}, nil
	case e.Code == "factor-key-refused" || e.Code == "factor-known" || e.Code == "factor-begin" || e.Code == "factor-host" || e.Code == "rate-limited":
		return look.Faults{"": {Code: e.Code, Params: e.Params}}, nil
	}
	return nil, err
}

func (q *request) enrollStep() error {
	return q.enrollPage("/signin/enroll", true, nil, http.StatusOK)
}

func (q *request) enrollStepForm() error {
	faults, err := q.enroll()
	if err != nil {
		return err
	}
	if faults != nil {
		return q.enrollPage("/signin/enroll", true, faults, http.StatusUnprocessableEntity)
	}
	codes, err := q.firstSheet()
	if err != nil {
		return err
	}
	kind := store.FactorTOTP
	if q.r.PostFormValue("kind") == "key" {
		kind = store.FactorKey
	}
	fresh, err := q.s.Auth.Enrolled(q.r.Context(), q.t, auth.TokenOf(q.r), kind)
	if err != nil {
		return err
	}
	http.SetCookie(q.w, q.s.Auth.Cookie(fresh))
	if codes == nil {
		return q.see(q.next())
	}
	return q.sheetPage(codes, q.outside(), q.next())
}

// firstSheet makes recovery codes for somebody who has none yet.
func (q *request) firstSheet() ([]string, error) {
	has, err := q.s.Auth.HasSheet(q.t, q.p.UserID)
	if err != nil || has {
		return nil, err
	}
	return q.s.Auth.NewSheet(q.r.Context(), q.t, q.p, q.id)
}

func (q *request) sheetPage(codes []string, f look.Frame, next string) error {
	v := page.RecoverySheet{Frame: f, Codes: codes, Next: next, Made: time.Now()}
	err := q.view(func(view *store.View) error {
		u, err := view.User(q.p.UserID)
		v.Login = u.Login
		return err
	})
	if err != nil {
		return err
	}
	return q.render(http.StatusOK, page.SheetPage(v))
}

// factorAdd asks for presence before anything is begun, not after.
func (q *request) factorAdd() error {
	if !q.s.Auth.Present(q.t, q.p) {
		return q.see("/reauth?next=/account/factors/add")
	}
	return q.enrollPage("/account/factors/add", false, nil, http.StatusOK)
}

func (q *request) factorAddForm() error {
	if err := q.form(); err != nil {
		return err
	}
	faults, err := q.enroll()
	if err != nil {
		return err
	}
	if faults != nil {
		return q.enrollPage("/account/factors/add", false, faults, http.StatusUnprocessableEntity)
	}
	codes, err := q.firstSheet()
	if err != nil {
		return err
	}
	if codes == nil {
		return q.done(nil, "/account/factors", "notice.factor-added")
	}
	return q.sheetPage(codes, q.frame(look.Settings), "/account/factors")
}

func (q *request) sheetForm() error {
	codes, err := q.s.Auth.NewSheet(q.r.Context(), q.t, q.p, q.id)
	if err != nil {
		return err
	}
	return q.sheetPage(codes, q.frame(look.Settings), "/account/factors")
}

func (q *request) factorRename() error {
	if err := q.form(); err != nil {
		return err
	}
	id := q.r.PathValue("id")
	err := q.s.Auth.RenameFactor(q.r.Context(), q.t, q.p, id, q.r.PostFormValue("name"), q.id)
	if faults := fieldFaults(err, "name"); faults != nil {
		return q.factorsPage(page.Factors{Editing: id, Faults: faults}, http.StatusUnprocessableEntity)
	}
	return q.done(err, "/account/factors", "notice.saved")
}

func (q *request) factorRemove() error {
	err := q.s.Auth.RemoveFactor(q.r.Context(), q.t, q.p, q.r.PathValue("id"), q.id)
	if e := store.AsError(err); err != nil && e.Code == "factor-last" {
		return q.factorsPage(page.Factors{Faults: look.Faults{"": {Code: e.Code}}}, http.StatusConflict)
	}
	return q.done(err, "/account/factors", "notice.factor-removed")
}

func (q *request) alertsRead() error {
	err := q.s.Auth.ClearAlerts(q.r.Context(), q.t, q.p, q.id)
	if store.AsError(err).Code == "notice-read" {
		err = nil
	}
	if err != nil {
		return err
	}
	return q.see(q.cameFrom())
}
