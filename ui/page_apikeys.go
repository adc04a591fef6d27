package ui

import (
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"coffre/auth"
	"coffre/store"
	"coffre/ui/look"
	"coffre/ui/page"
)

func (s *Server) apiKeyRoutes() []route {
	return []route{
		{method: "GET", path: "/keys", may: auth.KeysOwn, do: func(q *request) error { return q.keysPage(page.Keys{}, http.StatusOK) }},
		{method: "POST", path: "/keys", may: auth.KeysOwn, do: (*request).keyForm},
		{method: "POST", path: "/keys/{id}/revoke", may: auth.KeysOwn, do: func(q *request) error {
			return q.done(q.s.Auth.RevokeKey(q.r.Context(), q.t, q.p, q.r.PathValue("id")), "/keys", "notice.key-revoked")
		}},
	}
}

// keyTerms are the days that the page offers, -1 for never.
var keyTerms = []int{30, auth.DefaultKeyDays, 180, 365, -1}

func (q *request) keysPage(v page.Keys, status int) error {
	v.Frame = q.frame(look.Access)
	user := q.p.UserID
	if auth.Allowed(q.p, auth.KeysAdmin) {
		user = ""
	}
	all, err := q.s.Auth.Keys(q.t, q.p, user)
	if err != nil {
		return err
	}
	chosen := q.r.PostForm
	return q.view(func(view *store.View) error {
		people := peopleNames(view)
		v.Person, v.Most = people[q.p.UserID], auth.KeyDays(view)
		for _, k := range all {
			state, err := q.s.Auth.KeyStateNow(view, k)
			if err != nil {
				return err
			}
			v.Items = append(v.Items, page.Key{
				ID: k.ID, Name: k.Name, User: people[k.UserID], Created: k.Created.Local(), LastUsed: localTime(k.Used), Expires: localTime(k.Expires),
				State: state, Scopes: k.Scopes, Networks: k.Networks,
			})
		}
		scopes := []string{auth.ScopeRead, auth.ScopeAsk}
		if v.Faults != nil {
			scopes = chosen["scope"]
		}
		for _, s := range auth.Scopes {
			v.Scopes = append(v.Scopes, look.Choice{Value: s, Label: q.lang.T("keys.scope-label", "scope", q.lang.Or("key-scope", s), "what", q.lang.Or("key-scope-hint", s)), Selected: slices.Contains(scopes, s)})
		}
		for _, d := range keyTerms {
			if v.Most > 0 && (d < 0 || d > v.Most) {
				continue
			}
			label := q.lang.T("keys.days", "n", d)
			if d < 0 {
				label = q.lang.T("keys.ends-never")
			}
			v.Ends = append(v.Ends, look.Choice{Value: strconv.Itoa(d), Label: label, Selected: d == auth.DefaultKeyDays || chosen.Get("expires") == strconv.Itoa(d)})
		}
		if len(v.Ends) == 0 {
			v.Ends = []look.Choice{{Value: strconv.Itoa(v.Most), Label: q.lang.T("keys.days", "n", v.Most), Selected: true}}
		}
		return q.render(status, page.KeysPage(v))
	})
}

// localTime leaves the zero time as it is.
func localTime(t time.Time) time.Time {
	if t.IsZero() {
		return t
	}
	return t.Local()
}

// keyEnd is when a key ends that is made now: days from now, never for -1, after
// the default, or the firm's shorter bound, for "".
func (q *request) keyEnd(days string) (time.Time, error) {
	n := auth.DefaultKeyDays
	q.view(func(v *store.View) error {
		if most := auth.KeyDays(v); most > 0 {
			n = min(n, most)
		}
		return nil
	})
	if days == "never" {
		days = "-1"
	}
	if days != "" {
		var err error
		if n, err = strconv.Atoi(days); err != nil || n < -1 || n == 0 || n > 3650 {
			return time.Time{}, store.Fail(store.Invalid, "key-expires")
		}
	}
	if n < 0 {
		return time.Time{}, nil
	}
	return q.s.Auth.Now().AddDate(0, 0, n), nil
}

func (q *request) keyForm() error {
	if err := q.form(); err != nil {
		return err
	}
	f := q.r.PostForm
	user := f.Get("user")
	if user == "" {
		user = q.p.UserID
	}
	ends, err := q.keyEnd(f.Get("expires"))
	secret := ""
	if err == nil {
		secret, _, err = q.s.Auth.MakeKey(q.r.Context(), q.t, q.p, auth.NewKey{
			UserID: user, Name: f.Get("name"), Scopes: f["scope"], Expires: ends, Networks: strings.Fields(strings.ReplaceAll(f.Get("from"), ",", " ")), Request: q.id,
		})
	}
	if e := store.AsError(err); err != nil && e.Kind == store.Invalid {
		field := map[string]string{"key-network": "from", "key-networks": "from", "key-expires": "expires", "key-scope": "", "invalid-name": "name"}[e.Code]
		return q.keysPage(page.Keys{Name: f.Get("name"), From: f.Get("from"), Faults: look.Faults{field: {Code: e.Code, Params: e.Params}}}, http.StatusUnprocessableEntity)
	}
	if err != nil {
		return err
	}
	return q.keysPage(page.Keys{Fresh: secret, FreshName: f.Get("name")}, http.StatusOK)
}
