package ui

import (
	"errors"
	"net/http"

	"coffre/auth"
	"coffre/store"
	"coffre/ui/look"
	"coffre/ui/page"
	"coffre/ui/update"
	"coffre/ui/words"
)

func (s *Server) updateRoutes() []route {
	return []route{
		{method: "GET", path: "/settings/update", may: auth.SettingsAdmin, do: func(q *request) error { return q.updatePage(nil, http.StatusOK) }},
		{method: "POST", path: "/settings/update", may: auth.SettingsAdmin, do: (*request).updateForm},
		{method: "POST", path: "/settings/update/apply", may: auth.SettingsAdmin, do: (*request).updateApplyForm},
		{method: "POST", path: "/settings/update/drop", may: auth.SettingsAdmin, do: (*request).updateDropForm},
	}
}

func (q *request) updatePage(faults look.Faults, status int) error {
	v := page.Update{Frame: q.frame(look.Settings), Faults: faults, Version: q.s.Version, Format: store.Format, Keys: len(q.s.Updates.Keys()) > 0, May: true}
	if err := q.mayUpdate(); err != nil {
		e := store.AsError(err)
		if e.Code != "update-many" && e.Code != "update-demo" {
			return err
		}
		v.May, v.Why = false, q.lang.T("error."+e.Code)
	}
	st, err := q.s.Updates.State()
	if err != nil {
		return err
	}
	if v.Running = st.Phase == update.Asked; v.Running {
		return q.render(status, page.UpdateWaitPage(v))
	}
	if w := st.Waiting; w != nil {
		v.Waiting = &page.UpdateWaiting{Version: w.Version, Date: w.Date, Format: w.Format, Notes: w.Notes.EN, Key: w.Key, SHA256: w.SHA256, Bytes: w.Bytes}
		if q.lang == words.French {
			v.Waiting.Notes = w.Notes.FR
		}
	}
	all, err := q.updateRecords()
	if err != nil {
		return err
	}
	for _, r := range all {
		v.Made = append(v.Made, page.UpdateMade{At: r.At, From: r.From, To: r.To, State: r.State, Code: r.Code, Seq: r.Seq})
	}
	return q.render(status, page.UpdatePage(v))
}

// updateForm takes the release file. Nothing is written before its signature
// holds, so that it is read as it comes.
func (q *request) updateForm() error {
	if err := q.mayUpdate(); err != nil {
		return err
	}
	parts, err := q.r.MultipartReader()
	if err != nil {
		return store.Fail(store.Invalid, "bad-request").Because(err)
	}
	for {
		part, err := parts.NextPart()
		if err != nil {
			return q.updateFault(store.Fail(store.Invalid, "update-none-given").Because(err))
		}
		if part.FormName() != "file" {
			continue
		}
		if part.FileName() == "" {
			return q.updateFault(store.Fail(store.Invalid, "update-none-given"))
		}
		w, err := q.stageUpdate(part)
		if err != nil {
			return q.updateFault(err)
		}
		return q.done(nil, "/settings/update", "notice.update-ready", "version", w.Version)
	}
}

// updateFault says beside the field why a file was not taken.
func (q *request) updateFault(err error) error {
	var e *store.Error
	if !errors.As(err, &e) || e.Kind == store.Internal || e.Kind == store.Denied {
		return err
	}
	return q.updatePage(look.Faults{"file": {Code: e.Code, Params: e.Params}}, http.StatusUnprocessableEntity)
}

// updateApplyForm answers with the page that waits, and then ends the box.
func (q *request) updateApplyForm() error {
	if err := q.form(); err != nil {
		return err
	}
	if _, err := q.applyUpdate(q.r.PostForm.Get("version")); err != nil {
		return q.updateFault(err)
	}
	defer q.restart()
	return q.updatePage(nil, http.StatusOK)
}

func (q *request) updateDropForm() error {
	if err := q.form(); err != nil {
		return err
	}
	if err := q.mayUpdate(); err != nil {
		return err
	}
	return q.done(q.s.Updates.Drop(), "/settings/update", "notice.update-dropped")
}
