package ui

import (
	"io"
	"slices"
	"time"

	"coffre/store"
	"coffre/ui/update"
)

// mayUpdate: the program is that of all firms of a box, like the certificate.
func (q *request) mayUpdate() error {
	if q.s.Demo {
		return store.Fail(store.Unavailable, "update-demo")
	}
	if q.p.UserID == "" {
		return nil
	}
	all, err := q.s.Root.Tenants()
	if err == nil && len(all) > 1 {
		err = store.Fail(store.Denied, "update-many")
	}
	return err
}

// stageUpdate verifies a release file and keeps its program.
func (q *request) stageUpdate(in io.Reader) (update.Waiting, error) {
	if err := q.mayUpdate(); err != nil {
		return update.Waiting{}, err
	}
	return q.s.Updates.Stage(q.r.Context(), in)
}

// applyUpdate enters in every chain that the update begins, and has it performed
// once the box has ended. The caller answers, and then calls Restart.
func (q *request) applyUpdate(version string) (id string, err error) {
	if err := q.mayUpdate(); err != nil {
		return "", err
	}
	st, err := q.s.Updates.State()
	if err != nil {
		return "", err
	}
	if st.Phase != update.Staged || st.Waiting == nil || st.Waiting.Version != version {
		return "", store.Fail(store.NotFound, "update-none")
	}
	bad, err := q.badChecks()
	if err != nil {
		return "", err
	}
	w := st.Waiting
	rec := store.UpdateRecord{
		ID: store.NewID(), From: q.s.Version, To: w.Version, Format: w.Format, Key: w.Key, SHA256: w.SHA256, At: time.Now().UTC(),
	}
	err = update.EachChain(q.s.Root, func(t *store.Tenant) error {
		by := store.System("update")
		if t.ID == q.t.ID {
			by = q.p.Actor
		}
		return t.BeginUpdate(q.r.Context(), by, q.id, rec)
	})
	if err == nil {
		err = q.s.Updates.Ask(rec.ID, bad)
	}
	if err != nil {
		end := store.UpdateRecord{ID: rec.ID, State: store.UpdateUndone, Code: "asked"}
		if eerr := update.EachChain(q.s.Root, func(t *store.Tenant) error { return t.EndUpdate(q.r.Context(), end) }); eerr != nil {
			q.s.Log.Error("an update can't be entered", "request", q.id, "err", eerr)
		}
	}
	return rec.ID, err
}

// badChecks are the checks of health that are bad before anything has changed.
func (q *request) badChecks() (bad []string, err error) {
	err = update.EachChain(q.s.Root, func(t *store.Tenant) error {
		if t.ID == store.BoxID {
			return nil
		}
		for _, name := range update.Bad(q.s.Health.Look(q.r.Context(), t)) {
			if !slices.Contains(bad, name) {
				bad = append(bad, name)
			}
		}
		return nil
	})
	return bad, err
}

// restart ends the box for an update, once this request is answered. A command
// that opened the data itself performs the update when it has closed them.
func (q *request) restart() {
	if q.s.Restart != nil {
		q.s.Restart()
	}
}
