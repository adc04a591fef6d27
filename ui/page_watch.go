package ui

import (
	"net/http"
	"os"
	"strconv"
	"time"

	"coffre/auth"
	"coffre/connectors"
	"coffre/store"
	"coffre/ui/look"
	"coffre/ui/page"
)

func (s *Server) watchRoutes() []route {
	return []route{
		{method: "POST", path: connectors.WitnessPath, open: true, do: (*request).addCheckpoint},
		{method: "POST", path: "/journal/watches", may: auth.SettingsAdmin, do: (*request).watchAdd},
		{method: "POST", path: "/journal/watches/drop", may: auth.SettingsAdmin, do: (*request).watchDrop},
		{method: "POST", path: "/journal/watches/accept", may: auth.SettingsAdmin, do: (*request).watchAccept},
		{method: "POST", path: "/journal/watches/note", may: auth.AuditExport, do: (*request).watchNote},
		{method: "GET", path: "/journal/watches/evidence", may: auth.AuditRead, do: (*request).watchEvidence},
		{method: "POST", path: "/journal/witnesses/soon", may: auth.AuditExport, do: (*request).witnessSoon},
	}
}

// witnessBlock is what another box's people paste to make this box a witness of
// theirs; "" while this box witnesses nothing.
func (q *request) witnessBlock(v *store.View) (string, error) {
	key, err := v.WitnessKey()
	if err != nil || key == "" {
		return "", err
	}
	var ca []byte
	if file := q.s.authorityFile(); file != "" {
		if ca, err = os.ReadFile(file); err != nil {
			return "", err
		}
	}
	return connectors.WitnessBlock("https://"+q.r.Host, key, string(ca)), nil
}

// fillWatches adds to the page of witnesses what this box is to others.
func (q *request) fillWatches(view *store.View, v *page.Witnesses) error {
	facts, err := view.Facts()
	if err != nil {
		return err
	}
	v.LogBlock = connectors.LogBlock(facts.FirstKey, facts.RecoveryKey)
	if v.BoxBlock, err = q.witnessBlock(view); err != nil {
		return err
	}
	all, err := view.Watches()
	for _, w := range all {
		v.Watches = append(v.Watches, asWatch(w, time.Now()))
	}
	return err
}

func asWatch(w store.Watched, now time.Time) page.Watch {
	out := page.Watch{Log: w.State.Log, Added: local(w.Added), Size: w.State.Size, Seen: local(w.State.Seen), Silent: w.Silent(now)}
	if a := w.Alarm; a != nil {
		out.Alarm = &page.WatchAlarm{Code: a.Code, At: local(a.At), Size: a.Size, Noted: local(a.Noted)}
	}
	if r := w.Restore; r != nil {
		out.Restore = &page.WatchRestore{At: local(r.At), Lives: r.Lives, Size: r.Size, LostTo: r.LostTo}
	}
	if d := w.Doubt; d != nil {
		out.Doubt = local(d.At)
	}
	return out
}

// pushState fills in how bringing checkpoints to a witness stands.
func (q *request) pushState(w store.Witness, out *page.Witness) {
	out.Address = w.Address
	if r := w.Refusal; r != nil {
		out.Refusal, out.RefusedAt, out.RefusedSize = r.Code, local(r.At), r.Size
	}
	if w.Address == "" || q.s.Witness == nil {
		return
	}
	s := q.s.Witness.State(q.t.ID, w.Name)
	out.Tried, out.Next = local(s.Tried), local(s.Next)
	if s.Fault != "" && out.Refusal == "" {
		out.Fault, out.Failing = &look.Fault{Code: s.Fault}, local(s.Failing)
	}
}

func (q *request) watchAdd() error {
	if err := q.form(); err != nil {
		return err
	}
	keys, err := connectors.ParseLogBlock(q.r.PostFormValue("keys"))
	if err == nil {
		_, err = q.t.AddWatch(q.r.Context(), q.p.Actor, keys, q.id)
	}
	if err != nil {
		return q.witnessFault(err, "keys", "watch-keys", "watch-known", "watch-own")
	}
	return q.done(nil, "/journal/witnesses#watches", "notice.watch-added")
}

