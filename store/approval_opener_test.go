package store

import (
	"slices"
	"testing"

	"coffre/chain"
	"coffre/vault/backupfile"
)

func newOpener(t *testing.T) string {
	t.Helper()
	to, err := backupfile.Throwaway()
	if err != nil {
		t.Fatal(err)
	}
	return to
}

func (f *firm) openers(t *testing.T) (all []string) {
	t.Helper()
	if err := f.View(func(v *View) error { all = v.BackupRecipients(); return nil }); err != nil {
		t.Fatal(err)
	}
	return all
}

// guardedFirm is a firm past its first day, whose backups open with a kit.
func guardedFirm(t *testing.T) (f *firm, c *calendar, kit string) {
	t.Helper()
	c = newCalendar()
	f = newFirmAt(t, t.TempDir(), c.now)
	made, err := f.MakeBackupKit(t.Context(), System("setup"), "")
	if err != nil {
		t.Fatal(err)
	}
	f.days(t, c, 2)
	return f, c, made.Recipient()
}

// TestOneAdministratorOpensNoBackup tries every way by which one administrator could
// come to read a backup.
func TestOneAdministratorOpensNoBackup(t *testing.T) {
	f, _, kit := guardedFirm(t)
	mine := newOpener(t)
	set := func(name, value string) func(*Tx) error {
		return func(tx *Tx) error { return tx.PutSetting(name, value) }
	}
	for name, way := range map[string]func(*Tx) error{
		"beside the kit":     set(SettingBackupRecipients, mine),
		"among others":       set(SettingBackupRecipients, kit+",\n"+mine),
		"instead of the kit": set(SettingBackupRecovery, mine),
		"beside, there":      set(SettingBackupRecovery, kit+" "+mine),
		"another kit":        func(tx *Tx) error { return tx.PutBackupKit(mine, true) },
		"after taking all away": func(tx *Tx) error {
			if err := tx.PutSetting(SettingBackupRecovery, ""); err != nil {
				return err
			}
			return tx.PutBackupKit(mine, true)
		},
		"with a setting that is free": func(tx *Tx) error {
			if err := tx.PutSetting("ui.language", "en"); err != nil {
				return err
			}
			return tx.PutSetting(SettingBackupRecipients, mine)
		},
	} {
		if code := f.change(way); code != "opener-two" {
			t.Errorf("%s: %q", name, code)
		}
	}
	if _, err := f.root.PrepareBackup(t.Context(), BackupRequest{By: f.admin.Actor, Recipients: []string{kit, mine}}); AsError(err).Code != "recipient-unapproved" || AsError(err).Params["n"] != "2" {
		t.Errorf("named in a request: %v", err)
	}
	if code := f.change(set(SettingBackupRecovery, "")); code != "" {
		t.Errorf("taking away: %s", code)
	}
	if _, err := f.MakeBackupKit(t.Context(), f.admin.Actor, ""); AsError(err).Code != "opener-two" {
		t.Errorf("a first kit after the first: %v", err)
	}
	if code := f.change(set(SettingBackupRecovery, kit)); code != "opener-two" {
		t.Errorf("back again: %q", code)
	}
	for name, p := range map[string]Principal{"the administrator": f.admin, "the command line": Operator("501")} {
		a := Approval{Kind: ApproveOpener, Add: []string{mine}, Reason: "une clé de plus pour l'entreprise"}
		if _, err := f.RequestApproval(t.Context(), p, a, "", ""); AsError(err).Code != "paper-key" {
			t.Errorf("%s without the paper: %v", name, err)
		}
	}
	// What is lost is the paper of this firm's one administrator, and of nothing else.
	if _, err := f.RequestApproval(t.Context(), f.admin, Approval{Kind: ApproveErasure, Person: f.alice.UserID, Reason: "demande de la personne", Lost: true}, "", ""); AsError(err).Code != "paper-key" {
		t.Errorf("another act without the paper: %v", err)
	}
	if all := f.openers(t); len(all) != 0 {
		t.Errorf("%d openers", len(all))
	}
	f.verifyLive(t)
}

