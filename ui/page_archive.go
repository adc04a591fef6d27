package ui

import (
	"net/http"
	"os"
	"strings"
	"unicode"

	"coffre/auth"
	"coffre/store"
	"coffre/ui/look"
	"coffre/ui/page"
)

func (s *Server) archiveRoutes() []route {
	return []route{
		{method: "POST", path: "/settings/archive", may: auth.SettingsAdmin, do: (*request).archiveForm},
		{method: "GET", path: "/api/v1/audit/archive", may: auth.AuditRead, do: (*request).restArchive},
	}
}

// validWormDir is what any folder's name must be; checkWormDir asks the rest.
func validWormDir(s string) bool {
	return len(s) <= 1000 && !strings.ContainsFunc(s, unicode.IsControl)
}

// checkWormDir refuses a folder that can't take the archive. The box writes
// there with its own rights, so where it serves several firms, or guests, an
// administrator of one may not choose.
func (q *request) checkWormDir(dir string) error {
	many, err := q.otherFirms()
	if err != nil {
		return err
	}
	if !q.p.All && (many || q.p.Guest) {
		return store.Fail(store.Denied, "worm-operator", "name", store.SettingWormDir)
	}
	if dir == "" {
		return nil
	}
	if err := store.CheckWormDir(dir, q.s.Root.Dir); err != nil {
		return store.Fail(store.Invalid, store.AsError(err).Code, "name", store.SettingWormDir, "path", dir)
	}
	if st, err := os.Stat(dir); err != nil || !st.IsDir() {
		return store.Fail(store.Invalid, "worm-folder", "name", store.SettingWormDir, "path", dir)
	}
	return nil
}

func (q *request) otherFirms() (bool, error) {
	all, err := q.s.Root.Tenants()
	return len(all) > 1, err
}

func (q *request) archiveForm() error {
	if err := q.form(); err != nil {
		return err
	}
	dir := strings.TrimSpace(q.r.PostFormValue(store.SettingWormDir))
	asked, err := q.changeSettings(map[string]string{store.SettingWormDir: dir}, saidIn(q.r))
	if e := store.AsError(err); err != nil && (e.Kind == store.Invalid || e.Code == "worm-operator" || isTwo(e)) {
		field := store.SettingWormDir
		if f := twoField(e); f != "" {
			field = "archive-" + f
		}
		return q.settingsPage(page.SettingsRecord, look.Faults{field: {Code: e.Code, Params: e.Params}}, http.StatusUnprocessableEntity)
	}
	if asked != nil {
		return q.done(err, "/retention", "notice.approval-asked")
	}
	return q.done(err, "/settings/record#archive", "notice.settings")
}

func (q *request) archiveView() (*page.Archive, error) {
	many, err := q.otherFirms()
	if err != nil {
		return nil, err
	}
	s := q.t.WormState()
	v := &page.Archive{
		May: auth.Allowed(q.p, auth.SettingsAdmin) && (q.p.All || !many && !q.p.Guest), Checkpoint: s.Checkpoint, Segment: s.Segment,
		Waiting: s.Waiting, Differs: s.Differs, At: local(s.At),
	}
	if s.Err != nil {
		v.Fault = &look.Fault{Code: s.Err.Code, Params: s.Err.Params}
	}
	// The keeper reads the setting only when it looks next.
	err = q.view(func(view *store.View) (err error) {
		v.Dir = view.Setting(store.SettingWormDir, "")
		v.Two, err = q.twoView(view, true)
		return err
	})
	v.Fresh = v.Dir != s.Dir
	if q.r.PostForm.Has(store.SettingWormDir) {
		v.Typed = q.r.PostFormValue(store.SettingWormDir)
	} else {
		v.Typed = v.Dir
	}
	return v, err
}

type archiveJSON struct {
	Dir        string   `json:"dir"`
	Checkpoint uint64   `json:"checkpoint"`
	Segment    uint64   `json:"segment"`
	Waiting    int      `json:"waiting"`
	Differs    []string `json:"differs"`
	At         string   `json:"at,omitempty"`
	Fault      string   `json:"fault,omitempty"`
}

func (q *request) restArchive() error {
	s := q.t.WormState()
	out := archiveJSON{Dir: s.Dir, Checkpoint: s.Checkpoint, Segment: s.Segment, Waiting: s.Waiting, Differs: append([]string{}, s.Differs...)}
	if !s.At.IsZero() {
		out.At = s.At.UTC().Format("2006-01-02T15:04:05Z")
	}
	if s.Err != nil {
		out.Fault = s.Err.Code
	}
	return q.json(http.StatusOK, out)
}