func (q *request) watchDrop() error {
	if err := q.form(); err != nil {
		return err
	}
	err := q.t.DropWatch(q.r.Context(), q.p.Actor, q.r.PostFormValue("log"), q.id)
	return q.done(err, "/journal/witnesses#watches", "notice.watch-dropped")
}

func (q *request) watchAccept() error {
	if err := q.form(); err != nil {
		return err
	}
	lives, err := strconv.Atoi(q.r.PostFormValue("lives"))
	if err != nil {
		return store.Fail(store.Invalid, "bad-parameter", "name", "lives")
	}
	err = q.t.AcceptRestore(q.r.Context(), q.p.Actor, q.r.PostFormValue("log"), lives, q.id)
	return q.done(err, "/journal/witnesses#watches", "notice.watch-accepted")
}

func (q *request) watchNote() error {
	if err := q.form(); err != nil {
		return err
	}
	err := q.t.NoteAlarm(q.r.Context(), q.p.Actor, q.r.PostFormValue("log"), q.id)
	return q.done(err, "/journal/witnesses#watches", "notice.watch-noted")
}

// witnessSoon tries a witness that is a box at once.
func (q *request) witnessSoon() error {
	if err := q.form(); err != nil {
		return err
	}
	name := q.r.PostFormValue("name")
	err := q.view(func(v *store.View) error { _, err := v.Witness(name); return err })
	if err == nil && q.s.Witness != nil {
		q.s.Witness.Soon(q.t.ID, name)
	}
	return q.done(err, "/journal/witnesses", "notice.witness-soon")
}

// evidenceJSON is what was proved against a witnessed journal, for people who
// check it with a program of their own.
type evidenceJSON struct {
	Log      string    `json:"log"`
	FirstKey string    `json:"first_key"`
	Code     string    `json:"code"`
	At       time.Time `json:"at"`
	Size     uint64    `json:"size"`
	Seen     string    `json:"seen"`  // the note that was cosigned
	Shown    string    `json:"shown"` // the one that contradicts it
	Evidence string    `json:"evidence,omitempty"`
}

func (q *request) watchEvidence() error {
	var w store.Watched
	err := q.view(func(v *store.View) (err error) { w, err = v.Watch(q.r.FormValue("log")); return err })
	if err == nil && w.Alarm == nil {
		err = store.Fail(store.NotFound, "not-found")
	}
	if err != nil {
		return err
	}
	q.w.Header().Set("Content-Disposition", `attachment; filename="witness-evidence.json"`)
	a := w.Alarm
	return q.json(http.StatusOK, evidenceJSON{w.State.Log, w.State.FirstKey, a.Code, a.At, a.Size, a.Seen, a.Shown, string(a.Evidence)})
}

// watchAlarms are what the boxes witnessed here have done, for every page.
func (q *request) watchAlarms() (out []look.Notice) {
	var all []store.Watched
	var own []store.Witness
	err := q.view(func(v *store.View) (err error) {
		if all, err = v.Watches(); err == nil {
			own, err = v.Witnesses()
		}
		return err
	})
	if err != nil {
		q.s.Log.Error("witnessed journals can't be read", "request", q.id, "err", err)
	}
	for _, w := range own {
		if w.Refusal != nil {
			out = append(out, look.Notice{Tone: look.Bad, Text: q.lang.T("witness.alarm", "name", w.Name, "n", w.Refusal.Size)})
		}
	}
	for _, w := range all {
		switch {
		case w.Red():
			out = append(out, look.Notice{Tone: look.Bad, Text: q.lang.T("watch.alarm", "log", w.State.Log, "at", q.lang.DateTime(w.Alarm.At.Local()))})
		case w.Restore != nil:
			out = append(out, look.Notice{Tone: look.Warn, Text: q.lang.T("watch.waits", "log", w.State.Log)})
		case w.Silent(time.Now()):
			out = append(out, look.Notice{Tone: look.Warn, Text: q.lang.T("watch.silent", "log", w.State.Log, "n", watchHours)})
		}
	}
	return out
}

// watchHours is store.WatchSilence for people.
const watchHours = int(store.WatchSilence / time.Hour)
