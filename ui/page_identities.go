package ui

import (
	"net/http"
	"strings"
	"time"

	"coffre/auth"
	"coffre/store"
	"coffre/ui/look"
	"coffre/ui/page"
)

func (s *Server) identityRoutes() []route {
	return []route{
		{method: "GET", path: "/people/{id}/identities", may: auth.UsersAdmin, do: func(q *request) error { return q.identitiesPage(nil, http.StatusOK) }},
		{method: "POST", path: "/people/{id}/identities", may: auth.UsersAdmin, do: (*request).identityForm},
		{method: "POST", path: "/people/{id}/identities/unlink", may: auth.UsersAdmin, do: (*request).identityUnlinkForm},
		{method: "GET", path: "/api/v1/users/{id}/identities", may: auth.UsersAdmin, do: (*request).restIdentities},
		{method: "POST", path: "/api/v1/users/{id}/identities", may: auth.UsersAdmin, do: (*request).restIdentityLink},
		{method: "DELETE", path: "/api/v1/users/{id}/identities", may: auth.UsersAdmin, do: (*request).restIdentityUnlink},
		{method: "GET", path: "/api/v1/providers/{id}/identities", may: auth.UsersAdmin, do: (*request).restProviderIdentities},
	}
}

// knownAs words an account's identities.
func (q *request) knownAs(userID string) (out []page.Identity, err error) {
	all, err := q.s.Auth.Identities(q.t, q.p, userID)
	for _, i := range all {
		name := i.Name
		switch {
		case i.Provider == auth.Directory:
			name = q.lang.T("identities.directory")
		case name == "":
			name = q.lang.T("identities.gone")
		}
		out = append(out, page.Identity{Provider: i.Provider, Subject: i.Subject, Where: name, Login: i.Login, Mail: i.Mail, Seen: local(i.Synced), Own: i.Own})
	}
	return out, err
}

func (q *request) identitiesPage(faults look.Faults, status int) (err error) {
	v := page.Identities{Frame: q.frame(look.Access), ID: q.r.PathValue("id"), Faults: faults, Login: q.r.PostForm.Get("login")}
	if v.Items, err = q.knownAs(v.ID); err != nil {
		return err
	}
	err = q.view(func(view *store.View) error {
		u, err := view.User(v.ID)
		if err != nil {
			return err
		}
		v.Of, v.Local = u.Name, u.Source == ""
		v.Sealed = u.Source == store.SourceBreakGlass || !u.Erased.IsZero()
		v.Directory = view.Setting(auth.SettingDirectoryOn, "no") == "yes"
		all, err := view.Providers()
		for _, p := range all {
			known, err := view.Identities(p.ID)
			if err != nil {
				return err
			}
			for _, i := range known {
				if i.UserID == "" {
					v.Waiting = append(v.Waiting, look.Choice{Value: p.ID + " " + i.Subject, Label: p.Name + " · " + strings.TrimSpace(i.Name+" ("+i.Login+")")})
				}
			}
		}
		return err
	})
	if err != nil {
		return err
	}
	return q.render(status, page.IdentitiesPage(v))
}

// identityDone ends a form: its fault on the page, or the page again.
func (q *request) identityDone(err error, key string) error {
	if e := store.AsError(err); err != nil && (e.Kind == store.Conflict || e.Kind == store.Invalid || e.Code == "directory-unreachable") {
		return q.identitiesPage(look.Faults{e.Params["name"]: {Code: e.Code, Params: e.Params}}, asProblem(err).status)
	}
	return q.done(err, "/people/"+q.r.PathValue("id")+"/identities", key)
}

func (q *request) identityForm() error {
	if err := q.form(); err != nil {
		return err
	}
	id, f := q.r.PathValue("id"), q.r.PostForm
	if login := strings.TrimSpace(f.Get("login")); login != "" {
		return q.identityDone(q.s.Auth.LinkDirectory(q.r.Context(), q.t, q.p, id, login, q.id), "notice.identity-linked")
	}
	provider, subject, ok := strings.Cut(f.Get("waiting"), " ")
	if !ok {
		return q.identityDone(store.Fail(store.Invalid, "link-choose"), "notice.identity-linked")
	}
	asked, err := q.linkIdentity(provider, subject, id, reasoned{Reason: f.Get("reason"), PaperKey: paperOf(q.r)})
	if err != nil && isTwo(store.AsError(err)) {
		e := store.AsError(err)
		return q.identitiesPage(look.Faults{twoField(e): {Code: e.Code, Params: e.Params}}, asProblem(err).status)
	}
	if asked != nil {
		return q.identityDone(nil, "notice.approval-asked")
	}
	return q.identityDone(err, "notice.identity-linked")
}

func (q *request) identityUnlinkForm() error {
	if err := q.form(); err != nil {
		return err
	}
	f := q.r.PostForm
	err := q.s.Auth.UnlinkIdentity(q.r.Context(), q.t, q.p, q.r.PathValue("id"), f.Get("provider"), f.Get("subject"), q.id)
	return q.identityDone(err, "notice.identity-unlinked")
}

type identityJSON struct {
	Provider string    `json:"provider"` // directory, or a provider's id
	Subject  string    `json:"subject"`  // the lasting id there
	User     string    `json:"user"`     // "" while it waits for an account
	Login    string    `json:"login"`
	Name     string    `json:"name,omitempty"`
	Mail     string    `json:"mail,omitempty"`
	Seen     time.Time `json:"seen,omitzero"` // last sign-in or sync
}

func asIdentityJSON(i store.Identity) identityJSON {
	return identityJSON{i.Provider, i.Subject, i.UserID, i.Login, i.Name, i.Mail, i.Synced}
}

func (q *request) restIdentities() error {
	all, err := q.s.Auth.Identities(q.t, q.p, q.r.PathValue("id"))
	if err != nil {
		return err
	}
	out := []identityJSON{}
	for _, i := range all {
		out = append(out, asIdentityJSON(i.Identity))
	}
	return q.json(http.StatusOK, map[string]any{"identities": out, "cursor": ""})
}

func (q *request) restProviderIdentities() error {
	out := []identityJSON{}
	err := q.view(func(v *store.View) error {
		p, err := v.Provider(q.r.PathValue("id"))
		if err != nil {
			return err
		}
		all, err := v.Identities(p.ID)
		for _, i := range all {
			out = append(out, asIdentityJSON(i))
		}
		return err
	})
	if err != nil {
		return err
	}
	return q.json(http.StatusOK, map[string]any{"identities": out, "cursor": ""})
}

func (q *request) restIdentityLink() error {
	var in struct {
		Provider, Subject, Login string
		reasoned
	}
	if err := q.decode(&in); err != nil {
		return err
	}
	id := q.r.PathValue("id")
	if in.Provider == auth.Directory {
		return q.noContent(q.s.Auth.LinkDirectory(q.r.Context(), q.t, q.p, id, in.Login, q.id))
	}
	asked, err := q.linkIdentity(in.Provider, in.Subject, id, in.reasoned)
	if err == nil && asked != nil {
		return q.json(http.StatusAccepted, asked)
	}
	return q.noContent(err)
}

func (q *request) restIdentityUnlink() error {
	f := q.r.URL.Query()
	return q.noContent(q.s.Auth.UnlinkIdentity(q.r.Context(), q.t, q.p, q.r.PathValue("id"), f.Get("provider"), f.Get("subject"), q.id))
}
