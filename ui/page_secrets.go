package ui

import (
	"cmp"
	"errors"
	"net/http"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"time"

	"coffre/auth"
	"coffre/connectors"
	"coffre/llm"
	"coffre/store"
	"coffre/ui/look"
	"coffre/ui/page"
	"coffre/vault"
)

func (s *Server) secretRoutes() []route {
	return []route{
		{method: "GET", path: "/settings/secrets", may: auth.SettingsAdmin, do: (*request).secretsPage},
		{method: "POST", path: "/settings/secrets", may: auth.SettingsAdmin, do: (*request).secretCreateForm},
		{method: "POST", path: "/settings/secrets/{id}/rotate", may: auth.SettingsAdmin, do: (*request).secretRotateForm},
		{method: "POST", path: "/settings/secrets/{id}/revoke", may: auth.SettingsAdmin, do: (*request).secretRevokeForm},
	}
}

func (q *request) secretsPage() error {
	return q.secretsView(page.Secrets{}, http.StatusOK)
}

// secretsView draws the page with what v says of a form that was refused.
func (q *request) secretsView(v page.Secrets, status int) error {
	v.Frame = q.frame(look.Settings)
	if err := q.t.Sealed(); err != nil {
		v.Locked = faultOf(err)
	}
	err := q.view(func(view *store.View) error {
		v.Days = view.RotateDays(store.Credential{})
		for _, p := range store.Purposes() {
			c := look.Choice{Value: p, Label: q.lang.Or("secret-purpose", p), Selected: p == v.Typed.Purpose}
			if store.PurposeIsPair(p) {
				v.Pairs = append(v.Pairs, c)
			} else {
				v.Lines = append(v.Lines, c)
			}
		}
		all, err := view.Credentials()
		if err != nil {
			return err
		}
		for _, c := range all {
			s, err := q.secretItem(view, c)
			if err != nil {
				return err
			}
			v.Items = append(v.Items, s)
		}
		return nil
	})
	if err != nil {
		return err
	}
	return q.render(status, page.SecretsPage(v))
}

func (q *request) secretItem(v *store.View, c store.Credential) (page.Secret, error) {
	state, due := v.CredentialState(c)
	users, err := v.CredentialUsers(c.ID)
	return page.Secret{
		ID: c.ID, Name: c.Name, Purpose: c.Purpose, Pair: store.PurposeIsPair(c.Purpose), Address: c.Address, State: state, Changed: local(c.Changed), Due: local(due),
		Expires: local(c.Expires), Ended: local(c.Ended), Used: local(c.Used), UsedBy: c.UsedBy, Users: users,
		Running: q.t.CredentialRunning(c.ID), Days: c.Remind,
	}, err
}

// secretForm reads a form with a value in it: the value into memory that can be
// wiped, the rest as any form.
func (q *request) secretForm() (value vault.Secret, err error) {
	err = q.secretBody(func(body []byte) error {
		var found bool
		if value, found, err = vault.ReadForm(body, "value"); err != nil {
			return store.Fail(store.Invalid, "secret-value", "name", "value")
		}
		for found {
			var again vault.Secret
			if again, found, err = vault.ReadForm(body, "value"); err != nil {
				return store.Fail(store.Invalid, "bad-request")
			}
			again.Wipe()
		}
		rest, err := url.ParseQuery(string(body))
		if err != nil {
			return store.Fail(store.Invalid, "bad-request")
		}
		q.r.PostForm, q.r.Form = rest, rest
		return nil
	})
	return value, err
}

// secretTyped reads what comes with a value.
func (q *request) secretTyped() (t page.SecretTyped, days int, expires time.Time, err error) {
	f := func(name string) string { return strings.TrimSpace(q.r.PostForm.Get(name)) }
	t = page.SecretTyped{Name: f("name"), Purpose: cmp.Or(f("purpose"), store.PurposeRuntime), Address: f("address"), Days: f("remind_days"), Expires: f("expires")}
	if t.Days != "" {
		if days, err = strconv.Atoi(t.Days); err != nil || days < 1 {
			return t, 0, expires, store.Fail(store.Invalid, "secret-days", "name", "remind_days", "max", strconv.Itoa(store.MaxRotateDays))
		}
	}
	if t.Expires != "" {
		if expires, err = time.ParseInLocation(time.DateOnly, t.Expires, time.Local); err != nil {
			return t, 0, expires, store.Fail(store.Invalid, "secret-expires", "name", "expires")
		}
	}
	return t, days, expires, nil
}

// secretFault shows the page again with what was wrong. The value has to be
// entered once more: it isn't kept for that.
func (q *request) secretFault(of string, t page.SecretTyped, err error) error {
	e := store.AsError(err)
	if e.Kind != store.Invalid && e.Kind != store.Conflict {
		return err
	}
	name := e.Params["name"]
	switch e.Code {
	case "name-taken":
		name = "name"
	case "secret-in-use":
		name = "seen"
	}
	return q.secretsView(page.Secrets{Of: of, Typed: t, Faults: look.Faults{name: {Code: e.Code, Params: e.Params}}}, asProblem(err).status)
}

