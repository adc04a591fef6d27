package ui

import (
	"net/http"
	"strconv"
	"strings"

	"coffre/auth"
	"coffre/store"
	"coffre/ui/look"
	"coffre/ui/page"
)

// accountSettings are the settings of the page about accounts.
var accountSettings = []string{
	auth.SettingFactorRequired, auth.SettingFactorAdmin, auth.SettingFresh, auth.SettingHashMemory, auth.SettingHashPasses,
}

func (s *Server) accountsRoutes() []route {
	return []route{
		{method: "GET", path: "/settings/accounts", may: auth.SettingsAdmin, do: func(q *request) error { return q.accountsPage(nil, http.StatusOK) }},
		{method: "POST", path: "/settings/accounts", may: auth.SettingsAdmin, do: (*request).accountsForm},
	}
}

func between(least, most int) func(string) bool {
	return func(s string) bool {
		n, err := strconv.Atoi(s)
		return err == nil && n >= least && n <= most
	}
}

func (q *request) accountsPage(faults look.Faults, status int) error {
	v := page.Accounts{
		Frame: q.frame(look.Settings), Faults: faults,
		FreshLeast: auth.FreshLeast, FreshMost: auth.FreshMost, MemoryLeast: auth.HashMemoryLeast, MemoryMost: auth.HashMemoryMost,
		PassesLeast: auth.HashPassesLeast, PassesMost: auth.HashPassesMost, MinPassword: auth.MinPasswordRunes, KeysWork: auth.KeysWork(q.r.Host),
	}
	err := q.view(func(view *store.View) error {
		v.Values = settingValues(view)
		us, err := view.Users()
		for _, u := range us {
			if u.Disabled {
				continue
			}
			fs, err := view.Factors(u.ID)
			if err != nil {
				return err
			}
			v.People++
			if len(fs) > 0 {
				v.Protected++
			}
		}
		return err
	})
	if err != nil {
		return err
	}
	for name, in := range q.r.PostForm {
		if _, ok := v.Values[name]; ok && len(in) > 0 {
			v.Values[name] = in[0]
		}
	}
	return q.render(status, page.AccountsPage(v))
}

func (q *request) accountsForm() error {
	if err := q.form(); err != nil {
		return err
	}
	in := map[string]string{}
	for _, name := range accountSettings {
		if q.r.PostForm.Has(name) {
			in[name] = strings.TrimSpace(q.r.PostForm.Get(name))
		}
	}
	err := q.putSettings(in)
	if e := store.AsError(err); err != nil && e.Kind == store.Invalid {
		return q.accountsPage(look.Faults{e.Params["name"]: {Code: e.Code, Params: e.Params}}, http.StatusUnprocessableEntity)
	}
	return q.done(err, "/settings/accounts", "notice.settings")
}
