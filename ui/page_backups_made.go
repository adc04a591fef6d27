package ui

import (
	"cmp"
	"errors"
	"net/http"
	"slices"
	"strings"
	"time"

	"coffre/store"
	"coffre/ui/look"
	"coffre/ui/page"
	"coffre/vault"
)

// shownBackups and shownTrials are how many backups and trial restores the page lists.
const (
	shownBackups = 20
	shownTrials  = 5
)

// backupsAge is how old the newest backup may be before administrators are
// reminded.
const backupsAge = 7 * 24 * time.Hour

// backupsView fills in what was made and who can open the next one.
func (q *request) backupsView(view *store.View, v *page.Backups) error {
	kit, err := view.BackupKit()
	if err != nil {
		return err
	}
	for _, r := range view.BackupRecipients() {
		v.Openers = append(v.Openers, page.Opener{Mark: vault.RecipientMark(r), Kit: r == kit.Recipient, Old: !strings.HasPrefix(r, "age1pq1")})
	}
	slices.SortStableFunc(v.Openers, func(a, b page.Opener) int {
		switch {
		case a.Kit && !b.Kit:
			return -1
		case b.Kit && !a.Kit:
			return 1
		}
		return 0
	})
	made, err := view.Backups()
	people := peopleNames(view)
	for i, r := range made {
		if r.State == store.BackupRunning {
			v.Running = true
		}
		if i >= shownBackups {
			break
		}
		who := people[r.By.ID]
		if who == "" {
			who = q.lang.T("alert.operator")
		}
		v.Made = append(v.Made, page.Backup{
			ID: r.ID, Way: r.Way, State: r.State, At: localTime(r.At), Who: who, Bytes: r.Bytes, SHA256: r.SHA256,
			Code: r.Code, Seq: r.Seq, Entries: r.Size, Originals: r.Originals, Damaged: r.Damaged,
		})
	}
	v.Trying = q.s.tries.of(q.t.ID)
	tried, triedErr := view.Drills()
	for _, d := range tried[:min(len(tried), shownTrials)] {
		v.Tried = append(v.Tried, page.Tried{
			At: localTime(d.At), OK: d.OK, Code: d.Code, Bytes: d.Bytes, Entries: d.Entries, Seq: d.Seq, Originals: d.Originals, Questions: d.Questions, Found: d.Found, Damaged: d.Damaged,
		})
	}
	return errors.Join(err, triedErr)
}

// backupsState is the list and what it changes elsewhere, which the page asks for
// again and again: backups and trial restores also begin without it.
func (q *request) backupsState() error {
	var v page.Backups
	v.Frame = look.Frame{L: q.lang}
	err := q.view(func(view *store.View) error { return q.backupsView(view, &v) })
	if err == nil {
		v.Lacks, err = q.backupLacks(0)
	}
	if err != nil {
		return err
	}
	return q.render(http.StatusOK, page.BackupsState(v))
}

// backupDownload sends a backup to the browser.
func (q *request) backupDownload() error {
	err := q.sendBackup(store.BackupRequest{Way: store.WayDownload})
	if f := store.AsError(err); err != nil && (f.Kind == store.Conflict || f.Kind == store.Invalid) {
		return q.backupsPage(page.Backups{Faults: look.Faults{"download": {Code: f.Code, Params: f.Params}}}, http.StatusUnprocessableEntity)
	}
	return err
}

// openersForm adds a recipient of the firm's own, or takes one away by its mark.
// The kit's is changed by a new kit alone.
func (q *request) openersForm() error {
	if err := q.form(); err != nil {
		return err
	}
	add, away := strings.TrimSpace(q.r.PostFormValue("recipient")), q.r.PostFormValue("remove")
	if add == "" && away == "" {
		return q.backupsPage(page.Backups{Faults: look.Faults{"recipient": {Code: "recipient-missing"}}}, http.StatusUnprocessableEntity)
	}
	if strings.Contains(strings.ToUpper(add), "SECRET-KEY") { // it isn't shown again either
		return q.backupsPage(page.Backups{Faults: look.Faults{"recipient": {Code: "recipient-secret"}}}, http.StatusUnprocessableEntity)
	}
	list, err := q.ownOpeners(add, away)
	if err != nil {
		return q.openersFault(err, "opener-", "recipient", page.Backups{Typed: add})
	}
	ask := saidIn(q.r)
	ask.reason = cmp.Or(strings.TrimSpace(ask.reason), "-") // too short, which the field says
	asked, err := q.changeSettings(map[string]string{store.SettingBackupRecipients: list}, ask)
	switch {
	case err != nil:
		return q.openersFault(err, "opener-", "recipient", page.Backups{Typed: add})
	case asked != nil:
		return q.done(nil, "/settings/backups", "notice.approval-asked")
	case add == "":
		q.notify("notice.backup-opener-gone")
		return q.see("/settings/backups")
	}
	return q.done(nil, "/settings/backups", "notice.backup-opener")
}

// ownOpeners is the firm's own list with a recipient more, or without the one of a
// mark. Invalid "recipient-unknown", "recipients-mixed"; Conflict "opener-there".
func (q *request) ownOpeners(add, away string) (list string, err error) {
	err = q.view(func(v *store.View) error {
		kit, err := v.BackupKit()
		if err != nil {
			return err
		}
		var own []string
		for _, r := range v.BackupRecipients() {
			if r != kit.Recipient && vault.RecipientMark(r) != away {
				own = append(own, r)
			}
		}
		switch {
		case add == "":
		case !store.ValidRecipients(add):
			return store.Fail(store.Invalid, "recipient-unknown")
		case len(v.NewOpeners(strings.Fields(add))) == 0:
			return store.Fail(store.Conflict, "opener-there")
		case !store.ValidRecipients(strings.Join(append(slices.Clone(own), add, kit.Recipient), " ")):
			return store.Fail(store.Invalid, "recipients-mixed")
		default:
			own = append(own, add)
		}
		list = strings.Join(own, "\n")
		return nil
	})
	return list, err
}

// backupAge says what the newest whole backup lacks; it is "" where it is young, or
// where there is none and the firm is younger than grace.
func (q *request) backupAge(v *store.View, grace time.Duration) (string, error) {
	now := q.s.Auth.Now()
	made, err := v.Backups()
	for _, r := range made {
		if r.State != store.BackupDone {
			continue
		}
		if now.Sub(r.At) > backupsAge {
			return q.lang.T("backups.lack-old", "day", q.lang.Date(r.At.Local())), err
		}
		return "", err
	}
	born, parseErr := time.Parse(time.RFC3339, q.t.Customer.CreatedAt)
	if parseErr == nil && now.Sub(born) < grace {
		return "", err
	}
	return q.lang.T("backups.lack-none"), err
}
