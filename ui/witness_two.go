package ui

import (
	"coffre/store"
	"coffre/ui/page"
)

// askForward asks for another receiver where that takes two people, nil where not.
func (q *request) askForward(to store.ForwardTarget, reason, paper string) (asked *store.Approval, err error) {
	held := false
	err = q.view(func(v *store.View) (err error) { held, err = v.ForwardHeld(to); return err })
	if err != nil || !held {
		return nil, err
	}
	a, err := q.ask(store.Approval{Kind: store.ApproveWitness, Forward: true, Target: &to, Reason: reason}, paper)
	return &a, err
}

// twoField names the field of a form that a refused request is about; "" for none.
func twoField(e *store.Error) string {
	return map[string]string{"reason": "reason", "paper-key": "paper"}[e.Code]
}

// isTwo tells whether a request for two people's decision was refused for
// something that the form can say.
func isTwo(e *store.Error) bool { return twoField(e) != "" || e.Code == "approval-waiting" }

// twoView is what a form says of the second person; archive or else forwarding.
func (q *request) twoView(v *store.View, archive bool) (two page.Two, err error) {
	if archive {
		two.Held = v.ArchiveHeld("")
	} else if two.Held, err = v.ForwardHeld(store.ForwardTarget{}); err != nil {
		return two, err
	}
	us, err := v.Users()
	if err != nil {
		return two, err
	}
	admins := 0
	for _, u := range us {
		if u.Role == store.Admin && !u.Disabled {
			admins++
		}
	}
	all, err := v.Approvals()
	for _, a := range all {
		two.Asked = two.Asked || a.Open() && a.Kind == store.ApproveWitness && a.Archive == archive
	}
	two.Alone, two.Reason = admins <= 1, q.r.PostFormValue("reason")
	return two, err
}
