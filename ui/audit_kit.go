package ui

import (
	"io"
	"mime"
	"net/http"
	"time"

	"coffre/store"
	"coffre/ui/kit"
)

// auditKit sends the auditor's kit: export, checkpoints, cosignatures, keys and
// the page that verifies them. The export is written whole before the first byte
// leaves, so that a fault is an answer and no cut file.
func (q *request) auditKit() error {
	x, err := q.t.ExportFiltered(q.r.Context(), q.p.Actor, store.ExportRequest{Request: q.id})
	if err != nil {
		return err
	}
	defer x.Remove()
	k, err := q.kitOf(x)
	if err != nil {
		return err
	}
	h := q.w.Header()
	h.Set("Content-Type", "application/zip")
	name := "audit-" + q.t.ID + "-" + k.Made.UTC().Format("2006-01-02") + ".zip"
	h.Set("Content-Disposition", mime.FormatMediaType("attachment", map[string]string{"filename": name}))
	q.w.WriteHeader(http.StatusOK)
	return kit.WriteKit(q.w, k)
}

// kitOf is the kit around an export that is whole.
func (q *request) kitOf(x store.Export) (kit.Kit, error) {
	k := kit.Kit{Tenant: q.t.ID, Made: time.Now(), Export: func(w io.Writer) error {
		f, err := x.Open()
		if err != nil {
			return err
		}
		defer f.Close()
		_, err = io.Copy(w, f)
		return err
	}}
	err := q.view(func(v *store.View) error { return fillKit(v, &k, x.Size) })
	return k, err
}

// kitCheckpoints is how many of the checkpoints that are kept go into a kit, the
// newest ones; hand-overs are in the export's header.
const kitCheckpoints = 1000

// fillKit adds what else there is, as far as the export reaches: a checkpoint
// from after it would make a sound export look cut.
func fillKit(v *store.View, k *kit.Kit, size uint64) error {
	facts, err := v.Facts()
	if err != nil {
		return err
	}
	k.FirstKey, k.RecoveryKey = facts.FirstKey, facts.RecoveryKey
	moves, err := v.Handovers()
	if err != nil {
		return err
	}
	for _, m := range moves {
		if m.Size <= size {
			k.LaterKeys = append(k.LaterKeys, m.Key)
		}
	}
	kept, _, err := v.CheckpointHistory(0, kitCheckpoints)
	if err != nil {
		return err
	}
	for i := len(kept) - 1; i >= 0; i-- {
		if kept[i].Size <= size {
			k.Checkpoints = append(k.Checkpoints, kept[i].Note)
		}
	}
	all, err := v.Witnesses()
	for _, w := range all {
		k.WitnessKeys = append(k.WitnessKeys, w.Key)
		if w.Note != "" && w.Size <= size {
			k.Cosignatures = append(k.Cosignatures, w.Note)
		}
	}
	return err
}