// TestFirstDay: who sets a firm up chooses alone; where nobody ever could open a
// backup, the first one who can is told to every administrator.
func TestFirstDay(t *testing.T) {
	c := newCalendar()
	f := newFirmAt(t, t.TempDir(), c.now)
	bea := f.secondAdmin(t, c)
	if code := f.change(func(tx *Tx) error { return tx.PutSetting(SettingBackupRecipients, newOpener(t)) }); code != "" {
		t.Fatalf("nobody ever could: %s", code)
	}
	f.View(func(v *View) error {
		if told, err := v.Alerts(bea.UserID); err != nil || len(told) != 1 || told[0].By != f.admin.UserID {
			t.Errorf("the other administrator: %+v %v", told, err)
		}
		return nil
	})
	if _, err := f.MakeBackupKit(t.Context(), f.admin.Actor, ""); AsError(err).Code != "opener-two" {
		t.Errorf("a kit beside it: %v", err)
	}
	young := newFirmAt(t, t.TempDir(), newCalendar().now)
	for range 3 {
		if code := young.change(func(tx *Tx) error { return tx.PutBackupKit(newOpener(t), true) }); code != "" {
			t.Errorf("on the first day: %s", code)
		}
	}
}

// TestOpenerByTwo: what was asked for happens at the approval, once, by somebody
// else who still may.
func TestOpenerByTwo(t *testing.T) {
	f, c, kit := guardedFirm(t)
	bea := f.secondAdmin(t, c)
	mine, other, paper := newOpener(t), newOpener(t), newOpener(t)
	for code, bad := range map[string]Approval{
		"recipient-unknown": {Kind: ApproveOpener, Add: []string{"age1pq1nothing"}},
		"opener-there":      {Kind: ApproveOpener, Add: []string{kit}},
		"recipients-mixed":  {Kind: ApproveOpener, Add: []string{"age1ql3z7hjy54pw3hyww5ayyfg7zqgvc7w3j2elw8zmrj2kg5sfn9aqmcac8p"}},
	} {
		bad.Reason = "une clé de plus pour l'entreprise"
		if _, err := f.RequestApproval(t.Context(), f.admin, bad, "", ""); AsError(err).Code != code {
			t.Errorf("%s: %v", code, err)
		}
	}
	first := f.ask(t, f.admin, Approval{Kind: ApproveOpener, Add: []string{mine}, Lost: true})
	if first.Alone || first.Lost {
		t.Errorf("with a second administrator: %+v", first)
	}
	second := f.ask(t, f.admin, Approval{Kind: ApproveOpener, Add: []string{other}})
	made := f.ask(t, f.admin, Approval{Kind: ApproveKit, Add: []string{paper}, Typed: true})
	for _, again := range []Approval{{Kind: ApproveOpener, Add: []string{mine}}, {Kind: ApproveKit, Add: []string{newOpener(t)}}} {
		again.Reason = "une clé de plus pour l'entreprise"
		if _, err := f.RequestApproval(t.Context(), bea, again, "", ""); AsError(err).Code != "approval-waiting" {
			t.Errorf("%s asked twice: %v", again.Kind, err)
		}
	}
	if _, err := f.Approve(t.Context(), f.admin, first.ID, ""); AsError(err).Code != "approval-self" {
		t.Errorf("by who asked: %v", err)
	}
	f.role(t, bea.UserID, Member)
	if _, err := f.Approve(t.Context(), bea, first.ID, ""); AsError(err).Code != "approval-person" {
		t.Errorf("by somebody demoted since: %v", err)
	}
	f.role(t, bea.UserID, Admin)
	if _, err := f.Approve(t.Context(), bea, first.ID, ""); AsError(err).Code != "approver-new" {
		t.Errorf("by somebody promoted since: %v", err)
	}
	f.days(t, c, 3)
	for _, a := range []Approval{first, made} {
		if a, err := f.Approve(t.Context(), bea, a.ID, ""); err != nil || a.State != ApprovalDone {
			t.Fatalf("%+v %v", a, err)
		}
	}
	if _, err := f.Approve(t.Context(), bea, first.ID, ""); AsError(err).Code != "approval-over" {
		t.Errorf("approved again: %v", err)
	}
	if all := f.openers(t); !slices.Equal(all, []string{mine, paper}) {
		t.Errorf("%d openers", len(all))
	}
	if _, err := f.Refuse(t.Context(), bea, second.ID, ""); err != nil {
		t.Error(err)
	}
	if code := f.change(func(tx *Tx) error { return tx.PutSetting(SettingBackupRecipients, "") }); code != "" {
		t.Errorf("taking it away: %s", code)
	}
	f.keepNow(t)
	if all := f.openers(t); !slices.Equal(all, []string{paper}) {
		t.Errorf("replayed: %d openers", len(all))
	}
	f.View(func(v *View) error {
		k, err := v.BackupKit()
		if err != nil || k.Recipient != paper || k.Confirmed.IsZero() || len(k.Former) != 1 {
			t.Errorf("the kit: %+v %v", k, err)
		}
		for _, id := range []string{f.admin.UserID, bea.UserID} {
			if told, err := v.Alerts(id); err != nil || len(told) != 2 {
				t.Errorf("told %d times: %v", len(told), err)
			}
		}
		return nil
	})
	f.verifyLive(t)
}

