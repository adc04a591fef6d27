package ui

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"coffre/chain"
	"coffre/store"
	"coffre/ui/health/machine"
)

const exportWhy = "demandé par l'expert du tribunal"

// TestExportReason goes through every route that takes something out of the box:
// in hardened mode none answers without a reason, and each that does has entered
// it, sealed, under the same request.
func TestExportReason(t *testing.T) {
	x := newBox(t, onDisk(machine.Encrypted))
	adam := x.person(x.a, "adam", store.Admin)
	free := x.keyed(adam)
	if r := x.call(free, "GET", "/api/v1/access/export", nil); r.status != ok {
		t.Errorf("without the mode: %d", r.status)
	}
	c := x.harden(adam)
	n := 0
	for _, rt := range x.server.routes {
		if rt.export == "" {
			continue
		}
		n++
		api := strings.HasPrefix(rt.path, "/api/")
		var body any
		if rt.method == "POST" && !api {
			body = url.Values{}
		}
		r := x.call(c, rt.method, rt.path, body)
		switch {
		case r.status != unproc:
			t.Errorf("%s %s without a reason: %d", rt.method, rt.path, r.status)
		case api && r.code() != "export-reason":
			t.Errorf("%s %s: %s", rt.method, rt.path, r.code())
		case !api && !strings.Contains(r.body, `name="`+map[string]string{"GET": "reason", "POST": reasonField}[rt.method]+`"`):
			t.Errorf("%s %s: no field for a reason", rt.method, rt.path)
		}
		if r := x.call(c, rt.method, rt.path, body, ReasonHeader, "short"); r.status != unproc {
			t.Errorf("%s %s with a short reason: %d", rt.method, rt.path, r.status)
		}
	}
	if n < 12 {
		t.Errorf("%d routes ask for a reason", n)
	}
	before, _ := x.a.Head()
	r := x.call(c, "GET", "/api/v1/access/export", nil, ReasonHeader, url.PathEscape(exportWhy))
	if r.status != ok {
		t.Fatalf("with a reason: %d %s", r.status, r.body)
	}
	checkReasonEntry(t, x, before, r.header.Get("Request-Id"))
}

func checkReasonEntry(t *testing.T, x *box, from uint64, request string) {
	t.Helper()
	err := x.a.View(func(v *store.View) error {
		page, _, err := v.Journal(store.JournalFilter{Class: "export", Limit: 10})
		if err != nil || len(page) == 0 || page[0].Seq < from {
			t.Errorf("no entry: %v", err)
			return err
		}
		e := page[0]
		private, err := v.Private(e.Seq)
		if e.Action != chain.ExportReason || e.Detail["what"] != "rights" || e.Request != request || private["reason"] != exportWhy {
			t.Errorf("%+v %v %v", e, private, err)
		}
		return err
	})
	if err != nil {
		t.Error(err)
	}
}

// TestExportReasonInBrowser follows a link and a form over the page that asks.
func TestExportReasonInBrowser(t *testing.T) {
	x := newBox(t, onDisk(machine.Encrypted))
	c := x.harden(x.person(x.a, "adam", store.Admin))
	const link = "/access/export?by=person"
	if r := x.call(c, "GET", link, nil); !strings.Contains(r.body, `value="/access/export?by=person"`) {
		t.Fatalf("%d %s", r.status, r.body)
	}
	if r := x.call(c, "POST", "/reason", url.Values{"to": {link}, "reason": {"no"}}); r.status != unproc {
		t.Errorf("a short reason: %d", r.status)
	}
	if r := x.call(c, "POST", "/reason", url.Values{"to": {"https://example.com/"}, "reason": {exportWhy}}); r.header.Get("Location") != "/" {
		t.Errorf("leads to %q", r.header.Get("Location"))
	}
	before, _ := x.a.Head()
	if r := x.call(c, "POST", "/reason", url.Values{"to": {link}, "reason": {exportWhy}}); r.status != seeOther || r.header.Get("Location") != link {
		t.Fatalf("%d to %q", r.status, r.header.Get("Location"))
	}
	if r := x.call(c, "GET", "/access/export?by=collection", nil); r.status != unproc {
		t.Errorf("the reason of another link counts: %d", r.status)
	}
	r := x.call(c, "GET", link, nil)
	if r.status != ok || !strings.HasPrefix(r.header.Get("Content-Disposition"), "attachment") {
		t.Fatalf("the link: %d", r.status)
	}
	checkReasonEntry(t, x, before, r.header.Get("Request-Id"))
	if r := x.call(c, "GET", link, nil); r.status != unproc {
		t.Errorf("a reason counts twice: %d", r.status)
	}
	form := url.Values{"form": {"csv"}, "class": {"auth"}}
	r = x.call(c, "POST", "/journal/export", form)
	if r.status != unproc || !strings.Contains(r.body, `name="class" value="auth"`) {
		t.Errorf("the form is not sent on: %d", r.status)
	}
	form.Set(reasonField, exportWhy)
	if r := x.call(c, "POST", "/journal/export", form); r.status != ok && r.status != http.StatusSeeOther {
		t.Errorf("the form with a reason: %d %.200s", r.status, r.body)
	}
}
