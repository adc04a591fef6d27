package ui

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"coffre/auth"
	"coffre/chain"
	"coffre/store"
	"coffre/ui/look"
	"coffre/ui/page"
)

func (s *Server) journalRoutes() []route {
	return []route{
		{method: "GET", path: "/journal", may: auth.AuditRead, do: (*request).journalPage},
		{method: "POST", path: "/journal/verify", may: auth.AuditVerify, do: (*request).verifyForm},
		{method: "GET", path: "/journal/verify", may: auth.AuditVerify, do: (*request).verifyStatus},
		{method: "POST", path: "/journal/export", may: auth.AuditExport, do: func(q *request) error {
			if err := q.form(); err != nil {
				return err
			}
			return q.sendExport(q.r.PostFormValue("private") != "")
		}},
		{method: "GET", path: "/journal/checkpoint", may: auth.AuditRead, do: (*request).checkpointNote},
	}
}

func (q *request) journalPage() error {
	v := page.Journal{Frame: q.frame(look.Journal), PrivateExport: auth.Allowed(q.p, auth.AuditPrivate)}
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
	v.Verdict = q.verdict()
	return q.render(http.StatusOK, page.JournalPage(v))
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
	v.Total, _ = q.t.Head()
	v.Checkpoint, err = q.checkpointView(view)
	return err
}

func (q *request) checkpointView(v *store.View) (page.Checkpoint, error) {
	f, err := v.Facts()
	_, note := q.t.Head()
	c := page.Checkpoint{Note: note, Key: f.FirstKey}
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

// verdicts holds the last verification of each tenant's readers, in memory: a
// verdict of the past is in the chain as audit.verify.
type verdicts struct {
	mu  sync.Mutex
	all map[string]*page.Verdict // tenant and actor
}

func (q *request) verdictKey() string { return q.t.ID + "\x00" + q.p.Actor.ID }

func (q *request) verdict() *page.Verdict {
	q.s.verdicts.mu.Lock()
	defer q.s.verdicts.mu.Unlock()
	v := q.s.verdicts.all[q.verdictKey()]
	if v == nil {
		return nil
	}
	c := *v
	c.Frame = q.frame(look.Journal)
	return &c
}

func (q *request) setVerdict(v page.Verdict) {
	q.s.verdicts.mu.Lock()
	defer q.s.verdicts.mu.Unlock()
	if q.s.verdicts.all == nil {
		q.s.verdicts.all = map[string]*page.Verdict{}
	}
	q.s.verdicts.all[q.verdictKey()] = &v
}

// verifyForm starts a verification and shows how it goes; one that takes under
// a second is shown ended.
func (q *request) verifyForm() error {
	if err := q.form(); err != nil {
		return err
	}
	req := store.VerifyRequest{FirstKey: strings.TrimSpace(q.r.PostFormValue("key"))}
	if err := req.Check(); err != nil {
		return err
	}
	if v := q.verdict(); v == nil || v.State != page.VerifyRunning {
		q.startVerify(req)
	}
	if !q.part() {
		return q.see("/journal")
	}
	return q.verifyStatus()
}

func (q *request) startVerify(req store.VerifyRequest) {
	size, _ := q.t.Head()
	q.setVerdict(page.Verdict{State: page.VerifyRunning, Total: size})
	done := make(chan struct{})
	t, release, err := q.s.Root.Acquire(q.t.ID)
	if err != nil {
		q.setVerdict(page.Verdict{State: page.VerifyFault, Fault: "internal"})
		return
	}
	go func() {
		defer close(done)
		defer release()
		begun := time.Now()
		rep, err := t.Verify(context.Background(), q.p.Actor, req, q.id)
		if err != nil {
			q.s.Log.Error("verification failed to run", "request", q.id, "err", err)
			q.setVerdict(page.Verdict{State: page.VerifyFault, Fault: "internal", At: time.Now()})
			return
		}
		q.setVerdict(q.verdictOf(rep, time.Since(begun)))
	}()
	select {
	case <-done:
	case <-time.After(time.Second):
	}
}

func (q *request) verdictOf(rep chain.Report, took time.Duration) page.Verdict {
	v := page.Verdict{
		State: page.VerifySound, First: rep.Pruned + 1, Last: rep.CheckpointSize, Entries: rep.Entries, Elapsed: took,
		Authentic: rep.Authentic, Handovers: rep.Handovers, Pruned: rep.Pruned, Restored: len(rep.Restored) > 0, At: time.Now(),
	}
	if !rep.OK {
		v.State, v.FaultSeq, v.Fault, v.Detail = page.VerifyFault, rep.FirstFault, rep.Fault, rep.Detail
	}
	v.Checkpoint = page.Checkpoint{Size: rep.CheckpointSize, Root: rep.CheckpointRoot}
	return v
}

func (q *request) verifyStatus() error {
	v := q.verdict()
	if v == nil {
		return notFound(q)
	}
	return q.render(http.StatusOK, page.VerdictView(*v))
}
