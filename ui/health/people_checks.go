package health

import (
	"context"
	"time"

	"coffre/store"
)

// approvalSlow is how long a request for a second person may lie before somebody
// should be reminded of it.
const approvalSlow = 24 * time.Hour

// readApprovals tells whether requests wait for a second person. Those that wait for
// their time alone need nobody.
func readApprovals(_ context.Context, s *subject) (string, Figures) {
	var all []store.Approval
	if err := s.view(func(v *store.View) (err error) { all, err = v.Approvals(); return err }); err != nil {
		return "unread", nil
	}
	n, oldest := 0, s.now
	for _, a := range all {
		if a.Open() && !a.Alone && s.now.Sub(a.Asked) > approvalSlow {
			n++
			if a.Asked.Before(oldest) {
				oldest = a.Asked
			}
		}
	}
	if n > 0 {
		return "waiting", Figures{"n": n, "since": oldest}
	}
	return "ok", nil
}

// kitLate is how long a firm that holds documents may go without a paper of which it
// is known that somebody can read it.
const kitLate = 14 * 24 * time.Hour

// readKit tells whether the paper that opens the backups was typed back. A firm whose
// backups other keys open too may do without.
func readKit(_ context.Context, s *subject) (string, Figures) {
	var k store.BackupKit
	var openers []string
	var use store.Usage
	err := s.view(func(v *store.View) (err error) {
		if k, err = v.BackupKit(); err != nil {
			return err
		}
		openers = v.BackupRecipients()
		use, err = v.Usage()
		return err
	})
	since := k.Made
	if since.IsZero() { // none was made, or it came as a setting
		since, _ = time.Parse(time.RFC3339, s.t.Customer.CreatedAt)
	}
	f := Figures{"since": since, "n": int(use.Documents)}
	late := use.Documents > 0 && s.now.Sub(since) > kitLate
	switch {
	case err != nil:
		return "unread", nil
	case !k.Confirmed.IsZero():
		return "ok", Figures{"at": k.Confirmed}
	case k.Recipient == "" && len(openers) > 0:
		return "own", nil
	case k.Recipient == "" && late:
		return "missing", f
	case k.Recipient == "":
		return "none", nil
	case late:
		return "late", f
	}
	return "unconfirmed", f
}
