package preview

import (
	"coffre/ui/look"
	"coffre/ui/page"
)

func (s scene) updatePages() []Sample {
	idle := page.Update{Frame: s.frame(look.Settings, "/settings/update"), Version: "1.2.0", Format: 8, Keys: true, May: true}
	waits := idle
	waits.Waiting = &page.UpdateWaiting{
		Version: "1.3.0", Date: now, Format: 9, Key: "4ab6a59924658e64", Bytes: 66_777_250,
		SHA256: "5c1b3f1d0c2d7d8a8e6f60cbb3b0c1b4b5d3f28b46f3f9f1ab43f4b8f5f9c1aa",
		Notes:  s.say("Les sauvegardes se font aussi sur un disque USB.\nLa page Santé dit la place qui reste, et pour combien de temps.", "Backups also go to a USB disk.\nThe Health page tells how much room is left, and for how long."),
	}
	waits.Made = []page.UpdateMade{
		{At: now, From: "1.1.0", To: "1.2.0", State: "done", Seq: 412},
		{At: now.AddDate(0, -1, 0), From: "1.1.0", To: "1.2.0", State: "undone", Code: "chain", Seq: 310},
	}
	refused := idle
	refused.Faults = look.Faults{"file": {Code: "update-signature"}}
	many := idle
	many.May, many.Why = false, s.l.T("error.update-many")
	none := idle
	none.Keys = false
	return []Sample{
		{"settings-update", page.UpdatePage(idle)},
		{"settings-update-waits", page.UpdatePage(waits)},
		{"settings-update-refused", page.UpdatePage(refused)},
		{"settings-update-many", page.UpdatePage(many)},
		{"settings-update-none", page.UpdatePage(none)},
		{"settings-update-away", page.UpdateWaitPage(idle)},
	}
}
