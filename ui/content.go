package ui

import (
	"fmt"
	"io"
	"mime"
	"net/http"
	"os"
	"strconv"

	"coffre/chain"
	"coffre/store"
)

func tooLarge(limit int64) error {
	return store.Fail(store.TooLarge, "too-large", "limit", strconv.FormatInt(limit, 10))
}

// trace commits that a version is read, before anything of it is shown.
func (q *request) trace(action string, d store.Document, v store.Version) error {
	ev := q.event(action)
	ev.Object = chain.Object{Kind: "document", ID: d.ID}
	ev.Detail = chain.Detail{"version": v.ID}
	_, err := q.t.Record(q.r.Context(), q.p.Actor, ev)
	return err
}

// version finds the version that a request names, ready or not.
func (q *request) version(d store.Document) (store.Version, error) {
	v, ok := d.Version(q.r.FormValue("version"))
	if !ok && d.Current == "" && q.r.FormValue("version") == "" {
		return d.Latest(), nil
	}
	if !ok {
		return v, store.Fail(store.NotFound, "not-found")
	}
	return v, nil
}

func (q *request) restContent() error {
	d, err := q.document()
	if err != nil {
		return err
	}
	v, err := q.version(d)
	if err != nil {
		return err
	}
	switch q.r.FormValue("as") {
	case "", "text":
		return q.sendText(d, v)
	case "original":
		return q.sendOriginal(d, v)
	}
	return store.Fail(store.Invalid, "bad-parameter", "name", "as")
}

func (q *request) sendText(d store.Document, v store.Version) error {
	if v.Status != store.Ready {
		return store.Fail(store.Conflict, "not-ready")
	}
	if err := q.trace(chain.DocumentRead, d, v); err != nil {
		return err
	}
	var text string
	if err := q.view(func(view *store.View) (err error) { text, err = view.VersionText(v); return err }); err != nil {
		return err
	}
	q.w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	q.w.Header().Set("Content-Length", fmt.Sprint(len(text)))
	_, err := io.WriteString(q.w, text)
	return err
}

// sendOriginal sends a file as it was put in, always as a download: it is
// somebody's content and must never run in our origin.
func (q *request) sendOriginal(d store.Document, v store.Version) error {
	f, err := os.Open(q.t.FilePath(v.SHA256))
	if err != nil {
		return store.Fail(store.Corrupt, "original-missing").Because(err)
	}
	defer f.Close()
	if err := q.trace(chain.DocumentDownload, d, v); err != nil {
		return err
	}
	h := q.w.Header()
	h.Set("Content-Type", "application/octet-stream")
	h.Set("Content-Disposition", mime.FormatMediaType("attachment", map[string]string{"filename": d.Name}))
	h.Set("Content-Security-Policy", "default-src 'none'; sandbox")
	http.ServeContent(q.w, q.r, "", v.Added, f)
	return nil
}
