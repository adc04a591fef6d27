package ui

import (
	"errors"
	"maps"
	"net/http"
	"slices"
	"strings"
	"time"

	"coffre/auth"
	"coffre/auth/ldap"
	"coffre/store"
	"coffre/ui/words"
)

func (s *Server) directoryRoutes() []route {
	return []route{
		{method: "GET", path: "/api/v1/directory", may: auth.SettingsRead, do: (*request).restDirectory},
		{method: "POST", path: "/api/v1/directory/test", may: auth.SettingsAdmin, do: (*request).restDirectoryTest},
		{method: "POST", path: "/api/v1/directory/sync", may: auth.SettingsAdmin, do: (*request).restDirectorySync},
		{method: "GET", path: "/api/v1/directory/preview", may: auth.SettingsAdmin, do: (*request).restDirectoryPreview},
		{method: "GET", path: "/settings/directory", may: auth.SettingsAdmin, do: func(q *request) error { return q.directoryPage(nil, http.StatusOK) }},
		{method: "GET", path: "/settings/directory/preview", may: auth.SettingsAdmin, do: (*request).directoryPreviewPage},
		{method: "POST", path: "/settings/directory", may: auth.SettingsAdmin, do: (*request).directoryForm},
		{method: "POST", path: "/settings/directory/switch", may: auth.SettingsAdmin, do: (*request).directorySwitch},
		{method: "POST", path: "/settings/directory/sync", may: auth.SettingsAdmin, do: (*request).directorySyncForm},
		{method: "POST", path: "/settings/directory/test", may: auth.SettingsAdmin, do: (*request).directoryTestForm},
	}
}

// checkJSON is one step of a test.
type checkJSON struct {
	Step     string            `json:"step"` // name, tcp, tls, bind, base, filter, groups, signin
	Server   string            `json:"server,omitempty"`
	OK       bool              `json:"ok"`
	Warn     bool              `json:"warn"` // works, and should not stay so
	Code     string            `json:"code"`
	Params   map[string]string `json:"params,omitempty"`
	Sentence string            `json:"sentence"`
}

type directoryTestJSON struct {
	OK    bool        `json:"ok"` // the last step that could be tried worked
	Steps []checkJSON `json:"steps"`
}

func asDirectoryTest(l words.Lang, checks []ldap.Check) directoryTestJSON {
	out := directoryTestJSON{Steps: []checkJSON{}}
	for _, k := range checks {
		out.OK = k.OK
		out.Steps = append(out.Steps, checkJSON{string(k.Step), k.Server, k.OK, k.Warn, k.Code, k.Params, checkSentence(l, k)})
	}
	return out
}

// checkSentence says in words what came of a step, and what to do.
func checkSentence(l words.Lang, k ldap.Check) string {
	var e *store.Error
	if k.Code == "secret" && errors.As(k.Err, &e) {
		return words.Error(l, e.Code, e.Params)
	}
	var args []any
	for _, name := range slices.Sorted(maps.Keys(k.Params)) {
		args = append(args, name, k.Params[name])
	}
	name := string(k.Step) + "-" + k.Code
	if !l.Has("directory-check." + name) {
		name = "any-" + k.Code
	}
	return l.Or("directory-check", name, args...)
}

// faultSentence is checkSentence of what ended a look.
func faultSentence(l words.Lang, f *ldap.Fault) string {
	return checkSentence(l, ldap.Check{Step: f.Step, Code: f.Code, Params: f.Params, Err: f.Err})
}

// directoryJSON is how the directory stands.
type directoryJSON struct {
	On       bool             `json:"on"`
	Clear    bool             `json:"clear"` // passwords would cross the network as they are typed
	Kind     string           `json:"kind,omitempty"`
	Looked   time.Time        `json:"looked,omitzero"`
	Failing  time.Time        `json:"failing,omitzero"`
	Code     string           `json:"code,omitempty"` // step/code of the failure
	Sentence string           `json:"sentence,omitempty"`
	Held     bool             `json:"held"`
	Last     *auth.SyncReport `json:"last,omitempty"`
}

func (q *request) directoryState() (out directoryJSON, err error) {
	err = q.view(func(v *store.View) error {
		out.On, out.Clear = v.Setting(auth.SettingDirectoryOn, "no") == "yes", auth.DirectoryClear(v)
		return nil
	})
	st := q.s.Auth.DirectoryStatus(q.t)
	out.Kind, out.Looked, out.Failing, out.Held, out.Last = string(st.Kind), st.Looked, st.Failing, st.Held != nil, st.Last
	if st.Fault != nil {
		out.Code, out.Sentence = string(st.Fault.Step)+"/"+st.Fault.Code, faultSentence(q.lang, st.Fault)
	}
	return out, err
}

func (q *request) restDirectory() error {
	out, err := q.directoryState()
	if err != nil {
		return err
	}
	return q.json(http.StatusOK, out)
}

func (q *request) directoryTest(login, password string) ([]ldap.Check, error) {
	return q.s.Auth.TestDirectory(q.r.Context(), q.t, q.p, auth.SignIn{
		Login: strings.TrimSpace(login), Password: password, Address: q.address(), Agent: q.r.UserAgent(), Request: q.id,
	})
}

func (q *request) restDirectoryTest() error {
	var in struct {
		User     string `json:"user"`
		Password string `json:"password"`
	}
	if err := q.decode(&in); err != nil {
		return err
	}
	checks, err := q.directoryTest(in.User, in.Password)
	if err != nil {
		return err
	}
	return q.json(http.StatusOK, asDirectoryTest(q.lang, checks))
}

// unread turns what a directory said into an error for a caller.
func unread(err error) error {
	var f *ldap.Fault
	if !errors.As(err, &f) {
		return err
	}
	kind := store.Unavailable
	if f.Code == "no-server" { // nobody has said where it is
		kind = store.Conflict
	}
	return store.Fail(kind, "directory-unread", "step", string(f.Step), "code", f.Code).Because(err)
}

func (q *request) restDirectorySync() error {
	var in struct {
		Confirm bool `json:"confirm"`
	}
	if err := q.decode(&in); err != nil {
		return err
	}
	r, err := q.s.Auth.SyncDirectory(q.r.Context(), q.t, q.p.Actor, in.Confirm)
	if err != nil {
		return unread(err)
	}
	return q.json(http.StatusOK, r)
}

func (q *request) restDirectoryPreview() error {
	out, err := q.s.Auth.PreviewDirectory(q.r.Context(), q.t, q.p)
	if err != nil {
		return unread(err)
	}
	return q.json(http.StatusOK, out)
}