func (q *request) secretCreateForm() error {
	value, err := q.secretForm()
	defer value.Wipe()
	t, days, expires, terr := q.secretTyped()
	if err = errors.Join(err, terr); err == nil {
		_, err = q.t.CreateCredential(q.r.Context(), q.p, store.NewCredential{
			Name: t.Name, Purpose: t.Purpose, Address: t.Address, Value: value, Remind: days, Expires: expires,
		}, q.id)
	}
	if err != nil {
		of := ""
		if store.PurposeIsPair(t.Purpose) {
			of = page.NewPair
		}
		return q.secretFault(of, t, err)
	}
	return q.done(nil, "/settings/secrets", "notice.secret-kept", "name", t.Name)
}

func (q *request) secretRotateForm() error {
	id := q.r.PathValue("id")
	value, err := q.secretForm()
	defer value.Wipe()
	t, days, expires, terr := q.secretTyped()
	if err = errors.Join(err, terr); err == nil {
		_, err = q.t.RotateCredential(q.r.Context(), q.p, id, store.NewValue{Value: value, Address: t.Address, Remind: &days, Expires: &expires}, q.id)
	}
	if err != nil {
		return q.secretFault(id, t, err)
	}
	return q.done(nil, "/settings/secrets#"+id, "notice.secret-rotated")
}

func (q *request) secretRevokeForm() error {
	if err := q.form(); err != nil {
		return err
	}
	id := q.r.PathValue("id")
	_, err := q.t.RevokeCredential(q.r.Context(), q.p, id, q.r.PostFormValue("seen") != "", q.id)
	if err != nil {
		return q.secretFault(id, page.SecretTyped{}, err)
	}
	return q.done(nil, "/settings/secrets", "notice.secret-revoked")
}

// secretAlarm reminds administrators of values that are old, or end soon.
func (q *request) secretAlarm() (out []look.Notice) {
	err := q.view(func(v *store.View) error {
		if len(goneSettings(v)) > 0 {
			out = append(out, look.Notice{Tone: look.Bad, Text: q.lang.T("secret.alarm-file")})
		}
		all, err := v.Credentials()
		for _, c := range all {
			state, due := v.CredentialState(c)
			users, uerr := v.CredentialUsers(c.ID)
			if err = errors.Join(err, uerr); err != nil {
				return err
			}
			switch {
			case state == store.SecretDue:
				out = append(out, look.Notice{Tone: look.Warn, Text: q.lang.T("secret.alarm-due", "name", c.Name)})
			case state == store.SecretSoon && !c.Expires.IsZero() && c.Expires.Before(due):
				out = append(out, look.Notice{Tone: look.Warn, Text: q.lang.T("secret.alarm-expires", "name", c.Name, "day", q.lang.Date(c.Expires.Local()))})
			case state == store.SecretSoon:
				out = append(out, look.Notice{Tone: look.Plain, Text: q.lang.T("secret.alarm-soon", "name", c.Name, "day", q.lang.Date(due.Local()))})
			case (state == store.SecretExpired || state == store.SecretRevoked) && len(users) > 0:
				out = append(out, look.Notice{Tone: look.Bad, Text: q.lang.T("secret.alarm-ended", "name", c.Name)})
			}
		}
		return err
	})
	if err != nil {
		q.s.Log.Error("secrets can't be read", "request", q.id, "err", err)
	}
	return out
}

var secretID = regexp.MustCompile(`^sec-[a-z2-7]{26}$`)

func validSecretID(s string) bool { return s == "" || secretID.MatchString(s) }

func validRotateDays(s string) bool {
	n, err := strconv.Atoi(s)
	return s == "" || err == nil && n >= 1 && n <= store.MaxRotateDays
}

// checkSecretSettings refuses the id of a secret that there isn't, or that is for
// something else; one that is chosen already may have ended since.
func (q *request) checkSecretSettings(in map[string]string) error {
	return q.view(func(v *store.View) error {
		for name, purpose := range map[string]string{
			llm.SettingKeySecret: store.PurposeRuntime, llm.SettingEmbedSecret: store.PurposeRuntime, llm.SettingRerankSecret: store.PurposeRuntime,
			auth.SettingDirectorySecret: store.PurposeDirectory, connectors.SettingMailSecret: store.PurposeMail, store.SettingACMESecret: store.PurposeACME,
		} {
			id := in[name]
			if id == "" || id == v.Setting(name, "") {
				continue
			}
			c, err := v.Credential(id)
			if err != nil || c.Purpose != purpose || !c.Ended.IsZero() {
				return store.Fail(store.Invalid, "invalid-setting", "name", name)
			}
		}
		return nil
	})
}

// secretChoices are the keys of model servers to choose from, none first.
func (q *request) secretChoices(id string) []look.Choice {
	return q.secretsFor(store.PurposeRuntime, id, q.lang.T("secret.key-none"))
}

// secretsFor are the secrets of a purpose to choose from, none first.
func (q *request) secretsFor(purpose, id, none string) []look.Choice {
	out := []look.Choice{{Label: none, Selected: id == ""}}
	q.view(func(v *store.View) error {
		all, err := v.Credentials()
		for _, c := range all {
			if c.Purpose == purpose && (c.Ended.IsZero() || c.ID == id) {
				out = append(out, look.Choice{Value: c.ID, Label: c.Name + " (" + c.Address + ")", Selected: c.ID == id})
			}
		}
		return err
	})
	return out
}
