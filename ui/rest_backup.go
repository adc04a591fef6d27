package ui

import (
	"mime"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"coffre/auth"
	"coffre/chain"
	"coffre/store"
	"coffre/ui/demo"
)

func (s *Server) restBackupRoutes() []route {
	return []route{
		{method: "GET", path: "/api/v1/backups", may: auth.BackupsRead, do: (*request).restBackups},
		{method: "POST", path: "/api/v1/backups", may: auth.BackupsAdmin, export: "backup", do: (*request).restBackup},
		{method: "GET", path: "/api/v1/backups/drills", may: auth.BackupsRead, do: (*request).restDrills},
		{method: "POST", path: "/api/v1/backups/drill", may: auth.BackupsAdmin, do: (*request).restDrill},
	}
}

// backupJSON is a backup that was begun.
type backupJSON struct {
	ID         string      `json:"id"`
	At         time.Time   `json:"at"`
	Ended      time.Time   `json:"ended,omitzero"`
	By         chain.Actor `json:"by"`
	Way        string      `json:"way"`   // download, file, schedule or drill
	State      string      `json:"state"` // running, done or failed
	Code       string      `json:"code,omitempty"`
	Bytes      int64       `json:"bytes"`
	SHA256     string      `json:"sha256,omitempty"`
	Size       uint64      `json:"checkpoint_size"`
	Originals  int         `json:"originals"`
	Recipients []string    `json:"recipients"` // the first 16 hex digits of each one's SHA-256
	Seq        uint64      `json:"audit_seq"`
	Damaged    int         `json:"damaged,omitempty"` // firms that it has as files alone
}

func (q *request) restBackups() error {
	all := []backupJSON{}
	err := q.view(func(v *store.View) error {
		made, err := v.Backups()
		for _, r := range made {
			all = append(all, backupJSON{r.ID, r.At, r.Ended, r.By, r.Way, r.State, r.Code, r.Bytes, r.SHA256, r.Size, r.Originals, r.Recipients, r.Seq, r.Damaged})
		}
		return err
	})
	if err != nil {
		return err
	}
	return q.json(http.StatusOK, map[string]any{"backups": all})
}

// mayBackUp: a backup holds all firms of a box, so that where there are several
// none of their administrators makes one, but whoever has the machine in hand.
func (q *request) mayBackUp() error {
	if q.p.UserID == "" {
		return nil
	}
	all, err := q.s.Root.Tenants()
	if err == nil && len(all) > 1 {
		err = store.Fail(store.Denied, "backup-many")
	}
	return err
}

func (q *request) restBackup() error {
	var in struct {
		Recipients []string `json:"recipients"`
		Way        string   `json:"way"`
	}
	if q.r.ContentLength != 0 {
		if err := q.decode(&in); err != nil {
			return err
		}
	}
	if in.Way != store.WayFile {
		in.Way = store.WayDownload
	}
	return q.sendBackup(store.BackupRequest{Recipients: in.Recipients, Way: in.Way})
}

// sendBackup makes a backup and streams it. Its length is known before, so that
// whoever fetches it sees how far it is, and that it was cut, if so. A command gets
// the file's SHA-256 at its end, as the journal has it: taking it once more would
// cost as much as encryption.
func (q *request) sendBackup(req store.BackupRequest) error {
	if err := q.mayBackUp(); err != nil {
		return err
	}
	req.By, req.Request, req.Tenant = q.p.Actor, q.id, q.t.ID
	b, err := q.s.Root.PrepareBackup(q.r.Context(), req)
	if err != nil {
		return err
	}
	defer b.Close()
	h := q.w.Header()
	h.Set("Content-Type", "application/octet-stream")
	length := strconv.FormatInt(b.Bytes, 10)
	if req.Way == store.WayFile {
		h.Set("Coffre-Length", length)
		h.Set("Trailer", "Coffre-Sha256")
	} else {
		h.Set("Content-Length", length)
	}
	h.Set("Content-Disposition", mime.FormatMediaType("attachment", map[string]string{"filename": b.Name}))
	h.Set("Coffre-Backup", b.ID)
	h.Set("Coffre-Checkpoint-Size", strconv.FormatUint(b.Size(q.t.ID), 10))
	if all := b.Damaged(); len(all) > 0 { // whoever makes one may know all firms: mayBackUp
		h.Set("Coffre-Damaged", damagedHeader(all))
	}
	if path := filepath.Join(q.s.Root.Dir, demo.IdentityName); q.p.UserID == "" && exists(path) {
		h.Set("Coffre-Identity-File", path)
	}
	if err := b.Write(q.r.Context(), q.w); err != nil {
		q.s.Log.Error("backup failed", "request", q.id, "backup", b.ID, "err", err)
		b.Close()
		// The status is sent: what is left is to end the answer so that nobody takes it for whole.
		panic(http.ErrAbortHandler)
	}
	if req.Way == store.WayFile {
		h.Set("Coffre-Sha256", b.SHA256)
	}
	return nil
}

// damagedHeader names the firms that a backup has as files alone: id=code, between
// commas.
func damagedHeader(all []store.DamagedFirm) string {
	out := make([]string, len(all))
	for i, d := range all {
		out[i] = d.Tenant + "=" + d.Code
	}
	return strings.Join(out, ",")
}

func exists(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}

func (q *request) restDrills() error {
	all := []store.DrillRecord{}
	err := q.view(func(v *store.View) error {
		made, err := v.Drills()
		all = append(all, made...)
		return err
	})
	if err != nil {
		return err
	}
	return q.json(http.StatusOK, map[string]any{"drills": all})
}

// restDrill answers once the trial has ended, and gives it up with whoever asked.
func (q *request) restDrill() error {
	if err := q.mayBackUp(); err != nil {
		return err
	}
	rec, err := q.s.Root.Drill(q.r.Context(), store.DrillRequest{By: q.p.Actor, Request: q.id, Tenant: q.t.ID})
	if err != nil {
		return err
	}
	return q.json(http.StatusOK, rec)
}
