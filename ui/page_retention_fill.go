package ui

import (
	"cmp"
	"math"
	"slices"
	"time"

	"coffre/store"
	"coffre/ui/look"
	"coffre/ui/page"
)

// shownApprovals is how many decided requests the page lists; the journal has
// them all.
const shownApprovals = 20

func (q *request) fillRetention(view *store.View, v *page.Retention) error {
	us, err := view.Users()
	if err != nil {
		return err
	}
	names, admins := map[string]string{}, 0
	for _, u := range us {
		names[u.ID] = u.Name
		if !u.Erased.IsZero() {
			continue
		}
		if u.Role == store.Admin && !u.Disabled {
			admins++
		}
		v.People = append(v.People, look.Choice{Value: u.ID, Label: u.Name, Hint: u.Login})
	}
	v.Alone = admins <= 1
	lifting, err := q.fillApprovals(view, names, v)
	if err != nil {
		return err
	}
	hs, err := view.Holds()
	if err != nil {
		return err
	}
	for _, h := range hs {
		v.Holds = append(v.Holds, page.Hold{
			ID: h.ID, Class: h.Class, Person: names[h.Person], Reason: h.Reason, By: nameOr(names, h.By), From: localOr(h.From), To: localOr(h.To),
			Placed: h.Placed.Local(), Lifted: localOr(h.Lifted), Asked: lifting[h.ID],
		})
	}
	es, err := view.Erasures()
	if err != nil {
		return err
	}
	for _, e := range es {
		c, err := view.Certificate(e.Person)
		if err != nil {
			return err
		}
		v.Erasures = append(v.Erasures, page.Erasure{
			Person: e.Person, Time: e.Time.Local(), Seq: e.Seq, Written: !e.Compacted.IsZero(), BackupsEnd: localOr(c.BackupsEnd),
		})
	}
	return nil
}

// fillApprovals also tells which holds somebody has asked to lift.
func (q *request) fillApprovals(view *store.View, names map[string]string, v *page.Retention) (lifting map[string]bool, err error) {
	all, err := view.Approvals()
	if err != nil {
		return nil, err
	}
	lifting = map[string]bool{}
	decided := 0
	for _, a := range all {
		if a.Open() && a.Hold != "" {
			lifting[a.Hold] = true
		}
		v.Copies.Asked = v.Copies.Asked || a.Open() && a.Kind == store.ApproveRelease
		if !a.Open() {
			if decided++; decided > shownApprovals {
				continue
			}
		}
		out, err := q.approvalView(view, names, a, v.Change)
		if err != nil {
			return nil, err
		}
		v.Approvals = append(v.Approvals, out)
	}
	return lifting, nil
}

// approvalView is one request as a page shows it; may: the reader may approve some.
func (q *request) approvalView(view *store.View, names map[string]string, a store.Approval, may bool) (page.Approval, error) {
	out := page.Approval{
		ID: a.ID, Kind: a.Kind, State: a.State, Code: a.Code, By: nameOr(names, a.By.ID), Reason: a.Reason,
		Class: a.Class, Days: a.Days, Person: nameOr(names, a.Person), Asked: a.Asked.Local(), Ends: a.Ends().Local(),
		Decided: localOr(a.Decided), Hours: -1, Given: len(a.Given), Needs: a.Needs,
		To: a.To, Archive: a.Archive, Forward: a.Forward, Dir: a.Dir, Marks: a.Marks(), Lost: a.Lost,
	}
	if i, err := view.Identity(a.Provider, a.Subject); err == nil {
		out.Login = cmp.Or(i.Login, i.Name, i.Subject)
	}
	if a.Target != nil && a.Target.Host != "" {
		out.Host = a.Target.Name()
		if a.Target.Clear {
			out.Host += " (TCP)"
		}
	}
	if a.Alone && a.Open() {
		left, err := view.AloneLeft(a)
		if err != nil {
			return out, err
		}
		out.Hours = int(math.Ceil(left.Hours()))
	}
	own := a.By.ID == q.p.UserID || a.Person == q.p.UserID && q.p.UserID != ""
	out.May = may && a.Open() && q.p.UserID != "" && !own && !slices.Contains(a.Given, q.p.UserID)
	return out, nil
}

func nameOr(names map[string]string, id string) string {
	if n := names[id]; n != "" {
		return n
	}
	return id
}

func localOr(t time.Time) time.Time {
	if t.IsZero() {
		return t
	}
	return t.Local()
}

// waiting are the notices of requests that concern who is looking: everybody who
// may decide, whom one is about, and all where a firm's single administrator wants
// something that others would have had to approve.
func (q *request) waiting() (out []look.Notice) {
	q.view(func(v *store.View) error {
		all, err := v.Approvals()
		told := map[string]bool{}
		for _, a := range all {
			if text := q.waitsFor(a); a.Open() && text != "" && !told[text] {
				told[text] = true
				out = append(out, look.Notice{Tone: look.Warn, Text: text})
			}
		}
		return err
	})
	return out
}

// waitsFor is what a request says to who is looking, "" where nothing.
func (q *request) waitsFor(a store.Approval) string {
	decides := q.p.Role == store.Admin || q.p.Role == store.Auditor
	opens := a.Kind == store.ApproveOpener || a.Kind == store.ApproveKit
	day := q.lang.Date(a.Asked.Local())
	switch {
	case opens && a.Lost:
		return q.lang.T("notice.waiting-lost", "day", day)
	case opens && a.Alone:
		return q.lang.T("notice.waiting-opener-alone", "day", day)
	case opens && decides:
		return q.lang.T("notice.waiting-opener", "day", day)
	case opens:
		return ""
	case a.Person == q.p.UserID && q.p.UserID != "":
		switch a.Kind {
		case store.ApproveFactors:
			return q.lang.T("two.notice-factors")
		case store.ApproveLink:
			return q.lang.T("two.notice-link")
		case store.ApproveIdentity:
			return q.lang.T("two.notice-identity")
		}
		return q.lang.T("notice.waiting-yours")
	case decides:
		return q.lang.T("notice.waiting-decide")
	case a.Alone && a.Person == "":
		return q.lang.T("notice.waiting-alone")
	}
	return ""
}
