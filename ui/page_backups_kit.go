package ui

import (
	"net/http"

	"coffre/chain"
	"coffre/store"
	"coffre/ui/look"
	"coffre/ui/page"
	"coffre/vault"
)

// kitView is the kit in use, and what would confirm it.
func (q *request) kitView(v *store.View) (page.BackupKit, error) {
	k, err := v.BackupKit()
	out := page.BackupKit{Mark: k.Mark(), Made: localTime(k.Made), Confirmed: localTime(k.Confirmed)}
	for _, f := range k.Former {
		out.Former = append(out.Former, page.FormerKit{Mark: f.Mark, Made: localTime(f.Made), Ended: localTime(f.Ended)})
	}
	if s, ok := q.s.kits.waiting(q.t.ID); ok && (s.fresh || k.Confirmed.IsZero() && s.recipient == k.Recipient) {
		out.Asked = s.asked
		if s.fresh {
			out.Waiting = vault.RecipientMark(s.recipient)
		}
	}
	return out, err
}

// kitForm draws a kit and shows it once. A firm's first is in use at once, so that
// backups can be made; another waits until its words are typed back, so that no
// backup is ever made for a paper that nobody has.
func (q *request) kitForm() error {
	var inUse store.BackupKit
	var two page.OpenerTwo
	err := q.view(func(v *store.View) (err error) {
		if inUse, err = v.BackupKit(); err == nil {
			two, err = q.openerTwo(v)
		}
		return err
	})
	if err != nil {
		return err
	}
	// Also where the one before was taken away: nobody alone takes a kit into use then.
	made, fresh := (*vault.Recovery)(nil), inUse.Recipient != "" || two.Guarded
	if fresh {
		made, err = vault.NewRecovery()
	} else {
		made, err = q.t.MakeBackupKit(q.r.Context(), q.p.Actor, q.id)
	}
	if err != nil {
		return err
	}
	sheet, err := q.s.kits.show(q.t.ID, made, q.lang, fresh)
	if err != nil {
		return err
	}
	return q.render(http.StatusOK, page.KitSheetPage(page.KitSheet{
		Frame: q.frame(look.Settings), Paper: sheet, Replaces: inUse.Mark(), Two: two, Date: q.lang.Date(q.s.Auth.Now().Local()),
	}))
}

// kitConfirmForm takes words of the paper: those that were asked for, or all.
func (q *request) kitConfirmForm() error {
	if err := q.form(); err != nil {
		return err
	}
	recipient, fresh, err := q.kitTyped()
	asked := false
	if err == nil && fresh {
		asked, err = q.askKit(recipient)
	}
	if err == nil && !asked {
		_, err = q.update(chain.BackupKit, func(tx *store.Tx) error {
			if fresh {
				return tx.PutBackupKit(recipient, true)
			}
			return tx.ConfirmBackupKit(recipient)
		})
	}
	if err != nil {
		return q.openersFault(err, "kit-", "kit", page.Backups{})
	}
	q.s.kits.forget(q.t.ID)
	if asked {
		return q.done(nil, "/settings/backups", "notice.approval-asked")
	}
	return q.done(err, "/settings/backups", "notice.kit-confirmed")
}

// askKit asks for the approval that taking a new kit into use takes, if any.
func (q *request) askKit(recipient string) (asked bool, err error) {
	err = q.view(func(v *store.View) error {
		asked, err = v.OpenersHeld([]string{recipient})
		return err
	})
	if err != nil || !asked {
		return false, err
	}
	s := saidIn(q.r)
	_, err = q.ask(store.Approval{Kind: store.ApproveKit, Add: []string{recipient}, Typed: true, Reason: s.reason, Lost: s.lost}, s.paper)
	return true, err
}

// kitTyped is the recipient of the paper that was typed back; fresh: it waits to be
// taken into use.
func (q *request) kitTyped() (recipient string, fresh bool, err error) {
	if text := q.r.PostFormValue("words"); text != "" {
		made, err := vault.RecoveryOfWords(text)
		if err != nil {
			return "", false, store.PaperFault(err)
		}
		return made.Recipient(), false, nil
	}
	s, ok := q.s.kits.waiting(q.t.ID)
	if !ok {
		return "", false, store.Fail(store.Invalid, "kit-forgotten")
	}
	var got []string
	for _, n := range s.asked {
		got = append(got, q.r.PostFormValue(page.WordField(n)))
	}
	s, ok = q.s.kits.typed(q.t.ID, got)
	if !ok {
		return "", false, store.Fail(store.Invalid, "kit-words")
	}
	return s.recipient, s.fresh, nil
}