func (f *firm) role(t *testing.T, id string, to Role) {
	t.Helper()
	ev := chain.Event{Action: chain.UserUpdate, Object: chain.Object{Kind: "user", ID: id}}
	_, err := f.Update(t.Context(), f.admin.Actor, ev, func(tx *Tx) error {
		u, err := tx.User(id)
		if err != nil {
			return err
		}
		u.Role = to
		return tx.UpdateUser(u)
	})
	if err != nil {
		t.Fatal(err)
	}
}

// TestOpenerKilled: what was approved and then killed happens at the next start,
// and what waits too long does not.
func TestOpenerKilled(t *testing.T) {
	f, c, kit := guardedFirm(t)
	bea := f.secondAdmin(t, c)
	mine := newOpener(t)
	a := f.ask(t, f.admin, Approval{Kind: ApproveOpener, Add: []string{mine}})
	_, err := f.Update(t.Context(), bea.Actor, chain.Event{Action: chain.ApprovalApprove}, func(tx *Tx) error {
		_, err := tx.approve(bea, a.ID)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	if all := f.openers(t); !slices.Equal(all, []string{kit}) {
		t.Errorf("before it is carried out: %d", len(all))
	}
	f.keepNow(t)
	if all := f.openers(t); !slices.Equal(all, []string{mine, kit}) {
		t.Errorf("after the next start: %d", len(all))
	}
	late := f.ask(t, f.admin, Approval{Kind: ApproveOpener, Add: []string{newOpener(t)}})
	f.days(t, c, 15)
	f.keepNow(t)
	f.View(func(v *View) error {
		if got, err := v.Approval(late.ID); err != nil || got.State != ApprovalExpired {
			t.Errorf("nobody decided: %+v %v", got, err)
		}
		return nil
	})
	if _, err := f.Approve(t.Context(), bea, late.ID, ""); AsError(err).Code != "approval-over" {
		t.Errorf("approved too late: %v", err)
	}
	f.verifyLive(t)
}

// TestOpenerByCommandLine: root at the machine is nobody in particular, and a first
// approval counts only while who gave it is an administrator.
func TestOpenerByCommandLine(t *testing.T) {
	f, c, _ := guardedFirm(t)
	bea := f.secondAdmin(t, c)
	cleo := f.person(t, "cleo", Admin)
	f.days(t, c, 4)
	a := f.ask(t, Operator("501"), Approval{Kind: ApproveOpener, Add: []string{newOpener(t)}})
	if a, err := f.Approve(t.Context(), bea, a.ID, ""); err != nil || a.State != ApprovalWaiting {
		t.Fatalf("the first: %+v %v", a, err)
	}
	f.role(t, bea.UserID, Member)
	if a, err := f.Approve(t.Context(), f.principal(t, cleo.UserID), a.ID, ""); err != nil || a.State != ApprovalWaiting || len(a.Given) != 1 {
		t.Errorf("the first is no administrator any more: %+v %v", a, err)
	}
	if a, err := f.Approve(t.Context(), f.admin, a.ID, ""); err != nil || a.State != ApprovalDone {
		t.Errorf("a third: %+v %v", a, err)
	}
}

// TestOpenerAlone: a single administrator waits three days with the paper and two
// weeks without it.
func TestOpenerAlone(t *testing.T) {
	c := newCalendar()
	f, kit := aloneFirm(t, c.now)
	if _, err := f.MakeBackupKit(t.Context(), System("setup"), ""); err != nil {
		t.Fatal(err)
	}
	f.days(t, c, 2)
	with, without := newOpener(t), newOpener(t)
	ask := func(a Approval, paper string) Approval {
		t.Helper()
		a.Reason = "le papier de l'ancienne clé est perdu"
		a, err := f.RequestApproval(t.Context(), f.admin, a, paper, "")
		if err != nil || !a.Alone {
			t.Fatalf("%+v %v", a, err)
		}
		return a
	}
	ask(Approval{Kind: ApproveOpener, Add: []string{with}}, kit.RecoverySecret)
	lost := ask(Approval{Kind: ApproveKit, Add: []string{without}, Lost: true}, "")
	if !lost.Lost {
		t.Error("the paper isn't said to be lost")
	}
	has := func(day int, r string) bool { f.keepNow(t); return slices.Contains(f.openers(t), r) }
	for day := range 14 {
		if has(day, with) != (day >= 3) || has(day, without) {
			t.Errorf("day %d: with the paper %v, without %v", day, has(day, with), has(day, without))
		}
		f.days(t, c, 1)
	}
	if !has(14, without) {
		t.Error("not even after two weeks")
	}
	refused := ask(Approval{Kind: ApproveKit, Add: []string{newOpener(t)}, Lost: true}, "")
	rita := f.person(t, "rita", Auditor)
	if a, err := f.Refuse(t.Context(), rita, refused.ID, ""); err != nil || a.State != ApprovalRefused {
		t.Errorf("by an auditor: %+v %v", a, err)
	}
	f.days(t, c, 15)
	if f.keepNow(t); slices.Contains(f.openers(t), refused.Add[0]) {
		t.Error("what was refused happened")
	}
	f.verifyLive(t)
}

// TestOpenerEntries: the journal says which key, who asked and who approved.
func TestOpenerEntries(t *testing.T) {
	f, c, _ := guardedFirm(t)
	bea := f.secondAdmin(t, c)
	mine := newOpener(t)
	a := f.ask(t, f.admin, Approval{Kind: ApproveOpener, Add: []string{mine}})
	if _, err := f.Approve(t.Context(), bea, a.ID, ""); err != nil {
		t.Fatal(err)
	}
	head, _ := f.Head()
	err := f.View(func(v *View) error {
		asked, err := v.Entry(a.Seq)
		if err != nil {
			return err
		}
		mark := fingerprints([]string{mine})[0]
		if marks, _ := asked.Detail["recipients"].([]any); len(marks) != 1 || marks[0] != mark || asked.Detail["lost"] != false {
			t.Errorf("asked: %v", asked.Detail)
		}
		done, err := v.Entry(head)
		marks, _ := done.Detail["recipients"].([]any)
		if by, _ := done.Detail["approved_by"].([]any); done.Action != chain.SettingsUpdate || !slices.Contains(marks, any(mark)) || len(by) != 1 || by[0] != bea.UserID || done.Detail["requested_by"] != f.admin.UserID {
			t.Errorf("done: %s %v", done.Action, done.Detail)
		}
		return err
	})
	if err != nil {
		t.Error(err)
	}
}

// TestOperatorChoosesForTheBox: a box that serves several firms has no
// administrators; its own openers are its operator's, today and later.
func TestOperatorChoosesForTheBox(t *testing.T) {
	f, _, kit := guardedFirm(t)
	mine := newOpener(t)
	for range 2 {
		_, err := f.root.Box.Update(t.Context(), Operator("501").Actor, chain.Event{Action: chain.SettingsUpdate}, func(tx *Tx) error {
			return tx.PutSetting(SettingBackupRecipients, newOpener(t)+"\n"+mine)
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	// They open no backup of a box with one firm.
	if _, err := f.root.PrepareBackup(t.Context(), BackupRequest{By: f.admin.Actor, Recipients: []string{kit, mine}}); AsError(err).Code != "recipient-unapproved" {
		t.Errorf("the box's own key: %v", err)
	}
}
