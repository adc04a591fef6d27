package ui

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"
	"mime"
	"net/http"
	"strconv"
	"strings"
	"time"

	"coffre/auth"
	"coffre/store"
	"coffre/ui/takeout"
	"coffre/vault/backupfile"
)

func (s *Server) takeoutRoutes() []route {
	return []route{
		{method: "GET", path: "/api/v1/exports", may: auth.BackupsRead, do: (*request).restTakeouts},
		{method: "POST", path: "/api/v1/exports", may: auth.BackupsAdmin, export: "firm", do: (*request).restTakeout},
		{method: "GET", path: "/settings/firm", may: auth.BackupsRead, do: (*request).firmPage},
		{method: "POST", path: "/settings/firm/export", may: auth.BackupsAdmin, export: "firm", do: (*request).takeoutForm},
		{method: "POST", path: "/account/export", may: auth.ProfileOwn, export: "own", do: (*request).takeoutOwn},
	}
}

func (q *request) restTakeouts() error {
	all := []store.Takeout{}
	err := q.view(func(v *store.View) error {
		made, err := v.Takeouts("")
		all = append(all, made...)
		return err
	})
	if err != nil {
		return err
	}
	return q.json(http.StatusOK, map[string]any{"exports": all})
}

// restTakeout streams the firm's export. In the open it is for two people: without
// an approval, a reason asks for one and the answer is 202.
func (q *request) restTakeout() error {
	var in struct {
		Plain    bool   `json:"plain"`
		Reason   string `json:"reason"`
		PaperKey string `json:"paper_key"`
	}
	if q.r.ContentLength != 0 {
		if err := q.decode(&in); err != nil {
			return err
		}
	}
	asked, err := q.takeFirm(in.Plain, in.Reason, strings.TrimSpace(in.PaperKey))
	if err != nil || asked == nil {
		return err
	}
	return q.json(http.StatusAccepted, asked)
}

// takeFirm sends the firm's export, sealed to its recipients or in the open; asked
// is the request for the approval that the latter needs, nil where it was sent.
func (q *request) takeFirm(plain bool, reason, paper string) (asked *store.Approval, err error) {
	if plain && !(q.p.All && q.t.Suspended()) {
		err := q.view(func(v *store.View) error { _, err := v.ExportGrant(q.p); return err })
		if store.IsNotFound(err) && strings.TrimSpace(reason) == "" {
			return nil, store.Fail(store.Conflict, "export-two")
		}
		if store.IsNotFound(err) {
			a, err := q.ask(store.Approval{Kind: store.ApproveExport, Reason: reason}, paper)
			return &a, err
		}
		if err != nil {
			return nil, err
		}
	}
	req := store.TakeoutRequest{Scope: store.TakeoutFirm, Reason: reason, Request: q.id}
	if !plain {
		if req.Recipients, err = q.takeoutRecipients(); err != nil {
			return nil, err
		}
	}
	whole := q.p
	whole.All, whole.Role = true, store.Admin
	return nil, q.sendTakeout(whole, req)
}

// takeoutRecipients are those of the firm's backups, and no others: sealed to a key
// of one's own, an export would be in the open for whoever asks.
func (q *request) takeoutRecipients() (named []string, err error) {
	if err := q.view(func(v *store.View) error { named = v.BackupRecipients(); return nil }); err != nil {
		return nil, err
	}
	if len(named) == 0 {
		return nil, store.Fail(store.Conflict, "backup-recipients")
	}
	_, bad, err := backupfile.Recipients(named)
	switch {
	case errors.Is(err, backupfile.ErrMixed):
		return nil, store.Fail(store.Invalid, "recipients-mixed")
	case err != nil:
		return nil, store.Fail(store.Invalid, "recipient", "n", strconv.Itoa(bad))
	}
	return named, nil
}

// takeoutOwn sends what is one's own.
func (q *request) takeoutOwn() error {
	if q.p.UserID == "" || q.p.Guest || q.p.Actor.Kind != "user" {
		return store.Fail(store.Denied, "not-allowed")
	}
	return q.sendTakeout(q.p, store.TakeoutRequest{Scope: store.TakeoutOwn, Request: q.id})
}

