package ui

import (
	"net/http"
	"slices"
	"time"

	"coffre/auth"
	"coffre/store"
	"coffre/ui/update"
)

func (s *Server) restUpdateRoutes() []route {
	return []route{
		{method: "GET", path: "/api/v1/updates", may: auth.SettingsAdmin, do: (*request).restUpdates},
		{method: "POST", path: "/api/v1/updates", may: auth.SettingsAdmin, do: (*request).restUpdateStage},
		{method: "POST", path: "/api/v1/updates/apply", may: auth.SettingsAdmin, do: (*request).restUpdateApply},
		{method: "DELETE", path: "/api/v1/updates", may: auth.SettingsAdmin, do: (*request).restUpdateDrop},
	}
}

// updatesJSON is how the program and its updates stand.
type updatesJSON struct {
	Version string             `json:"version"`
	Format  int                `json:"format"`  // of the store
	Keys    []string           `json:"keys"`    // ids of the release keys that are known
	Phase   string             `json:"phase"`   // "", staged, asked
	Waiting *waitingJSON       `json:"waiting"` // what waits for its installation, or null
	Last    *updateOutcomeJSON `json:"last"`    // what became of the last one, or null
	Updates []updateRecordJSON `json:"updates"` // newest first
}

type waitingJSON struct {
	Version string    `json:"version"`
	Date    time.Time `json:"date"`
	Format  int       `json:"format"`
	NotesFR string    `json:"notes_fr"`
	NotesEN string    `json:"notes_en"`
	Key     string    `json:"key"`
	SHA256  string    `json:"sha256"`
	Bytes   int64     `json:"bytes"`
}

type updateOutcomeJSON struct {
	ID   string    `json:"id"`
	From string    `json:"from"`
	To   string    `json:"to"`
	Done bool      `json:"done"`
	Code string    `json:"code,omitempty"` // why it was undone
	At   time.Time `json:"at"`
}

type updateRecordJSON struct {
	ID    string    `json:"id"`
	From  string    `json:"from"`
	To    string    `json:"to"`
	State string    `json:"state"` // begun, done or undone
	Code  string    `json:"code,omitempty"`
	At    time.Time `json:"at"`
	Ended time.Time `json:"ended,omitzero"`
	Seq   uint64    `json:"audit_seq"`
}

func waitingOf(w *update.Waiting) *waitingJSON {
	if w == nil {
		return nil
	}
	return &waitingJSON{w.Version, w.Date, w.Format, w.Notes.FR, w.Notes.EN, w.Key, w.SHA256, w.Bytes}
}

func (q *request) updateRecords() (all []store.UpdateRecord, err error) {
	err = q.view(func(v *store.View) (err error) { all, err = v.Updates(); return err })
	return all, err
}

func (q *request) restUpdates() error {
	st, err := q.s.Updates.State()
	if err != nil {
		return err
	}
	out := updatesJSON{Version: q.s.Version, Format: store.Format, Keys: append([]string{}, q.s.Updates.Keys()...), Phase: st.Phase, Waiting: waitingOf(st.Waiting), Updates: []updateRecordJSON{}}
	slices.Sort(out.Keys)
	if l := st.Last; l != nil {
		out.Last = &updateOutcomeJSON{l.ID, l.From, l.To, l.Done, l.Code, l.At}
	}
	all, err := q.updateRecords()
	if err != nil {
		return err
	}
	for _, r := range all {
		out.Updates = append(out.Updates, updateRecordJSON{r.ID, r.From, r.To, r.State, r.Code, r.At, r.Ended, r.Seq})
	}
	return q.json(http.StatusOK, out)
}

// restUpdateStage takes the file as the body.
func (q *request) restUpdateStage() error {
	w, err := q.stageUpdate(q.r.Body)
	if err != nil {
		return err
	}
	return q.json(http.StatusCreated, waitingOf(&w))
}

func (q *request) restUpdateApply() error {
	var in struct {
		Version string `json:"version"`
	}
	if err := q.decode(&in); err != nil {
		return err
	}
	id, err := q.applyUpdate(in.Version)
	if err != nil {
		return err
	}
	defer q.restart()
	return q.json(http.StatusAccepted, map[string]string{"id": id})
}

func (q *request) restUpdateDrop() error {
	if err := q.mayUpdate(); err != nil {
		return err
	}
	if err := q.s.Updates.Drop(); err != nil {
		return err
	}
	q.w.WriteHeader(http.StatusNoContent)
	return nil
}
