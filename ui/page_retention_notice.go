package ui

import (
	"net/http"

	"coffre/llm"
	"coffre/store"
	"coffre/ui/look"
	"coffre/ui/page"
)

func (q *request) staffNotice() error {
	v := page.StaffNotice{Frame: q.frame(look.NoArea)}
	err := q.view(func(view *store.View) error {
		r := view.Retention()
		v.Terms, v.Backups = q.terms(r), r.Backups
		us, err := view.Users()
		for _, u := range us {
			switch {
			case u.Disabled:
			case u.Role == store.Auditor:
				v.Auditors = append(v.Auditors, u.Name)
			case u.Role == store.Admin:
				v.Admins = append(v.Admins, u.Name)
			}
		}
		if err != nil {
			return err
		}
		hs, err := view.Holds()
		for _, h := range hs {
			if h.Active() {
				v.Held++
			}
		}
		return err
	})
	if err != nil {
		return err
	}
	return q.render(http.StatusOK, page.StaffNoticePage(v))
}

func (q *request) privateSearchPage(status int, v page.PrivateSearch) error {
	v.Frame = q.frame(look.Journal)
	return q.render(status, page.PrivateSearchPage(v))
}

// privateSearchForm is a POST, so that words and reason are in no address, no log
// and no history.
func (q *request) privateSearchForm() error {
	if err := q.form(); err != nil {
		return err
	}
	v := page.PrivateSearch{Words: q.r.PostFormValue("words"), Reason: q.r.PostFormValue("reason")}
	hits, more, err := q.t.PrivateSearch(q.r.Context(), q.p.Actor, q.event(""), v.Words, v.Reason)
	if e := store.AsError(err); err != nil {
		field := map[string]string{"reason": "reason", "search-words": "words"}[e.Code]
		if field == "" {
			return err
		}
		v.Faults = look.Faults{field: {Code: e.Code, Params: e.Params}}
		return q.privateSearchPage(http.StatusUnprocessableEntity, v)
	}
	v.Done, v.More = true, more
	err = q.view(func(view *store.View) error {
		people := peopleNames(view)
		for _, h := range hits {
			v.Hits = append(v.Hits, page.PrivateHit{Seq: h.Seq, Time: h.Time.Local(), Actor: nameOr(people, h.Actor.ID), Action: h.Action, Excerpt: h.Excerpt})
		}
		return nil
	})
	if err != nil {
		return err
	}
	return q.privateSearchPage(http.StatusOK, v)
}

// keptLines says until when the texts of a conversation are kept, and puts a
// line in the place of every question that is gone.
func (q *request) keptLines(said []llm.Said) (kept string, err error) {
	err = q.view(func(v *store.View) error {
		for i, s := range said {
			state, err := v.PrivateState(s.Message.Question)
			if err != nil && !store.IsNotFound(err) {
				return err
			}
			if s.Question == "" {
				said[i].Question = q.lang.T("retention.text-erased")
				if !state.Erased.IsZero() {
					said[i].Question = q.lang.T("retention.text-erased-on", "day", q.lang.Date(state.Erased.Local()))
				}
				continue
			}
			switch {
			case kept != "":
			case state.Held:
				kept = q.lang.T("retention.kept-held")
			case !state.Expires.IsZero():
				kept = q.lang.T("retention.kept-until", "day", q.lang.Date(state.Expires.Local()))
			}
		}
		return nil
	})
	return kept, err
}
