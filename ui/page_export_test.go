package ui

import (
	"net/url"
	"strings"
	"testing"

	"coffre/store"
	"coffre/ui/page"
)

// TestExportIsItsSessions: an export waits for the session that asked for it,
// for nobody else, not even for the same person signed in elsewhere.
func TestExportIsItsSessions(t *testing.T) {
	d := newBox(t, nil)
	d.person(d.a, "adam", store.Admin)
	audrey := d.person(d.a, "audrey", store.Auditor)
	asked, elsewhere := d.session(audrey), d.session(audrey)
	other := d.session(d.person(d.a, "odile", store.Auditor))
	if r := d.call(asked, "POST", "/journal/export", url.Values{"form": {"csv"}}); r.status != ok || !strings.Contains(r.body, "chain_hash") {
		t.Fatalf("export: %d", r.status)
	}
	if r := d.call(asked, "GET", "/journal/export/file", nil); r.status != ok || !strings.Contains(r.body, "chain_hash") {
		t.Errorf("again, by the same session: %d", r.status)
	}
	for name, c := range map[string]caller{"the same person elsewhere": elsewhere, "another auditor": other} {
		if r := d.call(c, "GET", "/journal/export/file", nil); r.status != seeOther || strings.Contains(r.body, "chain_hash") {
			t.Errorf("%s: %d", name, r.status)
		}
	}
}

// TestExportGrowsOld: a file that waited for too long is gone, and the page says
// so instead of offering it; one that runs or failed is left alone.
func TestExportGrowsOld(t *testing.T) {
	d := newBox(t, nil)
	d.person(d.a, "adam", store.Admin)
	asked := d.session(d.person(d.a, "audrey", store.Auditor))
	if r := d.call(asked, "POST", "/journal/export", url.Values{"form": {"csv"}}); r.status != ok {
		t.Fatalf("export: %d", r.status)
	}
	if r := d.call(asked, "GET", "/journal", nil); !strings.Contains(r.body, "L’export est prêt") || !strings.Contains(r.body, `href="/journal/export/file"`) {
		t.Error("a file that is ready is not offered")
	}
	var job *exportJob
	for _, j := range d.server.exports.all {
		job = j
	}
	file := job.file
	for _, state := range []string{page.ExportRunning, page.ExportFailed} {
		job.State = state
		if d.server.exports.expire(job); job.State != state {
			t.Errorf("%s becomes %s", state, job.State)
		}
	}
	job.State = page.ExportReady
	d.server.exports.expire(job)
	if f, err := file.Open(); err == nil {
		f.Close()
		t.Error("the file is still there")
	}
	if r := d.call(asked, "GET", "/journal", nil); !strings.Contains(r.body, "L’export a été effacé") || strings.Contains(r.body, `href="/journal/export/file"`) {
		t.Error("a file that is gone is still offered")
	}
	if r := d.call(asked, "GET", "/journal/export/file", nil); r.status != seeOther {
		t.Errorf("the file that is gone: %d", r.status)
	}
}
