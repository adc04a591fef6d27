package preview

import (
	"strings"
	"time"

	"coffre/ui/look"
	"coffre/ui/page"
)

func (s scene) entryPages() []Sample {
	fresh := look.Frame{L: s.l, Theme: s.theme, Path: "/setup"}
	faulty := page.Setup{Frame: fresh, Token: "t", Firm: "Berthier & Associés", AdminName: "Camille Berthier", AdminUser: "camille", MinPassword: 12,
		Faults: look.Faults{"password": {Code: "weak-password", Params: map[string]string{"min": "12"}}, "password_again": {Code: "password-mismatch"}}}
	waiting := page.SignIn{Frame: s.outside("/signin"), User: "camille", Wait: 30, Faults: look.Faults{"": {Code: "rate-limited", Params: map[string]string{"seconds": "30"}}}}
	wrong := page.SignIn{Frame: s.outside("/signin"), User: "camille", Faults: look.Faults{"password": {Code: "bad-credentials"}}}
	lost := page.Problem{Frame: s.frame(look.NoArea, "/x"), Status: 404, Fault: look.Fault{Code: "not-found"}, Request: "r-7f3a21c0"}
	broken := page.Problem{Frame: s.outside("/x"), Status: 500, Fault: look.Fault{Code: "internal"}, Request: "r-7f3a21c1"}
	demo := s.frame(look.NoArea, "/x")
	demo.Demo = true
	demo.Notices = []look.Notice{
		{Tone: look.Good, Text: s.say("« Bail.pdf » est à la corbeille.", "“Lease.pdf” is in the bin."), Action: "/documents/d1/restore", Label: s.l.T("documents.restore")},
		{Tone: look.Bad, Text: look.Fault{Code: "busy"}.Sentence(s.l)},
	}
	atHand := page.RestoreState{Phase: page.RestoreFile, Name: "coffre-berthier-2026-11-20T0900Z.age", Bytes: 48_300_000_000}
	wrongWords := atHand
	wrongWords.Faults = look.Faults{"words": {Code: "paper-word", Params: map[string]string{"n": "7"}}, "keys": {Code: "restore-keys", Params: map[string]string{"n": "1", "of": "2"}}, "checkpoint": {Code: "restore-checkpoint"}, "ledger": {Code: "ledger-line", Params: map[string]string{"n": "3"}}}
	wrongWords.Ledger = page.RestoreLedger{People: 3, Firms: 1}
	running := page.RestoreState{Phase: page.RestoreRuns, Name: atHand.Name, Bytes: atHand.Bytes, Step: "read", Done: 19_000_000_000, Total: atHand.Bytes}
	found := page.RestoreState{Phase: page.RestoreFound, Found: page.RestoredBackup{
		Firms: []string{"Berthier & Associés"}, Made: sampleMade, Coffre: "0.9.0", Documents: 1204, Originals: 1187, Bytes: 48_100_000_000,
		Chains: []page.RestoredJournal{{Tenant: "box", Size: 412}, {Tenant: "berthier", Size: 90_211}},
		HTTPS:  page.RestoredHTTPS{State: "kept", Print: strings.Repeat("6D:4C:2C:E9:", 7) + "6D:4C:2C:E9", Until: sampleMade.AddDate(8, 0, 0), FirmUntil: sampleMade.AddDate(0, 2, 0)},
	}}
	lostSome := found
	lostSome.Found.Chains = []page.RestoredJournal{{Tenant: "box", Size: 412}, {Tenant: "berthier", Size: 90_211, Known: 91_004}}
	lostSome.Ledger = page.RestoreLedger{People: 3, Firms: 1}
	lostSome.Found.Replays, lostSome.Found.HTTPS = 2, page.RestoredHTTPS{State: "none"}
	lostSome.Found.Destroyed = []page.RestoredFirm{{Tenant: "merlin", When: sampleMade.AddDate(0, 0, 2)}}
	lostSome.Faults = look.Faults{"lost": {Code: "restore-lost"}}
	return []Sample{
		{"setup", page.SetupPage(page.Setup{Frame: fresh, Token: "t", MinPassword: 12})},
		{"setup-refused", page.SetupPage(faulty)},
		{"setup-restore", page.SetupRestorePage(s.restore(page.RestoreState{}))},
		{"setup-restore-refused", page.SetupRestorePage(s.restore(page.RestoreState{Faults: look.Faults{"": {Code: "backup-cut"}, "path": {Code: "restore-path"}, "file": {Code: "upload-interrupted"}}}))},
		{"setup-restore-file", page.SetupRestorePage(s.restore(atHand))},
		{"setup-restore-words", page.SetupRestorePage(s.restore(wrongWords))},
		{"setup-restore-runs", page.SetupRestorePage(s.restore(running))},
		{"setup-restore-found", page.SetupRestorePage(s.restore(found))},
		{"setup-restore-lost", page.SetupRestorePage(s.restore(lostSome))},
		{"setup-restored", page.SetupRestoredPage(s.restore(found))},
		{"kit", page.KitPage(page.Kit{Frame: s.outside("/setup"), FirstKey: sampleKey, RecoveryKey: "PRIVATE+KEY+coffre.audit/berthier/752f7d206962df9d+59c2d40b+AXl2kD6uM2r0sample0sample0sample0sample0000", Public: sampleKey, Box: &page.BoxKit{FirstKey: "coffre.audit/box/0f2a7d206962df9d+1b675fa5+AQOhB7/zzhC+HXDdGOdLwJln5NYwm6UNXx3chmQSVTG4", RecoveryKey: "PRIVATE+KEY+coffre.audit/box/0f2a7d206962df9d+59c2d40b+AXl2kD6uM2r0sample0sample0sample0sample0000"}, FirstCode: sampleCode(), PublicCode: sampleCode(), Tenant: "berthier", Created: "2026-11-20T09:00:00Z", Address: "https://coffre.local", CA: sampleHash})},
		{"signin", page.SignInPage(page.SignIn{Frame: s.outside("/signin")})},
		{"signin-wrong", page.SignInPage(wrong)},
		{"signin-wait", page.SignInPage(waiting)},
		{"problem-404", page.ProblemPage(lost)},
		{"problem-500", page.ProblemPage(broken)},
		{"problem-notices", page.ProblemPage(page.Problem{Frame: demo, Status: 403, Fault: look.Fault{Code: "denied"}, Request: "r-1"})},
	}
}

// sampleMade is when a sample backup was made.
var sampleMade = time.Date(2026, 11, 20, 9, 0, 0, 0, time.UTC)

func (s scene) restore(state page.RestoreState) page.SetupRestore {
	return page.SetupRestore{Frame: look.Frame{L: s.l, Theme: s.theme, Path: "/setup/restore?token=t"}, Token: "t", RestoreState: state}
}

// sampleCode looks like a QR code from afar: the three corners.
func sampleCode() page.Part {
	return page.Part{Width: 45, Dark: "M4 4h7v7h-7zM34 4h7v7h-7zM4 34h7v7h-7zM20 20h3v9h-3z"}
}