// sendTakeout streams an export with the rights of p. Its journal is whole before
// the first byte leaves, and its entry says what it became.
func (q *request) sendTakeout(p store.Principal, req store.TakeoutRequest) error {
	release, err := q.s.turns.take(q.r.Context())
	if err != nil {
		return err
	}
	defer release()
	rec, err := q.t.BeginTakeout(q.r.Context(), q.p, req)
	if err != nil {
		return err
	}
	journal, done, err := q.takeoutJournal(p, req.Scope)
	defer done()
	if err != nil {
		rec.Code = store.AsError(err).Code
		return errors.Join(err, q.t.EndTakeout(q.r.Context(), q.p.Actor, rec, q.id))
	}
	src := takeout.Source{
		Tenant: q.t, P: p, Own: req.Scope == store.TakeoutOwn, Lang: q.lang, Made: rec.At, Version: q.s.Version, Journal: journal,
	}
	if err := q.view(func(v *store.View) error { src.Settings = settingValues(v); return nil }); err != nil {
		return err
	}
	name := "coffre-" + q.t.ID + "-" + rec.At.Format("2006-01-02-1504") + ".zip"
	kind := "application/zip"
	if rec.Sealed {
		name, kind = name+".age", "application/octet-stream"
	}
	h := q.w.Header()
	h.Set("Content-Type", kind)
	h.Set("Coffre-Export", rec.ID)
	h.Set("Content-Disposition", mime.FormatMediaType("attachment", map[string]string{"filename": name}))
	sum := sha256.New()
	count := &counted{w: io.MultiWriter(q.w, sum)}
	made, err := writeTakeout(q.r.Context(), count, src, req.Recipients)
	rec.Documents, rec.Originals, rec.Conversations, rec.Bytes = made.Documents, made.Originals, made.Conversations, count.n
	rec.SHA256 = hex.EncodeToString(sum.Sum(nil))
	if err != nil {
		if rec.Code = store.AsError(err).Code; rec.Code == "internal" {
			rec.Code = "export-cut"
		}
	}
	if eerr := q.t.EndTakeout(q.r.Context(), q.p.Actor, rec, q.id); err == nil {
		err = eerr
	}
	if err != nil {
		q.s.Log.Error("export failed", "request", q.id, "export", rec.ID, "err", err)
		// The status is sent: the answer ends so that nobody takes it for whole.
		panic(http.ErrAbortHandler)
	}
	return nil
}

func writeTakeout(ctx context.Context, w io.Writer, src takeout.Source, recipients []string) (made takeout.Counts, err error) {
	if len(recipients) == 0 {
		return takeout.Write(ctx, w, src)
	}
	to, _, err := backupfile.Recipients(recipients)
	if err != nil {
		return made, err
	}
	seal, err := backupfile.Seal(to)
	if err != nil {
		return made, err
	}
	inner, err := seal.To(w)
	if err != nil {
		return made, err
	}
	if made, err = takeout.Write(ctx, inner, src); err != nil {
		return made, err
	}
	return made, inner.Close()
}

// takeoutJournal makes ready what an export takes along of the journal.
func (q *request) takeoutJournal(p store.Principal, scope string) (add func(func(string, func(io.Writer) error) error) error, done func(), err error) {
	req := store.ExportRequest{Request: q.id}
	if scope == store.TakeoutOwn {
		req.Form, req.Filter = store.ExportCSV, store.JournalFilter{Actor: p.UserID}
	}
	x, err := q.t.ExportFiltered(q.r.Context(), q.p.Actor, req)
	if err != nil {
		return nil, func() {}, err
	}
	k, err := q.kitOf(x)
	if err != nil {
		return nil, x.Remove, err
	}
	if scope == store.TakeoutOwn {
		return func(file func(string, func(io.Writer) error) error) error { return file("journal.csv", k.Export) }, x.Remove, nil
	}
	return k.Each, x.Remove, nil
}

// counted counts what goes through it.
type counted struct {
	w io.Writer
	n int64
}

func (c *counted) Write(b []byte) (int, error) {
	n, err := c.w.Write(b)
	c.n += int64(n)
	return n, err
}

// takeoutForm sends the export that the page asks for.
func (q *request) takeoutForm() error {
	if err := q.form(); err != nil {
		return err
	}
	plain := q.r.PostFormValue("form") == "plain"
	asked, err := q.takeFirm(plain, q.r.PostFormValue("reason"), paperOf(q.r))
	if asked != nil && err == nil {
		return q.done(nil, "/settings/firm", "notice.approval-asked")
	}
	if e := store.AsError(err); err != nil && (e.Kind == store.Conflict || e.Kind == store.Invalid || isTwo(e)) {
		return q.firmPageWith(e)
	}
	return err
}

// takenAt is when an export ended, or began.
func takenAt(t store.Takeout) time.Time {
	if t.Ended.IsZero() {
		return t.At.Local()
	}
	return t.Ended.Local()
}
