package ui

import (
	"net/http"

	"coffre/store"
	"coffre/ui/look"
	"coffre/ui/page"
)

// shownTakeouts is how many exports the page lists; the journal has them all.
const shownTakeouts = 20

func (q *request) firmPage() error { return q.firmView(page.Firm{}, http.StatusOK) }

// firmPageWith shows the page again with what was wrong in the form.
func (q *request) firmPageWith(e *store.Error) error {
	return q.firmView(page.Firm{
		Plain: q.r.PostFormValue("form") == "plain", Reason: q.r.PostFormValue("reason"),
		Faults: look.Faults{twoField(e): {Code: e.Code, Params: e.Params}},
	}, asProblem(e).status)
}

func (q *request) firmView(v page.Firm, status int) error {
	v.Frame = q.frame(look.Settings)
	err := q.view(func(view *store.View) error {
		v.Sealable = len(view.BackupRecipients()) > 0
		use, err := view.Usage()
		if err != nil {
			return err
		}
		most := q.t.Quota()
		v.Quotas = []page.Quota{
			{Name: "bytes", Used: use.Bytes, Most: most.Bytes}, {Name: "documents", Used: use.Documents, Most: most.Documents},
			{Name: "people", Used: use.People, Most: most.People}, {Name: "questions", Used: use.Questions, Most: most.Questions},
		}
		return q.fillTakeouts(view, &v)
	})
	if err != nil {
		return err
	}
	return q.render(status, page.FirmPage(v))
}

func (q *request) fillTakeouts(view *store.View, v *page.Firm) error {
	us, err := view.Users()
	if err != nil {
		return err
	}
	names := map[string]string{}
	for _, u := range us {
		names[u.ID] = u.Name
	}
	if _, err = view.ExportGrant(q.p); err != nil && !store.IsNotFound(err) {
		return err
	}
	v.Granted = err == nil
	all, err := view.Approvals()
	if err != nil {
		return err
	}
	for _, a := range all {
		v.Asked = v.Asked || a.Open() && a.Kind == store.ApproveExport
	}
	others, err := view.Approvers(q.p, "")
	if err != nil {
		return err
	}
	v.Alone = others == 0
	made, err := view.Takeouts("")
	for _, t := range made[:min(len(made), shownTakeouts)] {
		v.Made = append(v.Made, page.FirmExport{
			At: takenAt(t), Who: nameOr(names, t.By.ID), State: t.State, Code: t.Code, SHA256: t.SHA256, Own: t.Scope == store.TakeoutOwn,
			Sealed: t.Sealed, Bytes: t.Bytes, Documents: t.Documents, Originals: t.Originals, Statements: t.Conversations,
		})
	}
	return err
}
