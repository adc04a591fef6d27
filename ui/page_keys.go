package ui

import (
	"mime"
	"net/http"
	"slices"
	"strconv"
	"time"

	"coffre/auth"
	"coffre/store"
	"coffre/ui/look"
	"coffre/ui/page"
)

func (s *Server) signingRoutes() []route {
	return []route{
		{method: "GET", path: "/journal/keys", may: auth.AuditRead, do: (*request).signingPage},
		{method: "POST", path: "/journal/keys", may: auth.AuditKeys, do: (*request).rotateForm},
		{method: "GET", path: "/journal/checkpoints/{id}", may: auth.AuditRead, do: (*request).keptNote},
		{method: "GET", path: "/api/v1/audit/keys", may: auth.AuditRead, do: (*request).restSigning},
		{method: "POST", path: "/api/v1/audit/keys", may: auth.AuditKeys, do: (*request).restRotate},
		{method: "GET", path: "/api/v1/audit/checkpoints", may: auth.AuditRead, do: (*request).restCheckpoints},
	}
}

// shownMoves and shownKept are how many the page shows at once.
const (
	shownMoves = 31
	shownKept  = 50
)

func (q *request) signingPage() error {
	before, err := q.before()
	if err != nil {
		return err
	}
	state, err := q.t.KeyState()
	if err != nil {
		return err
	}
	v := page.Signing{Frame: q.frame(look.Journal), May: q.mayChange(auth.AuditKeys), Search: q.mayChange(auth.AuditSearch), Key: state.Key, Since: state.Since.Local()}
	if state.Err != nil {
		v.Fault = &look.Fault{Code: state.Err.Code, Params: state.Err.Params}
	}
	err = q.view(func(view *store.View) error {
		moves, err := view.Handovers()
		if err != nil {
			return err
		}
		v.Total = len(moves)
		slices.Reverse(moves)
		for _, h := range moves[:min(len(moves), shownMoves)] {
			v.Moves = append(v.Moves, page.KeyMove{Seq: h.Size, Time: h.Time.Local(), Key: h.Key, Restore: h.Restore})
		}
		kept, next, err := view.CheckpointHistory(before, shownKept)
		for _, c := range kept {
			v.Kept = append(v.Kept, page.KeptCheckpoint{Size: c.Size, Time: c.Time.Local(), Why: c.Why})
		}
		if next > 0 {
			v.Next = "/journal/keys?before=" + strconv.FormatUint(next, 10) + "#kept"
		}
		return err
	})
	if err != nil {
		return err
	}
	return q.render(http.StatusOK, page.SigningPage(v))
}

// before reads the size below which kept checkpoints are listed, 0 for all.
func (q *request) before() (uint64, error) {
	s := q.r.FormValue("before")
	if s == "" {
		return 0, nil
	}
	n, err := strconv.ParseUint(s, 10, 64)
	if err != nil {
		return 0, store.Fail(store.Invalid, "bad-parameter", "name", "before")
	}
	return n, nil
}

func (q *request) rotateForm() error {
	if err := q.form(); err != nil {
		return err
	}
	_, err := q.t.RotateKeyFor(q.r.Context(), q.p.Actor, q.id)
	return q.done(err, "/journal/keys", "notice.key-moved")
}

// keptNote sends a kept checkpoint, as the signed note that it is.
func (q *request) keptNote() error {
	size, err := strconv.ParseUint(q.r.PathValue("id"), 10, 63)
	if err != nil {
		return store.Fail(store.NotFound, "not-found")
	}
	var kept []store.SignedCheckpoint
	err = q.view(func(v *store.View) error {
		kept, _, err = v.CheckpointHistory(size+1, 1)
		return err
	})
	if err != nil {
		return err
	}
	if len(kept) == 0 || kept[0].Size != size {
		return store.Fail(store.NotFound, "not-found")
	}
	h := q.w.Header()
	h.Set("Content-Type", "text/plain; charset=utf-8")
	name := "checkpoint-" + q.t.ID + "-" + strconv.FormatUint(size, 10) + ".txt"
	h.Set("Content-Disposition", mime.FormatMediaType("attachment", map[string]string{"filename": name}))
	_, err = q.w.Write([]byte(kept[0].Note))
	return err
}

type keyMoveJSON struct {
	Seq     uint64    `json:"seq"`
	Time    time.Time `json:"time"`
	Key     string    `json:"key"`
	Restore bool      `json:"restore,omitempty"`
	Note    string    `json:"note"`
}

type signingJSON struct {
	Key       string        `json:"key"`
	Since     time.Time     `json:"since"`
	Fault     string        `json:"fault,omitempty"`
	Handovers []keyMoveJSON `json:"handovers"`
}

func (q *request) restSigning() error {
	state, err := q.t.KeyState()
	if err != nil {
		return err
	}
	out := signingJSON{Key: state.Key, Since: state.Since, Handovers: []keyMoveJSON{}}
	if state.Err != nil {
		out.Fault = state.Err.Code
	}
	err = q.view(func(v *store.View) error {
		moves, err := v.Handovers()
		for _, h := range moves {
			out.Handovers = append(out.Handovers, keyMoveJSON{h.Size, h.Time, h.Key, h.Restore, h.Note})
		}
		return err
	})
	if err != nil {
		return err
	}
	return q.json(http.StatusOK, out)
}

type rotatedJSON struct {
	Seq uint64 `json:"seq"`
	Key string `json:"key"`
}

func (q *request) restRotate() error {
	seq, err := q.t.RotateKeyFor(q.r.Context(), q.p.Actor, q.id)
	if err != nil {
		return err
	}
	state, err := q.t.KeyState()
	if err != nil {
		return err
	}
	return q.json(http.StatusCreated, rotatedJSON{seq, state.Key})
}

type keptJSON struct {
	Size uint64    `json:"size"`
	Time time.Time `json:"time"`
	Why  string    `json:"why"`
	Note string    `json:"note"`
}

func (q *request) restCheckpoints() error {
	before, err := q.before()
	if err != nil {
		return err
	}
	limit, err := q.number("limit", 100)
	if err != nil {
		return err
	}
	out, cursor := []keptJSON{}, ""
	err = q.view(func(v *store.View) error {
		kept, next, err := v.CheckpointHistory(before, limit)
		for _, c := range kept {
			out = append(out, keptJSON{c.Size, c.Time, c.Why, c.Note})
		}
		if next > 0 {
			cursor = strconv.FormatUint(next, 10)
		}
		return err
	})
	if err != nil {
		return err
	}
	return q.json(http.StatusOK, map[string]any{"checkpoints": out, "cursor": cursor})
}
