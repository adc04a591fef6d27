package ui

import (
	"io"
	"net/http"
	"path/filepath"
	"time"

	"coffre/auth"
	"coffre/store"
	"coffre/ui/look"
	"coffre/ui/page"
)

// What somebody lost comes back out of a backup, in the browser: the same acts as
// POST /api/v1/backups/look and /take, with one reading of the backup for both.

const backPath = "/settings/backups/back"

func (s *Server) backRoutes() []route {
	return []route{
		{method: "GET", path: "/settings/backups/back", may: auth.BackupsAdmin, do: (*request).backPage},
		{method: "GET", path: "/settings/backups/back/state", may: auth.BackupsAdmin, do: (*request).backState},
		{method: "POST", path: "/settings/backups/back/copy", may: auth.BackupsAdmin, from: backPath, do: (*request).backCopy},
		{method: "POST", path: "/settings/backups/back/file", may: auth.BackupsAdmin, from: backPath, bulky: true, do: (*request).backFile},
		{method: "POST", path: "/settings/backups/back/open", may: auth.BackupsAdmin, from: backPath, bulky: true, do: (*request).backOpen},
		{method: "POST", path: "/settings/backups/back/choose", may: auth.BackupsAdmin, from: backPath, do: (*request).backChoose},
		{method: "POST", path: "/settings/backups/back/take", may: auth.BackupsAdmin, from: backPath, bulky: true, do: (*request).backTake},
		{method: "POST", path: "/settings/backups/back/drop", may: auth.BackupsAdmin, from: backPath, do: (*request).backDrop},
	}
}

// backPage shows how far it is. What it tells of a backup is for whoever has just
// proven to be there, as with the acts themselves.
func (q *request) backPage() error {
	if err := q.mayCopy(); err != nil {
		return err
	}
	if !q.s.Auth.Present(q.t, q.p) {
		return store.Fail(store.Denied, "reauth")
	}
	v, other := q.s.back.look(q)
	v.Frame, v.Rest = q.frame(look.Settings), int(backRest/time.Minute)
	var err error
	switch {
	case other != nil:
		v.Other = q.lang.T("alert.operator")
		err = q.view(func(view *store.View) error {
			if name := peopleNames(view)[other.UserID]; name != "" {
				v.Other = name
			}
			return nil
		})
	case v.Phase == page.RestoreNone:
		q.backCopies(&v)
	case v.Phase == page.RestoreFile:
		v.AsksReason = q.asksReason()
	case v.Phase == page.RestoreFound && q.wish("step") == "plan":
		err = q.backPlan(&v)
	case v.Phase == page.RestoreFound:
		q.backList(&v)
	case v.Phase == page.BackDone:
		err = q.backTaken(&v)
	}
	if err != nil {
		return err
	}
	return q.render(http.StatusOK, page.BackPage(v))
}

// backState is the part that changes while a job runs; afterwards the page itself.
func (q *request) backState() error {
	if err := q.mayCopy(); err != nil {
		return err
	}
	v, _ := q.s.back.look(q)
	if v.Phase != page.RestoreRuns && v.Phase != page.BackTakes {
		return q.see(backPath)
	}
	v.L = q.lang
	return q.render(http.StatusOK, page.BackRuns(v))
}

// copiesPatience is how long a page waits for a folder that may lie on another
// machine.
const copiesPatience = 3 * time.Second

// backCopies lists the copies in the folder that is set, newest first.
func (q *request) backCopies(v *page.Back) {
	type listing struct {
		all []store.CopyFile
		err error
	}
	s, err := q.s.Root.Copies()
	if err == nil && s.Home == "" {
		return
	}
	got := make(chan listing, 1)
	go func() {
		l := listing{err: err}
		if err == nil {
			l.all, l.err = store.ListCopies(s.Home)
		}
		got <- l
	}()
	v.Folder = s.Plan.Folder
	select {
	case l := <-got:
		if l.err != nil {
			p := asProblem(partFault(l.err, s.Home))
			v.CopiesFault = &look.Fault{Code: p.code, Params: p.params}
		}
		for _, c := range l.all {
			v.Copies = append(v.Copies, look.Choice{Value: c.ID, Label: q.lang.DateTime(localTime(c.Made))})
		}
	case <-time.After(copiesPatience):
		v.CopiesFault = &look.Fault{Code: "copy-stuck"}
	}
}

// backCopy takes a copy out of the folder that is set.
func (q *request) backCopy() error {
	if err := q.mayCopy(); err != nil {
		return err
	}
	if err := q.form(); err != nil {
		return err
	}
	if err := q.s.back.begin(q); err != nil {
		return q.backBusy(err)
	}
	c, err := q.copyNamed(q.r.PostFormValue("copy"))
	name := ""
	if err == nil {
		name = filepath.Base(c.Path)
	}
	q.s.back.came(c.Path, name, c.Bytes, false, "copy", err)
	return q.see(backPath)
}

// backFile takes a backup as the browser sends it.
func (q *request) backFile() error {
	if err := q.mayCopy(); err != nil {
		return err
	}
	if err := q.s.back.begin(q); err != nil {
		return q.backBusy(err)
	}
	path := ""
	name, n, err := q.receiveBackup(func(in io.Reader, size int64) (n int64, err error) {
		path, n, err = q.s.Root.ReceiveAside(in, size)
		return n, err
	})
	q.s.back.came(path, name, n, true, "file", err)
	return q.see(backPath)
}

// backOpen begins to read the backup. What was typed is in no answer and no log, and
// so the reason that hardened mode asks for stands on the same page.
func (q *request) backOpen() error {
	if err := q.mayCopy(); err != nil {
		return err
	}
	if err := q.form(); err != nil {
		return err
	}
	id, err := store.ParseTypedIdentity([]byte(q.r.PostFormValue("words")), nil)
	if err != nil {
		q.s.back.typed(q, q.r.PostFormValue("reason"))
		q.s.back.fail(q, "words", err)
		return q.see(backPath)
	}
	if v, _ := q.s.back.look(q); v.Phase != page.RestoreFile {
		return q.backClosed(errPartClosed)
	}
	if q.asksReason() {
		reason := q.r.PostFormValue("reason")
		if _, err := store.CheckReason(reason); err != nil {
			q.s.back.typed(q, reason)
			q.s.back.fail(q, "reason", err)
			return q.see(backPath)
		}
		if err := q.enterReason("backup", reason); err != nil {
			return err
		}
	}
	if err := q.s.back.read(q, id); err != nil {
		return q.backBusy(err)
	}
	return q.see(backPath)
}

// backBusy leads to the page, which says who is at it.
func (q *request) backBusy(err error) error {
	q.s.back.fail(q, "", err)
	return q.see(backPath)
}

// backDrop removes what is open, also of somebody else, who has left it so.
func (q *request) backDrop() error {
	if err := q.mayCopy(); err != nil {
		return err
	}
	if err := q.s.back.drop(q); err != nil {
		return err
	}
	if q.r.FormValue("then") == "backups" {
		return q.see("/settings/backups")
	}
	return q.see(backPath)
}
