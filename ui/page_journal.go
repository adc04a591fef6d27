package ui

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"coffre/auth"
	"coffre/chain"
	"coffre/store"
	"coffre/ui/look"
	"coffre/ui/page"
)

func (s *Server) journalRoutes() []route {
	return []route{
		{method: "GET", path: "/journal", may: auth.AuditRead, do: func(q *request) error { return q.journalPage(http.StatusOK, page.VerifyForm{}) }},
		{method: "POST", path: "/journal/verify", may: auth.AuditVerify, do: (*request).verifyForm},
		{method: "GET", path: "/journal/verify", may: auth.AuditVerify, do: (*request).verifyStatus},
		{method: "GET", path: "/journal/checkpoint", may: auth.AuditRead, do: (*request).checkpointNote},
	}
}

func (q *request) journalPage(status int, form page.VerifyForm) error {
	v := page.Journal{Frame: q.frame(look.Journal), PrivateExport: auth.Allowed(q.p, auth.AuditPrivate), Verify: form}
	v.Search, v.SilentDays = auth.Allowed(q.p, auth.AuditSearch), witnessDays
	v.Filter = page.JournalFilter{Class: q.r.FormValue("class"), Outcome: q.r.FormValue("outcome"), From: q.r.FormValue("from"), To: q.r.FormValue("to")}
	f, err := q.journalFilter()
	if e := store.AsError(err); err != nil {
		if e.Params["name"] != "from" && e.Params["name"] != "to" {
			return err
		}
		v.Faults = look.Faults{e.Params["name"]: {Code: e.Code, Params: e.Params}}
		f = store.JournalFilter{}
	}
	if err := q.traceJournal(f); err != nil {
		return err
	}
	f.Limit = 50
	if err := q.view(func(view *store.View) error { return q.fillJournal(view, f, &v) }); err != nil {
		return err
	}
	v.Verdict, v.Export, v.Nightly = q.verdict(), q.exportState(), q.nightlyView()
	return q.render(status, page.JournalPage(v))
}

func (q *request) fillJournal(view *store.View, f store.JournalFilter, v *page.Journal) error {
	people := peopleNames(view)
	v.Filter.Actors = []look.Choice{{Label: q.lang.T("journal.anybody")}}
	for id, name := range people {
		v.Filter.Actors = append(v.Filter.Actors, look.Choice{Value: id, Label: name, Selected: id == f.Actor})
	}
	slices.SortFunc(v.Filter.Actors[1:], func(a, b look.Choice) int { return strings.Compare(a.Label, b.Label) })
	v.Filter.Classes = chain.Classes()
	all, next, err := view.Journal(f)
	if err != nil {
		return err
	}
	keys, err := view.APIKeys("")
	if err != nil {
		return err
	}
	for _, k := range keys {
		people[k.ID] = people[k.UserID]
	}
	for _, e := range all {
		v.Entries = append(v.Entries, q.journalEntry(view, e, people))
	}
	u := url.Values{}
	for _, k := range []string{"actor", "class", "outcome", "from", "to"} {
		if s := q.r.FormValue(k); s != "" {
			u.Set(k, s)
		}
	}
	if f.Before > 0 {
		v.First = "/journal?" + u.Encode()
	}
	if next > 0 {
		u.Set("cursor", strconv.FormatUint(next, 10))
		v.Next = "/journal?" + u.Encode()
	}
	outside, err := view.Witnesses()
	if v.Silent, err = silent(view, outside, err); err != nil {
		return err
	}
	v.Total, _ = q.t.Head()
	v.Checkpoint, err = q.checkpointView(view)
	return err
}

func (q *request) checkpointView(v *store.View) (page.Checkpoint, error) {
	f, err := v.Facts()
	_, note := q.t.Head()
	c := page.Checkpoint{Note: note, Key: f.FirstKey, Code: keyCode(note)}
	if cp, _, oerr := chain.OpenCheckpoint(note); oerr == nil {
		c.Size, c.Root = cp.Size, cp.Root.Base64()
	}
	return c, err
}

// journalEntry shows an entry. Private parts hold what people asked and read:
// the journal says that there is one, and no page of it shows what.
func (q *request) journalEntry(view *store.View, e store.JournalEntry, people map[string]string) page.Entry {
	out := page.Entry{
		Seq: e.Seq, Time: e.Time.Local(), Actor: people[e.Actor.ID], Kind: e.Actor.Kind, Action: e.Action, Outcome: e.Outcome,
		Object: e.Object.ID, Sealed: e.Sealed != "", Request: e.Request, Session: e.Session, Hash: e.Hash.String(),
	}
	if out.Actor == "" && e.Actor.Kind != "user" {
		out.Actor = e.Actor.ID
	}
	if e.Object.Kind == "user" && people[e.Object.ID] != "" {
		out.Object = people[e.Object.ID]
	}
	if e.Object.Kind == "document" {
		if d, err := view.Document(q.p, e.Object.ID); err == nil {
			out.Object = titleOf(d)
		}
	}
	names := make([]string, 0, len(e.Detail))
	for n := range e.Detail {
		names = append(names, n)
	}
	slices.Sort(names)
	for _, n := range names {
		out.Facts = append(out.Facts, page.Fact{Name: n, Value: factValue(e.Detail[n])})
	}
	return out
}

func factValue(v any) string {
	switch v := v.(type) {
	case string:
		return v
	case map[string]any, []any:
		b, err := json.Marshal(v)
		if err != nil {
			return ""
		}
		return string(b)
	}
	return fmt.Sprint(v)
}
