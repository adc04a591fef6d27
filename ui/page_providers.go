package ui

import (
	"errors"
	"net/http"
	"slices"
	"strings"

	"coffre/auth"
	"coffre/auth/oidc"
	"coffre/auth/saml"
	"coffre/connectors/gate"
	"coffre/store"
	"coffre/ui/look"
	"coffre/ui/page"
)

func (s *Server) providerRoutes() []route {
	return []route{
		{method: "GET", path: "/settings/signin", may: auth.SettingsAdmin, do: (*request).providersPage},
		{method: "POST", path: "/settings/signin", may: auth.SettingsAdmin, do: (*request).providerForm},
		{method: "POST", path: "/settings/signin/{id}/test", may: auth.SettingsAdmin, do: (*request).providerTest},
		{method: "POST", path: "/settings/signin/{id}/delete", may: auth.SettingsAdmin, do: (*request).providerDelete},
		{method: "POST", path: "/settings/signin/{id}/link", may: auth.UsersAdmin, do: (*request).providerLink},
	}
}

// providersPage is the list, the form of a new one (new) or of one (edit).
func (q *request) providersPage() error {
	if preset := q.r.FormValue("new"); slices.Contains(page.Presets(), preset) {
		return q.providersView(page.Providers{Form: q.newProvider(preset)}, http.StatusOK)
	}
	if id := q.r.FormValue("edit"); id != "" {
		f, err := q.editProvider(id)
		if err != nil {
			return err
		}
		return q.providersView(page.Providers{Form: f}, http.StatusOK)
	}
	return q.providersView(page.Providers{}, http.StatusOK)
}

// providersView draws the page with what v says of what was done.
func (q *request) providersView(v page.Providers, status int) error {
	v.Frame = q.frame(look.Settings)
	v.People = []look.Choice{{Label: q.lang.T("provider.link-none"), Selected: true}}
	err := q.view(func(view *store.View) error {
		all, err := view.Providers()
		if err != nil {
			return err
		}
		for _, p := range all {
			one, err := providerItem(view, p)
			if err != nil {
				return err
			}
			v.Items = append(v.Items, one)
		}
		people, err := view.Users()
		for _, u := range people {
			if u.Erased.IsZero() && !u.Disabled {
				v.People = append(v.People, look.Choice{Value: u.ID, Label: u.Name + " (" + u.Login + ")"})
			}
		}
		return err
	})
	if err != nil {
		return err
	}
	return q.render(status, page.ProvidersPage(v))
}

func providerItem(v *store.View, p store.Provider) (page.Provider, error) {
	out := page.Provider{ID: p.ID, Kind: p.Kind, Preset: p.Preset, Name: p.Name, On: p.On, Proof: p.Proof.Mode(), Proofs: p.Proof.Believed(), KeyDays: p.KeysLast()}
	if o := p.OIDC; o != nil {
		out.Where, out.ClientID, out.Read, out.HasSecret, out.Ready = o.Issuer, o.ClientID, local(o.Read), o.Secret != "", o.TokenURL != ""
		out.Callback, out.Logout = auth.OIDCCallback(p), auth.OIDCLogout(p)
	}
	if s := p.SAML; s != nil {
		out.Where, out.Read, out.Ready = s.EntityID, local(s.Read), s.SignInURL != ""
		out.Callback, out.Metadata, out.Expires = auth.SAMLConsumer(p), auth.SAMLMetadata(p), local(auth.SAMLExpires(p))
		if !s.Failing.IsZero() {
			out.Failing = local(s.Failing)
		}
	}
	known, err := v.Identities(p.ID)
	for _, i := range known {
		if i.UserID != "" {
			out.Accounts++
			continue
		}
		out.Waiting = append(out.Waiting, page.Waiting{Subject: i.Subject, Login: i.Login, Name: i.Name, Mail: i.Mail, Seen: local(i.Synced)})
	}
	return out, err
}

