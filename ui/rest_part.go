package ui

import (
	"errors"
	"io/fs"
	"net/http"
	"path/filepath"
	"slices"
	"strings"

	"coffre/auth"
	"coffre/store"
)

// A part of a backup is seen and brought back by whoever may restore and has the
// backup's identity: it opens all of it elsewhere too. The identity comes in the
// request and is kept nowhere.

func (s *Server) restPartRoutes() []route {
	return []route{
		{method: "POST", path: "/api/v1/backups/look", may: auth.BackupsAdmin, export: "backup", bulky: true, do: (*request).restPartLook},
		{method: "POST", path: "/api/v1/backups/take", may: auth.BackupsAdmin, export: "backup", bulky: true, do: (*request).restPartTake},
	}
}

// partIn is what both requests bear.
type partIn struct {
	Copy       string   `json:"copy"` // id of one in the folder of copies, or
	Path       string   `json:"path"` // a file or a folder; on the local socket alone
	Identity   string   `json:"identity"`
	Documents  []string `json:"documents"`
	Collection string   `json:"collection"`
	Into       string   `json:"into"`
	Rights     bool     `json:"rights"`
}

// partBody and partTakeBody tell integrators of it.
var (
	partBody     = map[string]string{"copy": "id of a copy in the folder that is set", "path": "on the local socket: a backup's file, or a folder of copies", "identity": "age identity, or the kit's 24 words!"}
	partTakeBody = map[string]string{"copy": partBody["copy"], "path": partBody["path"], "identity": partBody["identity"], "documents": "strings", "collection": "id", "into": "id of a collection of now", "rights": "boolean"}
)

func (q *request) partIn() (in partIn, req store.PartRequest, err error) {
	if err := q.mayCopy(); err != nil {
		return in, req, err
	}
	if err := q.decode(&in); err != nil {
		return in, req, err
	}
	req = store.PartRequest{By: q.p.Actor, Request: q.id}
	if req.File, err = q.partFile(in); err != nil {
		return in, req, err
	}
	req.Identity, err = store.ParseBackupIdentity([]byte(in.Identity))
	return in, req, err
}

// partFile finds the backup. Who comes over the network names a copy and no path:
// the box would read with its own rights whatever is named to it.
func (q *request) partFile(in partIn) (string, error) {
	if in.Path != "" {
		if q.p.UserID != "" || !filepath.IsAbs(in.Path) {
			return "", store.Fail(store.Invalid, "bad-parameter", "name", "path")
		}
		return in.Path, nil
	}
	c, err := q.copyNamed(in.Copy)
	return c.Path, err
}

// copyNamed finds a copy in the folder that is set. Errors: Conflict "copy-off";
// NotFound "copy-none"; those of reading the folder.
func (q *request) copyNamed(id string) (c store.CopyFile, err error) {
	s, err := q.s.Root.Copies()
	if err != nil {
		return c, err
	}
	if s.Home == "" {
		return c, store.Fail(store.Conflict, "copy-off")
	}
	all, err := store.ListCopies(s.Home)
	if err != nil {
		return c, partFault(err, s.Home)
	}
	i := slices.IndexFunc(all, func(c store.CopyFile) bool { return c.ID == id })
	if i < 0 {
		return c, store.Fail(store.NotFound, "copy-none", "path", s.Home)
	}
	return all[i], nil
}

// partFault words a file that the box may not read, since it need not run as whoever
// asks, and one that is no good: that is nothing amiss with the box.
func partFault(err error, path string) error {
	e := store.AsError(err)
	switch {
	case err == nil:
		return nil
	case path != "" && e.Kind == store.Internal && (errors.Is(err, fs.ErrNotExist) || errors.Is(err, fs.ErrPermission)):
		return store.Fail(store.NotFound, "part-unreadable", "path", path).Because(err)
	case e.Kind == store.Corrupt && (strings.HasPrefix(e.Code, "backup-") || strings.HasPrefix(e.Code, "copy-")):
		bad := *e
		bad.Kind = store.Invalid
		return &bad
	}
	return err
}

func (q *request) restPartLook() error {
	_, req, err := q.partIn()
	if err != nil {
		return err
	}
	out, err := q.s.Root.LookIntoBackup(q.r.Context(), q.t, req)
	if err != nil {
		return partFault(err, req.File)
	}
	if q.p.UserID != "" {
		out.Firms = []string{q.t.ID} // whose box it is may be nobody else's to know
	}
	return q.json(http.StatusOK, out)
}

func (q *request) restPartTake() error {
	in, req, err := q.partIn()
	if err != nil {
		return err
	}
	out, err := q.s.Root.TakeFromBackup(q.r.Context(), q.t, store.TakeRequest{
		PartRequest: req, As: q.p, Documents: in.Documents, Collection: in.Collection, Into: in.Into, Rights: in.Rights,
	})
	q.s.Ingest.Wake()
	if err != nil {
		return partFault(err, req.File)
	}
	return q.json(http.StatusOK, out)
}
