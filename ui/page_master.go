package ui

import (
	"net/http"

	"coffre/auth"
	"coffre/store"
	"coffre/ui/look"
	"coffre/ui/page"
	"coffre/vault"
)

func (s *Server) masterRoutes() []route {
	return []route{
		{method: "POST", path: "/settings/master", may: auth.SettingsAdmin, do: (*request).moveMasterForm},
		{method: "POST", path: "/settings/master/unlock", may: auth.SettingsAdmin, do: (*request).unlockForm},
		{method: "POST", path: "/settings/master/rekey", may: auth.SettingsAdmin, do: (*request).rekeyForm},
	}
}

func (q *request) masterView() *page.Master {
	m := q.s.Root.Master()
	v := &page.Master{Holder: string(m.Holder), Recipient: m.Recipient, Weaker: m.Weaker, Rekeying: m.Rekeying, Wants: m.Holder.WantsPassphrase(), MinPassphrase: vault.MinPassphrase}
	if m.Code != "" {
		v.Fault = &look.Fault{Code: m.Code}
	}
	for _, h := range vault.Holders() {
		v.Holders = append(v.Holders, string(h))
	}
	return v
}

// masterRefused shows the form again with what was wrong beside the field.
func (q *request) masterRefused(err error, field string) error {
	e := store.AsError(err)
	if e.Kind != store.Invalid && e.Kind != store.Denied {
		return err
	}
	return q.settingsPage(page.SettingsBox, look.Faults{field: {Code: e.Code, Params: e.Params}}, http.StatusUnprocessableEntity)
}

func (q *request) moveMasterForm() error {
	if err := q.form(); err != nil {
		return err
	}
	f := q.r.PostForm
	if f.Get("passphrase") != f.Get("again") {
		return q.masterRefused(store.Fail(store.Invalid, "passphrase-mismatch"), "again")
	}
	err := q.mayChangeMaster()
	if err == nil {
		err = q.s.Root.MoveMaster(q.r.Context(), q.p.Actor, vault.Holder(f.Get("holder")), []byte(f.Get("passphrase")))
	}
	if err != nil {
		field := "holder"
		if store.AsError(err).Code == "passphrase-short" {
			field = "passphrase"
		}
		return q.masterRefused(err, field)
	}
	q.notify("notice.master")
	return q.see("/settings/box#master")
}

func (q *request) unlockForm() error {
	if err := q.form(); err != nil {
		return err
	}
	if err := q.unlockMaster(q.r.PostFormValue("passphrase")); err != nil {
		return q.masterRefused(err, "unlock")
	}
	q.notify("notice.unlocked")
	return q.see("/settings/box#master")
}

func (q *request) rekeyForm() error {
	if err := q.form(); err != nil {
		return err
	}
	if _, err := q.rekey(q.r.PostFormValue("passphrase"), q.r.PostFormValue("back") != ""); err != nil {
		return q.masterRefused(err, "rekey")
	}
	q.notify("notice.rekey")
	return q.see("/settings/box#master")
}
