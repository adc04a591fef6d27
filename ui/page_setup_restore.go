package ui

import (
	"errors"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"

	"coffre/store"
	"coffre/ui/look"
	"coffre/ui/page"
)

// A restore at first run: the same one-time link opens it as the set-up, and with
// the first firm it is gone.

// restoreOpen checks a form's link.
func (q *request) restoreOpen() error {
	if err := q.form(); err != nil {
		return err
	}
	return q.setupOpen(q.r.PostFormValue("token"))
}

func (q *request) restoreView() page.SetupRestore {
	return page.SetupRestore{Frame: q.frame(look.NoArea), Token: q.r.FormValue("token"), RestoreState: q.s.first.look()}
}

func (q *request) restorePage() error {
	if err := q.setupOpen(q.r.URL.Query().Get("token")); err != nil {
		return err
	}
	if q.route.path == "/setup/restore/state" {
		return q.render(http.StatusOK, page.SetupRestoreBody(q.restoreView()))
	}
	return q.render(http.StatusOK, page.SetupRestorePage(q.restoreView()))
}

// restoreBack leads to the page, which says what came of a form. An error that is
// nobody's to mend there has a page of its own.
func (q *request) restoreBack(token string, err error) error {
	if err != nil {
		return err
	}
	return q.see("/setup/restore?token=" + url.QueryEscape(token))
}

// restoreFile takes a backup as it comes. Its link stands in the address: the body is
// not read before it holds.
func (q *request) restoreFile() error {
	token := q.r.URL.Query().Get("token")
	if err := q.setupOpen(token); err != nil {
		return err
	}
	if err := q.s.first.begin(); err != nil {
		return err
	}
	name, n, err := q.receiveBackup(q.s.Root.ReceiveBackup)
	q.s.first.end(q.s.Root, q.s.Root.UploadedBackup(), name, n, "file", err)
	return q.restoreBack(token, nil)
}

// receiveBackup hands the file of a multipart body to take, as it comes.
func (q *request) receiveBackup(take func(in io.Reader, size int64) (int64, error)) (name string, n int64, err error) {
	defer func() {
		if interrupted(q.r.Context(), err) {
			err = store.Fail(store.Invalid, "upload-interrupted").Because(err)
		}
	}()
	parts, err := q.r.MultipartReader()
	if err != nil {
		return "", 0, store.Fail(store.Invalid, "bad-request").Because(err)
	}
	for {
		part, err := parts.NextPart()
		if errors.Is(err, io.EOF) {
			return "", 0, store.Fail(store.Invalid, "file-missing")
		}
		if err != nil {
			return "", 0, err
		}
		if part.FormName() != "file" {
			continue
		}
		if name = part.FileName(); name == "" {
			return "", 0, store.Fail(store.Invalid, "file-missing")
		}
		n, err = take(part, q.r.ContentLength-formRoom)
		return name, n, err
	}
}

// restorePath takes a backup that lies on this machine.
func (q *request) restorePath() error {
	if err := q.restoreOpen(); err != nil {
		return err
	}
	if err := q.s.first.begin(); err != nil {
		return err
	}
	typed := strings.TrimSpace(q.r.PostFormValue("path"))
	file, n, err := store.FindBackup(typed)
	q.s.first.end(q.s.Root, file, file, n, "path", err)
	return q.restoreBack(q.r.PostFormValue("token"), nil)
}

// restoreCheck begins to read the backup. What was typed is in no answer and no log.
func (q *request) restoreCheck() error {
	if err := q.restoreOpen(); err != nil {
		return err
	}
	token := q.r.PostFormValue("token")
	if q.s.first.look().Phase != page.RestoreFile {
		return errRestoreBusy
	}
	id, err := store.ParseTypedIdentity([]byte(q.r.PostFormValue("words")), []byte(q.r.PostFormValue("keys")))
	if err != nil {
		q.s.first.fail("words", err)
		return q.restoreBack(token, nil)
	}
	var known []string
	if c := strings.TrimSpace(q.r.PostFormValue("checkpoint")); c != "" {
		known = []string{c + "\n"}
	}
	return q.restoreBack(token, q.s.first.check(q, id, known))
}

// restoreGo answers with the page that waits, and then begins again with the restored
// data.
func (q *request) restoreGo() error {
	if err := q.restoreOpen(); err != nil {
		return err
	}
	err := q.s.first.commit(q, q.r.PostFormValue("lost") != "")
	if err != nil || !q.s.first.committed() {
		return q.restoreBack(q.r.PostFormValue("token"), err)
	}
	time.AfterFunc(restoreGrace, q.restart)
	return q.render(http.StatusOK, page.SetupRestoredPage(q.restoreView()))
}

// restoreGrace is how long the box still answers: the page that waits needs its
// styles and its script.
const restoreGrace = 3 * time.Second

func (q *request) restoreDrop() error {
	if err := q.restoreOpen(); err != nil {
		return err
	}
	return q.restoreBack(q.r.PostFormValue("token"), q.s.first.drop(q.s.Root))
}
