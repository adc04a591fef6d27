package ui

import (
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"syscall"

	"coffre/auth"
	"coffre/store"
	"coffre/ui/look"
	"coffre/ui/page"
)

func (s *Server) settingsRoutes() []route {
	return []route{
		{method: "GET", path: "/settings", may: auth.ProfileOwn, do: settingsPart(page.SettingsOwn)},
		{method: "GET", path: "/settings/models", may: auth.SettingsAdmin, do: settingsPart(page.SettingsModels)},
		{method: "GET", path: "/settings/record", may: auth.AuditRead, do: settingsPart(page.SettingsRecord)},
		{method: "GET", path: "/settings/box", may: auth.SettingsAdmin, do: settingsPart(page.SettingsBox)},
		{method: "GET", path: "/settings/meaning", may: auth.SettingsAdmin, do: (*request).meaningStatus},
		{method: "POST", path: "/settings", may: auth.SettingsAdmin, do: (*request).settingsForm},
		{method: "POST", path: "/settings/password", may: auth.ProfileOwn, do: (*request).passwordForm},
		{method: "POST", path: "/settings/runtime/test", may: auth.SettingsAdmin, do: (*request).runtimeTest},
		{method: "POST", path: "/settings/rerank/test", may: auth.SettingsAdmin, do: (*request).rerankTest},
	}
}

func settingsPart(part string) func(*request) error {
	return func(q *request) error { return q.settingsPage(part, nil, http.StatusOK) }
}

// settingsPage draws one part. The routes, and the forms' own, decide who may.
func (q *request) settingsPage(part string, faults look.Faults, status int) (err error) {
	v := page.Settings{Frame: q.frame(look.Settings), Part: part, Faults: faults, MinPassword: auth.MinPasswordRunes}
	switch part {
	case page.SettingsModels:
		v.Runtime = q.runtimeView(faults)
		v.Rerank = q.rerankView()
		v.Meaning, err = q.meaningView(true)
	case page.SettingsRecord:
		err = q.view(func(view *store.View) error {
			c, err := q.checkpointView(view)
			v.Keys = &page.ChainKeys{First: c.Key, Checkpoint: c}
			return err
		})
		if err == nil {
			v.Archive, err = q.archiveView()
		}
	case page.SettingsBox:
		v.Master = q.masterView()
		v.Box, err = q.boxView()
	}
	if err != nil {
		return err
	}
	return q.render(status, page.SettingsPage(v))
}

func (q *request) boxView() (*page.Box, error) {
	s, err := q.t.IndexState()
	if err != nil {
		return nil, err
	}
	b := &page.Box{
		Version: q.s.Version, Tenant: q.t.ID, Address: "https://" + q.r.Host, Documents: s.Stats.Documents, Passages: s.Stats.Passages,
		Indexed: s.Stats.Passages, Started: q.s.started.Local(),
	}
	filepath.WalkDir(q.s.Root.Dir, func(_ string, d os.DirEntry, err error) error {
		if err == nil && d.Type().IsRegular() {
			if info, err := d.Info(); err == nil {
				b.DataBytes += info.Size()
			}
		}
		return nil
	})
	var fs syscall.Statfs_t
	if syscall.Statfs(q.s.Root.Dir, &fs) == nil {
		b.FreeBytes = int64(fs.Bavail) * int64(fs.Bsize)
	}
	return b, nil
}

func (q *request) settingsForm() error {
	if err := q.form(); err != nil {
		return err
	}
	in := map[string]string{}
	for name, v := range q.r.PostForm {
		if _, ok := findSetting(name); (ok || isGone(name)) && len(v) > 0 {
			in[name] = strings.TrimSpace(v[0])
		}
	}
	delete(in, store.SettingWormDir) // has a form of its own
	err := q.putSettings(in)
	if e := store.AsError(err); err != nil && e.Kind == store.Invalid {
		return q.settingsPage(page.SettingsModels, look.Faults{e.Params["name"]: {Code: e.Code, Params: e.Params}}, http.StatusUnprocessableEntity)
	}
	return q.done(err, "/settings/models", "notice.settings")
}

// passwordForm changes one's own password; this session goes on.
func (q *request) passwordForm() error {
	if err := q.form(); err != nil {
		return err
	}
	err := q.s.Auth.SetPassword(q.r.Context(), q.t, q.p, auth.PasswordChange{
		UserID: q.p.UserID, Old: q.r.PostFormValue("old"), New: q.r.PostFormValue("new"), Keep: auth.TokenOf(q.r),
		Address: q.address(), Agent: q.r.UserAgent(), Request: q.id,
	})
	e := store.AsError(err)
	switch {
	case err == nil:
		q.notify("notice.password")
		return q.see("/settings")
	case e.Code == "bad-credentials" || e.Code == "rate-limited":
		if e.Code == "bad-credentials" {
			e = store.Fail(store.Invalid, "password-old")
		}
		return q.settingsPage(page.SettingsOwn, look.Faults{"old": {Code: e.Code, Params: e.Params}}, http.StatusUnprocessableEntity)
	case e.Kind == store.Invalid:
		return q.settingsPage(page.SettingsOwn, look.Faults{"new": {Code: e.Code, Params: e.Params}}, http.StatusUnprocessableEntity)
	}
	return err
}
