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

// maxLedgers is the most that is read of ledgers, bytes: about 20,000 people.
const maxLedgers = 8 << 20

// restoreKnownForm reads the form that has files beside secrets. All of it stays in
// memory, or what was typed would lie in a temporary file.
func (q *request) restoreKnownForm() error {
	q.r.Body = http.MaxBytesReader(q.w, q.r.Body, maxLedgers+formRoom)
	err := q.r.ParseMultipartForm(maxLedgers + formRoom)
	var big *http.MaxBytesError
	switch {
	case err == nil, errors.Is(err, http.ErrNotMultipart):
		return nil
	case errors.As(err, &big):
		return store.Fail(store.TooLarge, "request-too-large")
	}
	return store.Fail(store.Invalid, "bad-request").Because(err)
}

// restoreLedgers are the ledgers that were sent, all together; sent is false where
// there are none.
func (q *request) restoreLedgers() (l store.Ledgers, sent bool, err error) {
	if q.r.MultipartForm == nil {
		return l, false, nil
	}
	for _, head := range q.r.MultipartForm.File["ledger"] {
		if head.Filename == "" {
			continue
		}
		f, err := head.Open()
		if err != nil {
			return l, true, err
		}
		text, err := io.ReadAll(f)
		f.Close()
		if err != nil {
			return l, true, err
		}
		one, err := store.ParseLedgers(text)
		if err != nil {
			return l, true, err
		}
		l.Erased, l.Destroyed, sent = append(l.Erased, one.Erased...), append(l.Destroyed, one.Destroyed...), true
	}
	return l, sent, nil
}

// restoreCheck begins to read the backup. What was typed is in no answer and no log.
// Ledgers are taken first: whoever mistypes a word and types it again has them still.
func (q *request) restoreCheck() error {
	token := q.r.URL.Query().Get("token")
	if err := q.setupOpen(token); err != nil {
		return err
	}
	if err := q.restoreKnownForm(); err != nil {
		return err
	}
	if q.s.first.look().Phase != page.RestoreFile {
		return errRestoreBusy
	}
	ledgers, sent, err := q.restoreLedgers()
	if err != nil {
		q.s.first.fail("ledger", err)
		return q.restoreBack(token, nil)
	}
	if sent {
		q.s.first.keep(ledgers)
	}
	id, err := store.ParseTypedIdentity([]byte(q.r.PostFormValue("words")), []byte(q.r.PostFormValue("keys")))
	if err != nil {
		q.s.first.fail("words", err)
		return q.restoreBack(token, nil)
	}
	var known []string
	// A browser ends the lines of a field with CR LF (HTML, form submission), a note with LF.
	if c := strings.TrimSpace(strings.ReplaceAll(q.r.PostFormValue("checkpoint"), "\r\n", "\n")); c != "" {
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
	err := q.s.first.commit(q, q.r.PostFormValue("lost") != "", q.r.PostFormValue("new_authority") != "")
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