// providerForm saves what the form says.
func (q *request) providerForm() error {
	value, err := q.secretForm()
	if err != nil {
		return err
	}
	d, f := q.providerTyped()
	d.Secret = value
	saved, err := q.s.Auth.SaveProvider(q.r.Context(), q.t, q.p, d, q.id, q.s.OpenWays)
	var unready *auth.Unready
	switch e := store.AsError(err); {
	case err == nil:
		return q.done(nil, "/settings/signin#"+saved.ID, "notice.provider-saved", "name", saved.Name)
	case errors.As(err, &unready):
		q.s.Log.Warn("a provider can't be used", "request", q.id, "provider", saved.ID, "err", unready.Err)
		v := page.Providers{Unready: saved.ID, UnreadyWhy: q.providerWhy(unready.Err)}
		return q.providersView(v, http.StatusUnprocessableEntity)
	case e.Kind == store.Invalid || e.Kind == store.Conflict:
		name := e.Params["name"]
		switch e.Code {
		case "name-taken":
			name = "name"
		case "secret-value", "provider-secret":
			name = "value"
		}
		f.Faults = look.Faults{name: {Code: e.Code, Params: e.Params}}
		return q.providersView(page.Providers{Form: f}, asProblem(err).status)
	}
	return err
}

// providerWhy words why a provider's description can't be read.
func (q *request) providerWhy(err error) string {
	if code := providerReason(err); code != "" {
		return q.lang.Or("provider-reason", code)
	}
	return faultOf(err).Sentence(q.lang)
}

// providerReason is the code of the catalogue's family provider-reason.
func providerReason(err error) string {
	if errors.Is(err, gate.ErrRefused) {
		return "way-closed"
	}
	if r := saml.ReasonOf(err); r != "" {
		return "metadata"
	}
	return string(oidc.ReasonOf(err))
}

func (q *request) providerTest() error {
	id := q.r.PathValue("id")
	steps, err := q.s.Auth.CheckProvider(q.r.Context(), q.t, q.p, id)
	if err != nil {
		return err
	}
	v := page.Providers{Checked: id}
	for _, s := range steps {
		v.Steps = append(v.Steps, page.ProviderStep{Name: s.Name, Verdict: s.Verdict, Reason: stepReason(s)})
		if s.Err != nil {
			q.s.Log.Info("a provider's test", "request", q.id, "provider", id, "step", s.Name, "err", s.Err)
		}
	}
	return q.providersView(v, http.StatusOK)
}

func stepReason(s auth.ProviderStep) string {
	if errors.Is(s.Err, gate.ErrRefused) {
		return "way-closed"
	}
	return s.Reason
}

func (q *request) providerDelete() error {
	err := q.s.Auth.DeleteProvider(q.r.Context(), q.t, q.p, q.r.PathValue("id"), q.id, q.s.OpenWays)
	return q.done(err, "/settings/signin", "notice.provider-deleted")
}

func (q *request) providerLink() error {
	if err := q.form(); err != nil {
		return err
	}
	id, user := q.r.PathValue("id"), q.r.PostForm.Get("user")
	if q.r.PostForm.Get("forget") != "" {
		user = ""
	} else if user == "" {
		return q.see("/settings/signin#" + id)
	}
	asked, err := q.linkIdentity(id, q.r.PostForm.Get("subject"), user, reasoned{Reason: q.r.PostForm.Get("reason"), PaperKey: paperOf(q.r)})
	if e := store.AsError(err); err != nil && (e.Kind == store.Conflict || isTwo(e)) {
		return q.providersView(page.Providers{Fault: faultOf(err)}, asProblem(err).status)
	}
	if asked != nil {
		return q.done(err, "/settings/signin#"+id, "notice.approval-asked")
	}
	if user == "" {
		return q.done(err, "/settings/signin#"+id, "notice.provider-forgotten")
	}
	return q.done(err, "/settings/signin#"+id, "notice.provider-linked")
}

func lines(s string) []string {
	return strings.FieldsFunc(s, func(r rune) bool { return r == '\n' || r == '\r' || r == ',' })
}
