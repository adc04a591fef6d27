package ui

import (
	"net/http"
	"time"

	"coffre/auth"
	"coffre/connectors"
	"coffre/store"
)

func (s *Server) restWatchRoutes() []route {
	return []route{
		{method: "GET", path: "/api/v1/audit/watches", may: auth.AuditRead, do: (*request).restWatches},
		{method: "POST", path: "/api/v1/audit/watches", may: auth.SettingsAdmin, do: (*request).restAddWatch},
		{method: "PATCH", path: "/api/v1/audit/watches", may: auth.SettingsAdmin, do: (*request).restChangeWatch},
		{method: "DELETE", path: "/api/v1/audit/watches", may: auth.SettingsAdmin, do: (*request).restDropWatch},
	}
}

// watchJSON is another box's journal that this one witnesses.
type watchJSON struct {
	Log      string            `json:"log"`
	Added    time.Time         `json:"added"`
	Size     uint64            `json:"size"`
	Restores int               `json:"restores"`
	Seen     time.Time         `json:"seen,omitzero"`
	Silent   bool              `json:"silent"`
	Alarm    *watchAlarmJSON   `json:"alarm,omitempty"`
	Waiting  *watchRestoreJSON `json:"restore_waiting,omitempty"`
}

type watchAlarmJSON struct {
	Code  string    `json:"code"` // watch-fork or watch-shrunk
	At    time.Time `json:"at"`
	Size  uint64    `json:"size"` // that had been seen
	Seen  string    `json:"seen"`
	Shown string    `json:"shown"`
	Noted time.Time `json:"noted,omitzero"`
}

type watchRestoreJSON struct {
	At       time.Time `json:"at"`
	Restores int       `json:"restores"`
	Size     uint64    `json:"size"`
	LostTo   uint64    `json:"lost_to"`
}

func asWatchJSON(w store.Watched) watchJSON {
	out := watchJSON{Log: w.State.Log, Added: w.Added, Size: w.State.Size, Restores: w.State.Restores, Seen: w.State.Seen, Silent: w.Silent(time.Now())}
	if a := w.Alarm; a != nil {
		out.Alarm = &watchAlarmJSON{a.Code, a.At, a.Size, a.Seen, a.Shown, a.Noted}
	}
	if r := w.Restore; r != nil {
		out.Waiting = &watchRestoreJSON{r.At, r.Lives, r.Size, r.LostTo}
	}
	return out
}

// watchesJSON is all of them.
type watchesJSON struct {
	Watches  []watchJSON `json:"watches"`
	LogBlock string      `json:"log_block"`           // for a box that is to witness this one
	BoxBlock string      `json:"box_block,omitempty"` // for a box that this one witnesses
}

// restWatches lists them, with the two texts by which boxes find each other.
func (q *request) restWatches() error {
	out := watchesJSON{Watches: []watchJSON{}}
	err := q.view(func(v *store.View) error {
		facts, err := v.Facts()
		if err != nil {
			return err
		}
		out.LogBlock = connectors.LogBlock(facts.FirstKey, facts.RecoveryKey)
		if out.BoxBlock, err = q.witnessBlock(v); err != nil {
			return err
		}
		all, err := v.Watches()
		for _, w := range all {
			out.Watches = append(out.Watches, asWatchJSON(w))
		}
		return err
	})
	if err != nil {
		return err
	}
	return q.json(http.StatusOK, out)
}

func (q *request) restAddWatch() error {
	var in struct {
		Keys string `json:"keys"`
	}
	if err := q.decode(&in); err != nil {
		return err
	}
	keys, err := connectors.ParseLogBlock(in.Keys)
	if err != nil {
		return err
	}
	w, err := q.t.AddWatch(q.r.Context(), q.p.Actor, keys, q.id)
	if err != nil {
		return err
	}
	return q.json(http.StatusCreated, asWatchJSON(w))
}

// restChangeWatch accepts a restore, or takes note of an alarm.
func (q *request) restChangeWatch() error {
	var in struct {
		Log    string `json:"log"`
		Accept int    `json:"accept_restores"`
		Note   bool   `json:"note_alarm"`
	}
	if err := q.decode(&in); err != nil {
		return err
	}
	if (in.Accept != 0) == in.Note {
		return store.Fail(store.Invalid, "bad-request")
	}
	var err error
	if in.Note {
		err = q.t.NoteAlarm(q.r.Context(), q.p.Actor, in.Log, q.id)
	} else {
		err = q.t.AcceptRestore(q.r.Context(), q.p.Actor, in.Log, in.Accept, q.id)
	}
	if err != nil {
		return err
	}
	var w store.Watched
	if err := q.view(func(v *store.View) (err error) { w, err = v.Watch(in.Log); return err }); err != nil {
		return err
	}
	return q.json(http.StatusOK, asWatchJSON(w))
}

func (q *request) restDropWatch() error {
	if err := q.t.DropWatch(q.r.Context(), q.p.Actor, q.r.FormValue("log"), q.id); err != nil {
		return err
	}
	q.w.WriteHeader(http.StatusNoContent)
	return nil
}
