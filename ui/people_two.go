package ui

import (
	"net/http"
	"strings"

	"coffre/auth"
	"coffre/store"
	"coffre/ui/look"
	"coffre/ui/page"
)

// accountTwo is what a person's card says of a second administrator.
func (q *request) accountTwo(view *store.View, u store.User) (two page.AccountTwo, err error) {
	if two.Guarded, err = view.Guarded(u); err != nil {
		return two, err
	}
	others, err := view.Approvers(q.p, u.ID)
	if err != nil {
		return two, err
	}
	two.Alone = others == 0
	_, err = view.LinkGrant(q.p, u.ID)
	if err != nil && !store.IsNotFound(err) {
		return two, err
	}
	two.Granted = err == nil
	all, err := view.Approvals()
	for _, a := range all {
		if a.Open() && a.Person == u.ID {
			two.AskedLink = two.AskedLink || a.Kind == store.ApproveLink
			two.AskedFactors = two.AskedFactors || a.Kind == store.ApproveFactors
		}
	}
	return two, err
}

// askPerson asks for an approval from a form of a person's card; prefix names the
// form among the card's.
func (q *request) askPerson(kind, prefix string) error {
	id := q.r.PathValue("id")
	_, err := q.s.Auth.AskReset(q.r.Context(), q.t, q.p, auth.AskReset{
		Kind: kind, UserID: id, Reason: q.r.PostFormValue("reason"), PaperKey: paperOf(q.r), Request: q.id,
	})
	e := store.AsError(err)
	if err != nil && (e.Kind == store.Conflict || isTwo(e)) {
		return q.personPage(look.Faults{prefix + twoField(e): {Code: e.Code, Params: e.Params}}, http.StatusUnprocessableEntity)
	}
	return q.done(err, "/people/"+id, "notice.approval-asked")
}

func (q *request) personFactors() error {
	if err := q.form(); err != nil {
		return err
	}
	return q.askPerson(store.ApproveFactors, "factors-")
}

// twoPeople is the body of a reset; it may be missing where one person is enough.
func (q *request) twoPeople() (in reasoned, err error) {
	if q.r.ContentLength == 0 {
		return in, nil
	}
	err = q.decode(&in)
	in.PaperKey = strings.TrimSpace(in.PaperKey)
	return in, err
}

// askReset answers with the request that an approval was asked with.
func (q *request) askReset(kind string, in reasoned) error {
	a, err := q.s.Auth.AskReset(q.r.Context(), q.t, q.p, auth.AskReset{
		Kind: kind, UserID: q.r.PathValue("id"), Reason: in.Reason, PaperKey: in.PaperKey, Request: q.id,
	})
	if err != nil {
		return err
	}
	return q.json(http.StatusAccepted, a)
}

func (q *request) restFactorsReset() error {
	in, err := q.twoPeople()
	if err != nil {
		return err
	}
	return q.askReset(store.ApproveFactors, in)
}

// linkIdentity links an identity, or with a reason asks for the approval that a
// guarded account needs; asked is nil where it is done.
func (q *request) linkIdentity(provider, subject, user string, in reasoned) (asked *store.Approval, err error) {
	err = q.s.Auth.LinkIdentity(q.r.Context(), q.t, q.p, provider, subject, user, q.id)
	if err == nil || store.AsError(err).Code != "identity-two" || strings.TrimSpace(in.Reason) == "" {
		return nil, err
	}
	a, err := q.s.Auth.AskIdentity(q.r.Context(), q.t, q.p, store.Approval{Person: user, Provider: provider, Subject: subject, Reason: in.Reason}, strings.TrimSpace(in.PaperKey), q.id)
	return &a, err
}
