package ui

import (
	"net/http"
	"strings"
	"time"

	"coffre/auth"
	"coffre/store"
	"coffre/ui/page"
	"coffre/ui/words"
)

func (s *Server) acmeRoutes() []route {
	return []route{
		{method: "GET", path: "/api/v1/tls/acme", may: auth.SettingsAdmin, do: (*request).restACME},
		{method: "POST", path: "/api/v1/tls/acme", may: auth.SettingsAdmin, do: (*request).restACMEOrder},
		{method: "POST", path: "/settings/tls/acme", may: auth.SettingsAdmin, do: (*request).acmeForm},
		{method: "POST", path: "/settings/tls/acme/order", may: auth.SettingsAdmin, do: (*request).acmeOrderForm},
		{method: "POST", path: "/settings/tls/acme/off", may: auth.SettingsAdmin, do: (*request).acmeOffForm},
	}
}

// acmeJSON is how it stands with the authority that the certificate is asked of.
type acmeJSON struct {
	On         bool      `json:"on"`
	Directory  string    `json:"directory"`
	Names      []string  `json:"names"`
	Challenges []string  `json:"challenges"` // in the order in which they are tried
	Serving    bool      `json:"serving"`    // only a box that listens can answer an authority
	Asking     bool      `json:"asking"`
	Last       time.Time `json:"last,omitzero"`
	Next       time.Time `json:"next,omitzero"`
	Failing    time.Time `json:"failing,omitzero"` // since when
	Tries      int       `json:"tries"`            // failures in a row
	Code       string    `json:"code,omitempty"`
	Sentence   string    `json:"sentence,omitempty"` // with what the authority said
}

func (q *request) acmeState() (out acmeJSON, err error) {
	state, addresses, serving := q.s.issues.read()
	rec, err := q.s.Root.Registered(q.t.ID)
	if err != nil {
		return out, err
	}
	err = q.view(func(v *store.View) error {
		a := readAuthority(rec, v, addresses)
		out.On, out.Directory, out.Names, out.Challenges = a.url != "", a.url, append([]string{}, a.names...), a.ways
		return nil
	})
	if _, alone := q.s.mayOrder(); err != nil || !out.On || !alone {
		return out, err
	}
	out.Serving, out.Asking, out.Last, out.Next, out.Failing, out.Tries = serving, state.Asking, state.Last, state.Next, state.Failing, state.Tries
	if f := state.Fault; f != nil {
		out.Code, out.Sentence = f.Code, words.Error(q.lang, f.Code, store.Fail(store.Unavailable, f.Code, f.Params...).Params)
	}
	return out, nil
}

func (q *request) restACME() error {
	out, err := q.acmeState()
	if err != nil {
		return err
	}
	return q.json(http.StatusOK, out)
}

// orderNow has the authority asked at once.
func (q *request) orderNow(fresh bool) error {
	m, err := q.mayChangeTLS()
	if err != nil {
		return err
	}
	if file, _ := m.Files(); file != "" {
		return store.Fail(store.Invalid, "tls-by-file")
	}
	return q.view(func(v *store.View) error {
		if v.Setting(store.SettingACME, "") == "" {
			return store.Fail(store.Invalid, "acme-off")
		}
		return q.s.issues.hurry(fresh)
	})
}

func (q *request) restACMEOrder() error {
	var in struct {
		Account string `json:"account"` // "new" for another one
	}
	if err := q.decode(&in); err != nil {
		return err
	}
	if err := q.orderNow(in.Account == "new"); err != nil {
		return err
	}
	out, err := q.acmeState()
	if err != nil {
		return err
	}
	return q.json(http.StatusAccepted, out)
}

// acmeForm keeps what was typed; the authority is asked as soon as it is named.
func (q *request) acmeForm() error {
	if err := q.form(); err != nil {
		return err
	}
	if _, err := q.mayChangeTLS(); err != nil {
		return err
	}
	in := map[string]string{}
	for _, name := range acmeSettings {
		in[name] = strings.TrimSpace(q.r.PostFormValue(name))
	}
	in[store.SettingACMENames] = strings.Join(strings.Fields(in[store.SettingACMENames]), " ")
	if in[store.SettingACME] == "" {
		return q.tlsFault(store.Fail(store.Invalid, "required"), store.SettingACME)
	}
	if err := q.putSettings(in); err != nil {
		return q.tlsFault(err, store.AsError(err).Params["name"])
	}
	q.s.issues.look()
	return q.done(nil, "/settings/tls#acme", "notice.acme")
}

func (q *request) acmeOrderForm() error {
	if err := q.form(); err != nil {
		return err
	}
	return q.done(q.orderNow(q.r.PostFormValue("account") == "new"), "/settings/tls#acme", "notice.acme-asked")
}

func (q *request) acmeOffForm() error {
	if err := q.form(); err != nil {
		return err
	}
	if _, err := q.mayChangeTLS(); err != nil {
		return err
	}
	err := q.putSettings(map[string]string{store.SettingACME: ""})
	q.s.issues.look()
	return q.done(err, "/settings/tls#acme", "notice.acme-off")
}

// acmeView is the part of the page.
func (q *request) acmeView() (*page.ACME, error) {
	state, err := q.acmeState()
	if err != nil {
		return nil, err
	}
	has := q.typedOr(acmeSettings...)
	return &page.ACME{
		On: state.On, Names: state.Names, Ways: state.Challenges, Serving: state.Serving, Asking: state.Asking, Last: state.Last, Next: state.Next,
		Failing: state.Failing, Code: state.Code, Sentence: state.Sentence,
		URL: has[store.SettingACME], CA: has[store.SettingACMECA], Typed: strings.Join(strings.Fields(has[store.SettingACMENames]), "\n"),
		Way: has[store.SettingACMEWay], Account: has[store.SettingACMEAccount],
		Secrets: q.secretsFor(store.PurposeACME, has[store.SettingACMESecret], q.lang.T("acme.secret-none")),
	}, nil
}
