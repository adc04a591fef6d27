package ui

import (
	"net/http"

	"coffre/auth"
	"coffre/store"
	"coffre/ui/look"
	"coffre/ui/page"
)

// openerTwo is what the forms say of the second person.
func (q *request) openerTwo(v *store.View) (two page.OpenerTwo, err error) {
	if two.Guarded, err = v.OpenersGuarded(); err != nil || !two.Guarded {
		return two, err
	}
	others, err := v.Approvers(q.p, "")
	two.Alone = others == 0
	two.Reason, two.Lost = q.r.PostFormValue("reason"), q.r.PostFormValue("lost") != ""
	return two, err
}

// pendingOpeners fills in the requests that wait for another key.
func (q *request) pendingOpeners(view *store.View, v *page.Backups) error {
	all, err := view.Approvals()
	if err != nil {
		return err
	}
	v.Refuse = q.mayChange(auth.ApprovalsRefuse)
	for _, a := range all {
		if !a.Open() || a.Kind != store.ApproveOpener && a.Kind != store.ApproveKit {
			continue
		}
		out, err := q.approvalView(view, peopleNames(view), a, q.mayChange(auth.RetentionAdmin))
		if err != nil {
			return err
		}
		v.Pending = append(v.Pending, out)
	}
	return nil
}

// openersFault shows the page again with what was wrong in one of its forms, named
// by the prefix of its fields; other errors are the request's.
func (q *request) openersFault(err error, form, rest string, v page.Backups) error {
	f := store.AsError(err)
	field := twoField(f)
	switch {
	case field != "":
		field = form + field
	case f.Kind == store.Invalid || f.Kind == store.Conflict:
		field = rest
	default:
		return err
	}
	v.Faults = look.Faults{field: {Code: f.Code, Params: f.Params}}
	return q.backupsPage(v, http.StatusUnprocessableEntity)
}
