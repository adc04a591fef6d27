package store

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"coffre/chain"
	"coffre/vault"
)

// Whoever opens a backup reads everything of everybody, whatever their rights on
// the box. So nobody alone adds to those who can: not in the settings, not by a new
// kit, not in a single request. Taking somebody away is anybody's who may.

const (
	// openersSetUp is how long a new firm's first administrator still chooses alone
	// who opens its backups; the box must have run for so long.
	openersSetUp = 24 * time.Hour
	// LostWaits is what a firm with one administrator waits who hasn't even the
	// paper any more: everybody is told on every page meanwhile.
	LostWaits = 14 * 24 * time.Hour
)

// opens tells whether a request lets somebody open backups who could not before.
func (a Approval) opens() bool { return a.Kind == ApproveOpener || a.Kind == ApproveKit }

// addsElse tells two requests for different keys apart; of kits, one waits at a time.
func (a Approval) addsElse(b Approval) bool {
	return a.Kind == ApproveOpener && !slices.ContainsFunc(a.Add, func(r string) bool { return slices.Contains(b.Add, r) })
}

// waits is how long a request waits that nobody else can approve.
func (a Approval) waits() time.Duration {
	switch {
	case a.Lost:
		return LostWaits
	case a.Kind == ApproveFirm:
		return FirmWaits
	}
	return AloneWaits
}

// namesOpeners tells whether a setting says who opens backups.
func namesOpeners(setting string) bool {
	return setting == SettingBackupRecipients || setting == SettingBackupRecovery
}

// NewOpeners are those of some recipients who can't open the firm's backups now,
// each once, in their order.
func (v *View) NewOpeners(recipients []string) (out []string) {
	have := v.BackupRecipients()
	for _, r := range recipients {
		if !slices.Contains(have, r) && !slices.Contains(out, r) {
			out = append(out, r)
		}
	}
	return out
}

// OpenersHeld tells whether letting these recipients open backups takes two people.
// It doesn't on a firm's first day, nor where nobody ever could open one.
func (v *View) OpenersHeld(recipients []string) (bool, error) {
	if len(v.NewOpeners(recipients)) == 0 {
		return false, nil
	}
	return v.OpenersGuarded()
}

// OpenersGuarded tells whether the firm's set-up is over. The box itself, whose
// openers count where it serves several firms, has no administrators: its operator
// holds the machine.
func (v *View) OpenersGuarded() (bool, error) {
	if v.t.ID == BoxID {
		return false, nil
	}
	first, err := v.firstOpener()
	if err != nil || first {
		return false, err
	}
	setUp, err := v.inSetUp()
	return !setUp, err
}

// firstOpener tells whether nobody could ever open a backup of the firm: one whose
// openers were taken away had some.
func (v *View) firstOpener() (bool, error) {
	for _, name := range []string{SettingBackupRecipients, SettingBackupRecovery} {
		if v.tx.Bucket([]byte("settings")).Get([]byte(name)) != nil {
			return false, nil
		}
	}
	k, err := v.BackupKit()
	return k.Recipient == "" && len(k.Former) == 0, err
}

// inSetUp counts along the entries from the first one on: a clock set back opens no
// second set-up.
func (v *View) inSetUp() (bool, error) {
	later, total, first := moment{made: v.t.now()}, time.Duration(0), false
	err := v.eachMoment(func(m moment) bool {
		total += min(countedGap, m.between(later))
		later, first = m, m.seq == 1
		return total < openersSetUp
	})
	return first && total < openersSetUp, err
}

// checkOpeners refuses what takes two people: Conflict "opener-two".
func (v *View) checkOpeners(name string, recipients []string) error {
	held, err := v.OpenersHeld(recipients)
	if err == nil && held {
		err = Fail(Conflict, "opener-two", "name", name)
	}
	return err
}

// chooseOpeners is what a setting of one person may do: what the firm began with is
// told to everybody who would have had a say later.
func (tx *Tx) chooseOpeners(name, value string) error {
	all := splitRecipients(value)
	if err := tx.checkOpeners(name, all); err != nil {
		return err
	}
	return tx.tellChosen(chain.SettingsUpdate, tx.NewOpeners(all))
}

// tellChosen tells of openers whom one person chose after the first day.
func (tx *Tx) tellChosen(what string, chosen []string) error {
	setUp, err := tx.inSetUp()
	if err != nil || setUp || len(chosen) == 0 {
		return err
	}
	return tx.tellOpeners(Alert{What: what, By: tx.by.ID, Kind: "opener"}, chosen)
}

