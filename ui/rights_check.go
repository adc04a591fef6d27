package ui

import (
	"net/http"
	"strings"
	"time"

	"coffre/store"
	"coffre/ui/look"
	"coffre/ui/page"
)

// checkRights runs the check of rights, one at a time on a box.
func (q *request) checkRights() (store.CanaryRun, error) {
	if !q.s.checking.TryLock() {
		return store.CanaryRun{}, store.Fail(store.Unavailable, "busy")
	}
	defer q.s.checking.Unlock()
	return q.t.CheckRights(q.r.Context(), q.p.Actor)
}

func (q *request) rightsCheckForm() error {
	run, err := q.checkRights()
	key := "notice.rights-checked"
	if !run.OK() {
		key = "notice.rights-broken"
	}
	return q.done(err, "/access#check-title", key)
}

// rightsCheckView is the newest check, its faults in words.
func (q *request) rightsCheckView(v *store.View) (out page.RightsCheck, err error) {
	r, err := v.LastCanary()
	if err != nil || r.At.IsZero() {
		return out, err
	}
	out = page.RightsCheck{
		At: local(r.At), OK: r.OK(), Groups: r.Groups, People: r.People, Tried: r.Denied + r.Allowed,
		Meaning: r.Meaning > 0, Leaks: r.Leaks, Misses: r.Misses, Seq: r.Seq,
	}
	for _, f := range r.Faults {
		key := "sight.fault-leak"
		if f.Kind == store.CanaryMiss {
			key = "sight.fault-miss"
		}
		name := ""
		if c, err := v.Collection(f.Collection); err == nil {
			name = c.Name
		}
		out.Faults = append(out.Faults, q.lang.T(key, "who", q.grantName(v, f.Subject), "collection", name))
	}
	return out, nil
}

// grantName is who a grant is to, in words.
func (q *request) grantName(v *store.View, grant string) string {
	kind, id, _ := strings.Cut(grant, ":")
	if kind == "group" {
		if g, err := v.Group(id); err == nil {
			return g.Name
		}
	}
	if kind == "user" {
		if u, err := v.User(id); err == nil {
			return u.Name
		}
	}
	return q.lang.T("access.everyone")
}

// rightsAlarm warns that retrieval did not respect rights when it was checked last.
func (q *request) rightsAlarm() (look.Notice, bool) {
	var r store.CanaryRun
	err := q.view(func(v *store.View) (err error) { r, err = v.LastCanary(); return err })
	if err != nil {
		q.s.Log.Error("the check of rights can't be read", "request", q.id, "err", err)
	}
	if err != nil || r.At.IsZero() || r.OK() {
		return look.Notice{}, false
	}
	return look.Notice{Tone: look.Bad, Text: q.lang.T("sight.alarm", "at", q.lang.DateTime(r.At.Local()), "leaks", r.Leaks, "misses", r.Misses)}, true
}

type rightsCheckJSON struct {
	Seq     uint64              `json:"seq"`
	At      time.Time           `json:"at"`
	OK      bool                `json:"ok"`
	Took    float64             `json:"took_seconds"`
	Groups  int                 `json:"groups"`
	People  int                 `json:"people"`
	Denied  int                 `json:"denied"`
	Allowed int                 `json:"allowed"`
	Meaning int                 `json:"meaning"`
	Leaks   int                 `json:"leaks"`
	Misses  int                 `json:"misses"`
	Faults  []store.CanaryFault `json:"faults"`
}

func asRightsCheckJSON(r store.CanaryRun) rightsCheckJSON {
	faults := append([]store.CanaryFault{}, r.Faults...)
	return rightsCheckJSON{r.Seq, r.At, r.OK(), r.Took.Seconds(), r.Groups, r.People, r.Denied, r.Allowed, r.Meaning, r.Leaks, r.Misses, faults}
}

func (q *request) restRightsCheck() error {
	runs := []rightsCheckJSON{}
	err := q.view(func(v *store.View) error {
		all, err := v.CanaryRuns()
		for i := len(all) - 1; i >= 0; i-- {
			runs = append(runs, asRightsCheckJSON(all[i]))
		}
		return err
	})
	if err != nil {
		return err
	}
	return q.json(http.StatusOK, map[string]any{"checks": runs})
}

func (q *request) restRightsCheckRun() error {
	run, err := q.checkRights()
	if err != nil {
		return err
	}
	return q.json(http.StatusOK, asRightsCheckJSON(run))
}
