package ui

import (
	"net/http"
	"strconv"
	"strings"
	"time"

	"coffre/auth"
	"coffre/chain"
	"coffre/store"
	"coffre/ui/look"
	"coffre/ui/page"
)

// tamperRoutes exist in the demonstration alone: elsewhere the address is one
// that the box doesn't know.
func (s *Server) tamperRoutes() []route {
	if !s.Demo {
		return nil
	}
	return []route{
		{method: "GET", path: "/journal/tamper", may: auth.AuditVerify, do: func(q *request) error { return q.tamperPage(http.StatusOK, page.Tamper{}) }},
		{method: "POST", path: "/journal/tamper", may: auth.AuditVerify, do: (*request).tamperForm},
	}
}

// tamperPage draws the choice, with what was chosen and what came of it.
func (q *request) tamperPage(status int, v page.Tamper) error {
	v.Frame = q.frame(look.Journal)
	v.Size, _ = q.t.Head()
	v.Kinds = store.Tamperings
	if v.Kind == "" {
		v.Kind = store.TamperWord
	}
	if v.Entry == "" {
		v.Entry = strconv.FormatUint(q.tellingEntry(v.Size), 10)
	}
	return q.render(status, page.TamperPage(v))
}

// tellingEntry is the number of the newest answer, since that is what somebody
// might want to deny; the newest entry where there is none.
func (q *request) tellingEntry(size uint64) (seq uint64) {
	q.view(func(v *store.View) error {
		if all, _, err := v.Journal(store.JournalFilter{Class: chain.AnswerGive, Limit: 1}); err == nil && len(all) > 0 {
			size = all[0].Seq
		}
		return nil
	})
	return size
}

func (q *request) tamperForm() error {
	if err := q.form(); err != nil {
		return err
	}
	v := page.Tamper{Kind: q.r.PostFormValue("kind"), Entry: strings.TrimSpace(q.r.PostFormValue("entry"))}
	seq, err := strconv.ParseUint(v.Entry, 10, 63)
	if err != nil {
		seq = 0
	}
	// What the entry says is shown: that is a reading of the journal.
	if err := q.traceJournal(store.JournalFilter{Before: seq + 1}); err != nil {
		return err
	}
	release, err := q.s.turns.take(q.r.Context())
	if err != nil {
		return err
	}
	defer release()
	done, err := q.t.TamperWithCopy(q.r.Context(), store.Tampering{Kind: v.Kind, Entry: seq})
	if e := store.AsError(err); err != nil && e.Code == "tamper-entry" {
		v.Faults = look.Faults{"entry": {Code: e.Code, Params: e.Params}}
		return q.tamperPage(http.StatusUnprocessableEntity, v)
	}
	if err != nil {
		return err
	}
	v.Done = q.tampered(done)
	return q.tamperPage(http.StatusOK, v)
}

func (q *request) tampered(d store.Tampered) *page.Tampered {
	out := &page.Tampered{Kind: d.Kind, Entry: d.Entry, Size: d.Size, Left: d.Left, Checkpoint: d.Checkpoint}
	out.Before, out.After = page.Differ(d.Before, d.After)
	verdict := func(rep chain.Report, took time.Duration, against ...string) page.Verdict {
		v := verdictOf(rep, store.VerifyRequest{Checkpoints: against}, took)
		v.Frame, v.Copy = q.frame(look.Journal), true
		return v
	}
	out.Alone = verdict(d.Alone, d.AloneTook)
	if d.Compared != nil {
		c := verdict(*d.Compared, d.Took, d.Checkpoint)
		out.Compared = &c
	}
	return out
}