// checkApproved refuses recipients of one backup that the firms on the box haven't
// approved: Denied "recipient-unapproved" with the first one's number.
func (b *Backup) checkApproved() error {
	have := map[string]bool{}
	for _, p := range b.parts {
		if p.t.ID == BoxID && b.firms == 1 {
			continue // of a time when there were several firms
		}
		err := p.t.View(func(v *View) error {
			for _, r := range v.BackupRecipients() {
				have[r] = true
			}
			return nil
		})
		if err != nil {
			return err
		}
	}
	for i, r := range b.req.Recipients {
		if !have[r] {
			return Fail(Denied, "recipient-unapproved", "n", strconv.Itoa(i+1))
		}
	}
	return nil
}

// checkOpener refuses a request that could not be carried out. Invalid
// "recipient-unknown", "recipients-mixed"; Conflict "opener-there".
func (v *View) checkOpener(a Approval) error {
	switch {
	case len(a.Add) == 0 || a.Kind == ApproveKit && len(a.Add) != 1 || !ValidRecipients(strings.Join(a.Add, " ")):
		return Fail(Invalid, "recipient-unknown")
	case len(v.NewOpeners(a.Add)) == 0:
		return Fail(Conflict, "opener-there")
	case !ValidRecipients(strings.Join(v.openersAfter(a), " ")):
		return Fail(Invalid, "recipients-mixed")
	}
	return nil
}

// openersAfter are the recipients of backups once a request is carried out.
func (v *View) openersAfter(a Approval) []string {
	if a.Kind == ApproveKit {
		return append(splitRecipients(v.Setting(SettingBackupRecipients, "")), a.Add...)
	}
	return append(v.ownOpeners(a), splitRecipients(v.Setting(SettingBackupRecovery, ""))...)
}

// ownOpeners are the firm's own recipients once a request is carried out.
func (v *View) ownOpeners(a Approval) []string {
	own := slices.DeleteFunc(splitRecipients(v.Setting(SettingBackupRecipients, "")), func(r string) bool {
		return slices.Contains(a.Drop, r)
	})
	return append(own, v.NewOpeners(a.Add)...)
}

// addOpener is the change itself; every administrator is told.
func (tx *Tx) addOpener(a Approval) (err error) {
	if err := tx.checkOpener(a); err != nil {
		return err
	}
	what := chain.SettingsUpdate
	if a.Kind == ApproveKit {
		what = chain.BackupKit
		err = tx.putBackupKit(a.Add[0], a.Typed)
	} else {
		err = tx.putSetting(SettingBackupRecipients, strings.Join(tx.ownOpeners(a), "\n"))
	}
	if err != nil {
		return err
	}
	return tx.tellOpeners(Alert{What: what, By: a.By.ID, Kind: "opener"}, a.Add)
}

// tellOpeners leaves word of new openers for every administrator but who did it
// alone.
func (tx *Tx) tellOpeners(a Alert, recipients []string) error {
	var to []string
	err := users.each(&tx.View, nil, func(_ []byte, u User) bool {
		if mayApprove(u) {
			to = append(to, u.ID)
		}
		return true
	})
	if err != nil {
		return err
	}
	a.Name = strings.Join(Approval{Add: recipients}.Marks(), ", ")
	for _, id := range to {
		a.UserID = id
		if err := tx.PutAlert(a); err != nil {
			return err
		}
	}
	return nil
}

// AskOpeners tells whether a value of a setting takes two people, and makes the
// request that would ask for it. Invalid "invalid-setting" for more than one
// recipient of a kit.
func (v *View) AskOpeners(setting, value string) (a Approval, held bool, err error) {
	all := splitRecipients(value)
	held, err = v.OpenersHeld(all)
	if err != nil || !held {
		return a, false, err
	}
	if setting == SettingBackupRecovery {
		if len(all) != 1 {
			return a, true, Fail(Invalid, "invalid-setting", "name", setting)
		}
		return Approval{Kind: ApproveKit, Add: all}, true, nil
	}
	a = Approval{Kind: ApproveOpener, Add: v.NewOpeners(all)}
	for _, r := range splitRecipients(v.Setting(setting, "")) {
		if !slices.Contains(all, r) {
			a.Drop = append(a.Drop, r)
		}
	}
	return a, true, nil
}

// Marks are the new keys as people compare them.
func (a Approval) Marks() (out []string) {
	for _, r := range a.Add {
		out = append(out, vault.RecipientMark(r))
	}
	return out
}
