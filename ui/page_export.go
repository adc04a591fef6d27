package ui

import (
	"context"
	"errors"
	"io"
	"mime"
	"net/http"
	"strconv"
	"sync"
	"time"

	"coffre/auth"
	"coffre/store"
	"coffre/ui/look"
	"coffre/ui/page"
)

// exports are files that are being written for people, or wait to be fetched:
// at most one a session, for exportKept after it is whole. In memory: what was
// exported is in the chain.
type exports struct {
	mu     sync.Mutex
	all    map[string]*exportJob
	closed bool
}

type exportJob struct {
	cancel context.CancelFunc
	ended  chan struct{}
	page.Export
	file store.Export
	err  error
	name string
	kind string
}

const (
	exportKept  = time.Hour
	exportQuick = 2 * time.Second // one that is whole by then is sent at once
)

func (s *Server) exportRoutes() []route {
	return []route{
		{method: "POST", path: "/journal/export", may: auth.AuditExport, export: "journal", do: (*request).exportForm},
		{method: "GET", path: "/journal/export", may: auth.AuditExport, do: (*request).exportStatus},
		{method: "GET", path: "/answers/{id}/receipt", may: auth.Ask, do: (*request).receipt},
		{method: "GET", path: "/journal/export/file", may: auth.AuditExport, do: (*request).exportFile},
	}
}

// exportRequest reads what an export is to hold.
func (q *request) exportRequest() (req store.ExportRequest, err error) {
	req = store.ExportRequest{Form: q.r.FormValue("form"), Private: q.r.FormValue("private") != "", Request: q.id}
	if req.Form != "" && req.Form != store.ExportLines && req.Form != store.ExportCSV {
		return req, store.Fail(store.Invalid, "bad-parameter", "name", "form")
	}
	if req.Private && !auth.Allowed(q.p, auth.AuditPrivate) {
		return req, store.Fail(store.Denied, "export-private")
	}
	req.Filter, err = q.journalFilter()
	req.Filter.Before, req.Filter.Limit = 0, 0
	return req, err
}

// exportForm starts an export. A quick one is sent at once, another shows how
// far it is.
func (q *request) exportForm() error {
	if err := q.form(); err != nil {
		return err
	}
	req, err := q.exportRequest()
	if err != nil {
		return err
	}
	job, err := q.startExport(req)
	if err != nil {
		return err
	}
	select {
	case <-job.ended:
		return q.exportFile()
	case <-time.After(exportQuick):
		return q.see("/journal")
	case <-q.r.Context().Done():
		return q.r.Context().Err()
	}
}

func (q *request) startExport(req store.ExportRequest) (*exportJob, error) {
	t, release, err := q.s.Root.Acquire(q.t.ID)
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithCancel(context.Background())
	job := &exportJob{cancel: cancel, ended: make(chan struct{})}
	job.name, job.kind = exportName(t.ID, req)
	size, _ := t.Head()
	job.Export = page.Export{State: page.ExportRunning, Total: size}
	if err := q.s.exports.put(q.verdictKey(), job); err != nil {
		release()
		return nil, err
	}
	req.Progress = func(done, total uint64) { q.s.exports.progress(job, done, total) }
	go func() {
		defer release()
		x, err := t.ExportFiltered(ctx, q.p.Actor, req)
		if err != nil && !errors.Is(err, context.Canceled) {
			q.s.Log.Error("export failed", "request", q.id, "err", err)
		}
		q.s.exports.end(job, x, err)
	}()
	return job, nil
}

func exportName(tenant string, req store.ExportRequest) (name, kind string) {
	name = "audit-" + tenant + "-" + time.Now().UTC().Format("2006-01-02-1504")
	if req.Form == store.ExportCSV {
		return name + ".csv", "text/csv; charset=utf-8"
	}
	return name + ".ndjson", "application/x-ndjson"
}

// put makes a job the session's one; the one before ends.
func (e *exports) put(key string, job *exportJob) error {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.closed {
		return store.Fail(store.Unavailable, "closing")
	}
	if e.all == nil {
		e.all = map[string]*exportJob{}
	}
	for k, old := range e.all {
		if k == key || !old.At.IsZero() && time.Since(old.At) > exportKept {
			old.cancel()
			old.file.Remove()
			delete(e.all, k)
		}
	}
	e.all[key] = job
	return nil
}

func (e *exports) progress(job *exportJob, done, total uint64) {
	e.mu.Lock()
	defer e.mu.Unlock()
	job.Done, job.Total = done, total
}

// end records what became of a job. A file that nobody waits for any more goes.
func (e *exports) end(job *exportJob, x store.Export, err error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	job.At, job.err, job.file = time.Now(), err, x
	job.State, job.Entries, job.Bytes = page.ExportReady, x.Entries, x.Bytes
	if err != nil {
		job.State = page.ExportFailed
	}
	kept := false
	for _, j := range e.all {
		kept = kept || j == job
	}
	if !kept {
		x.Remove()
	}
	close(job.ended)
	time.AfterFunc(exportKept, func() { e.expire(job) })
}

// expire deletes a file that nobody has fetched for so long; its session is told.
func (e *exports) expire(job *exportJob) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if job.State != page.ExportReady || e.closed {
		return
	}
	job.file.Remove()
	job.file, job.State = store.Export{}, page.ExportOld
}

// of returns a session's job as it is now, nil without one.
func (e *exports) of(key string) *exportJob {
	e.mu.Lock()
	defer e.mu.Unlock()
	job := e.all[key]
	if job == nil {
		return nil
	}
	c := *job
	return &c
}

// close ends what runs and removes the files.
func (e *exports) close() {
	e.mu.Lock()
	jobs := e.all
	e.all, e.closed = nil, true
	e.mu.Unlock()
	for _, job := range jobs {
		job.cancel()
		<-job.ended
		job.file.Remove()
	}
}

// exportState is the session's export for the journal's page, nil without one.
func (q *request) exportState() *page.Export {
	job := q.s.exports.of(q.verdictKey())
	if job == nil {
		return nil
	}
	x := job.Export
	x.L = q.lang
	if job.err != nil {
		p := asProblem(job.err)
		x.Fault = &look.Fault{Code: p.code, Params: p.params}
	}
	return &x
}

func (q *request) exportStatus() error {
	x := q.exportState()
	if x == nil {
		return q.see("/journal")
	}
	return q.render(http.StatusOK, page.ExportView(*x))
}

func (q *request) exportFile() error {
	job := q.s.exports.of(q.verdictKey())
	switch {
	case job == nil || job.State == page.ExportRunning || job.State == page.ExportOld:
		return q.see("/journal")
	case job.err != nil:
		return job.err
	}
	return q.sendFile(job.file, job.name, job.kind)
}

func (q *request) sendFile(x store.Export, name, kind string) error {
	f, err := x.Open()
	if err != nil {
		return store.Fail(store.Internal, "internal").Because(err)
	}
	defer f.Close()
	h := q.w.Header()
	h.Set("Content-Type", kind)
	h.Set("Content-Length", strconv.FormatInt(x.Bytes, 10))
	h.Set("Content-Disposition", mime.FormatMediaType("attachment", map[string]string{"filename": name}))
	_, err = io.Copy(q.w, f)
	return err
}
