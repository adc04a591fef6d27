package preview

import (
	"time"

	"coffre/ui/look"
	"coffre/ui/page"
)

func (s scene) inboxPages() []Sample {
	off := page.Inbox{
		Frame: s.frame(look.Settings, "/settings/inbox"), State: "off", TakenDir: s.say("coffre-pris", "coffre-taken"), RefusedDir: s.say("coffre-refus", "coffre-refused"), InboxTyped: page.InboxTyped{Keep: "move"},
		Collections: []look.Choice{{Label: s.say("Choisissez…", "Choose…"), Selected: true}, {Value: "c1", Label: s.say("Baux", "Leases")}, {Value: "c2", Label: s.say("Courrier", "Post")}},
	}
	fine := off
	fine.Collections = []look.Choice{off.Collections[1], {Value: "c2", Label: off.Collections[2].Label, Selected: true}}
	fine.State, fine.Set = "ok", "/srv/scans"
	fine.InboxTyped = page.InboxTyped{Folder: "/srv/scans", Collection: "c2", Subfolders: true, Owner: "claire", Keep: "move"}
	fine.Looked, fine.Last, fine.LastDocument, fine.Waiting, fine.Repeated = now.Add(-4*time.Second), now.Add(-20*time.Minute), "doc-1", 2, 1
	ill := fine
	ill.State, ill.Why = "waiting", &look.Fault{Code: "inbox-readonly", Params: map[string]string{"path": "/srv/scans"}}
	ill.Left, ill.Unseen, ill.Unmatched = 14, 1, []string{s.say("Direction générale", "Head office")}
	ill.AsideCount = 3
	ill.Aside = []page.InboxAside{{Name: "SCAN0042.pdf", Code: "inbox-unfinished"}, {Name: "photo.tif", Code: "unsupported"}, {}}
	away := fine
	away.State, away.Why = "fault", &look.Fault{Code: "inbox-unmarked", Params: map[string]string{"path": "/srv/scans"}}
	away.Faults = look.Faults{"folder": {Code: "inbox-not-empty", Params: map[string]string{"path": "/home/claire"}}, "owner": {Code: "inbox-owner"}}
	away.Folder, away.Owner = "/home/claire", "claude"
	firms := fine
	firms.Operator, firms.Paused, firms.State = true, true, "paused"
	return []Sample{
		{"inbox-off", page.InboxPage(off)},
		{"inbox", page.InboxPage(fine)},
		{"inbox-ill", page.InboxPage(ill)},
		{"inbox-away", page.InboxPage(away)},
		{"inbox-firms", page.InboxPage(firms)},
	}
}
